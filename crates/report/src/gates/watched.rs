//! A gate's figure with a confidence sequence: valid at every look.
//!
//! Orders of one customer hang together, which a confidence sequence doesn't allow for. So only the first order of each
//! customer counts here, in the order of time; the others are left out.

use super::measure::Sides;
use super::{Gate, Metric};
use crate::document::{Figure, Population};
use crate::sections::fraud::declines::Declines;
use crate::sections::fraud::view::clusters;
use crate::sections::pricing::view::QuoteView;
use crate::stats::intervals::Interval;
use crate::stats::partial::{Bounds, Ends};
use crate::stats::sequential::mean::{Declared, MeanSequence};
use crate::stats::sequential::proportion::{Prior, proportion};

const NOTE: &str = "confidence sequence over the first order of each customer";

pub(crate) fn of_orders(sides: &Sides<'_>) -> Figure {
    let gate = sides.gate;
    match (gate.metric, gate.requirement.against()) {
        (Metric::Precision, None) => precision(sides),
        (Metric::Agreement, None) => {
            let decided = sides.model.events.iter();
            let hits = decided
                .filter_map(|event| Some((*event, sides.model.live(*event)? == sides.model.shadow(*event))));
            let kept = first_of_customers(sides, hits.collect());
            let found = kept.iter().filter(|(_, hit)| *hit).count() as u64;
            show(found, kept.len() as u64, gate, Population::WithLive)
        }
        (Metric::AlertRate, against) => {
            let alarms = sides.model.events.iter().filter_map(|event| {
                let baseline = if against.is_some() { i8::from(sides.baseline_flags(*event)?) } else { 0 };
                Some((*event, (i8::from(sides.flags(*event)) - baseline, Bounds::known(true))))
            });
            over(sides, &alarms.collect::<Vec<_>>(), Population::Compared)
        }
        _ => {
            let members = sides.members(&Declines::Unknown);
            let members = members.filter(|(.., bounds)| bounds.most > 0.0);
            let members = members.map(|(event, value, bounds)| (event, (value, bounds)));
            over(sides, &members.collect::<Vec<_>>(), sides.population())
        }
    }
}

/// A mean over the first order of each customer, of those that are in the metric's group. An order that may be in it is
/// taken as in or out so as to make the mean smallest, then largest: see
/// [`Members`](crate::stats::partial::members::Members).
fn over(sides: &Sides<'_>, rows: &[(u32, (i8, Bounds))], population: Population) -> Figure {
    let open = |bounds: Bounds| bounds.least < bounds.most;
    let unlabelled = rows.iter().filter(|(_, (_, bounds))| open(*bounds)).count() as u64;
    let with = |taken: &dyn Fn(i8) -> bool| -> Vec<i8> {
        let in_group = rows.iter().filter(|(_, (value, bounds))| !open(*bounds) || taken(*value));
        let kept = first_of_customers(sides, in_group.map(|(event, (value, _))| (*event, *value)).collect());
        kept.into_iter().map(|(_, value)| value).collect()
    };
    let n = with(&|_| false).len() as u64;
    let compared = sides.gate.requirement.against().is_some();
    let interval =
        |values: Vec<i8>| if compared { difference(sides.gate, &values) } else { rate(sides.gate, &values) };
    let ends = if unlabelled == 0 {
        interval(with(&|_| false)).map(Ends::point)
    } else {
        let taken = [(-1, false), (-1, true), (1, false), (1, true)];
        let candidates =
            taken.map(|(pull, same)| interval(with(&|value| value == pull || same && value == 0)));
        match candidates.iter().all(Option::is_some) {
            true => Ends::among(candidates.into_iter().flatten()),
            false => Ends::anything(if compared { -1.0 } else { 0.0 }, 1.0, sides.gate.confidence),
        }
    };
    Figure::between(ends, (n, unlabelled), population).noted(NOTE)
}

/// Share of ones among ones and zeros.
fn rate(gate: &Gate, values: &[i8]) -> Option<Interval> {
    let events = values.iter().filter(|value| **value == 1).count() as u64;
    proportion(events, values.len() as u64, Prior::UNIFORM, gate.confidence)
}

fn precision(sides: &Sides<'_>) -> Figure {
    let flagged = sides.rows().into_iter().filter(|(event, _)| sides.flags(*event));
    let kept = first_of_customers(sides, flagged.collect());
    let n = kept.len() as u64;
    let frauds = kept.iter().filter(|(_, label)| *label == Some(true)).count() as u64;
    let open = kept.iter().filter(|(_, label)| label.is_none()).count() as u64;
    let at = |frauds| proportion(frauds, n, Prior::UNIFORM, sides.gate.confidence);
    let ends = Ends::among([at(frauds), at(frauds + open)].into_iter().flatten());
    Figure::between(ends, (n - open, open), sides.population()).noted(NOTE)
}

/// Share of quotes within tolerance, the first quote of each item.
pub(crate) fn of_prices(view: &QuoteView<'_>, gate: &Gate) -> Figure {
    let (clusters, count) = view.clusters(&view.quotes);
    let occurred = &view.chosen.joined.stream.occurred_at_ms;
    let rows = view.quotes.iter().zip(&clusters);
    let rows = rows.map(|(quote, cluster)| {
        (occurred.get(quote.event), quote.event, *cluster, view.chosen.run.agrees.get(quote.event) == 1)
    });
    let kept = first_of_each(rows.collect(), count);
    let hits = kept.iter().filter(|(_, hit)| *hit).count() as u64;
    show(hits, kept.len() as u64, gate, Population::Quotes)
}

fn show(events: u64, n: u64, gate: &Gate, population: Population) -> Figure {
    Figure::of(proportion(events, n, Prior::UNIFORM, gate.confidence), n, population).noted(NOTE)
}

/// Model's alarm less the baseline's on the same order: −1, 0 or 1.
fn difference(gate: &Gate, values: &[i8]) -> Option<Interval> {
    // Narrowest around the number of rows that the gate waits for, and differences of one order in five: settled by
    // the gate alone, before any look.
    let declared = Declared {
        low: -1.0,
        high: 1.0,
        guess: 0.0,
        observations: gate.min_labels.max(100) as f64,
        standard_deviation: 0.45,
    };
    let differences: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let mut sequence = MeanSequence::new(declared)?;
    sequence.observe(&differences).ok()?;
    sequence.interval(gate.confidence)
}

fn first_of_customers<T>(sides: &Sides<'_>, rows: Vec<(u32, T)>) -> Vec<(u32, T)> {
    let events: Vec<u32> = rows.iter().map(|(event, _)| *event).collect();
    let joined = sides.model.chosen.joined;
    let (cluster, count) = clusters(joined, &events);
    let timed = rows.into_iter().zip(cluster);
    let timed = timed
        .map(|((event, value), cluster)| (joined.stream.occurred_at_ms.get(event), event, cluster, value));
    first_of_each(timed.collect(), count)
}

/// The earliest row of each cluster, in the order of time.
fn first_of_each<T>(mut rows: Vec<(i64, u32, u32, T)>, clusters: usize) -> Vec<(u32, T)> {
    rows.sort_by_key(|(time, event, ..)| (*time, *event));
    let mut seen = vec![false; clusters];
    let fresh = |cluster: u32| !std::mem::replace(&mut seen[cluster as usize], true);
    let mut fresh = fresh;
    rows.into_iter().filter(|row| fresh(row.2)).map(|(_, event, _, value)| (event, value)).collect()
}
