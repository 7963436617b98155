//! Scores as probabilities.

use super::view::OrderView;
use crate::document::{Calibration, Figure, Population, ReliabilityBin, Shown};
use crate::stats::calibration::{self, Probabilities, Recalibration};
use crate::stats::cases::Cases;

const BINS: usize = 10;

pub(crate) fn section(view: &OrderView<'_>) -> Shown<Calibration> {
    let labelled = &view.labelled;
    if labelled.events.is_empty() {
        return Shown::refused(view.without_labels().unwrap_or_default());
    }
    let probabilities: Vec<f64> = labelled.events.iter().map(|event| view.probability(*event)).collect();
    let scored = Cases::new(&labelled.labels).scored(&probabilities);
    let cases = match scored.and_then(Probabilities::new) {
        Ok(cases) => cases,
        Err(error) => return Shown::refused(format!("these scores are not probabilities: {error}")),
    };
    let found = calibration::Calibration::of(&cases, BINS, view.confidence());
    let n = labelled.events.len() as u64;
    let figure = |value: Option<f64>| Figure::new(value.unwrap_or(f64::NAN), n, view.population());
    let Some(brier) = found.brier else { return Shown::refused("no labelled order") };
    let (slope, intercept) = recalibration(&found.recalibration, n, view.population());
    let expected = found.observed_expected;
    Shown::Shown(Calibration {
        bins: found.bins.iter().map(|one| bin(one, view.population())).collect(),
        brier: figure(Some(brier.score)),
        reliability: brier.reliability,
        resolution: brier.resolution,
        uncertainty: brier.uncertainty,
        log_loss: figure(found.log_loss.map(|loss| loss.loss)),
        ece: figure(found.expected_calibration_error),
        slope,
        intercept,
        observed_over_expected: figure(expected.and_then(|ratio| ratio.ratio))
            .with(expected.and_then(|ratio| ratio.interval)),
    })
}

fn bin(bin: &calibration::ReliabilityBin, population: Population) -> ReliabilityBin {
    let observed = Figure::new(bin.observed, bin.rows, population).with(bin.interval);
    ReliabilityBin { mean_score: bin.mean_score, observed }
}

fn recalibration(found: &Recalibration, n: u64, population: Population) -> (Figure, Figure) {
    let refused = |why: &str| (Figure::refused(why), Figure::refused(why));
    match found {
        Recalibration::Fitted { slope, intercept, slope_interval, intercept_interval, .. } => (
            Figure::new(*slope, n, population).with(*slope_interval),
            Figure::new(*intercept, n, population).with(*intercept_interval),
        ),
        Recalibration::OneClass => refused("all labelled orders are of one class: nothing to regress on"),
        Recalibration::ConstantScores => refused("all scores are the same: no slope"),
        Recalibration::Separated => {
            refused("the score parts frauds from good orders without overlap: no finite slope")
        }
        Recalibration::NotConverged => refused("the logistic fit did not settle"),
    }
}
