//! A gate's figure with a confidence sequence: valid at every look.
//!
//! Orders of one customer hang together, which a confidence sequence doesn't allow for. So only the first order of each
//! customer counts here, in the order of time; the others are left out.

use super::measure::Sides;
use super::{Gate, Metric};
use crate::document::{Figure, Population};
use crate::sections::fraud::view::clusters;
use crate::sections::pricing::view::QuoteView;
use crate::stats::sequential::mean::{Declared, MeanSequence};
use crate::stats::sequential::proportion::{Prior, proportion};

const NOTE: &str = "confidence sequence over the first order of each customer";

pub(crate) fn of_orders(sides: &Sides<'_>) -> Figure {
    let gate = sides.gate;
    match (gate.metric, gate.requirement.against()) {
        (Metric::Precision, None) => {
            let labelled = &sides.model.labelled;
            let rows = labelled.events.iter().zip(&labelled.labels).filter(|(event, _)| sides.flags(**event));
            let hits: Vec<(u32, bool)> = rows.map(|(event, fraud)| (*event, *fraud)).collect();
            rate(sides, hits, Population::Labelled)
        }
        (Metric::Agreement, None) => {
            let decided = sides.model.events.iter();
            let hits = decided
                .filter_map(|event| Some((*event, sides.model.live(*event)? == sides.model.shadow(*event))));
            rate(sides, hits.collect(), Population::WithLive)
        }
        (_, None) => {
            let (events, population) = sides.over();
            rate(sides, events.into_iter().map(|event| (event, sides.flags(event))).collect(), population)
        }
        (_, Some(_)) => difference(sides),
    }
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

fn rate(sides: &Sides<'_>, hits: Vec<(u32, bool)>, population: Population) -> Figure {
    let kept = first_of_customers(sides, hits);
    let found = kept.iter().filter(|(_, hit)| *hit).count() as u64;
    show(found, kept.len() as u64, sides.gate, population)
}

fn show(events: u64, n: u64, gate: &Gate, population: Population) -> Figure {
    Figure::of(proportion(events, n, Prior::UNIFORM, gate.confidence), n, population).noted(NOTE)
}

/// Model's alarm less the baseline's on the same order: −1, 0 or 1.
fn difference(sides: &Sides<'_>) -> Figure {
    let (events, population) = sides.over();
    let paired = events.into_iter().filter_map(|event| {
        let baseline = sides.baseline_flags(event)?;
        Some((event, f64::from(i8::from(sides.flags(event)) - i8::from(baseline))))
    });
    let kept = first_of_customers(sides, paired.collect());
    let differences: Vec<f64> = kept.into_iter().map(|(_, difference)| difference).collect();
    // Narrowest around the number of rows that the gate waits for, and differences of one order in five: settled by
    // the gate alone, before any look.
    let declared = Declared {
        low: -1.0,
        high: 1.0,
        guess: 0.0,
        observations: sides.gate.min_labels.max(100) as f64,
        standard_deviation: 0.45,
    };
    let sequence = MeanSequence::new(declared).and_then(|mut sequence| {
        sequence.observe(&differences).ok()?;
        sequence.interval(sides.gate.confidence)
    });
    Figure::of(sequence, differences.len() as u64, population).noted(NOTE)
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
