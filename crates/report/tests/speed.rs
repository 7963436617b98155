//! Resampling a month of orders takes seconds. A program of its own, so that no other test runs beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use bystander_report::stats::bootstrap::Resampling;
use bystander_report::stats::bootstrap::ranking::ResampledRanking;
use bystander_report::stats::bootstrap::totals::ClusterTotals;
use std::time::Instant;

/// Seconds of processor time, so twenty on two idle cores; about a third of it is taken.
const MOST: f64 = 40.0;

/// Processor time of this process so far, in seconds: what others run meanwhile does not count. Where the system has
/// no `/proc`, the time on the clock.
fn spent(since: Instant) -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return since.elapsed().as_secs_f64();
    };
    // After the command's closing bracket: state, ten more fields, then user and system time in hundredths.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// A million rows of half a million customers, a thousand resamples (a tenth of each unless `BYSTANDER_FULL=1`).
#[test]
fn a_million_rows_are_resampled_in_seconds() {
    let full = std::env::var("BYSTANDER_FULL").is_ok_and(|value| value == "1");
    let (rows, resamples) = if full { (1_000_000, 1_000) } else { (100_000, 100) };
    let customers = rows / 2;
    let mut state = 9_u64;
    // Knuth's MMIX generator, high bits.
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let cluster: Vec<u32> = (0..rows).map(|_| (next() as usize % customers) as u32).collect();
    let positive: Vec<bool> = (0..rows).map(|_| next() % 200 == 0).collect();
    let scores: Vec<f64> =
        positive.iter().map(|fraud| next() as f64 / if *fraud { 1.0 } else { 2.0 }).collect();
    let plan = Resampling { resamples, ..Resampling::default() };
    let start = Instant::now();
    let before = spent(start);
    let row = |i: usize| [scores[i], 1.0, if positive[i] { 1.0 } else { 0.0 }];
    let sums = ClusterTotals::of(&cluster, customers, row).and_then(|totals| totals.sums(&plan)).unwrap();
    let summed = start.elapsed();
    let ranked = ResampledRanking::new(&scores, &positive, &cluster, customers).unwrap();
    let ranking = ranked.bootstrap(&plan).unwrap();
    let (clock, took) = (start.elapsed(), spent(start) - before);
    println!("{rows} rows, {resamples} resamples: sums {summed:?}, ranking {:?}", clock - summed);
    println!("{took:.2} s of processor time");
    assert_eq!((sums.resamples, ranking.resamples), (resamples, resamples));
    assert!(took < MOST, "{took} s");
}
