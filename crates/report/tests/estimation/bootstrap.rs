//! The cluster bootstrap.

use crate::support::{Dice, close, flags, golden, indices, list, number, numbers, within};
use bystander_report::stats::bootstrap::interval::{bca, percentiles};
use bystander_report::stats::bootstrap::ranking::ResampledRanking;
use bystander_report::stats::bootstrap::totals::ClusterTotals;
use bystander_report::stats::bootstrap::{Bootstrap, BootstrapRefusal, Resampling, resample};
use proptest::prelude::*;

fn plan(resamples: usize) -> Resampling {
    Resampling { resamples, ..Resampling::default() }
}

#[test]
fn limits_from_replicates_match_the_reference() {
    for case in list(&golden("bootstrap")["limits"]) {
        let (replicates, jackknife) = (numbers(&case["replicates"]), numbers(&case["jackknife"]));
        let confidence = number(&case["confidence"]);
        let (low, high) = percentiles(&replicates, confidence).unwrap();
        close(low, number(&case["percentile"][0]));
        close(high, number(&case["percentile"][1]));
        let (low, high) = bca(&replicates, number(&case["estimate"]), &jackknife, confidence).unwrap();
        close(low, number(&case["bca"][0]));
        close(high, number(&case["bca"][1]));
    }
}

#[test]
fn weighted_average_precision_and_auc_match_scikit_learn() {
    for case in list(&golden("bootstrap")["ranking"]) {
        let (scores, positive) = (numbers(&case["scores"]), flags(&case["positive"]));
        let rows: Vec<u32> = (0..scores.len() as u32).collect();
        let ranked = ResampledRanking::new(&scores, &positive, &rows, rows.len()).unwrap();
        let figures = ranked.figures(&indices(&case["weights"])).unwrap();
        close(figures.average_precision, number(&case["average_precision"]));
        close(figures.auc, number(&case["auc"]));
    }
}

/// Standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// Quantiles and spread of our replicates against numpy's on the same data: equal but for Monte-Carlo error.
#[test]
fn replicates_have_the_distribution_of_numpys() {
    let reference = &golden("bootstrap")["distribution"];
    let (scores, positive) = (numbers(&reference["scores"]), flags(&reference["positive"]));
    let (cluster, money) = (indices(&reference["cluster"]), numbers(&reference["money"]));
    let clusters = reference["clusters"].as_u64().unwrap() as usize;
    let plan = plan(20_000);
    let totals = ClusterTotals::of(&cluster, clusters, |i| [money[i], 1.0]).unwrap();
    let ranked = ResampledRanking::new(&scores, &positive, &cluster, clusters).unwrap();
    let same = |ours: &[f64], name: &str| {
        let theirs = &reference["replicates"][name];
        let error = number(&theirs["standard_error"]);
        within(deviation(ours), error, 0.03);
        for (p, quantile) in [0.025, 0.5, 0.975].into_iter().zip(numbers(&theirs["quantiles"])) {
            let ours = ours[(p * ours.len() as f64) as usize];
            assert!((ours - quantile).abs() < 0.08 * error, "{name} {p}: ours {ours}, reference {quantile}");
        }
    };
    same(totals.sums(&plan).unwrap().replicates(0), "total");
    same(totals.ratio(&plan).unwrap().replicates(0), "mean");
    let ranking = ranked.bootstrap(&plan).unwrap();
    same(ranking.replicates(0), "average_precision");
    same(ranking.replicates(1), "auc");
}

/// 3,000 rows of 1,000 customers.
fn shop(seed: u64) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
    let mut dice = Dice(seed);
    let cluster: Vec<u32> = (0..3_000).map(|_| dice.below(1_000) as u32).collect();
    let positive: Vec<bool> = (0..3_000).map(|_| dice.chance(0.05)).collect();
    let scores = positive.iter().map(|fraud| dice.normal() + if *fraud { 1.5 } else { 0.0 }).collect();
    (scores, positive, cluster)
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (scores, positive, cluster) = shop(5);
    let ranked = ResampledRanking::new(&scores, &positive, &cluster, 1_000).unwrap();
    let by = |threads| ranked.bootstrap(&Resampling { threads: Some(threads), ..plan(200) }).unwrap();
    let (one, many) = (by(1), by(8));
    assert_eq!(one.percentile_interval(0), many.percentile_interval(0));
    assert_eq!(one.interval(1), many.interval(1));
    let other = ranked.bootstrap(&Resampling { seed: 2, ..plan(200) }).unwrap();
    assert_ne!(one.percentile_interval(0), other.percentile_interval(0), "another seed is another draw");
}

