//! How much is known of a stream's orders, and how soon labels come.

use super::view::live;
use crate::document::{Basis, Figure, LatencyPoint, Maturity, Population, Shown, StateCount};
use crate::join::{JoinedStream, State};
use crate::sections::context::{Context, MoneyByCurrency};
use crate::sections::words;
use crate::stats::intervals::{Interval, Method};
use crate::stats::maturity::curve::{Curve, Fraud, Tail};
use crate::stats::maturity::power::{Errors, one_proportion};
use bystander_core::time::DAY_MS;

/// Points of the curve that are shown.
const POINTS: usize = 120;

pub(crate) fn section(context: &Context<'_>, joined: &JoinedStream<'_>) -> Maturity {
    let (frauds, curve) = curve(context, joined);
    let maturity_days = days(context.joined.maturity_ms);
    let latency = |q: f64| match &curve {
        Ok(curve) => latency(curve, q, context.confidence()),
        Err(why) => Figure::refused(why),
    };
    let reported = match &curve {
        Ok(curve) => reported(&frauds, curve),
        Err(why) => Figure::refused(why),
    };
    let states = states(context, joined);
    let mature_share = mature_share(context, joined);
    let headline = basis(context, &mature_share);
    let mut sentences = sentences(&states, &reported, curve.as_ref().ok(), maturity_days);
    if let (Basis::Developed, Some(share)) = (headline, mature_share.value()) {
        sentences.insert(
            1,
            format!(
                "{} of orders are mature, less than {}: the headline's recall and precision are developed, which makes up \
                 for frauds still to be reported.",
                words::percent(share),
                words::percent(context.settings.developed_below)
            ),
        );
    }
    Maturity {
        states,
        maturity_days,
        curve: match &curve {
            Ok(curve) => Shown::Shown(points(curve, context.confidence())),
            Err(why) => Shown::refused(why),
        },
        latency_p50_days: latency(0.5),
        latency_p90_days: latency(0.9),
        reported,
        mature_share,
        headline,
        labels_needed: labels_needed(context, joined),
        sentences,
    }
}

/// What the headline's recall and precision rest on.
fn basis(context: &Context<'_>, mature_share: &Figure) -> Basis {
    let young = mature_share.value().is_some_and(|share| share < context.settings.developed_below);
    if young { Basis::Developed } else { Basis::Matured }
}

/// Orders that are old enough for no news to be good news, among all that had happened.
fn mature_share(context: &Context<'_>, joined: &JoinedStream<'_>) -> Figure {
    let as_of = context.joined.as_of_ms;
    let ages = (0..joined.stream.len()).map(|event| as_of - joined.stream.occurred_at_ms.get(event));
    let (mature, all) = ages
        .filter(|age| *age >= 0)
        .fold((0, 0), |(mature, all), age| (mature + u64::from(age >= context.joined.maturity_ms), all + 1));
    match all {
        0 => Figure::refused("no order"),
        _ => Figure::new(mature as f64 / all as f64, all, Population::Orders),
    }
}

pub(crate) fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS as f64
}

/// Frauds with delay and age, and their development curve or why there is none.
fn curve(context: &Context<'_>, joined: &JoinedStream<'_>) -> (Vec<Fraud>, Result<Curve, String>) {
    let as_of = context.joined.as_of_ms;
    let fraud = |(event, at): &(u32, i64)| {
        let occurred = joined.stream.occurred_at_ms.get(*event);
        Fraud { delay: at - occurred, age: as_of - occurred }
    };
    let frauds: Vec<Fraud> = joined.fraud_at_ms.iter().map(fraud).collect();
    let curve = match frauds.len() {
        0 => Err("no fraud is known yet".to_owned()),
        _ => Curve::estimate(&frauds, None).map_err(|refusal| refusal.to_string()),
    };
    (frauds, curve)
}

fn points(curve: &Curve, confidence: f64) -> Vec<LatencyPoint> {
    let step = curve.ages.len().div_ceil(POINTS).max(1);
    let last = curve.ages.len().saturating_sub(1);
    let kept = curve.ages.iter().enumerate().filter(|(place, _)| place % step == 0 || *place == last);
    let point = |(place, age): (usize, &i64)| {
        let interval = curve.interval_at(*age, confidence);
        LatencyPoint {
            age_days: days(*age),
            share: curve.share[place],
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
        }
    };
    kept.map(point).collect()
}

