//! Whether a contract's reference is one: a reference that isn't would be left out in silence, and no drift seen.

use super::Reference;
use crate::contract::{Contract, Distribution};
use crate::features::ObservedFeature;
use crate::problem::Problem;
use std::collections::BTreeSet;

/// Everything that is wrong in `[reference]`.
pub(crate) fn problems(contract: &Contract) -> Vec<Problem> {
    let mut found = Vec::new();
    if let Some(score) = &contract.reference.score {
        found.extend(problem(score, false).map(|problem| problem.under("reference.score")));
    }
    for (name, distribution) in &contract.reference.features {
        let key = format!("reference.features.{name}");
        let Some(feature) = contract.features.iter().find(|feature| feature.name == *name) else {
            let fix = "name it as the feature is named, or remove it";
            found.push(Problem::new(key, "no feature has this name", fix));
            continue;
        };
        let of_words = ObservedFeature::new(feature, contract).is_category();
        found.extend(problem(distribution, of_words).map(|problem| problem.under(&key)));
    }
    found
}

/// What is wrong with one distribution; `of_words`: over categories or texts, not over numbers.
pub(super) fn problem(distribution: &Distribution, of_words: bool) -> Option<Problem> {
    let Distribution { edges, values, shares, missing } = distribution;
    let wrong = |key: &str, what: String, fix: &str| Some(Problem::new(key, what, fix));
    if of_words && !edges.is_empty() {
        return wrong("edges", "words have no bins".into(), "list `values` with the share of each");
    }
    if !of_words && !values.is_empty() {
        return wrong(
            "values",
            "a number stands where a word is expected".into(),
            "give inner `edges` with the share of each bin",
        );
    }
    if let Some(pair) = edges.windows(2).find(|pair| !rise(pair)) {
        let what = format!("{} is followed by {}", pair[0], pair[1]);
        return wrong("edges", what, "write finite numbers, each above the one before");
    }
    if edges.iter().any(|edge| !edge.is_finite()) {
        let fix = "leave it out: the first and the last bin are open";
        return wrong("edges", "an edge is not a finite number".into(), fix);
    }
    let words: BTreeSet<&String> = values.iter().collect();
    if words.len() < values.len() {
        return wrong("values", "a value is listed twice".into(), "list each once");
    }
    let bins = if of_words { values.len() } else { edges.len() + 1 };
    if shares.len() != bins {
        let what =
            format!("{} shares stand for {bins} {}", shares.len(), if of_words { "values" } else { "bins" });
        return wrong("shares", what, "give one share for each value, or one more than there are edges");
    }
    let no_share = |share: &&f64| !(0.0..=1.0).contains(*share);
    if no_share(&missing) {
        return wrong(
            "missing",
            format!("{missing} is not a valid share"),
            "write the share of missing values, 0 to 1",
        );
    }
    if let Some(share) = shares.iter().find(no_share) {
        return wrong("shares", format!("{share} is not a valid share"), "write shares from 0 to 1");
    }
    if Reference::of(distribution).check().is_err() {
        let what = format!("they sum to {}", shares.iter().sum::<f64>());
        return wrong("shares", what, "write shares that sum to 1, or to 1 within 0.001");
    }
    None
}

fn rise(pair: &[f64]) -> bool {
    pair[0] < pair[1]
}
