//! What the shadow's prices would have earned, from logs in which live drew prices at random with known chances.
//!
//! With weights w = P(shadow gives the logged price) ÷ P(live gave it), rewards r and stakes s: SNIPS
//! S Σ w r ÷ Σ w s, S the mean stake (Swaminathan and Joachims 2015 for s = 1), and doubly robust, a reward model's mean
//! m(shadow) plus S Σ w (r − m(logged)) ÷ Σ w s (Dudík, Langford and Li 2011; self-normalised as by Thomas and Brunskill
//! 2016). Stakes are known of every decision, so a dear quote that happened to match doesn't stand for many cheap ones.
//! Both are held against what the same quotes earned live. A log without exploration can't identify what a price did,
//! and where live could never have served the shadow's price the weights miss those quotes: those are refusals, not
//! numbers.

use crate::stats::intervals::{Clusters, Interval};
use serde::Serialize;

/// Fewest items, and fewest customers, of which an interval is made: below, even Student's t is too narrow where money is
/// spread unevenly.
pub const FEWEST_CLUSTERS: usize = 10;
/// The mean weight is 1 where every shadow price could have been drawn. An interval of it that is wider than this to either
/// side could not tell a log in which a quarter of the shadow's prices were never drawn from a sound one.
const WIDEST: f64 = 0.25;
/// A mean weight that differs from 1 by more than this is worth a remark even where it may be chance.
pub const REMARKABLE: f64 = 0.05;

/// A logged decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logged {
    /// Chance with which live gave the price it gave.
    pub propensity: f64,
    /// Chance with which the shadow would give that same price: 0 or 1 for a deterministic one.
    pub shadow: f64,
    /// What it brought in.
    pub reward: f64,
    /// What it would bring in at most at the shadow's price, above 0: for example quantity × price. 1 where all weigh alike.
    pub stake: f64,
    /// A reward model's guess at the logged price and its guess for the shadow's policy, made without this row. Zeros
    /// where there is no model.
    pub guess: (f64, f64),
    /// Whose row it is: rows of one cluster (such as an item) depend on each other.
    pub cluster: u32,
    /// A second kind of cluster, such as the customer. A row without one depends on no other in this way; where no row has
    /// one, there is no second way.
    pub customer: Option<u32>,
}

/// Why there is no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum OffPolicyRefusal {
    /// Too few clusters of a kind to tell how they differ.
    #[error(
        "the quotes are of {found} {of}, and at least {FEWEST_CLUSTERS} are needed to tell how {of} differ"
    )]
    TooFewClusters {
        /// `items` or `customers`.
        of: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A chance, reward or guess that is impossible: propensities lie in (0, 1], the shadow's chances in [0, 1],
    /// stakes are above 0, the rest is finite.
    #[error(
        "a propensity lies outside (0, 1], a shadow chance outside [0, 1], a stake isn't above 0, or a reward is not finite"
    )]
    Impossible,
    /// Every propensity is 1: live never tried anything else.
    #[error("live never explored (every propensity is 1): a deterministic log can't identify what prices do")]
    Deterministic,
    /// The logged decisions that the shadow would also make weigh too little.
    #[error("the effective sample size is {effective:.1}, below the {needed:.0} that are needed")]
    TooLittleOverlap {
        /// (Σ w s)² ÷ Σ (w s)².
        effective: f64,
        /// What was asked for.
        needed: f64,
    },
    /// The mean weight isn't 1, beyond chance.
    #[error(
        "the weights' mean is {mean:.2} ({low:.2} to {high:.2}) where it must be 1: live could not have drawn some of the \
         model's prices, or the logged propensities are wrong"
    )]
    WrongWeights {
        /// Mean weight.
        mean: f64,
        /// Lower limit of its interval.
        low: f64,
        /// Upper limit.
        high: f64,
    },
    /// The mean weight may be 1, and may as well be far from it.
    #[error(
        "the weights' mean is only known to lie between {low:.2} and {high:.2}: too few quotes to tell whether live could \
         have drawn the model's prices"
    )]
    UncertainWeights {
        /// Lower limit of the mean weight's interval.
        low: f64,
        /// Upper limit.
        high: f64,
    },
}

/// How much of the log speaks of the shadow's prices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overlap {
    /// Decisions.
    pub n: u64,
    /// Decisions that the shadow could also have made.
    pub matched: u64,
    /// (Σ w s)² ÷ Σ (w s)² (Kish 1965); 0 without any match.
    pub effective: f64,
    /// Mean weight by stake, Σ w s ÷ Σ s: 1 when the propensities are right and every shadow price could have been drawn.
    pub mean_weight: Interval,
    /// The largest w s as a share of all; 0 without any match.
    pub largest_share: f64,
}

/// An estimate of the shadow's mean reward, and what it is above live's on the same decisions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean reward per decision.
    pub value: Interval,
    /// That less live's, as one paired difference.
    pub change: Interval,
}

/// All estimates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OffPolicy {
    /// Mean reward of what live did.
    pub live: Interval,
    /// Self-normalised importance sampling, with the delta method's interval.
    pub snips: Estimate,
    /// Doubly robust.
    pub doubly_robust: Estimate,
}

