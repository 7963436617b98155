//! The report at the end of the demo: what a shop would read months later, when the outcomes are known.

use super::evidence::Evidence;
use crate::assembly::Assembly;
use crate::commands::report::rows::{Reading, bindings};
use crate::commands::report::settings::settings;
use crate::commands::report::write;
use crate::config::Config;
use crate::exit::Failure;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::time::DAY_MS;
use bystander_report::sections::{Provenance, StreamTotals};
use bystander_report::{Gates, Report, render};
use bystander_storefront::{Shop, ShopTopic};
use std::path::Path;

/// Days after the first event as of which the report is written: every outcome has been reported by then.
const LATER: i64 = 365;

/// Columns of the summary on the terminal.
const WIDTH: usize = 120;

/// Joins what the demo compared with the shop's outcomes, writes the report and returns its first page in ten lines.
pub(super) fn report(
    config: &Config,
    assembly: &Assembly,
    evidence: &mut Evidence,
    (shop, start_ms): (Shop, i64),
    path: &Path,
) -> Result<String, Failure> {
    let bound = bindings(config)?;
    let bound: Vec<_> = bound.iter().map(|(_, binding)| binding).collect();
    let mut read = Reading::default();
    for (offset, event) in (0_i64..).zip(shop.filter(|event| event.topic == ShopTopic::Outcomes)) {
        let record = RawRecord {
            stream: StreamId(0),
            position: Position { partition: 0, offset },
            timestamp_ms: Some(event.time.as_millisecond()),
            key: None,
            payload: event.payload.as_deref(),
            withheld: None,
            headers: RecordHeaders::default(),
        };
        let place = || format!("the shop's outcome {offset}");
        read.take(&record, &bound, &mut evidence.rows.dataset, &place);
    }
    let mut receipt =
        Provenance { binary_version: Some(env!("CARGO_PKG_VERSION").to_owned()), ..Provenance::default() };
    for (name, totals) in &evidence.totals {
        let skips = totals.skipped.iter().map(|(reason, count)| (reason.name().to_owned(), *count));
        let sums =
            StreamTotals { read: totals.read, dead_letters: totals.dead_lettered, skips: skips.collect() };
        receipt.streams.insert(name.clone(), sums);
    }
    let settings = settings(config, assembly, &evidence.rows, receipt);
    let as_of_ms = start_ms + LATER * DAY_MS;
    let gates = Gates::parse(include_str!("gates.toml")).map_err(Failure::other)?;
    let report = Report::build(&mut evidence.rows.dataset, as_of_ms, &settings, &gates);
    write(path, &render::html(&report))?;
    Ok(render::summary(&report, WIDTH, false))
}
