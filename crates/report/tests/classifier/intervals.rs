//! Intervals of proportions, differences and means.

use crate::reference::{CONFIDENCE, count, golden, list, near, near_interval, number, numbers};
use bystander_report::stats::intervals::{
    Interval, Method, clopper_pearson, mean, mean_of_totals, paired_difference, proportion, quantile_places,
    rule_of_three, total, wilson,
};
use serde_json::{Value, json};

#[test]
fn proportions_have_statsmodels_intervals_up_to_ten_million_trials() {
    for case in list(&golden("intervals")["proportions"]) {
        let (events, trials) = (count(&case["events"]), count(&case["trials"]));
        let confidence = number(&case["confidence"]);
        let what = format!("{events} of {trials} at {confidence}");
        let limits = |expected: &Value| json!([expected[0], events as f64 / trials as f64, expected[1]]);
        near_interval(
            &format!("{what}, Wilson"),
            wilson(events, trials, confidence),
            &limits(&case["wilson"]),
        );
        let exact = clopper_pearson(events, trials, confidence);
        near_interval(&format!("{what}, exact"), exact, &limits(&case["clopper_pearson"]));
        let zero = rule_of_three(trials, confidence);
        near_interval(&format!("{what}, zero"), zero, &json!([0.0, 0.0, case["zero_high"]]));
    }
}

#[test]
fn the_rule_of_three_is_about_three_over_n() {
    let high = rule_of_three(1000, 0.95).unwrap().high * 1000.0;
    assert!((2.98..3.0).contains(&high), "{high}");
}

#[test]
fn the_printed_interval_is_exact_near_the_ends_and_wilsons_between() {
    let method = |events, trials| proportion(events, trials, 0.95).map(|interval| interval.method);
    assert_eq!(method(0, 100), Some(Method::RuleOfThree));
    assert_eq!(method(4, 100), Some(Method::ClopperPearson));
    assert_eq!(method(5, 100), Some(Method::Wilson));
    assert_eq!(method(95, 100), Some(Method::Wilson));
    assert_eq!(method(96, 100), Some(Method::ClopperPearson));
    assert_eq!(method(100, 100), Some(Method::ClopperPearson));
    assert_eq!(method(0, 0), None);
    assert_eq!(method(2, 1), None);
}

#[test]
fn differences_of_paired_shares_have_bonett_and_prices_interval() {
    for case in list(&golden("intervals")["paired"]) {
        let counts = &case["counts"];
        let found = paired_difference(count(&counts[0]), count(&counts[1]), count(&counts[2]), 0.95);
        near_interval(&counts.to_string(), found, &json!([case["low"], case["estimate"], case["high"]]));
    }
    assert_eq!(paired_difference(2, 2, 3, 0.95), None);
}

#[test]
fn means_have_students_interval() {
    for case in list(&golden("intervals")["means"]) {
        let values = numbers(&case["values"]);
        let found = mean(&values, number(&case["confidence"]));
        near_interval(&format!("{} values", values.len()), found, &case["interval"]);
    }
}

#[test]
fn no_interval_holds_what_is_no_number() {
    assert_eq!(Interval::new(0.0, f64::NAN, 1.0, 0.95, Method::Normal), None);
    assert_eq!(Interval::new(0.0, 0.5, f64::INFINITY, 0.95, Method::Normal), None);
    assert_eq!(Interval::new(1.0, 0.5, 0.0, 0.95, Method::Normal), None);
    for confidence in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(wilson(1, 2, confidence), None);
        assert_eq!(clopper_pearson(1, 2, confidence), None);
        assert_eq!(mean(&[1.0, 2.0], confidence), None);
    }
    near("one", wilson(3, 3, 0.95).unwrap().high, &json!(1.0));
}

#[test]
fn totals_of_few_amounts_lean_to_the_right() {
    for case in list(&golden("intervals")["totals"]) {
        let customers = usize::try_from(count(&case["customers"])).unwrap();
        let found = total(&numbers(&case["sums"]), customers, number(&case["confidence"]));
        near_interval(&case.to_string(), found, &case["interval"]);
    }
    for unusable in [&[][..], &[5.0], &[5.0, 6.0], &[5.0, 6.0, 0.0], &[5.0, 6.0, f64::NAN]] {
        assert_eq!(total(unusable, 9, CONFIDENCE), None);
    }
}

#[test]
fn quantiles_lie_between_scipys_order_statistics() {
    for case in list(&golden("intervals")["quantiles"]) {
        let n = usize::try_from(count(&case["n"])).unwrap();
        let found = quantile_places(n, number(&case["p"]), number(&case["confidence"]));
        assert_eq!(json!(found), case["places"], "{case}");
    }
    assert_eq!((quantile_places(0, 0.5, CONFIDENCE), quantile_places(9, 1.0, CONFIDENCE)), (None, None));
}

#[test]
fn a_mean_of_totals_is_the_mean_of_the_values() {
    for case in list(&golden("intervals")["means"]) {
        let (values, confidence) = (numbers(&case["values"]), number(&case["confidence"]));
        let squares = values.iter().map(|value| value * value).sum();
        let found = mean_of_totals(values.len() as u64, values.iter().sum(), squares, confidence);
        near_interval(&case.to_string(), found, &case["interval"]);
    }
}
