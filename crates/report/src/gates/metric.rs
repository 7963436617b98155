//! What gates can measure.

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

    /// Whether it is money of one currency.
    pub(crate) fn of_money(self) -> bool {
        matches!(self, Self::CostPer1000 | Self::RevenueUpliftPer1000 | Self::MarginUpliftPer1000)
    }

    /// Whether it is of price quotes rather than of orders; `None` for both.
    pub(crate) fn of_prices(self) -> Option<bool> {
        match self {
            Self::PriceChangeMedian
            | Self::PriceWithinTolerance
            | Self::RevenueUpliftPer1000
            | Self::MarginUpliftPer1000 => Some(true),
            Self::PsiMax => None,
            _ => Some(false),
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
