//! Bins, scoring rules, slope and intercept.

use crate::reference::{CONFIDENCE, cases, count, golden, list, near, near_interval, near_or_none};
use bystander_report::stats::calibration::{
    Calibration, LOG_LOSS_CLIP, Probabilities, Recalibration, recalibrate, reliability,
};
use bystander_report::stats::cases::Cases;
use serde_json::json;

#[test]
fn bins_and_scoring_rules_are_scikit_learns() {
    let golden = golden("calibration");
    for case in &cases() {
        let expected = &golden[&case.name];
        let what = case.name.clone();
        let found = Calibration::of(&Probabilities::new(case.scored()).unwrap(), 5, CONFIDENCE);
        assert_eq!(found.bins.len(), list(&expected["bins"]).len(), "{what}");
        for (bin, expected) in found.bins.iter().zip(list(&expected["bins"])) {
            assert_eq!(bin.rows, count(&expected[0]), "{what}");
            near(&what, bin.weight, &expected[1]);
            near(&what, bin.mean_score, &expected[2]);
            near(&what, bin.observed, &expected[3]);
            assert_eq!(bin.interval.is_none(), case.weights.is_some(), "{what}");
        }
        let parts = serde_json::to_value(found.brier).unwrap();
        for part in [
            "score",
            "reliability",
            "resolution",
            "uncertainty",
            "within_bin_variance",
            "within_bin_covariance",
        ] {
            near_or_none(&format!("{what} {part}"), parts[part].as_f64(), &expected["brier"][part]);
        }
        let error = found.expected_calibration_error;
        near_or_none(&what, error, &expected["brier"]["expected_calibration_error"]);
        near_or_none(&what, found.log_loss.map(|log_loss| log_loss.loss), &expected["log_loss"]);
        if let Some(totals) = found.observed_expected {
            near(&what, totals.observed, &expected["observed"]);
            near(&what, totals.expected, &expected["expected"]);
            if let (Some(ratio), Some(interval)) = (totals.ratio, totals.interval) {
                near(&what, interval.estimate, &json!(ratio));
                assert!(interval.contains(interval.estimate), "{what}");
            }
        }
    }
}

#[test]
fn the_parts_of_the_brier_score_add_up_to_it() {
    for case in &cases() {
        let cases = Probabilities::new(case.scored()).unwrap();
        for bins in [1, 2, 7, 15, 1000] {
            let Some(parts) = Calibration::of(&cases, bins, CONFIDENCE).brier else { continue };
            let between = parts.reliability - parts.resolution + parts.uncertainty;
            let sum = between + parts.within_bin_variance - parts.within_bin_covariance;
            assert!((sum - parts.score).abs() < 1e-14, "{} {bins}: {sum} {}", case.name, parts.score);
        }
    }
}

#[test]
fn slope_and_intercept_are_statsmodels_or_say_why_not() {
    let golden = golden("calibration");
    let mut states = std::collections::BTreeSet::new();
    for case in &cases() {
        let expected = &golden[&case.name]["recalibration"];
        let found = recalibrate(&Probabilities::new(case.scored()).unwrap(), CONFIDENCE);
        let state = serde_json::to_value(found).unwrap()["state"].clone();
        assert_eq!(state, expected["state"], "{}", case.name);
        states.insert(state.as_str().unwrap().to_owned());
        if let Recalibration::Fitted {
            slope,
            intercept,
            intercept_at_slope_one,
            slope_interval,
            intercept_interval,
            ..
        } = found
        {
            near(&format!("{} slope", case.name), slope, &expected["slope"]);
            near(&format!("{} intercept", case.name), intercept, &expected["intercept"]);
            near_or_none(&case.name, intercept_at_slope_one, &expected["intercept_at_slope_one"]);
            let limits = json!([expected["slope_low"], slope, expected["slope_high"]]);
            if case.weights.is_none() {
                near_interval(&format!("{} slope", case.name), slope_interval, &limits);
                let limits = json!([expected["intercept_low"], intercept, expected["intercept_high"]]);
                near_interval(&format!("{} intercept", case.name), intercept_interval, &limits);
            } else {
                assert!(slope_interval.is_none() && intercept_interval.is_none());
            }
        }
    }
    assert_eq!(states.len(), 4, "{states:?}");
}

/// Log odds that are twice what they should be, plus a shift: the fit finds both.
#[test]
fn a_known_distortion_is_found() {
    let mut scores = Vec::new();
    let mut labels = Vec::new();
    let mut weights = Vec::new();
    for step in -20..=20 {
        let log_odds = f64::from(step) / 5.0;
        let p = 1.0 / (1.0 + f64::exp(-log_odds));
        let said = 1.0 / (1.0 + f64::exp(-(2.0 * log_odds + 0.5)));
        for (label, weight) in [(true, p), (false, 1.0 - p)] {
            scores.push(said);
            labels.push(label);
            weights.push(weight);
        }
    }
    let scored = Cases::new(&labels).weighted(&weights).unwrap().scored(&scores).unwrap();
    let found = recalibrate(&Probabilities::new(scored).unwrap(), CONFIDENCE);
    let Recalibration::Fitted { slope, intercept, .. } = found else { panic!("{found:?}") };
    near("slope", slope, &json!(0.5));
    near("intercept", intercept, &json!(-0.25));
}

#[test]
fn clipped_probabilities_are_counted() {
    let case = cases().into_iter().find(|case| case.name == "certain").unwrap();
    let found = Calibration::of(&Probabilities::new(case.scored()).unwrap(), 4, CONFIDENCE);
    let log_loss = found.log_loss.unwrap();
    assert_eq!((log_loss.clipped, log_loss.clip), (6, LOG_LOSS_CLIP));
    let Recalibration::Fitted { clipped, .. } = found.recalibration else { panic!("{found:?}") };
    assert_eq!(clipped, 6);
}

#[test]
fn a_score_that_is_no_probability_is_refused() {
    for score in [-0.1, 1.000_001] {
        let error = Probabilities::new(Cases::new(&[true]).scored(&[score]).unwrap()).unwrap_err();
        assert!(error.to_string().contains("score of row 0"), "{error}");
    }
}

#[test]
fn a_bin_holds_its_upper_edge() {
    let scores = [0.0, 0.1, 0.100_001, 0.2, 1.0];
    let cases = Probabilities::new(Cases::new(&[false; 5]).scored(&scores).unwrap()).unwrap();
    let bins = reliability(&cases, 4, CONFIDENCE);
    let held: Vec<(f64, u64)> = bins.iter().map(|bin| (bin.high, bin.rows)).collect();
    assert_eq!(held, [(0.1, 2), (0.100_001, 1), (0.2, 1), (1.0, 1)]);
}
