//! The assumptions one by one, to see how much the verdict hangs on each.

use super::CostModel;
use serde::Serialize;

/// One of a [`CostModel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Assumption {
    /// Share of a missed fraud's amount that comes back.
    Recovery,
    /// Chargeback fee.
    Fee,
    /// Margin lost with a declined good order.
    Margin,
    /// What an insulted customer costs.
    Churn,
    /// What a review costs.
    Review,
    /// Share of frauds that a review catches.
    ReviewCatches,
}

impl Assumption {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Recovery, Self::Fee, Self::Margin, Self::Churn, Self::Review, Self::ReviewCatches];

    /// Its name in the config.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Fee => "fee",
            Self::Margin => "margin",
            Self::Churn => "churn",
            Self::Review => "review",
            Self::ReviewCatches => "review_catches",
        }
    }

    /// Whether it is a share between 0 and 1.
    pub fn is_share(self) -> bool {
        matches!(self, Self::Recovery | Self::Margin | Self::ReviewCatches)
    }

    /// Its value in `model`.
    pub fn of(self, model: &CostModel) -> f64 {
        match self {
            Self::Recovery => model.recovery,
            Self::Fee => model.fee,
            Self::Margin => model.margin,
            Self::Churn => model.churn,
            Self::Review => model.review,
            Self::ReviewCatches => model.review_catches,
        }
    }

    /// `model` with another value of it; a share stays one.
    #[must_use]
    pub fn set(self, model: &CostModel, value: f64) -> CostModel {
        let value = if self.is_share() { value.clamp(0.0, 1.0) } else { value.max(0.0) };
        match self {
            Self::Recovery => CostModel { recovery: value, ..*model },
            Self::Fee => CostModel { fee: value, ..*model },
            Self::Margin => CostModel { margin: value, ..*model },
            Self::Churn => CostModel { churn: value, ..*model },
            Self::Review => CostModel { review: value, ..*model },
            Self::ReviewCatches => CostModel { review_catches: value, ..*model },
        }
    }
}
