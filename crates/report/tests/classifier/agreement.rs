//! κ, Spearman and Bland–Altman.

use crate::reference::{CONFIDENCE, cases, count, golden, list, near, near_interval, near_or_none, numbers};
use bystander_report::stats::agreement::{AgreementTable, Weighting, bland_altman, spearman};
use serde_json::{Value, json};

/// By hand: accept against reject is no agreement at all, accept against review is half of one.
#[test]
fn linear_weights_give_half_credit_to_neighbours() {
    let mut table = AgreementTable::new(3);
    for (live, shadow, cases) in [(0, 0, 5), (0, 2, 2), (1, 2, 2), (2, 2, 1)] {
        assert!(table.add(live, shadow, cases));
    }
    let kappa = table.kappa(Weighting::Linear, CONFIDENCE).unwrap();
    near("observed", kappa.observed, &serde_json::json!(0.7));
    // Rows 0.7, 0.2, 0.1 and columns 0.5, 0, 0.5: 0.7 × 0.5 + 0.2 × (0.25 + 0.25) + 0.1 × 0.5.
    near("expected", kappa.expected, &serde_json::json!(0.5));
}

#[test]
fn kappa_is_scikit_learns_and_its_interval_statsmodels() {
    for expected in list(&golden("agreement")["tables"]) {
        let table = filled(&expected["table"]);
        let what = expected["table"].to_string();
        assert_eq!(table.total(), count(&expected["total"]), "{what}");
        let raw = table.raw_agreement(CONFIDENCE).map(|raw| raw.estimate);
        near_or_none(&what, raw, &expected["raw"]);
        for (weighting, name) in [(Weighting::Nominal, "nominal"), (Weighting::Linear, "linear")] {
            let kappa = table.kappa(weighting, CONFIDENCE);
            let what = format!("{what} {name}");
            near_or_none(&what, kappa.map(|kappa| kappa.kappa), &expected[name]["kappa"]);
            if let Some(kappa) = kappa {
                let interval = kappa.interval.unwrap();
                near(&what, interval.low, &expected[name]["low"]);
                near(&what, interval.high, &expected[name]["high"]);
                let again = (kappa.observed - kappa.expected) / (1.0 - kappa.expected);
                near(&what, again, &json!(kappa.kappa));
            }
        }
    }
}

#[test]
fn a_category_that_is_not_there_is_not_counted() {
    let mut table = AgreementTable::new(2);
    assert!(table.add(0, 1, 3) && !table.add(0, 2, 1));
    assert_eq!((table.count(0, 1), table.count(1, 0), table.count(0, 2), table.total()), (3, 0, 0, 3));
}

#[test]
fn rank_correlation_is_scipys() {
    let golden = golden("agreement");
    for (what, first, second, expected) in pairs(&golden) {
        let found = spearman(&first, &second, CONFIDENCE).unwrap();
        near_or_none(&what, found.rho, &expected["spearman"]["rho"]);
        near_or_none(&what, found.interval.map(|interval| interval.low), &expected["spearman"]["low"]);
        near_or_none(&what, found.interval.map(|interval| interval.high), &expected["spearman"]["high"]);
    }
}

#[test]
fn differences_of_two_scores_have_limits_of_agreement() {
    let golden = golden("agreement");
    for (what, first, second, expected) in pairs(&golden) {
        let expected = &expected["bland_altman"];
        let found = bland_altman(&first, &second, CONFIDENCE).unwrap();
        near_or_none(&what, found.max_absolute, &expected["max"]);
        near_interval(&what, found.mean, &expected["mean"]);
        near_or_none(&what, found.deviation, &expected["deviation"]);
        near_or_none(&what, found.limits.map(|limits| limits.0), &expected["low"]);
        near_or_none(&what, found.limits.map(|limits| limits.1), &expected["high"]);
    }
    assert!(bland_altman(&[f64::MAX], &[-f64::MAX], CONFIDENCE).is_err());
}

fn filled(table: &Value) -> AgreementTable {
    let mut filled = AgreementTable::new(list(table).len());
    for (i, row) in list(table).iter().enumerate() {
        for (j, cell) in list(row).iter().enumerate() {
            assert!(filled.add(i, j, count(cell)));
        }
    }
    filled
}

fn pairs(golden: &Value) -> Vec<(String, Vec<f64>, Vec<f64>, Value)> {
    let cases = cases();
    let named = list(&golden["cases"]).iter().map(|expected| {
        let case = cases.iter().find(|case| expected["case"] == case.name.as_str()).unwrap();
        (case.name.clone(), case.scores.clone(), case.second.clone(), expected.clone())
    });
    let given = list(&golden["pairs"]).iter().map(|expected| {
        let (first, second) = (numbers(&expected["first"]), numbers(&expected["second"]));
        (format!("{first:?} {second:?}"), first, second, expected.clone())
    });
    named.chain(given).collect()
}
