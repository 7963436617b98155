//! One distribution now against then.

use super::baseline::{Baseline, Values};
use crate::document::{DriftRow, Figure, Population};
use crate::stats::drift::raw::Distances;
use crate::stats::drift::{Counts, Drift, Test};

pub(crate) fn row(values: &Values<'_>, baseline: Option<&Baseline>, now: impl Fn(u32) -> bool) -> DriftRow {
    let Some(baseline) = baseline else { return refused(values, "no reference to compare with") };
    let counts = baseline.counts(values, &now);
    match baseline.compare(&counts) {
        Ok(drift) => shown(values, baseline, &counts, &drift, baseline.distances(values, now)),
        Err(refusal) => refused(values, &refusal.to_string()),
    }
}

/// `samples`: how far the values themselves are apart, where they are known on both sides.
fn shown(
    values: &Values<'_>,
    baseline: &Baseline,
    counts: &Counts,
    drift: &Drift,
    samples: Option<Distances>,
) -> DriftRow {
    let figure = |value: f64| Figure::new(value, drift.n, Population::Compared);
    let numeric_only = || Figure::refused("for numbers only");
    let psi = figure(drift.psi).noted(format!("{:.4} by chance", drift.psi_by_chance));
    let all = drift.n as f64;
    DriftRow {
        name: values.name.to_owned(),
        psi,
        ks: match (samples, drift.ks) {
            (Some(samples), _) => figure(samples.ks.statistic).noted(two_samples(samples.ks)),
            (None, Some(binned)) => figure(binned.statistic).noted("at the reference's bin edges"),
            (None, None) => numeric_only(),
        },
        jensen_shannon: figure(drift.jensen_shannon),
        wasserstein: samples
            .map(|samples| samples.wasserstein)
            .or(drift.wasserstein)
            .map_or_else(numeric_only, figure),
        missing_before: Some(baseline.missing),
        missing_now: drift.missing.share,
        unseen: drift.unseen.map(|unseen| unseen.share),
        p_value: Some(p_value(drift)),
        p_adjusted: None,
        flagged: false,
        before: baseline.shares.clone(),
        now: counts.bins.iter().map(|count| *count as f64 / all).collect(),
        bins: baseline.bins.clone(),
    }
}

fn two_samples(test: Test) -> String {
    match test.p_value {
        p if p < 0.001 => "two samples, p below 0.001".to_owned(),
        p => format!("two samples, p {p:.3}"),
    }
}

/// That neither the values, nor the missing, nor the unseen rate changed: the smallest p-value times the number of tests.
fn p_value(drift: &Drift) -> f64 {
    let values = drift.chi_square.as_ref().map(|test| test.p_value).or(drift.ks.map(|test| test.p_value));
    let tests = [values, Some(drift.missing.p_value), drift.unseen.map(|test| test.p_value)];
    let found: Vec<f64> = tests.into_iter().flatten().collect();
    let smallest = found.iter().copied().fold(1.0, f64::min);
    (smallest * found.len() as f64).min(1.0)
}

/// A row that says why it has no figures.
pub(crate) fn refused(values: &Values<'_>, why: &str) -> DriftRow {
    let figure = || Figure::refused(why);
    let missing = values.values.iter().filter(|(_, value)| value.is_nan()).count();
    DriftRow {
        name: values.name.to_owned(),
        psi: figure(),
        ks: figure(),
        jensen_shannon: figure(),
        wasserstein: figure(),
        missing_before: None,
        missing_now: missing as f64 / values.values.len().max(1) as f64,
        unseen: None,
        p_value: None,
        p_adjusted: None,
        flagged: false,
        before: Vec::new(),
        now: Vec::new(),
        bins: Vec::new(),
    }
}
