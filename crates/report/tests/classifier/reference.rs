//! The committed reference values, and the comparison with them.

use bystander_report::stats::cases::{Cases, ScoredCases};
use bystander_report::stats::intervals::Interval;
use serde_json::Value;

pub(crate) const CONFIDENCE: f64 = 0.95;

/// One data set of the reference.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) scores: Vec<f64>,
    pub(crate) second: Vec<f64>,
    pub(crate) labels: Vec<bool>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) amounts: Vec<i64>,
    pub(crate) days: Vec<i32>,
}

impl Case {
    pub(crate) fn scored(&self) -> ScoredCases<'_> {
        let cases = Cases::new(&self.labels).with_amounts(&self.amounts).unwrap();
        let cases = match &self.weights {
            Some(weights) => cases.weighted(weights).unwrap(),
            None => cases,
        };
        cases.scored(&self.scores).unwrap()
    }
}

pub(crate) fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/classifier/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    let of = |case: &Value| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        scores: numbers(&case["scores"]),
        second: numbers(&case["second"]),
        labels: list(&case["labels"]).iter().map(|label| label.as_bool().unwrap()).collect(),
        weights: (!case["weights"].is_null()).then(|| numbers(&case["weights"])),
        amounts: list(&case["amounts"]).iter().map(|amount| amount.as_i64().unwrap()).collect(),
        days: list(&case["days"]).iter().map(|day| i32::try_from(day.as_i64().unwrap()).unwrap()).collect(),
    };
    let cases: Vec<Case> = list(&golden("cases")).iter().map(of).collect();
    assert!(cases.len() > 20, "the reference has {} data sets", cases.len());
    cases
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(|number| number.as_f64().unwrap()).collect()
}

pub(crate) fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Equal to 1e-9 of the reference's size, or 1e-13 around 0.
pub(crate) fn near(what: &str, found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{what}: {found}, the reference has none"));
    let apart = (found - expected).abs();
    assert!(apart <= 1e-9 * expected.abs() + 1e-13, "{what}: {found}, the reference has {expected}");
}

/// The same, or both without a value.
pub(crate) fn near_or_none(what: &str, found: Option<f64>, expected: &Value) {
    match found {
        Some(found) => near(what, found, expected),
        None => assert!(expected.is_null(), "{what}: none, the reference has {expected}"),
    }
}

/// An interval against [low, estimate, high], or both none.
pub(crate) fn near_interval(what: &str, found: Option<Interval>, expected: &Value) {
    let limit = |pick: fn(Interval) -> f64| found.map(pick);
    near_or_none(&format!("{what} low"), limit(|found| found.low), &expected[0]);
    near_or_none(&format!("{what} estimate"), limit(|found| found.estimate), &expected[1]);
    near_or_none(&format!("{what} high"), limit(|found| found.high), &expected[2]);
}