impl Overlap {
    /// Looks at the weights only.
    ///
    /// # Errors
    /// What is wrong with the log as such, see [`OffPolicyRefusal`].
    pub fn of(log: &[Logged], confidence: f64) -> Result<Self, OffPolicyRefusal> {
        let possible = |row: &Logged| {
            let chances = row.propensity > 0.0 && row.propensity <= 1.0 && (0.0..=1.0).contains(&row.shadow);
            let finite = [row.guess.0, row.guess.1, row.reward, row.stake].iter().all(|one| one.is_finite());
            chances && finite && row.stake > 0.0
        };
        if !log.iter().all(possible) {
            return Err(OffPolicyRefusal::Impossible);
        }
        if !log.is_empty() && log.iter().all(|row| row.propensity == 1.0) {
            return Err(OffPolicyRefusal::Deterministic);
        }
        let clusters = clusters(log)?;
        let (mut sum, mut squares, mut largest, mut matched) = (0.0, 0.0, 0.0_f64, 0);
        for weight in log.iter().map(Logged::weighted_stake) {
            sum += weight;
            squares += weight * weight;
            largest = largest.max(weight);
            matched += u64::from(weight > 0.0);
        }
        let weight = ratio(log, Logged::weighted_stake, |row| row.stake);
        let mean_weight = mean(log, &clusters, weight, confidence).ok_or(OffPolicyRefusal::Impossible)?;
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Ok(Self {
            n: log.len() as u64,
            matched,
            effective: share(sum * sum, squares),
            mean_weight,
            largest_share: share(largest, sum),
        })
    }

    /// Why the log can't tell what the shadow's prices earn, if so. `needed`: the least effective sample size.
    fn refusal(&self, needed: f64) -> Option<OffPolicyRefusal> {
        let Interval { low, estimate: mean, high, .. } = self.mean_weight;
        if !(self.effective > 0.0 && self.effective >= needed) {
            return Some(OffPolicyRefusal::TooLittleOverlap { effective: self.effective, needed });
        }
        if !(low..=high).contains(&1.0) {
            return Some(OffPolicyRefusal::WrongWeights { mean, low, high });
        }
        (high - low > 2.0 * WIDEST).then_some(OffPolicyRefusal::UncertainWeights { low, high })
    }

    /// Estimates mean rewards per decision on a log with these very weights and stakes, whatever its rewards. `needed`: the
    /// least effective sample size, for example 100.
    ///
    /// # Errors
    /// See [`OffPolicyRefusal`].
    pub fn estimate(
        &self,
        log: &[Logged],
        needed: f64,
        confidence: f64,
    ) -> Result<OffPolicy, OffPolicyRefusal> {
        if let Some(refusal) = self.refusal(needed) {
            return Err(refusal);
        }
        let clusters = clusters(log)?;
        let mean = |of: &dyn Fn(&Logged) -> f64| mean(log, &clusters, of, confidence);
        let snips = by_stake(log, |row| row.reward);
        let left_over = by_stake(log, |row| row.reward - row.guess.0);
        let robust = |row: &Logged| row.guess.1 + left_over(row);
        let estimate = |of: &dyn Fn(&Logged) -> f64| {
            Some(Estimate { value: mean(of)?, change: mean(&|row| of(row) - row.reward)? })
        };
        Ok(OffPolicy {
            live: mean(&|row| row.reward).ok_or(OffPolicyRefusal::Impossible)?,
            snips: estimate(&snips).ok_or(OffPolicyRefusal::Impossible)?,
            doubly_robust: estimate(&robust).ok_or(OffPolicyRefusal::Impossible)?,
        })
    }
}

impl Logged {
    fn weight(&self) -> f64 {
        self.shadow / self.propensity
    }

    fn weighted_stake(&self) -> f64 {
        self.weight() * self.stake
    }
}

fn average(log: &[Logged], of: impl Fn(&Logged) -> f64) -> f64 {
    log.iter().map(of).sum::<f64>() / log.len() as f64
}

/// Σ above ÷ Σ below as a value per row: its mean is the ratio, and its spread is the ratio's (delta method).
fn ratio(
    log: &[Logged],
    above: impl Fn(&Logged) -> f64,
    below: impl Fn(&Logged) -> f64,
) -> impl Fn(&Logged) -> f64 {
    let whole = average(log, &below);
    let value = average(log, &above) / whole;
    move |row| value + (above(row) - value * below(row)) / whole
}

/// S Σ w x ÷ Σ w s as a value per row, as in [`ratio`].
fn by_stake(log: &[Logged], of: impl Fn(&Logged) -> f64) -> impl Fn(&Logged) -> f64 {
    let stake = average(log, |row| row.stake);
    let part = ratio(log, move |row| row.weight() * of(row), Logged::weighted_stake);
    let whole = average(log, &part);
    move |row| stake * part(row) + whole * (row.stake - stake)
}

/// Items, and customers where they are known.
fn clusters(log: &[Logged]) -> Result<Clusters, OffPolicyRefusal> {
    let found = if log.iter().any(|row| row.customer.is_some()) {
        // Numbers from the top are free: there are far fewer customers than that.
        let alone = (0..log.len() as u32).map(|row| u32::MAX - row);
        Clusters::two_ways(
            log.iter().zip(alone).map(|(row, alone)| (row.cluster, row.customer.unwrap_or(alone))),
        )
    } else {
        Clusters::one_way(log.iter().map(|row| row.cluster))
    };
    let enough = |of, count| match count {
        found if found < FEWEST_CLUSTERS => Err(OffPolicyRefusal::TooFewClusters { of, found }),
        _ => Ok(()),
    };
    enough("items", found.of_first())?;
    enough("customers", found.of_second().unwrap_or(FEWEST_CLUSTERS))?;
    Ok(found)
}

/// The mean of a value per row, whole clusters taken as independent.
fn mean(
    log: &[Logged],
    clusters: &Clusters,
    of: impl Fn(&Logged) -> f64,
    confidence: f64,
) -> Option<Interval> {
    let mean = average(log, &of);
    let influence: Vec<f64> = log.iter().map(|row| of(row) - mean).collect();
    clusters.interval(mean, &influence, confidence)
}
