//! One distribution then: frozen with the model, or read off the first part of the window.

use crate::join::FeatureSample;
use crate::stats::drift::raw::{self, Distances};
use crate::stats::drift::{Counts, Drift, DriftRefusal, Reference, compare};
use bystander_core::contract;
use bystander_core::features::FeatureValue;
use std::collections::BTreeMap;

/// Bins of a distribution that is read off the window.
const BINS: usize = 10;

/// Values of the score or of a feature, by event.
pub(crate) struct Values<'a> {
    pub(crate) name: &'a str,
    /// NaN where missing; an index into `categories` for a category.
    pub(crate) values: Vec<(u32, f64)>,
    pub(crate) categories: Option<&'a FeatureSample>,
    /// Whether they are a function of the clock.
    pub(crate) calendar: bool,
}

impl<'a> Values<'a> {
    pub(crate) fn new(name: &'a str, values: Vec<(u32, f64)>, categories: Option<&'a FeatureSample>) -> Self {
        Self { name, values, categories, calendar: false }
    }
}

/// A distribution to compare with.
pub(crate) struct Baseline {
    edges: Vec<f64>,
    /// Place of each category; empty for numbers.
    places: BTreeMap<String, usize>,
    pub(crate) shares: Vec<f64>,
    pub(crate) missing: f64,
    count: Option<u64>,
    pub(crate) bins: Vec<String>,
    /// The numbers themselves, where they are known.
    sample: Vec<f64>,
}

impl Baseline {
    /// The contract's; `None` where it says nothing about these values, or of the other kind. Its category for all that
    /// isn't in the vocabulary is the one that comparisons say.
    pub(crate) fn frozen(reference: &contract::ReferenceDistributions, values: &Values<'_>) -> Option<Self> {
        let distribution = match values.name {
            "score" => reference.score.as_ref()?,
            name => reference.features.get(name)?,
        };
        let numeric = distribution.values.is_empty();
        if numeric == values.categories.is_some() && !values.values.is_empty() {
            return None;
        }
        let contract::Distribution { edges, values, shares, missing } = distribution.clone();
        let said =
            |value: String| if value == contract::UNKNOWN { FeatureValue::UNSEEN.to_owned() } else { value };
        Some(Self::new(edges, values.into_iter().map(said).collect(), shares, missing, None))
    }

    /// Deciles, or the categories, of the values for which `early` holds.
    pub(crate) fn of(values: &Values<'_>, early: impl Fn(u32) -> bool) -> Option<Self> {
        let then: Vec<f64> =
            values.values.iter().filter(|(event, _)| early(*event)).map(|(_, value)| *value).collect();
        let known: Vec<f64> = then.iter().copied().filter(|value| !value.is_nan()).collect();
        if known.is_empty() {
            return None;
        }
        let missing = 1.0 - known.len() as f64 / then.len() as f64;
        let count = Some(then.len() as u64);
        let total = known.len() as f64;
        if let Some(sample) = values.categories {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            known.iter().for_each(|value| *counts.entry(sample.category(*value)).or_default() += 1);
            counts.remove(FeatureValue::UNSEEN);
            let seen: u64 = counts.values().sum();
            let shares = counts.values().map(|count| *count as f64 / seen.max(1) as f64).collect();
            return (seen > 0).then(|| {
                Self::new(
                    Vec::new(),
                    counts.keys().map(ToString::to_string).collect(),
                    shares,
                    missing,
                    count,
                )
            });
        }
        let edges = deciles(known.clone());
        let counts = Counts::of(&edges, then.iter().copied());
        let shares = counts.bins.iter().map(|count| *count as f64 / total).collect();
        Some(Self { sample: known, ..Self::new(edges, Vec::new(), shares, missing, count) })
    }

    fn new(edges: Vec<f64>, values: Vec<String>, shares: Vec<f64>, missing: f64, count: Option<u64>) -> Self {
        let bins = if values.is_empty() { names(&edges) } else { values.clone() };
        let places = values.into_iter().enumerate().map(|(place, value)| (value, place)).collect();
        Self { edges, places, shares, missing, count, bins, sample: Vec::new() }
    }

    /// Counts the values for which `now` holds.
    pub(crate) fn counts(&self, values: &Values<'_>, now: impl Fn(u32) -> bool) -> Counts {
        let now = values.values.iter().filter(|(event, _)| now(*event)).map(|(_, value)| *value);
        let Some(sample) = values.categories else { return Counts::of(&self.edges, now) };
        let mut counts = Counts { bins: vec![0; self.shares.len()], missing: 0, unseen: 0 };
        for value in now {
            match (value.is_nan(), self.places.get(sample.category(value))) {
                (true, _) => counts.missing += 1,
                (false, Some(place)) => counts.bins[*place] += 1,
                (false, None) => counts.unseen += 1,
            }
        }
        counts
    }

    pub(crate) fn compare(&self, counts: &Counts) -> Result<Drift, DriftRefusal> {
        let Self { edges, shares, missing, count, .. } = self;
        compare(&Reference { edges, shares, missing: *missing, count: *count }, counts)
    }

    /// Distances of the samples themselves; `None` where only bins are known of the one then.
    pub(crate) fn distances(&self, values: &Values<'_>, now: impl Fn(u32) -> bool) -> Option<Distances> {
        let now = values.values.iter().filter(|(event, value)| now(*event) && !value.is_nan());
        let now: Vec<f64> = now.map(|(_, value)| *value).collect();
        raw::compare(&self.sample, &now).ok()
    }
}

/// Inner edges between tenths, equal ones once; one edge at least, so that numbers stay numbers.
fn deciles(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let at = |tenth: usize| values[(values.len() * tenth / BINS).min(values.len() - 1)];
    let mut edges: Vec<f64> = (1..BINS).map(at).collect();
    edges.dedup();
    let last = values[values.len() - 1];
    // An edge at the largest value would leave an empty last bin.
    if edges.len() > 1 && edges.last() == Some(&last) {
        edges.pop();
    }
    edges
}

fn names(edges: &[f64]) -> Vec<String> {
    let mut names: Vec<String> = edges.iter().map(|edge| format!("≤ {}", short(*edge))).collect();
    names.extend(edges.last().map(|last| format!("> {}", short(*last))));
    names
}

/// Six significant digits at most.
fn short(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { 5 - value.abs().log10().floor() as i32 };
    let scale = 10_f64.powi(digits.clamp(0, 12));
    format!("{}", (value * scale).round() / scale)
}
