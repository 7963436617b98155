//! How old what a price was made from was, as far as comparisons tell.

use super::view::QuoteView;
use crate::document::{Delay, Figure, Population, StaleInputs};
use crate::sections::header::{self, WITHOUT_LATENCY};
use crate::stats::intervals::proportion;
use crate::stats::pricing::standstill::{Costed, standstill};
use std::collections::BTreeMap;

/// What comes or is scored later than this is late.
const LATE_MS: f64 = 3_600_000.0;

const UNKNOWN: &str = "Inputs stand in the quote itself, so at scoring they were at least as old as these delays say. How \
                       old a cost, a stock level or a market price already was when the quote was written, no record \
                       says; a cost that has stopped changing is the one sign of it here. Where history was imported, a \
                       record's time is that of the import.";

pub(crate) fn section(view: &QuoteView<'_>) -> StaleInputs {
    let stream = view.chosen.joined.stream;
    let arrived = sorted(view.events.iter().filter_map(|event| stream.arrival_ms(*event)));
    let no_times = "records carry no timestamp";
    StaleInputs {
        arrival: delay(view, &arrived, no_times),
        arrived_late: late(view, &arrived, no_times),
        scoring: delay(view, &latencies(view), WITHOUT_LATENCY),
        frozen_costs: frozen_costs(view),
        unknown: UNKNOWN.to_owned(),
    }
}

/// Share scored more than an hour after the record.
pub(crate) fn scored_late(view: &QuoteView<'_>) -> Figure {
    late(view, &latencies(view), WITHOUT_LATENCY)
}

fn latencies(view: &QuoteView<'_>) -> Vec<f64> {
    sorted(view.events.iter().filter_map(|event| view.chosen.run.latency(*event)).map(f64::from))
}

fn sorted(delays: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut delays: Vec<f64> = delays.collect();
    delays.sort_unstable_by(f64::total_cmp);
    delays
}

fn delay(view: &QuoteView<'_>, sorted: &[f64], without: &str) -> Delay {
    let at = |p| match sorted {
        [] => Figure::refused(without),
        _ => header::percentile(sorted, p, view.confidence()),
    };
    Delay { median_ms: at(0.5), p99_ms: at(0.99) }
}

fn late(view: &QuoteView<'_>, sorted: &[f64], without: &str) -> Figure {
    if sorted.is_empty() {
        return Figure::refused(without);
    }
    let n = sorted.len() as u64;
    let late = n - sorted.partition_point(|delay| *delay <= LATE_MS) as u64;
    Figure::of(proportion(late, n, view.confidence()), n, Population::Compared)
}

/// Costs in another currency are another item's.
fn frozen_costs(view: &QuoteView<'_>) -> Figure {
    let stream = view.chosen.joined.stream;
    let mut items = BTreeMap::new();
    let costed = |event: &u32| {
        let key = (stream.item.index(*event)?, stream.currency(*event));
        let next = items.len() as u32;
        let item = *items.entry(key).or_insert(next);
        Some(Costed { item, at_ms: stream.occurred_at_ms.get(*event), cost: stream.cost(*event)? })
    };
    let mut costs: Vec<Costed> = view.events.iter().filter_map(costed).collect();
    let found = standstill(&mut costs);
    if found.followed == 0 {
        return Figure::refused("no item with a cost that changed at least three times in this window");
    }
    let interval = proportion(found.still, found.followed, view.confidence());
    Figure::of(interval, found.followed, Population::ItemsWithCosts)
        .noted("chance alone would make up to 5 % of it, if costs change at random times")
}