#[test]
fn a_difference_is_the_second_less_the_first() {
    let (scores, positive, cluster) = shop(9);
    let noise: Vec<f64> = scores.iter().rev().copied().collect();
    let ranked = |scores: &[f64]| ResampledRanking::new(scores, &positive, &cluster, 1_000).unwrap();
    let (worse, better) = (ranked(&noise), ranked(&scores));
    let difference = worse.bootstrap_difference(&better, &plan(50)).unwrap();
    let all = vec![1; 1_000];
    let (worse, better) = (worse.figures(&all).unwrap(), better.figures(&all).unwrap());
    close(difference.estimate[0], better.average_precision - worse.average_precision);
    close(difference.estimate[1], better.auc - worse.auc);
    assert!(difference.estimate.iter().all(|gain| *gain > 0.1), "{:?}", difference.estimate);
}

#[test]
fn every_draw_has_as_many_clusters_as_the_data() {
    let counts = resample(37, &plan(500), |weights| Some([f64::from(weights.iter().sum::<u32>())])).unwrap();
    assert!(counts.replicates(0).iter().all(|count| *count == 37.0));
}

/// More clusters than are drawn at once: Σ w, the variance of a weight averaged over all, that of the number of draws
/// in the first third, and its covariance with that in the last. Parts of k and l of n clusters get k (1 − k/n) and
/// −k l/n.
#[test]
fn draws_over_many_clusters_are_multinomial() {
    let (n, third, resamples) = (10_000_usize, 3_333_usize, 4_000_usize);
    let drawn = |threads| {
        let plan = Resampling { threads: Some(threads), ..plan(resamples) };
        let moments = |weights: &[u32]| {
            let sum = |part: &[u32]| f64::from(part.iter().sum::<u32>());
            let off = |part: &[u32]| sum(part) - part.len() as f64;
            let spread = weights.iter().map(|weight| (f64::from(*weight) - 1.0).powi(2)).sum::<f64>();
            let (first, last) = (off(&weights[..third]), off(&weights[n - third..]));
            Some([sum(weights), spread / n as f64, first, first * first, first * last])
        };
        resample(n, &plan, moments).unwrap()
    };
    let (one, two) = (drawn(1), drawn(2));
    (0..5).for_each(|k| assert_eq!(one.replicates(k), two.replicates(k), "{k}"));
    assert!(one.replicates(0).iter().all(|sum| *sum == n as f64));
    let share = third as f64 / n as f64;
    let (variance, covariance) = (third as f64 * (1.0 - share), -(third as f64) * share);
    // Five standard errors each.
    for (k, wanted) in [(1, 1.0 - 1.0 / n as f64), (2, 0.0), (3, variance), (4, covariance)] {
        let mean = one.replicates(k).iter().sum::<f64>() / resamples as f64;
        let error = deviation(one.replicates(k)) / (resamples as f64).sqrt();
        assert!((mean - wanted).abs() < 5.0 * error, "{k}: {mean} for {wanted}, standard error {error}");
    }
}

/// Sums are drawn block by block, several resamples at a time, and everything else by whole vectors: the draws are the
/// same, so a figure of one is paired with one of the other.
#[test]
fn sums_and_whole_vectors_have_the_same_draws() {
    let n = 9_001;
    let cluster: Vec<u32> = (0..n as u32).collect();
    let value = |i: usize| (i * i % 97) as f64;
    let sums = ClusterTotals::of(&cluster, n, |i| [value(i), 1.0]).unwrap();
    let whole = |weights: &[u32]| {
        let weighted = |value: &dyn Fn(usize) -> f64| {
            weights.iter().enumerate().map(|(i, weight)| f64::from(*weight) * value(i)).sum::<f64>()
        };
        Some([weighted(&value), weighted(&|_| 1.0)])
    };
    let (blocks, vectors) = (sums.sums(&plan(100)).unwrap(), resample(n, &plan(100), whole).unwrap());
    for k in [0, 1] {
        // Whole numbers below 2⁵³, so sums in any order are the same.
        assert_eq!(blocks.replicates(k), vectors.replicates(k));
        assert_eq!(blocks.interval(k), vectors.interval(k));
    }
    let one = sums.sums(&Resampling { threads: Some(1), ..plan(100) }).unwrap();
    assert_eq!(blocks.replicates(0), one.replicates(0));
}

