//! How much the verdict hangs on each assumption: one at a time, half as much and half as much again (a tornado).

use super::CostModel;
use super::exposure::{Exposure, compare};
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

/// An assumption's two ends, and the cost of shadow − live per 1,000 orders there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Swing {
    /// Which.
    pub assumption: Assumption,
    /// Its lower value.
    pub low: f64,
    /// Its upper value.
    pub high: f64,
    /// Shadow − live per 1,000 orders at the lower value.
    pub delta_at_low: f64,
    /// Shadow − live per 1,000 orders at the upper value.
    pub delta_at_high: f64,
    /// Whether the cheaper of live and shadow changes between the two.
    pub turns: bool,
}

/// Moves each assumption by `by` (0.5: ±50 %) of its value; the widest swing first. `None` as [`compare`].
pub fn tornado(live: &Exposure, shadow: &Exposure, model: &CostModel, by: f64) -> Option<Vec<Swing>> {
    let swing = |assumption: Assumption| {
        let at = |factor: f64| {
            let moved = assumption.set(model, assumption.of(model) * factor);
            Some((assumption.of(&moved), compare(live, shadow, &moved)?.delta_per_1000))
        };
        let ((low, delta_at_low), (high, delta_at_high)) = (at(1.0 - by)?, at(1.0 + by)?);
        let turns = delta_at_low * delta_at_high < 0.0;
        Some(Swing { assumption, low, high, delta_at_low, delta_at_high, turns })
    };
    let mut swings = Assumption::ALL.into_iter().map(swing).collect::<Option<Vec<_>>>()?;
    let width = |swing: &Swing| (swing.delta_at_high - swing.delta_at_low).abs();
    swings.sort_by(|a, b| width(b).total_cmp(&width(a)));
    Some(swings)
}
