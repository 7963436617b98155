//! Orders and labels over time, and stretches in which the world was another.

use super::view::live;
use crate::document::{Figure, Period, Population};
use crate::join::{JoinedStream, State};
use crate::sections::context::Context;
use crate::sections::periods::{Periods, date};
use crate::sections::words;
use crate::stats::drift::rates;
use crate::stats::intervals::proportion;
use crate::stats::multiple::benjamini_hochberg;
use bystander_core::decision::Action;
use bystander_core::time::Rfc3339;

/// A stretch stands out when its share of fraud is this many times that of the rest, or this part of it.
const FACTOR: f64 = 3.0;
/// And when chance explains it with less than this probability, after the correction for looking at all stretches.
const ALPHA: f64 = 0.001;
/// Labelled orders that a stretch needs to be looked at.
const LEAST: u64 = 30;

/// A stretch of time, end exclusive, in which the share of fraud was another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Regime {
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
    pub(crate) frauds: u64,
    pub(crate) labelled: u64,
}

impl Regime {
    pub(crate) fn contains(&self, time_ms: i64) -> bool {
        (self.start_ms..self.end_ms).contains(&time_ms)
    }

    /// `From 2015-01-05 to 2015-02-01`, or `On 2015-01-05`.
    pub(crate) fn when(&self) -> String {
        let (first, last) = (date(self.start_ms), date(self.end_ms - 1));
        if first == last { format!("On {first}") } else { format!("From {first} to {last}") }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    orders: u64,
    frauds: u64,
    good: u64,
    pending: u64,
    decided: u64,
    rejected: u64,
    /// Known frauds among [`labelled`](Self::labelled).
    labelled_frauds: u64,
    /// Orders with a label that doesn't select itself: where declines have none, those that live did not decline.
    labelled: u64,
}

pub(crate) fn section(
    context: &Context<'_>,
    joined: &JoinedStream<'_>,
) -> (Vec<Period>, Vec<Regime>, Vec<String>) {
    let occurred = &joined.stream.occurred_at_ms;
    let happened =
        || (0..joined.stream.len()).filter(|event| joined.happened(*event, context.joined.as_of_ms));
    let Some(periods) = Periods::over(happened().map(|event| occurred.get(event))) else {
        return Default::default();
    };
    let mut tallies = vec![Tally::default(); periods.count];
    let selected = joined.states.contains(&State::Declined);
    for event in happened() {
        let tally = &mut tallies[periods.index(occurred.get(event))];
        tally.orders += 1;
        match joined.states[event as usize] {
            State::Fraud => tally.frauds += 1,
            State::Good | State::DisputedWon => tally.good += 1,
            State::Pending => tally.pending += 1,
            _ => {}
        }
        let action = live(joined, event);
        tally.decided += u64::from(action.is_some());
        tally.rejected += u64::from(action == Some(Action::Reject));
        let label = joined.states[event as usize].is_fraud();
        if let Some(fraud) = label.filter(|_| !selected || action != Some(Action::Reject)) {
            tally.labelled += 1;
            tally.labelled_frauds += u64::from(fraud);
        }
    }
    let population = if selected { Population::NotDeclined } else { Population::Labelled };
    let show = |(period, tally): (usize, &Tally)| show(context, &periods, (period, tally), population);
    let shown = tallies.iter().enumerate().map(show).collect();
    let regimes = regimes(&periods, &tallies);
    let mut sentences: Vec<String> = regimes.iter().map(|regime| sentence(regime, &tallies)).collect();
    if sentences.is_empty() {
        sentences.extend(change(&periods, &tallies));
    }
    (shown, regimes, sentences)
}

fn show(
    context: &Context<'_>,
    periods: &Periods,
    (period, tally): (usize, &Tally),
    population: Population,
) -> Period {
    let confidence = context.confidence();
    Period {
        start: Rfc3339(periods.start_ms(period)),
        end: Rfc3339(periods.start_ms(period + 1)),
        orders: tally.orders,
        frauds: tally.frauds,
        good: tally.good,
        pending: tally.pending,
        fraud_share: Figure::of(
            proportion(tally.labelled_frauds, tally.labelled, confidence),
            tally.labelled,
            population,
        ),
        live_reject_share: Figure::of(
            proportion(tally.rejected, tally.decided, confidence),
            tally.decided,
            Population::WithLive,
        ),
    }
}

/// Neighbouring stretches that stand out, joined.
fn regimes(periods: &Periods, tallies: &[Tally]) -> Vec<Regime> {
    let (frauds, labelled) = totals(tallies);
    // Young orders have frauds before they have good ones: only fully labelled stretches compare.
    let usable = |tally: &Tally| tally.pending == 0 && tally.labelled >= LEAST;
    let tests: Vec<(usize, f64, bool)> = tallies
        .iter()
        .enumerate()
        .filter(|(_, tally)| usable(tally))
        .filter_map(|(period, tally)| {
            let n = tally.labelled;
            let (rest, rest_frauds) = (labelled - n, frauds - tally.labelled_frauds);
            let (here, there) =
                (tally.labelled_frauds as f64 / n as f64, rest_frauds as f64 / rest.max(1) as f64);
            let apart = here >= FACTOR * there || there >= FACTOR * here;
            let test = rates::test(tally.labelled_frauds, n, there, Some(rest))?;
            (rest > 0).then_some((period, test.p_value, apart && here > there))
        })
        .collect();
    let p_values: Vec<f64> = tests.iter().map(|test| test.1).collect();
    let adjusted = benjamini_hochberg(&p_values).unwrap_or_default();
    let loud = tests
        .iter()
        .zip(adjusted)
        .filter(|((_, _, apart), p)| *apart && *p < ALPHA)
        .map(|((one, ..), _)| *one);
    let mut found: Vec<Regime> = Vec::new();
    for period in loud {
        let tally = &tallies[period];
        let (start_ms, end_ms) = (periods.start_ms(period), periods.start_ms(period + 1));
        match found.last_mut() {
            Some(last) if last.end_ms == start_ms => {
                last.end_ms = end_ms;
                last.frauds += tally.labelled_frauds;
                last.labelled += tally.labelled;
            }
            _ => found.push(Regime {
                start_ms,
                end_ms,
                frauds: tally.labelled_frauds,
                labelled: tally.labelled,
            }),
        }
    }
    found
}

/// A rise or a fall of fraud that is no stretch of its own, as where it starts low and stays high: the stretch with the
/// lowest and the one with the highest share, where they are as far apart as a regime is from the rest and chance doesn't
/// explain it, corrected for the number of pairs to choose from.
fn change(periods: &Periods, tallies: &[Tally]) -> Option<String> {
    let usable = |tally: &Tally| tally.pending == 0 && tally.labelled >= LEAST;
    let share = |period: usize| tallies[period].labelled_frauds as f64 / tallies[period].labelled as f64;
    let looked_at: Vec<usize> = (0..tallies.len()).filter(|period| usable(&tallies[*period])).collect();
    let by_share = |one: &usize, two: &usize| share(*one).total_cmp(&share(*two));
    let low = looked_at.iter().copied().min_by(by_share)?;
    let high = looked_at.iter().copied().max_by(by_share)?;
    let (few, many) = (&tallies[low], &tallies[high]);
    let test = rates::test(many.labelled_frauds, many.labelled, share(low), Some(few.labelled))?;
    let pairs = (looked_at.len() * looked_at.len().saturating_sub(1) / 2) as f64;
    if share(high) < FACTOR * share(low) || test.p_value * pairs >= ALPHA {
        return None;
    }
    let at = |period: usize| {
        format!(
            "{} of {} labelled orders in the {} from {}",
            words::percent(share(period)),
            words::count(tallies[period].labelled),
            periods.word(),
            date(periods.start_ms(period))
        )
    };
    let (first, last, word) = if low < high { (low, high, "rises") } else { (high, low, "falls") };
    Some(format!("Fraud {word} from {} to {}: figures over the whole window mix both.", at(first), at(last)))
}

fn totals(tallies: &[Tally]) -> (u64, u64) {
    tallies.iter().fold((0, 0), |(frauds, all), tally| (frauds + tally.labelled_frauds, all + tally.labelled))
}

fn sentence(regime: &Regime, tallies: &[Tally]) -> String {
    let (frauds, labelled) = totals(tallies);
    let share = |part: u64, whole: u64| words::percent(part as f64 / whole.max(1) as f64);
    format!(
        "{}, {} of {} labelled orders were fraud, against {} in the rest of the window. {} of all known frauds lie \
         there: recall, precision and AUC over the whole window are mostly about that stretch.",
        regime.when(),
        share(regime.frauds, regime.labelled),
        words::count(regime.labelled),
        share(frauds - regime.frauds, labelled - regime.labelled),
        share(regime.frauds, frauds),
    )
}
