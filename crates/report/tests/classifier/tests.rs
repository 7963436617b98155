//! McNemar, sign and `DeLong` tests.

use crate::reference::{CONFIDENCE, cases, count, golden, list, near, near_or_none};
use bystander_report::stats::hypothesis::{AucComparison, McNemarMethod, auc, delong, mcnemar, sign_test};
use bystander_report::stats::intervals::Method;
use serde_json::{Value, json};

#[test]
fn mcnemars_test_is_statsmodels() {
    for case in list(&golden("tests")["mcnemar"]) {
        let (first, second) = (count(&case["counts"][0]), count(&case["counts"][1]));
        let what = format!("{first} against {second}");
        let found = mcnemar(first, second, first + second, CONFIDENCE);
        assert_eq!(json!(found.method == McNemarMethod::Exact), case["exact"], "{what}");
        near(&what, found.statistic, &case["statistic"]);
        near(&what, found.p_value, &case["p"]);
        assert_eq!(found.difference.is_some(), first + second > 0, "{what}");
    }
}

#[test]
fn the_sign_test_is_scipys_exact_binomial() {
    for case in list(&golden("tests")["sign"]) {
        let (positive, negative) = (count(&case["counts"][0]), count(&case["counts"][1]));
        let found = sign_test(positive, negative, 7, CONFIDENCE);
        near(&format!("{positive} against {negative}"), found.p_value, &case["p"]);
        assert_eq!(found.share_positive.is_some(), positive + negative > 0);
    }
}

#[test]
fn delongs_test_agrees_with_every_pair_of_a_fraud_and_a_good_case() {
    let golden = golden("tests");
    let mut compared = 0;
    for case in &cases() {
        let row = list(&golden["delong"]).iter().find(|row| row["case"] == case.name.as_str()).unwrap();
        let expected = &row["result"];
        let Ok(found) = delong(&case.labels, &case.scores, &case.second, CONFIDENCE) else {
            assert!(expected.is_null(), "{}", case.name);
            continue;
        };
        same(&case.name, &found, expected);
        assert_eq!(auc(&case.labels, &case.scores, CONFIDENCE).unwrap(), found.first);
        compared += usize::from(found.p_value.is_some());
    }
    assert!(compared >= 5, "{compared}");
}

#[test]
fn the_difference_changes_sign_with_the_order() {
    let case = cases().into_iter().find(|case| case.name == "rare").unwrap();
    let there = delong(&case.labels, &case.scores, &case.second, CONFIDENCE).unwrap();
    let back = delong(&case.labels, &case.second, &case.scores, CONFIDENCE).unwrap();
    near("difference", back.difference, &json!(-there.difference));
    near("p", back.p_value.unwrap(), &json!(there.p_value));
}

#[test]
fn a_score_and_the_same_order_of_it_are_no_difference() {
    let case = cases().into_iter().find(|case| case.name == "rare_tied").unwrap();
    let cubed: Vec<f64> = case.scores.iter().map(|score| score.powi(3)).collect();
    let found = delong(&case.labels, &case.scores, &cubed, CONFIDENCE).unwrap();
    assert_eq!((found.difference, found.standard_error, found.z), (0.0, Some(0.0), None));
}

/// Ten of each class in perfect order say that the AUC is high, not that it is 1.
#[test]
fn a_perfect_order_of_few_cases_is_no_certainty() {
    let labels: Vec<bool> = (0..20).map(|row| row >= 10).collect();
    let scores: Vec<f64> = (0..20).map(f64::from).collect();
    let found = auc(&labels, &scores, CONFIDENCE).unwrap().interval.unwrap();
    assert_eq!((found.estimate, found.high, found.method), (1.0, 1.0, Method::NewcombeAuc));
    assert!((0.6..0.9).contains(&found.low), "{found:?}");
    let one = auc(&[true, false], &[0.9, 0.1], CONFIDENCE).unwrap().interval.unwrap();
    assert!(one.low < 0.25, "one fraud says next to nothing: {one:?}");
}

#[test]
fn one_class_or_a_broken_score_is_refused() {
    let refused = |labels: &[bool], scores: &[f64]| auc(labels, scores, CONFIDENCE).unwrap_err().to_string();
    assert!(refused(&[true, true], &[0.1, 0.2]).contains("2 of 2 cases are frauds"));
    assert!(refused(&[true, false], &[0.1, f64::NAN]).contains("score of row 1 is NaN"));
    assert!(refused(&[true, false], &[0.1]).contains("1 rows where 2"));
}

fn same(what: &str, found: &AucComparison, expected: &Value) {
    near(what, found.first.auc, &expected["auc"][0]);
    near(what, found.second.auc, &expected["auc"][1]);
    near(what, found.difference, &expected["difference"]);
    near_or_none(what, found.first.standard_error, &expected["errors"][0]);
    near_or_none(what, found.second.standard_error, &expected["errors"][1]);
    near_or_none(what, found.standard_error, &expected["error"]);
    near_or_none(what, found.z, &expected["z"]);
    near_or_none(what, found.p_value, &expected["p"]);
    let limits = [&expected["limits"][0], &expected["limits"][1], &expected["difference_limits"]];
    for (interval, limits) in [found.first.interval, found.second.interval, found.interval].iter().zip(limits)
    {
        near_or_none(what, interval.map(|interval| interval.low), &limits[0]);
        near_or_none(what, interval.map(|interval| interval.high), &limits[1]);
    }
}
