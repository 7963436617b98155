//! Developed recall and precision of the model's alarms: see [`stats`].

use super::view::OrderView;
use crate::document::{Figure, Flag, Population};
use crate::join::State;
use crate::sections::words;
use crate::stats::maturity::curve::Fraud;
use crate::stats::maturity::developed as stats;
use bystander_core::decision::Action;
use bystander_core::time::DAY_MS;

/// Each resample estimates the curves again, so fewer are drawn than elsewhere.
const MOST_RESAMPLES: usize = 400;

/// A curve that reaches this share by half of the ages that it covers has levelled off.
const LEVEL: f64 = 0.9;

/// A known fraud.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownFraud {
    pub(crate) event: u32,
    /// In milliseconds.
    fraud: Fraud,
}

/// Known frauds among the orders that the model scored and live did not decline: of those that it did, only what turned
/// out to be fraud is known.
pub(crate) fn known_frauds(view: &OrderView<'_>) -> Vec<KnownFraud> {
    let (chosen, as_of) = (&view.chosen, view.chosen.context.joined.as_of_ms);
    let scored =
        |event: u32| chosen.run.score.number(event).is_some() && view.live(event) != Some(Action::Reject);
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
    let precision = match (found.precision, unseen(view, &found)) {
        (_, Err(why)) => Figure::refused(why),
        (Some(precision), Ok(caveat)) => {
            let figure = with_interval(Figure::new(precision, found.alarms, Population::DevelopedAlarms), 1);
            caveat.into_iter().fold(figure, Figure::noted)
        }
        (None, _) => Figure::refused("no alarm is on an order that is old enough"),
    };
    Developed { recall: with_interval(recall, 0), precision }
}

/// Labels later than the oldest age that can be seen are missing from a developed precision, but not from a recall, where they
/// are missing above and below. Once orders are as old as maturity hardly any are. Before, the figure says so, and where the
/// curve still rises in the second half of the ages that it covers it is refused: it ends where the data do.
fn unseen(view: &OrderView<'_>, found: &stats::Developed) -> Result<Option<String>, String> {
    let joined = view.chosen.context.joined;
    if found.oldest >= joined.maturity_ms {
        return Ok(None);
    }
    let days = |ms: i64| ms as f64 / DAY_MS as f64;
    let (oldest, maturity) = (days(found.oldest), days(joined.maturity_ms));
    if found.at_half < LEVEL {
        return Err(format!(
            "labels are seen up to an age of {oldest:.0} days only, and {} of those came in its second half: how many \
             come later is not known, and labels mature after {maturity:.0} days",
            words::percent(1.0 - found.at_half)
        ));
    }
    Ok(Some(format!(
        "counts frauds reported within {oldest:.0} days, the oldest age that can be seen; labels mature after \
         {maturity:.0} days"
    )))
}

/// Orders with an alarm that have a label or may still get one that says fraud or good.
fn alarms(view: &OrderView<'_>, flag: Flag) -> Vec<u32> {
    let open = |event: u32| {
        let declined = view.live(event) == Some(Action::Reject);
        !declined && !matches!(view.state(event), State::Refunded | State::Unclear)
    };
    let alarm = |event: &&u32| raises(flag, view.shadow(**event)) && open(**event);
    view.events.iter().filter(alarm).copied().collect()
}
