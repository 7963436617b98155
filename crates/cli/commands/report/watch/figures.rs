//! A report's headline as gauges.

use bystander_metrics::{ReportFigure, ReportFigures};
use bystander_report::Report;
use bystander_report::document::VerdictWord;
use bystander_report::render::headline;
use std::time::Duration;

/// What `/metrics` shows of a report that was begun at `now_ms` and took so long.
pub(super) fn of(report: &Report, now_ms: i64, took: Duration) -> ReportFigures<'_> {
    let headline = headline(report);
    let figures = headline.figures.into_iter().map(|figure| ReportFigure {
        stream: figure.stream,
        model: &figure.model.name,
        version: figure.model.version,
        metric: figure.metric,
        currency: figure.currency,
        value: figure.value,
        interval: figure.interval,
    });
    ReportFigures {
        figures: figures.collect(),
        gates: headline.gates.into_iter().filter_map(|(name, word)| Some((name, result(word)?))).collect(),
        matured: headline.matured,
        generated_seconds: now_ms.div_euclid(1000),
        took,
    }
}

/// The word of the metric; no gate has the one for a report without gates.
fn result(word: VerdictWord) -> Option<&'static str> {
    match word {
        VerdictWord::Met => Some("met"),
        VerdictWord::NotMet => Some("not_met"),
        VerdictWord::Hold => Some("hold"),
        VerdictWord::NoGates => None,
    }
}
