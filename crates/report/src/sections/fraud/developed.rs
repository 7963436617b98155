//! Developed recall of the model's alarms: see [`stats`].

use super::view::OrderView;
use crate::document::{Figure, Flag, Population};
use crate::stats::maturity::curve::Fraud;
use crate::stats::maturity::developed as stats;
use bystander_core::decision::Action;

/// Each resample estimates the curves again, so fewer are drawn than elsewhere.
const MOST_RESAMPLES: usize = 200;

/// A known fraud.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownFraud {
    pub(crate) event: u32,
    /// In milliseconds.
    fraud: Fraud,
}

/// Known frauds among the orders the model scored.
pub(crate) fn known_frauds(view: &OrderView<'_>) -> Vec<KnownFraud> {
    let (chosen, as_of) = (&view.chosen, view.chosen.context.joined.as_of_ms);
    let scored = |event: u32| chosen.run.score.number(event).is_some();
    let known = chosen.joined.fraud_at_ms.iter().filter(|(event, _)| scored(*event));
    known
        .map(|(event, at)| {
            let occurred = chosen.joined.stream.occurred_at_ms.get(*event);
            KnownFraud { event: *event, fraud: Fraud { delay: at - occurred, age: as_of - occurred } }
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

/// Developed recall of the model's alarms.
pub(crate) fn recall(view: &OrderView<'_>, frauds: &[KnownFraud], flag: Flag) -> Figure {
    if frauds.is_empty() {
        return Figure::refused("no fraud is known yet");
    }
    let events: Vec<u32> = frauds.iter().map(|fraud| fraud.event).collect();
    let (clusters, count) = super::view::clusters(view.chosen.joined, &events);
    let known = frauds.iter().zip(clusters).map(|(known, customer)| stats::KnownFraud {
        fraud: known.fraud,
        held: view.live(known.event).is_some_and(|live| live != Action::Accept),
        caught: raises(flag, view.shadow(known.event)),
        customer,
    });
    let known: Vec<_> = known.collect();
    let estimate = match stats::recall(&known) {
        Ok(Some(estimate)) => estimate,
        Ok(None) => return Figure::refused("no fraud is old enough to stand for those still to be reported"),
        Err(refusal) => return Figure::refused(refusal.to_string()),
    };
    let mut plan = view.chosen.context.plan();
    plan.resamples = plan.resamples.min(MOST_RESAMPLES);
    let figure = Figure::new(estimate, frauds.len() as u64, Population::Developed);
    match stats::bootstrap(&known, count, &plan) {
        Ok(resampled) => figure.with(resampled.percentile_interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}
