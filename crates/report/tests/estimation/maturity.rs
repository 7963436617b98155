//! Label maturity.

use crate::support::{Dice, close, golden, integers, list, number, numbers};
use bystander_report::stats::bootstrap::{self, Resampling};
use bystander_report::stats::maturity;
use bystander_report::stats::maturity::curve::{Curve, CurveRefusal, Fraud, Tail};
use bystander_report::stats::maturity::developed::{Alarm, KnownFraud, developed};
use bystander_report::stats::maturity::power::{Errors, one_proportion, two_proportions};
use proptest::prelude::*;

/// The reference goes through a run-off triangle and its development factors.
#[test]
fn the_curve_is_the_chain_ladders() {
    for case in list(&golden("maturity")["curves"]) {
        let (delays, ages) = (integers(&case["delay"]), integers(&case["age"]));
        let frauds: Vec<_> =
            delays.iter().zip(ages).map(|(delay, age)| Fraud { delay: *delay, age }).collect();
        let horizon = case["horizon"].as_i64();
        let curve = Curve::estimate(&frauds, horizon).unwrap();
        assert_eq!(curve.ages, integers(&case["ages"]));
        assert_eq!(curve.left_out, case["left_out"].as_u64().unwrap());
        let oldest = case["oldest"].as_i64().unwrap();
        let closed = case["closed"] == true;
        let tail = if closed { Tail::Closed { horizon: oldest } } else { Tail::Unknown { oldest } };
        assert_eq!(curve.tail, tail);
        for (ours, theirs) in curve.share.iter().zip(numbers(&case["share"])) {
            close(*ours, theirs);
        }
        for (ours, theirs) in curve.log_variance.iter().zip(numbers(&case["log_variance"])) {
            close(*ours, theirs);
        }
    }
}

#[test]
fn sample_sizes_match_a_search_for_the_power() {
    let sizes = &golden("maturity")["sizes"];
    let of = |name: &str, ours: fn(f64, f64, Errors) -> Option<u64>| {
        for case in list(&sizes[name]) {
            let errors =
                Errors { alpha: number(&case[2]), power: number(&case[3]), two_sided: case[4] == true };
            assert_eq!(ours(number(&case[0]), number(&case[1]), errors), case[5].as_u64(), "{name} {case}");
        }
    };
    of("one", one_proportion);
    of("two", two_proportions);
    let errors = Errors { alpha: 0.05, power: 0.8, two_sided: true };
    assert_eq!(one_proportion(0.3, 0.3, errors), None);
    assert_eq!(two_proportions(0.0, 0.3, errors), None);
    assert_eq!(two_proportions(0.1, 0.2, Errors { alpha: 0.0, ..errors }), None);
}

/// Frauds of 120 days whose labels take 20 days on average; only those that have arrived are seen.
fn seen(n: usize, seed: u64) -> Vec<Fraud> {
    let mut dice = Dice(seed);
    let all = (0..n).map(|_| Fraud { delay: dice.exponential(20.0) as i64, age: dice.below(121) as i64 });
    all.filter(|fraud| fraud.delay <= fraud.age).collect()
}

#[test]
fn truncation_is_taken_out() {
    let frauds = seen(20_000, 1);
    let curve = Curve::estimate(&frauds, None).unwrap();
    let truth = |age: i64| 1.0 - (-((age + 1) as f64) / 20.0).exp();
    let naive =
        |age: i64| frauds.iter().filter(|fraud| fraud.delay <= age).count() as f64 / frauds.len() as f64;
    for age in [5, 10, 20, 40, 80] {
        let true_share = truth(age) / truth(curve.oldest());
        assert!((curve.share_at(age) - true_share).abs() < 0.02, "{age}");
        assert!(curve.interval_at(age, 0.999).unwrap().contains(true_share), "{age}");
    }
    assert!(naive(20) > truth(20) + 0.04, "the plain distribution leans to short delays");
}

#[test]
fn latency_is_read_off_the_curve() {
    let curve = Curve::estimate(&seen(5_000, 2), Some(120)).unwrap();
    let half = curve.latency(0.5, 0.95).unwrap();
    assert!((12..=15).contains(&half.age), "{half:?}");
    assert!(half.low.unwrap() <= half.age && half.age <= half.high.unwrap());
    assert!(curve.latency(0.9, 0.95).unwrap().age > half.age);
    assert_eq!(curve.latency(0.0, 0.95), None);
}

