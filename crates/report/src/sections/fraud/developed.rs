//! Recall with each known fraud weighted 1 ÷ F(age), so that those still to be reported are made up for.
//!
//! How soon a label comes depends on what the order went through: a review labels within hours, a dispute takes weeks,
//! and frauds that a model catches are often those that card schemes warn of early. So F is estimated apart for
//! each combination of live's action (held or not) and of the model's alarm, where there are enough frauds; a group
//! with too few takes the curve of all.

use super::view::OrderView;
use crate::document::{Figure, Flag, Population};
use crate::stats::bootstrap::{self, resample};
use crate::stats::maturity::curve::{Curve, Fraud};
use bystander_core::decision::Action;

/// Frauds a group needs for a curve of its own.
const LEAST_FRAUDS: usize = 30;
/// Orders younger than the age at which every group's F reaches this are left out: their weights would be huge.
const LEAST_SHARE: f64 = 0.25;
/// Each resample estimates the curves again, so fewer are drawn than elsewhere.
const MOST_RESAMPLES: usize = 200;
/// Live held the order or not, the model raised an alarm or not.
const GROUPS: usize = 4;

/// A known fraud.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownFraud {
    pub(crate) event: u32,
    /// Milliseconds from the order to its label.
    pub(crate) delay: i64,
    /// Milliseconds from the order to the as-of time.
    pub(crate) age: i64,
}

/// Known frauds among the orders the model scored.
pub(crate) fn known_frauds(view: &OrderView<'_>) -> Vec<KnownFraud> {
    let (chosen, as_of) = (&view.chosen, view.chosen.context.joined.as_of_ms);
    let scored = |event: u32| chosen.run.score.number(event).is_some();
    let known = chosen.joined.fraud_at_ms.iter().filter(|(event, _)| scored(*event));
    known
        .map(|(event, at)| {
            let occurred = chosen.joined.stream.occurred_at_ms.get(*event);
            KnownFraud { event: *event, delay: at - occurred, age: as_of - occurred }
        })
        .collect()
}

/// Whether `flag` counts `action` as an alarm.
pub(crate) fn raises(flag: Flag, action: Action) -> bool {
    match flag {
        Flag::Reject => action == Action::Reject,
        Flag::RejectOrReview => action != Action::Accept,
    }
}

/// Frauds with their groups, from the shortest delay on; the caught ones are those of the odd groups.
struct Grouped {
    frauds: Vec<(Fraud, usize)>,
}

/// Developed recall of the model's alarms.
pub(crate) fn recall(view: &OrderView<'_>, frauds: &[KnownFraud], flag: Flag) -> Figure {
    if frauds.is_empty() {
        return Figure::refused("no fraud is known yet");
    }
    // Each resample's frauds then come in the order in which its curves need them.
    let mut frauds = frauds.to_vec();
    frauds.sort_unstable_by_key(|fraud| (fraud.delay, fraud.event));
    let group = |event: u32| {
        let held = view.live(event).is_some_and(|live| live != Action::Accept);
        usize::from(held) * 2 + usize::from(raises(flag, view.shadow(event)))
    };
    let grouped = Grouped {
        frauds: frauds
            .iter()
            .map(|fraud| (Fraud { delay: fraud.delay, age: fraud.age }, group(fraud.event)))
            .collect(),
    };
    let Some(estimate) = grouped.recall(|_| 1) else {
        return Figure::refused("too few frauds to tell how their labels arrive");
    };
    let events: Vec<u32> = frauds.iter().map(|fraud| fraud.event).collect();
    let (clusters, count) = super::view::clusters(view.chosen.joined, &events);
    let mut plan = view.chosen.context.plan();
    plan.resamples = plan.resamples.min(MOST_RESAMPLES);
    let resampled: Result<bootstrap::Bootstrap<1>, _> = resample(count, &plan, |weights| {
        grouped.recall(|fraud| weights[clusters[fraud] as usize]).map(|one| [one])
    });
    let figure = Figure::new(estimate, frauds.len() as u64, Population::Developed);
    match resampled {
        Ok(resampled) => figure.with(resampled.percentile_interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}

impl Grouped {
    /// Recall with fraud i counted `copies(i)` times; `None` without frauds that can be weighted.
    fn recall(&self, copies: impl Fn(usize) -> u32) -> Option<f64> {
        let mut groups: [Vec<Fraud>; GROUPS] = Default::default();
        let mut all = Vec::new();
        for (place, (fraud, group)) in self.frauds.iter().enumerate() {
            for _ in 0..copies(place) {
                groups[*group].push(*fraud);
                all.push(*fraud);
            }
        }
        let pooled = Curve::estimate(&all, None).ok()?;
        let own = groups.each_ref().map(|frauds| {
            let enough = frauds.len() >= LEAST_FRAUDS;
            enough.then(|| Curve::estimate(frauds, None).ok()).flatten().unwrap_or_else(|| pooled.clone())
        });
        // One youngest age for all groups: with an age of its own the group whose labels come early would count
        // orders that the others leave out.
        let there = groups.iter().zip(&own).filter(|(frauds, _)| !frauds.is_empty());
        let youngest = there.map(|(_, curve)| age_at(curve, LEAST_SHARE)).max()?;
        let (mut caught, mut missed) = (0.0, 0.0);
        for (group, (frauds, curve)) in groups.iter().zip(&own).enumerate() {
            let old = frauds.iter().filter(|fraud| fraud.age >= youngest);
            let total: f64 = old.map(|fraud| 1.0 / curve.share_at(fraud.age)).sum();
            *(if group % 2 == 1 { &mut caught } else { &mut missed }) += total;
        }
        (caught + missed > 0.0).then(|| caught / (caught + missed))
    }
}

/// The first age at which F reaches `share`.
fn age_at(curve: &Curve, share: f64) -> i64 {
    let step = curve.share.iter().position(|found| *found >= share);
    step.map_or(curve.oldest(), |step| curve.ages[step])
}
