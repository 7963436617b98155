//! The newest report's figures as gauges.
//!
//! They are one value that is replaced as a whole: a scrape sees one report, never parts of two, and a figure that the
//! newest report doesn't give is gone rather than old.

use crate::catalogue::report as declared;
use crate::catalogue::report::{FAILED, GATE_RESULTS, GateResult, MADE};
use crate::catalogue::{Ended, Stream};
use crate::family::Counters;
use crate::process::ProcessCollector;
use crate::registry::CatalogueError;
use parking_lot::{Mutex, MutexGuard};
use prometheus::Registry;
use prometheus::proto::MetricFamily;
use std::time::Duration;

/// A figure with the labels that tell it apart.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportFigure<'a> {
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
    /// Finite; money in minor units. Absent where only a range is known: then its ends are in `interval`.
    pub value: Option<f64>,
    /// Limits of its interval, finite.
    pub interval: Option<(f64, f64)>,
}

/// What a report exports.
#[derive(Debug, Clone, Default)]
pub struct ReportFigures<'a> {
    /// Figures that the report gives; those that it refuses aren't here.
    pub figures: Vec<ReportFigure<'a>>,
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
    newest: Mutex<Vec<MetricFamily>>,
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
        Ok(Self { registry, rounds, newest: Mutex::default() })
    }

    /// Shows a report's figures instead of the last one's, and counts the round.
    ///
    /// # Errors
    /// As for [`new`](Self::new); the last report's figures then stay.
    pub fn made(&self, report: &ReportFigures<'_>) -> Result<(), CatalogueError> {
        let families = families(report).map_err(CatalogueError::writing)?;
        *self.newest() = families;
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
        let mut families = self.registry.gather();
        families.extend_from_slice(&self.newest());
        CatalogueError::or_text(&families)
    }

    /// It holds a whole report at any time, whoever panicked.
    fn newest(&self) -> MutexGuard<'_, Vec<MetricFamily>> {
        self.newest.lock()
    }
}

fn families(report: &ReportFigures<'_>) -> prometheus::Result<Vec<MetricFamily>> {
    let versions: Vec<String> = report.figures.iter().map(|figure| figure.version.to_string()).collect();
    let labelled =
        || report.figures.iter().zip(&versions).map(|(figure, version)| (labels(figure, version), figure));
    let limit = |of: fn((f64, f64)) -> f64| {
        labelled().filter_map(move |(labels, figure)| Some((labels, of(figure.interval?))))
    };
    let gates = report.gates.iter().flat_map(|(gate, found)| {
        GATE_RESULTS.map(|result| (GateResult { gate, result }, f64::from(u8::from(result == *found))))
    });
    let matured = report.matured.iter().map(|(stream, labels)| (Stream { stream }, *labels as f64));
    let families = [
        declared::VALUE
            .with_values(labelled().filter_map(|(labels, figure)| Some((labels, figure.value?))))?,
        declared::LOW.with_values(limit(|(low, _)| low))?,
        declared::HIGH.with_values(limit(|(_, high)| high))?,
        declared::GATE.with_values(gates)?,
        declared::MATURED.with_values(matured)?,
        declared::GENERATED.with_values([((), report.generated_seconds as f64)])?,
        declared::ROUND_SECONDS.with_values([((), report.took.as_secs_f64())])?,
    ];
    Ok(families.concat())
}

fn labels<'l>(figure: &ReportFigure<'l>, version: &'l str) -> declared::Figure<'l> {
    let ReportFigure { stream, model, metric, currency, .. } = *figure;
    declared::Figure { stream, model, version, metric, currency }
}