#[test]
fn what_comes_after_the_oldest_age_is_unknown_unless_a_horizon_closes_it() {
    let frauds = seen(3_000, 3);
    let tail = |horizon| Curve::estimate(&frauds, horizon).unwrap().tail;
    assert!(matches!(tail(None), Tail::Unknown { oldest } if (90..=120).contains(&oldest)));
    assert_eq!(tail(Some(60)), Tail::Closed { horizon: 60 });
    assert!(matches!(tail(Some(500)), Tail::Unknown { oldest } if oldest <= 120));
}

#[test]
fn too_few_frauds_or_clocks_that_disagree_give_no_curve() {
    let few = vec![Fraud { delay: 1, age: 9 }; 4];
    assert_eq!(Curve::estimate(&[], None), Err(CurveRefusal::TooFewFrauds));
    assert_eq!(Curve::estimate(&few, None), Err(CurveRefusal::TooFewFrauds));
    assert_eq!(Curve::estimate(&[Fraud { delay: -1, age: 9 }], None), Err(CurveRefusal::Clock));
    assert_eq!(Curve::estimate(&[Fraud { delay: 10, age: 9 }], None), Err(CurveRefusal::Clock));
    let same = Curve::estimate(&[Fraud { delay: 3, age: 9 }; 5], None).unwrap();
    assert_eq!((same.ages.as_slice(), same.share.as_slice()), ([3].as_slice(), [1.0].as_slice()));
    assert_eq!((same.share_at(2), same.share_at(3)), (0.0, 1.0));
}

/// Old orders that all took long say nothing about the young ones' labels, nor the other way round.
#[test]
fn a_curve_ends_where_its_two_halves_do_not_meet() {
    let mut frauds = vec![Fraud { delay: 50, age: 60 }; 10];
    frauds.extend(vec![Fraud { delay: 2, age: 10 }; 10]);
    frauds.extend(vec![Fraud { delay: 4, age: 10 }; 10]);
    let curve = Curve::estimate(&frauds, None).unwrap();
    assert_eq!((curve.ages.as_slice(), curve.left_out), ([2, 4].as_slice(), 10));
    assert_eq!(curve.tail, Tail::Unknown { oldest: 49 });
    assert_eq!(curve.share, [0.5, 1.0]);
}

/// The quickest label came on an order that is younger than any other label took.
#[test]
fn one_quick_label_on_a_young_order_does_not_hide_all_others() {
    let mut frauds = vec![Fraud { delay: 10, age: 60 }; 10];
    frauds.extend(vec![Fraud { delay: 20, age: 60 }; 10]);
    frauds.push(Fraud { delay: 1, age: 2 });
    let curve = Curve::estimate(&frauds, None).unwrap();
    assert_eq!((curve.ages.as_slice(), curve.left_out), ([10, 20].as_slice(), 1));
    assert_eq!((curve.share.as_slice(), curve.share_at(5)), ([0.5, 1.0].as_slice(), 0.0));
}

/// A year of orders whose labels were all imported today, in the minute after each other.
#[test]
fn labels_that_came_all_at_once_say_nothing_about_how_they_arrive() {
    let day = 86_400_000;
    let imported = |order: i64| Fraud { delay: order * day / 8, age: order * day / 8 + 60_000 };
    let frauds: Vec<Fraud> = (1..3_000).map(imported).collect();
    let started = std::time::Instant::now();
    assert_eq!(Curve::estimate(&frauds, None), Err(CurveRefusal::Apart));
    assert!(started.elapsed().as_secs() < 1, "one pass over the steps");
}

/// Of 20,000 frauds 70 % are caught, by alarms of which 70 % are on frauds. Orders are up to 120 days old, labels of caught
/// frauds take 5 days on average and those of missed ones 20.
fn world(seed: u64) -> (Vec<KnownFraud>, Vec<Alarm>) {
    let mut dice = Dice(seed);
    let (mut known, mut alarms) = (Vec::new(), Vec::new());
    for customer in 0..20_000 {
        let (age, caught) = (dice.below(121) as i64, dice.chance(0.7));
        let delay = dice.exponential(if caught { 5.0 } else { 20.0 }) as i64;
        if delay <= age {
            known.push(KnownFraud { fraud: Fraud { delay, age }, held: false, caught, customer });
        }
        alarms.extend(caught.then_some(Alarm { age, customer }));
        alarms.extend(dice.chance(0.3).then_some(Alarm { age: dice.below(121) as i64, customer }));
    }
    (known, alarms)
}

fn known(seed: u64) -> Vec<KnownFraud> {
    world(seed).0
}

fn recall(known: &[KnownFraud]) -> Result<Option<f64>, CurveRefusal> {
    developed(known, &[]).map(|found| found.map(|found| found.recall))
}

