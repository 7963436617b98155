//! Which way a score points: most rise with the risk, a probability of being good falls with it.

use super::raises;
use crate::document::Flag;
use crate::join::{JoinedStream, action};
use crate::sections::context::Chosen;
use bystander_core::decision::Action;

/// What a higher score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// More risk.
    Riskier,
    /// Less risk: thresholds are upper ends.
    Safer,
}

impl Direction {
    /// Of a model: as its contract says, else as its decisions show. A threshold parts accepted from rejected scores, so
    /// where every flagged score lies below every accepted one, lower is riskier.
    pub(crate) fn of(chosen: &Chosen<'_>, events: &[u32]) -> Self {
        if let Some(policy) = chosen.reference().and_then(|reference| reference.policy) {
            return if policy.higher_is_riskier { Self::Riskier } else { Self::Safer };
        }
        let (mut highest_flagged, mut lowest_passed) = (f64::NEG_INFINITY, f64::INFINITY);
        for event in events {
            let score = chosen.run.score.get(*event);
            if action(chosen.run.action.get(*event)).is_some_and(|one| raises(Flag::RejectOrReview, one)) {
                highest_flagged = highest_flagged.max(score);
            } else {
                lowest_passed = lowest_passed.min(score);
            }
        }
        let both = highest_flagged.is_finite() && lowest_passed.is_finite();
        if both && highest_flagged < lowest_passed { Self::Safer } else { Self::Riskier }
    }

    /// Of the score that live logs: no contract says it, so it is read off live's decisions. Rules may overrule a score, so
    /// it goes by the means of declined and of other orders.
    pub(crate) fn of_live(joined: &JoinedStream<'_>) -> Self {
        let (mut declined, mut others) = ((0.0, 0_u64), (0.0, 0_u64));
        for event in 0..joined.stream.len() {
            let (Some(score), Some(live)) =
                (joined.stream.live_score.number(event), super::view::live(joined, event))
            else {
                continue;
            };
            let sums = if live == Action::Reject { &mut declined } else { &mut others };
            *sums = (sums.0 + score, sums.1 + 1);
        }
        let mean = |(sum, n): (f64, u64)| sum / n as f64;
        // Without a declined or another order a mean is NaN, and nothing speaks against the usual direction.
        if mean(declined) < mean(others) { Self::Safer } else { Self::Riskier }
    }

    /// A number that rises with the risk, and back from it to the score.
    pub(crate) fn risk(self, score: f64) -> f64 {
        match self {
            Self::Riskier => score,
            Self::Safer => -score,
        }
    }

    /// A probability as that of fraud.
    pub(crate) fn fraud(self, score: f64) -> f64 {
        match self {
            Self::Riskier => score,
            Self::Safer => 1.0 - score,
        }
    }

    /// "From … on", and the way from there to more risk.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Riskier => ("from", "up to"),
            Self::Safer => ("up to", "down to"),
        }
    }
}
