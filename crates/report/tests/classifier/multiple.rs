//! Adjusted p-values.

use crate::reference::{golden, list, near, numbers};
use bystander_report::stats::multiple::benjamini_hochberg;

#[test]
fn adjusted_p_values_are_statsmodels() {
    for case in list(&golden("multiple")) {
        let p_values = numbers(&case["p"]);
        let found = benjamini_hochberg(&p_values).unwrap();
        assert_eq!(found.len(), list(&case["benjamini_hochberg"]).len(), "{p_values:?}");
        for (found, expected) in found.iter().zip(list(&case["benjamini_hochberg"])) {
            near(&format!("{p_values:?}"), *found, expected);
        }
    }
}

#[test]
fn what_is_no_p_value_is_refused() {
    for p_values in [[0.1, f64::NAN], [0.1, 1.5], [-0.1, 0.5]] {
        assert!(benjamini_hochberg(&p_values).is_err());
    }
}