/// Most labels so far are of frauds that are reported early, and these are those that the model catches.
#[test]
fn developing_takes_out_that_caught_frauds_are_reported_early() {
    let known = known(4);
    let plain = known.iter().filter(|fraud| fraud.caught).count() as f64 / known.len() as f64;
    let developed = recall(&known).unwrap().unwrap();
    assert!((developed - 0.7).abs() < 0.01 && plain > 0.72, "{developed} {plain}");
}

/// Young alarms whose frauds are not known yet look like false alarms.
#[test]
fn developing_takes_out_that_young_alarms_look_false() {
    let (known, alarms) = world(7);
    let plain = known.iter().filter(|fraud| fraud.caught).count() as f64 / alarms.len() as f64;
    let found = developed(&known, &alarms).unwrap().unwrap();
    let precision = found.precision.unwrap();
    assert!((precision - 0.7).abs() < 0.01 && plain < 0.68, "{precision} {plain}");
    assert!(found.alarms < alarms.len() as u64, "the youngest are left out");
    let none = developed(&known, &[]).unwrap().unwrap();
    assert_eq!((none.precision, none.alarms), (None, 0));
}

/// One curve for all would weigh late-reported frauds as if they came early.
#[test]
fn each_group_of_frauds_has_a_curve_of_its_own() {
    let pooled: Vec<_> = known(4).into_iter().map(|fraud| fraud.fraud).collect();
    let curve = Curve::estimate(&pooled, None).unwrap();
    let weight = |fraud: &KnownFraud| 1.0 / curve.share_at(fraud.fraud.age);
    let old: Vec<_> = known(4).into_iter().filter(|fraud| fraud.fraud.age >= 6).collect();
    let caught: f64 = old.iter().filter(|fraud| fraud.caught).map(weight).sum();
    let with_one = caught / old.iter().map(weight).sum::<f64>();
    assert!(with_one > recall(&known(4)).unwrap().unwrap() + 0.01, "{with_one}");
}

#[test]
fn developed_figures_are_what_their_bootstrap_estimates() {
    let (mut known, mut alarms) = world(5);
    known.retain(|fraud| fraud.customer < 1_000);
    alarms.retain(|alarm| alarm.customer < 1_000);
    let plan = Resampling { resamples: 200, ..Resampling::default() };
    let found = maturity::developed::bootstrap(&known, &alarms, 1_000, &plan).unwrap();
    let direct = developed(&known, &alarms).unwrap().unwrap();
    close(found.estimate[0], direct.recall);
    close(found.estimate[1], direct.precision.unwrap());
    for limits in [0, 1].map(|k| found.percentile_interval(k).unwrap()) {
        assert!(limits.low < limits.estimate && limits.estimate < limits.high);
        assert!(limits.high - limits.low < 0.2, "{limits:?}");
    }
    let silent = maturity::developed::bootstrap(&known, &[], 1_000, &plan).unwrap();
    close(silent.estimate[0], direct.recall);
    assert_eq!(silent.estimate[1], 0.0);
    for (known, alarms) in [(&known[..], &alarms[..0]), (&known[..0], &alarms[..])] {
        let refused = maturity::developed::bootstrap(known, alarms, 5, &plan).unwrap_err();
        assert_eq!(refused, bootstrap::BootstrapRefusal::Rows);
    }
}

#[test]
fn too_few_frauds_are_not_developed() {
    assert_eq!(recall(&[]), Err(CurveRefusal::TooFewFrauds));
    assert_eq!(recall(&known(6)[..4]), Err(CurveRefusal::TooFewFrauds));
    let refused =
        maturity::developed::bootstrap(&known(6)[..4], &[], 20_000, &Resampling::default()).unwrap_err();
    assert_eq!(refused, bootstrap::BootstrapRefusal::Undefined);
}

proptest! {
    #[test]
    fn a_curve_rises_to_one(frauds in prop::collection::vec((0_i64..30, 0_i64..30), 0..60), horizon in prop::option::of(0_i64..40)) {
        let frauds: Vec<_> = frauds.into_iter().map(|(delay, more)| Fraud { delay, age: delay + more }).collect();
        let Ok(curve) = Curve::estimate(&frauds, horizon) else { return Ok(()) };
        prop_assert!(curve.share.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!(curve.share[0] > 0.0 && curve.share.last() == Some(&1.0));
        prop_assert!(curve.log_variance.iter().all(|variance| variance.is_finite()));
        prop_assert_eq!(curve.frauds + curve.left_out, frauds.len() as u64);
        for age in 0..60 {
            if let Some(interval) = curve.interval_at(age, 0.95) {
                prop_assert!(0.0 <= interval.low && interval.low <= interval.estimate && interval.estimate <= interval.high);
            }
        }
    }
}
