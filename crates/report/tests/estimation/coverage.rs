//! The bootstrap's intervals and the watched gates by simulation: how often they hold the truth.

use crate::support::{Dice, covers, full, sized};
use bystander_report::stats::bootstrap::ranking::ResampledRanking;
use bystander_report::stats::bootstrap::totals::ClusterTotals;
use bystander_report::stats::bootstrap::{Bootstrap, Resampling};
use bystander_report::stats::intervals::{Interval, mean, proportion};
use bystander_report::stats::maturity::curve::Fraud;
use bystander_report::stats::maturity::developed::{self, KnownFraud};
use bystander_report::stats::sequential::mean::{Declared, MeanSequence};
use bystander_report::stats::sequential::proportion::{Prior, proportion as sequence};

fn plan(repetition: u64) -> Resampling {
    Resampling { seed: repetition, resamples: sized(300, 1_000), threads: Some(1), ..Resampling::default() }
}

/// Holds in the first figure.
fn holds<const K: usize>(bootstrap: &Bootstrap<K>, k: usize, truth: f64) -> bool {
    bootstrap.interval(k).is_some_and(|interval| interval.contains(truth))
}

/// Customers with one to many orders; each customer's orders share a fate and a level of amounts.
struct Shop {
    cluster: Vec<u32>,
    fraud: Vec<bool>,
    scores: Vec<f64>,
    amounts: Vec<f64>,
}

fn shop(customers: u32, fraud_share: f64, dice: &mut Dice) -> Shop {
    let mut shop = Shop { cluster: vec![], fraud: vec![], scores: vec![], amounts: vec![] };
    for customer in 0..customers {
        let bad = dice.chance(fraud_share);
        let (level, taste) = (dice.normal() * 0.5, dice.normal() * 0.5);
        // Bursts: fraudsters order three times as often.
        let orders = 1 + dice.exponential(if bad { 3.0 } else { 1.0 }) as u32;
        for _ in 0..orders {
            shop.cluster.push(customer);
            shop.fraud.push(bad);
            shop.scores.push(dice.normal() + taste + if bad { 2.0 } else { 0.0 });
            shop.amounts.push((4.0 + level + 0.5 * dice.normal()).exp());
        }
    }
    shop
}

#[test]
fn the_cluster_bootstrap_of_a_money_total_covers() {
    // E[amount] × E[orders], fraud or not: 1 + Σ e^(−k ÷ mean) orders.
    let orders = |mean: f64| 1.0 + 1.0 / ((1.0 / mean).exp() - 1.0);
    let amount = (4.0_f64 + (0.25 + 0.25) / 2.0).exp();
    let truth = 400.0 * amount * (0.1 * orders(3.0) + 0.9 * orders(1.0));
    covers("cluster bootstrap of a money total, 400 customers", sized(300, 3_000), |repetition| {
        let shop = shop(400, 0.1, &mut Dice(repetition << 20));
        let totals = ClusterTotals::of(&shop.cluster, 400, |i| [shop.amounts[i]]).unwrap();
        holds(&totals.sums(&plan(repetition)).unwrap(), 0, truth)
    });
}

#[test]
fn the_cluster_bootstrap_of_average_precision_and_auc_covers() {
    let all = shop(400_000, 0.05, &mut Dice(7));
    let truth = ResampledRanking::new(&all.scores, &all.fraud, &all.cluster, 400_000)
        .unwrap()
        .figures(&vec![1; 400_000])
        .unwrap();
    let customers = 2_000;
    let mut auc_held = 0;
    let repetitions = sized(100, 2_000);
    covers(
        "cluster bootstrap of average precision, 2,000 customers, 100 of them bad",
        repetitions,
        |repetition| {
            let shop = shop(customers, 0.05, &mut Dice((repetition + 9) << 20));
            let ranked =
                ResampledRanking::new(&shop.scores, &shop.fraud, &shop.cluster, customers as usize).unwrap();
            let bootstrap = ranked.bootstrap(&plan(repetition)).unwrap();
            auc_held += u32::from(holds(&bootstrap, 1, truth.auc));
            holds(&bootstrap, 0, truth.average_precision)
        },
    );
    let share = f64::from(auc_held) / repetitions as f64;
    println!("the same of AUC: {:.2} %", 100.0 * share);
    assert!(
        (if full() { 0.93 } else { 0.85 }..=if full() { 0.97 } else { 1.0 }).contains(&share),
        "AUC: {share}"
    );
}

