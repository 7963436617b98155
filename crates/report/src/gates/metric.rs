//! What gates can measure.

use crate::document::Unit;
use bystander_core::kind::Kind;
use serde::Deserialize;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Frauds flagged ÷ mature frauds.
    Recall,
    /// Mature frauds ÷ labelled orders flagged.
    Precision,
    /// Good orders flagged ÷ mature good orders.
    InsultRate,
    /// Orders flagged ÷ all.
    AlertRate,
    /// Average precision over mature labels.
    AveragePrecision,
    /// ROC AUC over mature labels.
    Auc,
    /// Cost per 1,000 orders in one currency, minor units.
    #[serde(rename = "cost_per_1000")]
    CostPer1000,
    /// Orders decided as live did ÷ orders with a live decision.
    Agreement,
    /// Largest PSI over the score and all features.
    PsiMax,
    /// Largest difference to the score that live logged.
    AaMaxDifference,
    /// Median of shadow ÷ live price − 1.
    PriceChangeMedian,
    /// Quotes within tolerance ÷ quotes.
    PriceWithinTolerance,
    /// Revenue per 1,000 quotes in one currency, model less live, minor units: the doubly robust estimate.
    #[serde(rename = "revenue_uplift_per_1000")]
    RevenueUpliftPer1000,
    /// The same of revenue less cost.
    #[serde(rename = "margin_uplift_per_1000")]
    MarginUpliftPer1000,
}

/// Whether more or less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What the metric is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// What live decided, on the same orders.
    Live,
    /// The champion of the same stream, on the same orders.
    Champion,
}

/// The orders that a gate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatePopulation {
    /// All, whatever live decided. What live declined without a label makes the figure a range, and the gate decides on all
    /// of it. Against the champion: those that live did not decline, where declines have no label.
    #[default]
    All,
    /// Those that live accepted or held for review, or without a live decision: all that live did not decline.
    LiveAccepted,
}

/// What a gate takes the declined orders without a label for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateDeclines {
    /// Anything from all good to all fraud.
    #[default]
    Unknown,
    /// What the config assumes under `[report.declines]`.
    Assumed,
}

/// What the metric must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Requirement {
    /// At least (higher) or at most (lower) this.
    Bound(f64),
    /// Better than the baseline by at least `margin` (0 or more).
    Superiority {
        /// Compared with.
        against: Baseline,
        /// By how much.
        margin: f64,
    },
    /// Worse than the baseline by at most `margin` (more than 0).
    NonInferiority {
        /// Compared with.
        against: Baseline,
        /// By how much.
        margin: f64,
    },
}

