//! Parts that several sections use.

use super::figure::{Figure, Population, Shown};
use bystander_core::time::Rfc3339;
use serde::Serialize;

/// A model version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelKey {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The alias it was named by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

impl ModelKey {
    /// Short for headings: the alias `fraud@champion` if there is one, else `fraud/2`.
    pub fn label(&self) -> String {
        match &self.alias {
            Some(alias) if alias.contains('@') => alias.clone(),
            Some(alias) => format!("{}@{alias}", self.name),
            None => format!("{}/{}", self.name, self.version),
        }
    }
}

impl ModelKey {
    /// Labels of two models that tell them apart, also where both have one alias.
    pub fn labels(&self, other: &Self) -> (String, String) {
        let name = |key: &Self| format!("{}/{}", key.name, key.version);
        if self.label() == other.label() { (name(self), name(other)) } else { (self.label(), other.label()) }
    }
}

/// A point of a curve; what x and y are, the curve's field says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Horizontal.
    pub x: f64,
    /// Vertical.
    pub y: f64,
    /// The threshold it belongs to; absent at the ends of a curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Where the point can lie over all mature orders, those that live declined without a label among them; absent where there
    /// are none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<CurveRange>,
}

/// What unlabelled declines could make of a point of a curve. No sampling error is in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurveRange {
    /// Horizontal, at least.
    pub x_low: f64,
    /// Horizontal, at most.
    pub x_high: f64,
    /// Vertical, at least.
    pub y_low: f64,
    /// Vertical, at most.
    pub y_high: f64,
}

/// Counts over adjacent bins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// What is counted, for a legend.
    pub label: String,
    /// Bins from left to right.
    pub bars: Vec<Bar>,
    /// Rows below the first or above the last bin.
    pub outside: u64,
}

/// One bin: `low ≤ value < high`, the last one closed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bar {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Rows.
    pub count: u64,
}

/// A test, in numbers and in a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Test {
    /// McNemar, `DeLong`, sign test, … with the distribution that the p-value is from, where there are several.
    pub name: String,
    /// What against what.
    pub compares: String,
    /// Test statistic.
    pub statistic: f64,
    /// Two-sided. With `unlabelled`, the largest over all labels that they may have.
    pub p_value: f64,
    /// Rows that the test rests on.
    pub n: u64,
    /// Orders that live declined and whose labels, which nobody knows, could change what the test says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<u64>,
    /// Which rows.
    pub population: Population,
    /// What it says, in plain words.
    pub sentence: String,
}

/// Figures by segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slices {
    /// What `figure` of each row is.
    pub metric: String,
    /// The same figure over all rows.
    pub overall: Figure,
    /// By segment, then by p-value.
    pub rows: Vec<Slice>,
    /// Slices with fewer rows than this stand in `suppressed` only.
    pub min_n: u64,
    /// Slices left out because they are too small.
    pub suppressed: u64,
    /// The worst one, in plain words; absent when no slice differs after the correction for looking at many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<String>,
    /// Name and value of the worst slice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_slice: Option<(String, String)>,
}

/// One slice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// Segment's name.
    pub segment: String,
    /// Its value.
    pub value: String,
    /// Rows.
    pub n: u64,
    /// Money in it.
    pub amounts: Vec<super::Amount>,
    /// The metric here.
    pub figure: Figure,
    /// Further figures by name, for a table.
    pub further: Vec<(String, Figure)>,
    /// This slice against all others, two-sided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// After Benjamini and Hochberg, over all slices shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Whether it is worse than the others after the correction.
    pub flagged: bool,
}

/// Distributions against a reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// What the rows are compared with: the model's frozen reference, or the first weeks of the window.
    pub reference: String,
    /// The score, then features; worst first.
    pub rows: Vec<DriftRow>,
    /// Week by week.
    pub weeks: Vec<DriftWeek>,
    /// What it means, in plain words.
    pub sentences: Vec<String>,
    /// Rows per week at most that features were sampled by; absent when no features were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// How features were sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// At most this many rows of each week, drawn by a hash.
    pub per_week: u64,
    /// Rows drawn.
    pub rows: u64,
}

/// One feature, or the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftRow {
    /// Name; `score` for the score.
    pub name: String,
    /// Population stability index, smoothed.
    pub psi: Figure,
    /// Kolmogorov–Smirnov, the largest distance of the two distribution functions; numeric only. Of the two samples where
    /// both are known, else at the reference's bin edges, which is a lower bound: the note says which.
    pub ks: Figure,
    /// Jensen–Shannon distance, base 2: 0 to 1.
    pub jensen_shannon: Figure,
    /// Wasserstein distance in the feature's unit, of the same; numeric only.
    pub wasserstein: Figure,
    /// Share missing in the reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_before: Option<f64>,
    /// Share missing now.
    pub missing_now: f64,
    /// Share of categories outside the vocabulary; absent for numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<f64>,
    /// That both have one distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// After Benjamini and Hochberg, over all rows of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Adjusted p below 1 − confidence *and* PSI above 0.1: neither noise nor trifle.
    pub flagged: bool,
    /// Share per bin in the reference, for a small picture.
    pub before: Vec<f64>,
    /// Share per bin now.
    pub now: Vec<f64>,
    /// What each bin is.
    pub bins: Vec<String>,
}

/// One week.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftWeek {
    /// Its first instant.
    pub start: Rfc3339,
    /// Events.
    pub n: u64,
    /// PSI of the score.
    pub score_psi: Figure,
    /// The feature with the largest PSI, if features were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_feature: Option<String>,
    /// Its PSI.
    pub worst_psi: Figure,
}

/// What distorts a figure, and by how much it could.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BiasStatement {
    /// Short heading.
    pub about: String,
    /// In plain words.
    pub sentence: String,
    /// Orders concerned.
    pub orders: u64,
    /// Their money.
    pub amounts: Vec<super::Amount>,
    /// The largest it could matter, where a bound exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Shown<super::Measured>>,
}
