//! Whatever comes in, no figure that comes out is a NaN or an infinity, and figures keep to their ranges.

use bystander_report::stats::agreement::{AgreementTable, Weighting, bland_altman, spearman};
use bystander_report::stats::calibration::{Calibration, Probabilities};
use bystander_report::stats::cases::{Cases, ScoredCases};
use bystander_report::stats::confusion::{Confusion, precision_at_k_by_day, recall_at_fpr, sweep};
use bystander_report::stats::hypothesis::{delong, mcnemar, sign_test};
use bystander_report::stats::intervals::{
    clopper_pearson, mean, paired_difference, proportion, rule_of_three, wilson,
};
use bystander_report::stats::multiple::benjamini_hochberg;
use bystander_report::stats::ranking::{Ranked, Ranking, lift, precision_recall_curve, roc_curve};
use proptest::prelude::*;
use std::fmt::Debug;

#[derive(Debug, Clone)]
struct Row {
    score: f64,
    second: f64,
    label: bool,
    weight: f64,
    amount: i64,
    day: i32,
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..=1.0,
        6 => prop::sample::select(vec![0.0, -0.0, 0.25, 0.5, 1.0, 1e-300, 1.0 - f64::EPSILON]),
        1 => any::<f64>(),
    ]
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => 0.0..3.0,
        4 => prop::sample::select(vec![0.0, 1.0, f64::MIN_POSITIVE, 5e-324, 1e14]),
        1 => any::<f64>(),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let amount = prop_oneof![4 => 0..100_000_i64, 1 => any::<i64>()];
    let row = (score(), score(), any::<bool>(), weight(), amount, -2..3_i32);
    let row = row.prop_map(|(score, second, label, weight, amount, day)| Row {
        score,
        second,
        label,
        weight,
        amount,
        day,
    });
    prop::collection::vec(row, 0..30)
}

/// Debug writes what serde_json would turn into null.
fn finite(figure: &impl Debug) -> Result<(), TestCaseError> {
    let text = format!("{figure:?}");
    let broken = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "NaN" || word == "inf");
    prop_assert!(!broken, "{text}");
    Ok(())
}

fn shares(shares: &[Option<f64>]) -> Result<(), TestCaseError> {
    prop_assert!(shares.iter().flatten().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
    Ok(())
}

fn rates(table: &Confusion) -> Result<(), TestCaseError> {
    let rates = table.rates();
    finite(&rates)?;
    shares(&[rates.prevalence, rates.alert_rate, rates.precision, rates.recall, rates.f1])?;
    shares(&[rates.false_positive_rate, rates.false_discovery_rate, rates.specificity])
}

fn ranked_figures(scored: &ScoredCases, days: &[i32], threshold: f64, k: usize) -> Result<(), TestCaseError> {
    finite(&precision_at_k_by_day(scored, days, k, 0.95))?;

    let ranked = Ranked::new(scored);
    let ranking = Ranking::of(&ranked);
    finite(&ranking)?;
    shares(&[
        ranking.prevalence,
        ranking.average_precision,
        ranking.roc_auc,
        ranking.ks.map(|ks| ks.statistic),
    ])?;
    finite(&(recall_at_fpr(&ranked, threshold), lift(&ranked, threshold)))?;
    for max_points in [0, k, usize::MAX] {
        let sweep = sweep(&ranked, max_points);
        prop_assert!(sweep.points.len() <= max_points.max(3) && !sweep.points.is_empty());
        finite(&(precision_recall_curve(&sweep), roc_curve(&sweep)))?;
        sweep.points.iter().try_for_each(rates)?;
        finite(&sweep)?;
    }
    if let Ok(cases) = Probabilities::new(*scored) {
        let calibration = Calibration::of(&cases, k, 0.95);
        finite(&calibration)?;
        shares(&[calibration.expected_calibration_error, calibration.brier.map(|brier| brier.score)])?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn figures_of_scored_cases_are_finite(rows in rows(), threshold in score(), k in 0..12_usize) {
        let column = |pick: fn(&Row) -> f64| -> Vec<f64> { rows.iter().map(pick).collect() };
        let (scores, second, weights) = (column(|row| row.score), column(|row| row.second), column(|row| row.weight));
        let labels: Vec<bool> = rows.iter().map(|row| row.label).collect();
        let amounts: Vec<i64> = rows.iter().map(|row| row.amount).collect();
        let days: Vec<i32> = rows.iter().map(|row| row.day).collect();
        let plain = Cases::new(&labels);
        let valued = plain.with_amounts(&amounts).unwrap();
        for cases in [Ok(plain), Ok(valued), valued.weighted(&weights)].into_iter().flatten() {
            if let Ok(scored) = cases.scored(&scores) {
                ranked_figures(&scored, &days, threshold, k)?;
            }
        }
        if let Ok(compared) = delong(&labels, &scores, &second, 0.95) {
            finite(&compared)?;
            shares(&[Some(compared.first.auc), Some(compared.second.auc), compared.p_value])?;
        }
        if let Ok(spearman) = spearman(&scores, &second, 0.95) {
            finite(&spearman)?;
        }
        if let Ok(differences) = bland_altman(&scores, &second, 0.95) {
            finite(&differences)?;
        }
        finite(&mean(&scores, 0.95))?;
        if let Ok(adjusted) = benjamini_hochberg(&scores) {
            shares(&adjusted.iter().zip(&scores).map(|(&adjusted, &p)| {
                assert!(adjusted >= p, "{adjusted} {p}");
                Some(adjusted)
            }).collect::<Vec<_>>())?;
        }
    }

    #[test]
    fn figures_of_counts_are_finite_and_intervals_hold_their_estimate(
        a in 0..5000_u64, b in 0..5000_u64, n in 0..5000_u64, m in 0..5000_u64, confidence in 0.01..0.9999_f64,
    ) {
        for interval in [proportion(a, n, confidence), wilson(a, n, confidence), clopper_pearson(a, n, confidence)] {
            finite(&interval)?;
            prop_assert_eq!(interval.is_some(), n > 0 && a <= n);
            let Some(interval) = interval else { continue };
            prop_assert!(interval.contains(interval.estimate), "{interval:?}");
            prop_assert!(interval.low >= 0.0 && interval.high <= 1.0, "{interval:?}");
        }
        finite(&(rule_of_three(n, confidence), paired_difference(a, b, n, confidence)))?;
        finite(&(mcnemar(a, b, n, confidence), sign_test(a, b, m, confidence)))?;
        shares(&[Some(mcnemar(a, b, n, confidence).p_value), Some(sign_test(a, b, m, confidence).p_value)])?;
    }

    #[test]
    fn kappa_is_finite_and_at_most_one(counts in prop::collection::vec(0..50_u64, 9), scale in 0..3_u32) {
        let mut table = AgreementTable::new(3);
        for (at, &count) in counts.iter().enumerate() {
            table.add(at / 3, at % 3, count * 1000_u64.pow(scale));
        }
        for weighting in [Weighting::Nominal, Weighting::Linear] {
            let kappa = table.kappa(weighting, 0.95);
            finite(&kappa)?;
            prop_assert!(kappa.is_none_or(|kappa| kappa.kappa <= 1.0));
        }
        finite(&table.raw_agreement(0.95))?;
    }
}
