//! The newest report's figures as gauges.
//!
//! They live in a registry of their own that is replaced as a whole: a scrape sees one report, never parts of two, and a
//! figure that the newest report doesn't give is gone rather than old.

use crate::catalogue::report as declared;
use crate::catalogue::report::{FAILED, GATE_RESULTS, GateResult, MADE};
use crate::catalogue::{Ended, Stream};
use crate::family::Counters;
use crate::process::ProcessCollector;
use crate::registry::CatalogueError;
use prometheus::Registry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A figure with the labels that tell it apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure<'a> {
    /// The stream.
    pub stream: &'a str,
    /// The model's name.
    pub model: &'a str,
    /// Its version.
    pub version: u32,
    /// One of [`FIGURES`](declared::FIGURES).
    pub metric: &'static str,
    /// ISO 4217, for money; empty otherwise.
    pub currency: &'a str,
    /// Finite; money in minor units.
    pub value: f64,
    /// Limits of its interval, finite.
    pub interval: Option<(f64, f64)>,
}

/// What a report exports.
#[derive(Debug, Clone, Default)]
pub struct ReportFigures<'a> {
    /// Figures that the report gives; those that it refuses aren't here.
    pub figures: Vec<Figure<'a>>,
    /// Names of gates, each with one of [`GATE_RESULTS`].
    pub gates: Vec<(&'a str, &'static str)>,
    /// Streams, each with the events that its figures rest on.
    pub matured: Vec<(&'a str, u64)>,
    /// When the report was begun, seconds since the Unix epoch.
    pub generated_seconds: i64,
    /// How long that took.
    pub took: Duration,
}

/// The metrics of `report --watch`.
pub struct ReportCatalogue {
    registry: Registry,
    rounds: Counters<Ended<'static>>,
    newest: Mutex<Registry>,
}

impl ReportCatalogue {
    /// No report has been made yet; rounds are at 0.
    ///
    /// # Errors
    /// When two metrics have one name or a name is not valid: a mistake in the code.
    pub fn new() -> Result<Self, CatalogueError> {
        let registry = Registry::new();
        let rounds = declared::ROUNDS.register(&registry).map_err(CatalogueError::registering)?;
        let process = ProcessCollector::new().map_err(CatalogueError::registering)?;
        registry.register(Box::new(process)).map_err(CatalogueError::registering)?;
        for result in [MADE, FAILED] {
            rounds.with(&Ended { result });
        }
        Ok(Self { registry, rounds, newest: Mutex::new(Registry::new()) })
    }

    /// Shows a report's figures instead of the last one's, and counts the round.
    ///
    /// # Errors
    /// As for [`new`](Self::new); the last report's figures then stay.
    pub fn made(&self, report: &ReportFigures<'_>) -> Result<(), CatalogueError> {
        let registry = Registry::new();
        fill(&registry, report).map_err(CatalogueError::registering)?;
        *self.newest() = registry;
        self.rounds.with(&Ended { result: MADE }).inc();
        Ok(())
    }

    /// Counts a round that failed; the last report's figures stay.
    pub fn failed(&self) {
        self.rounds.with(&Ended { result: FAILED }).inc();
    }

    /// All metrics in Prometheus' text format 0.0.4.
    ///
    /// # Errors
    /// When a metric can't be written as text: a mistake in the code.
    pub fn scrape(&self) -> Result<String, CatalogueError> {
        let newest = self.newest().clone();
        let mut families = self.registry.gather();
        families.extend(newest.gather());
        CatalogueError::or_text(&families)
    }

    /// It holds a whole registry at any time, whoever panicked.
    fn newest(&self) -> MutexGuard<'_, Registry> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fill(registry: &Registry, report: &ReportFigures<'_>) -> prometheus::Result<()> {
    let value = declared::VALUE.register(registry)?;
    let low = declared::LOW.register(registry)?;
    let high = declared::HIGH.register(registry)?;
    for figure in &report.figures {
        let Figure { stream, model, metric, currency, .. } = *figure;
        let version = figure.version.to_string();
        let labels = declared::Figure { stream, model, version: &version, metric, currency };
        value.with(&labels).set(figure.value);
        if let Some((lower, upper)) = figure.interval {
            low.with(&labels).set(lower);
            high.with(&labels).set(upper);
        }
    }
    let gates = declared::GATE.register(registry)?;
    for (gate, found) in &report.gates {
        for result in GATE_RESULTS {
            gates.with(&GateResult { gate, result }).set(i64::from(result == *found));
        }
    }
    let matured = declared::MATURED.register(registry)?;
    for (stream, labels) in &report.matured {
        matured.with(&Stream { stream }).set(i64::try_from(*labels).unwrap_or(i64::MAX));
    }
    declared::GENERATED.register(registry)?.with(&()).set(report.generated_seconds);
    declared::ROUND_SECONDS.register(registry)?.with(&()).set(report.took.as_secs_f64());
    Ok(())
}