fn latency(curve: &Curve, q: f64, confidence: f64) -> Figure {
    let Some(found) = curve.latency(q, confidence) else {
        return Figure::refused("the curve doesn't reach it");
    };
    let estimate = days(found.age);
    let interval = found.low.zip(found.high).and_then(|(low, high)| {
        Interval::new(days(low), estimate, days(high), confidence, Method::Greenwood)
    });
    Figure::new(estimate, curve.frauds, Population::KnownFraud).with(interval).noted(tail(curve))
}

fn tail(curve: &Curve) -> String {
    match curve.tail {
        Tail::Unknown { oldest } => {
            format!("of frauds reported within {:.0} days, the oldest age that can be seen", days(oldest))
        }
        Tail::Closed { horizon } => format!("of frauds reported within {:.0} days", days(horizon)),
    }
}

/// Known frauds ÷ Σ 1 ÷ F(age).
fn reported(frauds: &[Fraud], curve: &Curve) -> Figure {
    let eventual: f64 = frauds
        .iter()
        .map(|fraud| curve.share_at(fraud.age))
        .filter(|share| *share > 0.0)
        .map(|share| 1.0 / share)
        .sum();
    let n = frauds.len() as u64;
    Figure::new((n as f64 / eventual).min(1.0), n, Population::KnownFraud).noted(tail(curve))
}

fn states(context: &Context<'_>, joined: &JoinedStream<'_>) -> Vec<StateCount> {
    let mut tallies: Vec<(u64, MoneyByCurrency)> = vec![Default::default(); State::ALL.len()];
    for (event, state) in joined.states.iter().enumerate() {
        if let Some(place) = State::ALL.iter().position(|one| one == state) {
            tallies[place].0 += 1;
            tallies[place].1.add(joined.stream.money(event as u32));
        }
    }
    let show = |(state, (count, purse)): (State, (u64, MoneyByCurrency))| StateCount {
        state: state.name().to_owned(),
        meaning: state.meaning().to_owned(),
        count,
        amounts: purse.amounts(context),
    };
    State::ALL.into_iter().zip(tallies).map(show).collect()
}

/// Mature frauds that are missing to tell a recall from one that is `difference_of_interest` away, where it is
/// hardest: around one half.
fn labels_needed(context: &Context<'_>, joined: &JoinedStream<'_>) -> Figure {
    let difference = context.settings.difference_of_interest;
    let errors = Errors { alpha: 1.0 - context.confidence(), power: 0.8, two_sided: true };
    let Some(needed) = one_proportion(0.5, 0.5 + difference, errors) else {
        return Figure::refused("the difference of interest must lie between 0 and 0.5");
    };
    let mature = |(event, _): &&(u32, i64)| {
        context.joined.as_of_ms - joined.stream.occurred_at_ms.get(*event) >= context.joined.maturity_ms
    };
    let have = joined.fraud_at_ms.iter().filter(mature).count() as u64;
    Figure::new(needed.saturating_sub(have) as f64, have, Population::KnownFraud).noted(format!(
        "{} mature frauds tell a recall of 50 % from one {} away with 80 % power; n is what is there",
        words::count(needed),
        words::percent(difference)
    ))
}

fn sentences(
    states: &[StateCount],
    reported: &Figure,
    curve: Option<&Curve>,
    maturity_days: f64,
) -> Vec<String> {
    let of =
        |state: State| states.iter().find(|count| count.state == state.name()).map_or(0, |count| count.count);
    let all: u64 = states.iter().map(|count| count.count).sum();
    let mut said = vec![format!(
        "Of {}, {} are known to be fraud, {} are good, {} are younger than {maturity_days} days and open, {} were \
         declined by live and will never be known.",
        words::orders(all),
        words::count(of(State::Fraud)),
        words::count(of(State::Good) + of(State::DisputedWon)),
        words::count(of(State::Pending)),
        words::count(of(State::Declined)),
    )];
    if let (Some(share), Some(curve)) = (reported.value(), curve) {
        said.push(format!(
            "About {} of this window's frauds are reported by now ({}).",
            words::percent(share),
            tail(curve)
        ));
    }
    said
}

/// Share of live decisions among orders of the stream that had happened.
pub(crate) fn without_live(context: &Context<'_>, joined: &JoinedStream<'_>) -> u64 {
    let happened = (0..joined.stream.len()).filter(|event| joined.happened(*event, context.joined.as_of_ms));
    happened.filter(|event| live(joined, *event).is_none()).count() as u64
}
