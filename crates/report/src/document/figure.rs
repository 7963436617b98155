//! A figure: a finite number with what it rests on, or the reason why there is none.

use crate::stats::intervals::Interval;
use crate::stats::partial::Ends;
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
    /// The point estimate, in the unit that the field's documentation names. Absent where there is a `range`: labels that
    /// nobody has decide where in it the figure lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// How many rows it rests on: the denominator of a share, the summands of a mean. Orders without a label are not
    /// counted.
    pub n: u64,
    /// Absent where no interval makes sense (a count, a maximum). With a `range`, it goes from the lower limit at the
    /// range's lowest value to the upper limit at its highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Every value that the labels of declined orders allow; absent where the figure is one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Which rows.
    pub population: Population,
    /// What the reader must know about it: label maturity, sampling, a skipped interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The values that a figure can have, depending on what the orders that live declined would have been.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Range {
    /// Lowest value over all labels of the unlabelled orders.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// Orders that live declined and whose label isn't known: any of them may have been fraud or good.
    pub unlabelled: u64,
    /// The same where the config assumes how many of them were fraud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<AssumedRange>,
}

/// The values that a figure can have if the share of fraud among unlabelled declines is what the config assumes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssumedRange {
    /// Lowest value under the assumption.
    pub low: f64,
    /// Highest value under the assumption.
    pub high: f64,
    /// From the lower limit at the lowest to the upper limit at the highest value.
    pub interval: Interval,
}

/// The rows that a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Every event that the model scored.
    Compared,
    /// Orders of the stream, whoever scored them.
    Orders,
    /// Events with a live decision (and, for pairs, both models' scores).
    WithLive,
    /// Orders with a mature label: fraud or good, whatever live decided.
    Labelled,
    /// Orders that live accepted and that have a mature label.
    LiveAccepted,
    /// Orders that live did not decline (accepted, reviewed, or without a live decision) and that have a mature label.
    NotDeclined,
    /// Frauds among orders that live did not decline, each counted 1 ÷ F(age): those still to be reported are made up for.
    Developed,
    /// Alarms of the model on orders that live did not decline and that are old enough to be developed, labelled or not.
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
            Self::Orders => "all orders of the stream",
            Self::WithLive => "events with a live decision",
            Self::Labelled => "orders with a mature label, whatever live decided",
            Self::LiveAccepted => "orders live accepted, with a mature label",
            Self::NotDeclined => "orders live did not decline, with a mature label",
            Self::Developed => "orders live did not decline, frauds weighted for those still to be reported",
            Self::DevelopedAlarms => "alarms on orders live did not decline, labelled or not yet",
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
            // Zero has no sign.
            let value = Some(value + 0.0);
            Self::Shown(Measured { value, n, interval: None, range: None, population, note: None })
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

    /// A figure between two ends. One value where the ends are equal; refused where there are none. `n`: orders with a
    /// label; `unlabelled`: orders whose labels move it.
    pub fn between(ends: Option<Ends>, (n, unlabelled): (u64, u64), population: Population) -> Self {
        let Some(ends) = ends else { return Self::of(None, n, population) };
        if ends.is_point() {
            return Self::of(Some(ends.low), n, population).with(Some(ends.union()));
        }
        Self::spanning(ends.low.estimate, ends.high.estimate, (n, unlabelled), population)
            .with(Some(ends.union()))
    }

    /// With the ends that it has under the config's assumption, where it is a range.
    #[must_use]
    pub fn assuming(mut self, assumed: Option<Ends>) -> Self {
        if let Self::Shown(Measured { range: Some(range), .. }) = &mut self {
            range.assumed = assumed.map(|ends| AssumedRange {
                low: ends.low.estimate,
                high: ends.high.estimate,
                interval: ends.union(),
            });
        }
        self
    }

    /// A figure between two values, without an interval; refused where one is not finite.
    pub fn spanning(low: f64, high: f64, (n, unlabelled): (u64, u64), population: Population) -> Self {
        if !(low.is_finite() && high.is_finite()) {
            return Self::new(f64::NAN, n, population);
        }
        let range = Some(Range { low, high, unlabelled, assumed: None });
        Self::Shown(Measured { value: None, n, interval: None, range, population, note: None })
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

    /// The number; `None` where the figure is refused or only a range of it is known.
    pub fn value(&self) -> Option<f64> {
        self.shown().and_then(|measured| measured.value)
    }

    /// The values it can have, where it isn't one.
    pub fn range(&self) -> Option<&Range> {
        self.shown().and_then(|measured| measured.range.as_ref())
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