/// Bursts: ten orders with one fate say as much as one.
#[test]
fn clusters_widen_the_interval_where_rows_hang_together() {
    let width = |bootstrap: &Bootstrap<1>| bootstrap.interval(0).map(|it| it.high - it.low).unwrap();
    let fate: Vec<f64> = (0..200).map(|i| f64::from(i % 4 == 0)).collect();
    let burst: Vec<u32> = (0..2_000).map(|row| row / 10).collect();
    let alone: Vec<u32> = (0..2_000).collect();
    let ratio = |cluster: &[u32], clusters| {
        let totals = ClusterTotals::of(cluster, clusters, |row| [fate[row / 10], 1.0]).unwrap();
        totals.ratio(&plan(2_000)).unwrap()
    };
    let (clustered, naive) = (ratio(&burst, 200), ratio(&alone, 2_000));
    let factor = width(&clustered) / width(&naive);
    assert!((factor - 10_f64.sqrt()).abs() < 0.5, "{factor}");
}

#[test]
fn a_model_against_itself_differs_by_nothing() {
    let (scores, positive, cluster) = shop(6);
    let ranked = ResampledRanking::new(&scores, &positive, &cluster, 1_000).unwrap();
    let difference = ranked.bootstrap_difference(&ranked, &plan(100)).unwrap();
    let interval = difference.interval(0).unwrap();
    assert_eq!((interval.low, interval.estimate, interval.high), (0.0, 0.0, 0.0));
}

#[test]
fn the_paired_difference_is_narrower_than_two_separate_intervals() {
    let (scores, positive, cluster) = shop(7);
    let mut dice = Dice(8);
    let near: Vec<f64> = scores.iter().map(|score| score + 0.1 * dice.normal()).collect();
    let one = ResampledRanking::new(&scores, &positive, &cluster, 1_000).unwrap();
    let two = ResampledRanking::new(&near, &positive, &cluster, 1_000).unwrap();
    let width = |found: &Bootstrap<2>| found.interval(0).map(|it| it.high - it.low).unwrap();
    let paired = width(&one.bootstrap_difference(&two, &plan(400)).unwrap());
    let alone = width(&one.bootstrap(&plan(400)).unwrap());
    assert!(paired < alone / 2.0, "{paired} {alone}");
}

#[test]
fn what_says_nothing_is_refused_with_the_reason() {
    let refusal = |scores: &[f64], positive: &[bool], cluster: &[u32], clusters| {
        ResampledRanking::new(scores, positive, cluster, clusters)
            .and_then(|it| it.bootstrap(&plan(100)))
            .unwrap_err()
    };
    assert_eq!(refusal(&[], &[], &[], 0), BootstrapRefusal::TooFewClusters);
    assert_eq!(refusal(&[0.1, 0.2], &[true, false], &[0, 0], 1), BootstrapRefusal::TooFewClusters);
    assert_eq!(refusal(&[0.1, 0.2], &[false, false], &[0, 1], 2), BootstrapRefusal::Undefined);
    assert_eq!(refusal(&[0.1, 0.2], &[true, true], &[0, 1], 2), BootstrapRefusal::Undefined);
    assert_eq!(refusal(&[0.1, 0.2], &[true, false], &[0, 1], 2), BootstrapRefusal::Fragile);
    assert_eq!(refusal(&[0.1, f64::NAN], &[true, false], &[0, 1], 2), BootstrapRefusal::Rows);
    assert_eq!(refusal(&[0.1, 0.2], &[true, false], &[0, 2], 2), BootstrapRefusal::Rows);
    assert_eq!(refusal(&[0.1], &[true, false], &[0, 1], 2), BootstrapRefusal::Rows);
    let totals = ClusterTotals::of(&[0, 1], 2, |_| [1.0, 0.0]).unwrap();
    assert_eq!(totals.ratio(&plan(100)).unwrap_err(), BootstrapRefusal::Undefined);
    assert_eq!(totals.sums(&plan(1)).unwrap_err(), BootstrapRefusal::Plan);
    assert_eq!(totals.sums(&Resampling { confidence: 1.0, ..plan(10) }).unwrap_err(), BootstrapRefusal::Plan);
    assert_eq!(ClusterTotals::of(&[0], 1, |_| [f64::INFINITY]).unwrap_err(), BootstrapRefusal::Rows);
}

