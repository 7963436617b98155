//! Developed recall and precision of the model's alarms: see [`stats`].

use super::view::OrderView;
use crate::document::{Figure, Flag, Population};
use crate::join::State;
use crate::stats::maturity::curve::Fraud;
use crate::stats::maturity::developed as stats;
use bystander_core::decision::Action;

/// Each resample estimates the curves again, so fewer are drawn than elsewhere.
const MOST_RESAMPLES: usize = 400;

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

/// Developed figures of the model's alarms.
pub(crate) struct Developed {
    pub(crate) recall: Figure,
    pub(crate) precision: Figure,
}

impl Developed {
    pub(crate) fn refused(why: &str) -> Self {
        Self { recall: Figure::refused(why), precision: Figure::refused(why) }
    }
}

/// Developed recall and precision of the model's alarms.
pub(crate) fn developed(view: &OrderView<'_>, frauds: &[KnownFraud], flag: Flag) -> Developed {
    if frauds.is_empty() {
        return Developed::refused("no fraud is known yet");
    }
    let alarms = alarms(view, flag);
    let events: Vec<u32> = frauds.iter().map(|fraud| fraud.event).chain(alarms.iter().copied()).collect();
    let (clusters, count) = super::view::clusters(view.chosen.joined, &events);
    let (of_frauds, of_alarms) = clusters.split_at(frauds.len());
    let known = frauds.iter().zip(of_frauds).map(|(known, customer)| stats::KnownFraud {
        fraud: known.fraud,
        held: view.live(known.event).is_some_and(|live| live != Action::Accept),
        caught: raises(flag, view.shadow(known.event)),
        customer: *customer,
    });
    let known: Vec<_> = known.collect();
    let as_of = view.chosen.context.joined.as_of_ms;
    let age = |event: &u32| as_of - view.chosen.joined.stream.occurred_at_ms.get(*event);
    let alarms = alarms.iter().zip(of_alarms);
    let alarms: Vec<_> =
        alarms.map(|(event, customer)| stats::Alarm { age: age(event), customer: *customer }).collect();
    let found = match stats::developed(&known, &alarms) {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Developed::refused("no fraud is old enough to stand for those still to be reported");
        }
        Err(refusal) => return Developed::refused(&refusal.to_string()),
    };
    let mut plan = view.chosen.context.plan();
    plan.resamples = plan.resamples.min(MOST_RESAMPLES);
    let resampled = stats::bootstrap(&known, &alarms, count, &plan);
    let with_interval = |figure: Figure, place: usize| match &resampled {
        Ok(resampled) => figure.with(resampled.percentile_interval(place)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    };
    let recall = Figure::new(found.recall, frauds.len() as u64, Population::Developed);
    let precision = match found.precision {
        Some(precision) => {
            with_interval(Figure::new(precision, found.alarms, Population::DevelopedAlarms), 1)
        }
        None => Figure::refused("no alarm is on an order that is old enough"),
    };
    Developed { recall: with_interval(recall, 0), precision }
}

/// Orders with an alarm that have a label or may still get one that says fraud or good.
fn alarms(view: &OrderView<'_>, flag: Flag) -> Vec<u32> {
    let open = |event: u32| !matches!(view.state(event), State::Declined | State::Refunded | State::Unclear);
    let alarm = |event: &&u32| raises(flag, view.shadow(**event)) && open(**event);
    view.events.iter().filter(alarm).copied().collect()
}