impl Metric {
    /// The word used in `gates.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::InsultRate => "insult_rate",
            Self::AlertRate => "alert_rate",
            Self::AveragePrecision => "average_precision",
            Self::Auc => "auc",
            Self::CostPer1000 => "cost_per_1000",
            Self::Agreement => "agreement",
            Self::PsiMax => "psi_max",
            Self::AaMaxDifference => "aa_max_difference",
            Self::PriceChangeMedian => "price_change_median",
            Self::PriceWithinTolerance => "price_within_tolerance",
            Self::RevenueUpliftPer1000 => "revenue_uplift_per_1000",
            Self::MarginUpliftPer1000 => "margin_uplift_per_1000",
        }
    }

    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::InsultRate => "false positive rate",
            Self::AlertRate => "alert rate",
            Self::AveragePrecision => "average precision",
            Self::Auc => "ROC AUC",
            Self::CostPer1000 => "cost per 1,000 orders",
            Self::Agreement => "agreement with live",
            Self::PsiMax => "largest PSI",
            Self::AaMaxDifference => "largest difference from the score that live logged",
            Self::PriceChangeMedian => "median price change",
            Self::PriceWithinTolerance => "share of quotes within tolerance",
            Self::RevenueUpliftPer1000 => "revenue uplift per 1,000 quotes",
            Self::MarginUpliftPer1000 => "margin uplift per 1,000 quotes",
        }
    }

    /// The unit of the metric, or of its difference to a baseline.
    pub(crate) fn unit(self, difference: bool) -> Unit {
        match self {
            Self::Recall | Self::Precision | Self::InsultRate | Self::AlertRate if difference => {
                Unit::ShareDifference
            }
            Self::Recall
            | Self::Precision
            | Self::InsultRate
            | Self::AlertRate
            | Self::Agreement
            | Self::PriceWithinTolerance => Unit::Share,
            Self::PriceChangeMedian => Unit::RelativeChange,
            Self::CostPer1000 if !difference => Unit::Money,
            Self::CostPer1000 | Self::RevenueUpliftPer1000 | Self::MarginUpliftPer1000 => {
                Unit::MoneyDifference
            }
            Self::AveragePrecision | Self::Auc if difference => Unit::NumberDifference,
            Self::AveragePrecision | Self::Auc | Self::PsiMax | Self::AaMaxDifference => Unit::Number,
        }
    }

    /// The better direction, where there is no doubt.
    pub(crate) fn better(self) -> Option<Direction> {
        match self {
            Self::Recall | Self::Precision | Self::AveragePrecision | Self::Auc => Some(Direction::Higher),
            Self::InsultRate | Self::CostPer1000 | Self::PsiMax | Self::AaMaxDifference => {
                Some(Direction::Lower)
            }
            Self::Agreement
            | Self::PriceWithinTolerance
            | Self::RevenueUpliftPer1000
            | Self::MarginUpliftPer1000 => Some(Direction::Higher),
            Self::AlertRate | Self::PriceChangeMedian => None,
        }
    }

    /// Whether a confidence sequence exists for it, alone or as a difference to a baseline.
    pub(crate) fn watchable(self, against_baseline: bool) -> bool {
        match self {
            Self::Recall | Self::InsultRate | Self::AlertRate => true,
            Self::Precision | Self::Agreement | Self::PriceWithinTolerance => !against_baseline,
            _ => false,
        }
    }

    /// Whether it is a plain number without an interval: neither watched nor with a horizon.
    pub(crate) fn plain(self) -> bool {
        matches!(self, Self::PsiMax | Self::AaMaxDifference)
    }

    /// Whether it can be compared with a baseline at all.
    pub(crate) fn comparable(self) -> bool {
        matches!(
            self,
            Self::Recall
                | Self::Precision
                | Self::InsultRate
                | Self::AlertRate
                | Self::AveragePrecision
                | Self::Auc
                | Self::CostPer1000
        )
    }

    /// Whether labels of orders move it.
    pub(crate) fn of_labels(self) -> bool {
        matches!(
            self,
            Self::Recall
                | Self::Precision
                | Self::InsultRate
                | Self::AveragePrecision
                | Self::Auc
                | Self::CostPer1000
        )
    }

    /// Whether it can be computed under an assumption about orders without a label.
    pub(crate) fn assumable(self) -> bool {
        matches!(self, Self::Recall | Self::Precision | Self::InsultRate | Self::CostPer1000)
    }

    /// Whether it is money of one currency.
    pub(crate) fn of_money(self) -> bool {
        matches!(self, Self::CostPer1000 | Self::RevenueUpliftPer1000 | Self::MarginUpliftPer1000)
    }

    /// The kind of stream that it is of; `None` for all.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            Self::PriceChangeMedian
            | Self::PriceWithinTolerance
            | Self::RevenueUpliftPer1000
            | Self::MarginUpliftPer1000 => Some(Kind::Prices),
            Self::PsiMax => None,
            Self::Recall
            | Self::Precision
            | Self::InsultRate
            | Self::AlertRate
            | Self::AveragePrecision
            | Self::Auc
            | Self::CostPer1000
            | Self::Agreement
            | Self::AaMaxDifference => Some(Kind::Orders),
        }
    }
}

impl Baseline {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Champion => "the champion",
        }
    }
}

impl Requirement {
    /// The baseline, if there is one.
    pub fn against(&self) -> Option<Baseline> {
        match self {
            Self::Bound(_) => None,
            Self::Superiority { against, .. } | Self::NonInferiority { against, .. } => Some(*against),
        }
    }

    /// The bound that the metric, or its difference to the baseline, is held against.
    pub(crate) fn bound(&self, direction: Direction) -> f64 {
        let sign = if direction == Direction::Higher { 1.0 } else { -1.0 };
        match self {
            Self::Bound(bound) => *bound,
            Self::Superiority { margin, .. } => sign * margin,
            Self::NonInferiority { margin, .. } => -sign * margin,
        }
    }
}