proptest! {
    /// A row with weight w counts like w rows.
    #[test]
    fn weights_are_copies(rows in prop::collection::vec((0_u8..6, any::<bool>(), 0_u32..4), 1..40)) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let positive: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let own: Vec<u32> = (0..rows.len() as u32).collect();
        let weights: Vec<u32> = rows.iter().map(|row| row.2).collect();
        let copies: Vec<usize> = (0..rows.len()).flat_map(|i| vec![i; weights[i] as usize]).collect();
        let copied_scores: Vec<f64> = copies.iter().map(|i| scores[*i]).collect();
        let copied_positive: Vec<bool> = copies.iter().map(|i| positive[*i]).collect();
        let each: Vec<u32> = (0..copies.len() as u32).collect();
        let weighted = ResampledRanking::new(&scores, &positive, &own, own.len()).unwrap().figures(&weights);
        let copied = ResampledRanking::new(&copied_scores, &copied_positive, &each, each.len()).unwrap().figures(&vec![1; each.len()]);
        prop_assert_eq!(weighted.is_some(), copied.is_some());
        if let (Some(weighted), Some(copied)) = (weighted, copied) {
            prop_assert!((weighted.average_precision - copied.average_precision).abs() < 1e-12);
            prop_assert!((weighted.auc - copied.auc).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&weighted.average_precision));
            prop_assert!((0.0..=1.0).contains(&weighted.auc));
        }
    }

    /// Rows that count together against sums over single rows, scores and pairs; more clusters than are drawn at once.
    #[test]
    fn ranking_figures_match_a_count_row_by_row(rows in prop::collection::vec((0_u8..12, prop::bool::weighted(0.3), 0_u32..9_000, 0_u32..4), 1..60)) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let positive: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let cluster: Vec<u32> = rows.iter().map(|row| row.2).collect();
        let mut weights = vec![1; 9_000];
        rows.iter().for_each(|row| weights[row.2 as usize] = row.3);
        let weight = |row: usize| f64::from(weights[cluster[row] as usize]);
        let sum = |wanted: &dyn Fn(usize) -> bool| (0..rows.len()).filter(|row| wanted(*row)).map(weight).sum::<f64>();
        let (positives, negatives) = (sum(&|row| positive[row]), sum(&|row| !positive[row]));
        let precision = |row: usize| {
            sum(&|other| positive[other] && scores[other] >= scores[row]) / sum(&|other| scores[other] >= scores[row])
        };
        let won = |row: usize| {
            sum(&|other| !positive[other] && scores[other] < scores[row])
                + sum(&|other| !positive[other] && scores[other] == scores[row]) / 2.0
        };
        let over = |of: &dyn Fn(usize) -> f64| {
            let counted = (0..rows.len()).filter(|row| positive[*row] && weight(*row) > 0.0);
            counted.map(|row| weight(row) * of(row)).sum::<f64>()
        };
        let figures = ResampledRanking::new(&scores, &positive, &cluster, 9_000).unwrap().figures(&weights);
        prop_assert_eq!(figures.is_some(), positives > 0.0 && negatives > 0.0);
        if let Some(figures) = figures {
            prop_assert!((figures.average_precision - over(&precision) / positives).abs() < 1e-12);
            prop_assert!((figures.auc - over(&won) / (positives * negatives)).abs() < 1e-12);
        }
    }

    #[test]
    fn intervals_are_finite_or_absent(money in prop::collection::vec(-1e6..1e6_f64, 2..30), ties in any::<bool>()) {
        let cluster: Vec<u32> = (0..money.len() as u32).collect();
        let row = |i: usize| [if ties { 5.0 } else { money[i] }, 1.0];
        let ratio = ClusterTotals::of(&cluster, cluster.len(), row).unwrap().ratio(&plan(50)).unwrap();
        let interval = ratio.interval(0).unwrap();
        prop_assert!(interval.low.is_finite() && interval.high.is_finite() && interval.low <= interval.high);
        if ties {
            prop_assert_eq!((interval.low, interval.high), (5.0, 5.0));
        }
    }
}