/// Orders of 120 days. The model catches seven frauds of ten, whose labels take 10 days on average; those of the others
/// take 25, of which 1 − e^(−120 ÷ 25) come within the oldest age that can be seen.
#[test]
fn developed_recall_covers() {
    let truth = 0.7 / (0.7 + 0.3 * (1.0 - (-120.0_f64 / 25.0).exp()));
    covers("developed recall, 240 frauds of 200 customers", sized(200, 2_000), |repetition| {
        let mut dice = Dice((repetition + 5) << 22);
        let fraud = |_| {
            let (age, caught) = (dice.below(120_000) as i64, dice.chance(0.7));
            let delay = dice.exponential(if caught { 10_000.0 } else { 25_000.0 }) as i64;
            let customer = dice.below(200) as u32;
            (delay <= age).then_some(KnownFraud {
                fraud: Fraud { delay, age },
                held: false,
                caught,
                customer,
            })
        };
        let known: Vec<KnownFraud> = (0..240).filter_map(fraud).collect();
        let found = developed::bootstrap(&known, &[], 200, &plan(repetition)).unwrap();
        found.percentile_interval(0).is_some_and(|interval| interval.contains(truth))
    });
}

const DAYS: usize = 60;
const ALPHA: f64 = 0.05;

/// Share of shops in which a gate that is looked at every day ever claims what isn't so.
fn false_alarms(what: &str, shops: usize, mut alarmed: impl FnMut(&mut Dice) -> bool) -> f64 {
    let count = (0..shops).filter(|shop| alarmed(&mut Dice((*shop as u64 + 3) << 26))).count();
    let share = count as f64 / shops as f64;
    println!("{what}, looked at on {DAYS} days: {:.2} % of {shops} raise a false alarm", 100.0 * share);
    share
}

#[test]
fn a_watched_rate_keeps_its_false_alarms_under_alpha_and_a_fixed_horizon_does_not() {
    let (rate, a_day) = (0.02, 200);
    let ever = |dice: &mut Dice, look: &dyn Fn(u64, u64) -> Option<Interval>| {
        let mut events = 0;
        (1..=DAYS as u64).any(|day| {
            events += (0..a_day).filter(|_| dice.chance(rate)).count() as u64;
            look(events, day * a_day).is_some_and(|interval| !interval.contains(rate))
        })
    };
    let shops = sized(300, 4_000);
    let prior = Prior::new(1.0, 49.0).unwrap();
    let watched = false_alarms("confidence sequence of a rate", shops, |dice| {
        ever(dice, &|events, n| sequence(events, n, prior, 1.0 - ALPHA))
    });
    let fixed = false_alarms("fixed-horizon interval of a rate", shops, |dice| {
        ever(dice, &|events, n| proportion(events, n, 1.0 - ALPHA))
    });
    assert!(watched < ALPHA, "{watched}");
    assert!(fixed > 3.0 * ALPHA, "{fixed}: looking every day would be harmless");
}

#[test]
fn a_watched_paired_difference_keeps_its_false_alarms_under_alpha() {
    let declared =
        Declared { low: -1.0, high: 1.0, guess: 0.0, observations: 6_000.0, standard_deviation: 0.2 };
    // Two models that disagree on 4 % of the orders and are equally good.
    let ever = |dice: &mut Dice, look: &dyn Fn(&[f64]) -> Option<Interval>| {
        let mut seen = Vec::new();
        (0..DAYS).any(|_| {
            let difference = |_| match dice.uniform() {
                u if u < 0.02 => 1.0,
                u if u < 0.04 => -1.0,
                _ => 0.0,
            };
            seen.extend((0..200).map(difference));
            look(&seen).is_some_and(|interval| !interval.contains(0.0))
        })
    };
    let shops = sized(200, 3_000);
    let watched = false_alarms("confidence sequence of a paired difference", shops, |dice| {
        ever(dice, &|seen| {
            let mut sequence = MeanSequence::new(declared).unwrap();
            sequence.observe(seen).unwrap();
            sequence.interval(1.0 - ALPHA)
        })
    });
    let fixed = false_alarms("fixed-horizon interval of a paired difference", shops, |dice| {
        ever(dice, &|seen| mean(seen, 1.0 - ALPHA))
    });
    assert!(watched < ALPHA, "{watched}");
    assert!(fixed > 3.0 * ALPHA, "{fixed}: looking every day would be harmless");
}
