//! A figure: a finite number with what it rests on, or the reason why there is none.

use crate::stats::intervals::Interval;
use serde::Serialize;

/// Something that can be shown, or the reason why it can't.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Shown<T> {
    /// It can be shown.
    Shown(T),
    /// It can't; JSON: `{"refused": "…"}`.
    Refused {
        /// Why not, as a sentence for the reader.
        refused: String,
    },
}

/// A number of the report.
pub type Figure = Shown<Measured>;

/// A finite number with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// The point estimate, in the unit that the field's documentation names.
    pub value: f64,
    /// How many rows it rests on: the denominator of a share, the summands of a mean.
    pub n: u64,
    /// Absent where no interval makes sense (a count, a maximum).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Which rows.
    pub population: Population,
    /// What the reader must know about it: label maturity, sampling, a skipped interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The rows that a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Every event that the model scored.
    Compared,
    /// Events with a live decision (and, for pairs, both models' scores).
    WithLive,
    /// Orders with a mature label: fraud or good, whatever live decided.
    Labelled,
    /// Orders that live accepted and that have a mature label.
    LiveAccepted,
    /// Frauds among [`Labelled`](Self::Labelled), each counted 1 ÷ F(age): those still to be reported are made up for.
    Developed,
    /// Alarms of the model on orders that can have a label and are old enough to be developed, labelled or not.
    DevelopedAlarms,
    /// Orders that live rejected.
    LiveRejected,
    /// Orders that live rejected and the model would have accepted.
    SwapIns,
    /// Orders that live accepted and the model would have rejected.
    SwapOuts,
    /// Orders known to be fraud.
    KnownFraud,
    /// Price quotes with the live price.
    Quotes,
    /// Price quotes with live price and quantity.
    QuotesWithQuantity,
    /// Price quotes that were bought, at least in part, and kept.
    QuotesPurchased,
    /// Price quotes with live price, quantity and cost.
    QuotesWithCost,
    /// Price quotes of items with at least two different live prices.
    QuotesWithHistory,
    /// Price quotes whose price live drew with a logged chance below 1, with a quantity, old enough to have been bought.
    ExploredQuotes,
    /// Items whose cost changed at least three times in the window.
    ItemsWithCosts,
    /// Records of the run.
    Records,
    /// Events that both models scored.
    Paired,
}

impl Population {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Compared => "every event the model scored",
            Self::WithLive => "events with a live decision",
            Self::Labelled => "orders with a mature label, whatever live decided",
            Self::LiveAccepted => "orders live accepted, with a mature label",
            Self::Developed => "labelled orders, frauds weighted for those still to be reported",
            Self::DevelopedAlarms => "alarms that can have a label, labelled or not yet",
            Self::LiveRejected => "orders live rejected",
            Self::SwapIns => "orders live rejected and the model would accept",
            Self::SwapOuts => "orders live accepted and the model would reject",
            Self::KnownFraud => "orders known to be fraud",
            Self::Quotes => "quotes with the live price",
            Self::QuotesWithQuantity => "quotes with live price and quantity",
            Self::QuotesPurchased => "quotes that were bought, at least in part, and kept",
            Self::QuotesWithCost => "quotes with live price, quantity and cost",
            Self::QuotesWithHistory => "quotes of items that had at least two live prices",
            Self::ExploredQuotes => {
                "explored quotes: drawn with a logged chance below 1, old enough to have been bought"
            }
            Self::ItemsWithCosts => "items whose cost changed at least three times in the window",
            Self::Records => "records of the run",
            Self::Paired => "events that both models scored",
        }
    }
}

impl<T> Shown<T> {
    /// Nothing to show, and why.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused { refused: why.into() }
    }

    /// What is shown.
    pub fn shown(&self) -> Option<&T> {
        match self {
            Self::Shown(value) => Some(value),
            Self::Refused { .. } => None,
        }
    }

    /// Why nothing is shown.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Shown(_) => None,
            Self::Refused { refused } => Some(refused),
        }
    }

    /// `value`, or a refusal where it is absent.
    pub fn or_refused(value: Option<T>, why: &str) -> Self {
        value.map_or_else(|| Self::refused(why), Self::Shown)
    }
}

impl Figure {
    /// A number without an interval; refused where it is not finite.
    pub fn new(value: f64, n: u64, population: Population) -> Self {
        if value.is_finite() {
            Self::Shown(Measured { value, n, interval: None, population, note: None })
        } else {
            Self::refused("undefined on these rows: its denominator is zero")
        }
    }

    /// The estimate of an interval, with it; refused where there is none.
    pub fn of(interval: Option<Interval>, n: u64, population: Population) -> Self {
        match interval {
            Some(interval) => Self::new(interval.estimate, n, population).with(Some(interval)),
            None => Self::refused(format!("undefined: no usable row among {}", population.words())),
        }
    }

    /// With an interval.
    #[must_use]
    pub fn with(mut self, interval: Option<Interval>) -> Self {
        if let Self::Shown(measured) = &mut self {
            measured.interval = interval;
        }
        self
    }

    /// With a note.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        if let Self::Shown(measured) = &mut self {
            measured.note = Some(note.into());
        }
        self
    }

    /// The number.
    pub fn value(&self) -> Option<f64> {
        self.shown().map(|measured| measured.value)
    }

    /// Its interval.
    pub fn interval(&self) -> Option<Interval> {
        self.shown().and_then(|measured| measured.interval)
    }
}

/// Money of one currency; currencies are never added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// ISO 4217.
    pub currency: String,
    /// Digits after the decimal point of the major unit.
    pub exponent: u32,
    /// Minor units.
    pub minor: i64,
}
