//! Average precision, AUC, KS, lift and the curves.

use crate::reference::{Case, cases, golden, list, near, near_or_none, number};
use bystander_report::stats::cases::Cases;
use bystander_report::stats::confusion::sweep;
use bystander_report::stats::ranking::{Ranked, Ranking, lift, precision_recall_curve, roc_curve};
use serde_json::json;

#[test]
fn rankings_have_scikit_learns_figures() {
    let golden = golden("ranking");
    for case in &cases() {
        let expected = &golden[&case.name];
        let found = Ranking::of(&Ranked::new(&case.scored()));
        assert_eq!(json!(found.rows), expected["rows"], "{}", case.name);
        assert_eq!(json!(found.positives), expected["positives"], "{}", case.name);
        let figures = [
            ("prevalence", found.prevalence),
            ("average_precision", found.average_precision),
            ("roc_auc", found.roc_auc),
            ("gini", found.gini),
            ("ks", found.ks.map(|ks| ks.statistic)),
        ];
        for (name, figure) in figures {
            near_or_none(&format!("{} {name}", case.name), figure, &expected[name]);
        }
    }
}

#[test]
fn the_threshold_of_ks_reaches_it() {
    for case in &cases() {
        if let Some(ks) = Ranking::of(&Ranked::new(&case.scored())).ks {
            let distance =
                (share_from(case, true, ks.threshold) - share_from(case, false, ks.threshold)).abs();
            near(&case.name, distance, &json!(ks.statistic));
        }
    }
}

/// Weighted share of a class that scores `threshold` or more.
fn share_from(case: &Case, fraud: bool, threshold: f64) -> f64 {
    let weight = |row: &usize| case.weights.as_ref().map_or(1.0, |weights| weights[*row]);
    let rows = || (0..case.labels.len()).filter(|row| case.labels[*row] == fraud);
    let above: f64 = rows().filter(|row| case.scores[*row] >= threshold).map(|row| weight(&row)).sum();
    above / rows().map(|row| weight(&row)).sum::<f64>()
}

#[test]
fn lift_reads_the_gains_curve() {
    let golden = golden("ranking");
    for case in &cases() {
        let ranked = Ranked::new(&case.scored());
        for pair in list(&golden[&case.name]["lift"]) {
            let what = format!("{} at {}", case.name, pair[0]);
            let found = lift(&ranked, number(&pair[0]));
            near_or_none(&what, found.map(|top| top.gain), &pair[1]["gain"]);
            near_or_none(&what, found.map(|top| top.lift), &pair[1]["lift"]);
        }
        for fraction in [0.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(lift(&ranked, fraction), None);
        }
    }
}

/// The areas again, from the points that are drawn: nothing a curve needs was left out of the sweep.
#[test]
fn the_areas_under_the_drawn_curves_are_the_figures() {
    for case in &cases() {
        let ranked = Ranked::new(&case.scored());
        let (ranking, sweep) = (Ranking::of(&ranked), sweep(&ranked, usize::MAX));
        let roc = roc_curve(&sweep);
        let area: f64 =
            roc.windows(2).map(|pair| (pair[1].x - pair[0].x) * (pair[1].y + pair[0].y) / 2.0).sum();
        near_or_none(&case.name, (!roc.is_empty()).then_some(area), &json!(ranking.roc_auc));
        if let (Some(first), Some(last)) = (roc.first(), roc.last()) {
            assert_eq!((first.x, first.y, first.threshold), (0.0, 0.0, None), "{}", case.name);
            assert_eq!((last.x, last.y), (1.0, 1.0), "{}", case.name);
        }
        let curve = precision_recall_curve(&sweep);
        let first = curve.first().map_or(0.0, |first| first.x * first.y);
        let steps: f64 = curve.windows(2).map(|pair| (pair[1].x - pair[0].x) * pair[1].y).sum();
        near_or_none(
            &case.name,
            (!curve.is_empty()).then_some(first + steps),
            &json!(ranking.average_precision),
        );
    }
}

#[test]
fn minus_zero_and_zero_are_one_score() {
    let scored = Cases::new(&[true, false]).scored(&[-0.0, 0.0]).unwrap();
    assert_eq!(Ranking::of(&Ranked::new(&scored)).roc_auc, Some(0.5));
}
