//! Intervals by formula: how often they hold the truth, added up where the chances are known, by simulation elsewhere. Reduced
//! by default, with as much tolerance as the smaller number of repetitions asks for; `BYSTANDER_FULL=1` for all of it.

use crate::support::{Dice, covers, covers_at_least, sized};
use bystander_report::stats::agreement::{AgreementTable, Weighting, spearman};
use bystander_report::stats::calibration::{Probabilities, Recalibration, recalibrate};
use bystander_report::stats::cases::Cases;
use bystander_report::stats::hypothesis::{auc, delong};
use bystander_report::stats::intervals::{
    Interval, clopper_pearson, mean, paired_difference, proportion, quantile_places, total, wilson,
};
use bystander_report::stats::maturity::curve::{Curve, Fraud};
use bystander_report::stats::pricing::off_policy::{Logged, Overlap};

/// P(the interval of a share holds `p`) among `n` orders, all numbers of events added up.
fn held(n: u64, p: f64, interval: fn(u64, u64, f64) -> Option<Interval>) -> f64 {
    // By its logarithm, which doesn't vanish at the ends.
    let mut chance = n as f64 * (-p).ln_1p();
    let mut held = 0.0;
    for events in 0..=n {
        if interval(events, n, 0.95).unwrap().contains(p) {
            held += chance.exp();
        }
        chance += ((n - events) as f64 / (events + 1) as f64 * p / (1.0 - p)).ln();
    }
    held
}

/// The mean over a tenth more and less than `expected` events: at one exact rate, counts being whole makes it jump.
fn around(n: u64, expected: f64, interval: fn(u64, u64, f64) -> Option<Interval>) -> f64 {
    let rates = (0..21).map(|step| expected / n as f64 * (0.9 + 0.01 * f64::from(step)));
    rates.map(|p| held(n, p, interval)).sum::<f64>() / 21.0
}

/// Below two expected events the printed interval is conservative: one that isn't would claim too much of none or one.
#[test]
fn printed_shares_cover() {
    for n in [20, 50, 200, 2_000] {
        for expected in [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 0.2 * n as f64, 0.5 * n as f64] {
            let share = around(n, expected, proportion);
            println!("printed share, {expected} of {n} expected: {:.2} %", 100.0 * share);
            let wanted = if expected < 2.0 { 0.95..=1.0 } else { 0.93..=0.97 };
            assert!(wanted.contains(&share), "{expected} of {n}: {share}");
        }
    }
}

#[test]
fn wilson_covers_and_clopper_pearson_is_conservative_everywhere() {
    for n in [50, 200, 2_000] {
        for expected in [5.0, 8.0, 0.3 * n as f64] {
            let share = around(n, expected, wilson);
            assert!((0.93..=0.97).contains(&share), "Wilson, {expected} of {n}: {share}");
        }
        for step in 1..200 {
            let p = f64::from(step) / 200.0;
            let share = held(n, p, clopper_pearson);
            assert!(share >= 0.95 - 1e-9, "exact, {p} of {n}: {share}");
        }
    }
}

#[test]
fn differences_of_paired_shares_cover() {
    let mut dice = Dice(2);
    covers("Bonett and Price, 300 orders, 3 and 5 % discordant", sized(1_000, 20_000), |_| {
        let (mut first, mut second) = (0, 0);
        for _ in 0..300 {
            match dice.uniform() {
                u if u < 0.03 => first += 1,
                u if u < 0.08 => second += 1,
                _ => {}
            }
        }
        paired_difference(first, second, 300, 0.95).unwrap().contains(-0.02)
    });
}

#[test]
fn means_totals_and_quantiles_cover() {
    let mut dice = Dice(3);
    covers("Student's mean of 7 normal values", sized(1_000, 20_000), |_| {
        let values: Vec<f64> = (0..7).map(|_| 3.0 + dice.normal()).collect();
        mean(&values, 0.95).unwrap().contains(3.0)
    });
    let truth = 20.0 * (0.5_f64 * 0.7 * 0.7).exp();
    covers("total of some 20 lognormal amounts among 2,000 customers", sized(500, 10_000), |_| {
        let buyers = (0..2_000).filter(|_| dice.chance(0.01)).count();
        let hit: Vec<f64> = (0..buyers).map(|_| (0.7 * dice.normal()).exp()).collect();
        total(&hit, 2_000, 0.95).is_some_and(|interval| interval.contains(truth))
    });
    for (p, n) in [(0.5, 40), (0.95, 1_000)] {
        let truth = -(1.0_f64 - p).ln();
        covers(&format!("order statistics, quantile {p} of {n}"), sized(500, 10_000), |_| {
            let mut values: Vec<f64> = (0..n).map(|_| dice.exponential(1.0)).collect();
            values.sort_unstable_by(f64::total_cmp);
            let (low, high) = quantile_places(n, p, 0.95).unwrap();
            values[low] <= truth && truth <= values[high]
        });
    }
}

#[test]
fn agreement_covers() {
    let mut dice = Dice(4);
    // Accept, review, reject: agreement of 0.84 where chance gives 0.54, 0.15 of it off by one.
    let cells = [0.66, 0.05, 0.005, 0.06, 0.08, 0.02, 0.005, 0.02, 0.1];
    let (rows, columns) = ([0.715, 0.16, 0.125], [0.725, 0.15, 0.125]);
    let chance: f64 = rows.iter().zip(&columns).map(|(r, c)| r * c).sum();
    let kappa = (0.84 - chance) / (1.0 - chance);
    covers("Cohen's κ of 400 orders", sized(1_000, 20_000), |_| {
        let mut table = AgreementTable::new(3);
        for _ in 0..400 {
            let u = dice.uniform();
            let mut sum = 0.0;
            let cell = cells.iter().position(|share| {
                sum += share;
                u < sum
            });
            let cell = cell.unwrap_or(8);
            table.add(cell / 3, cell % 3, 1);
        }
        table.kappa(Weighting::Nominal, 0.95).unwrap().interval.unwrap().contains(kappa)
    });
    // Normal scores with correlation r have ρ = 6 ÷ π × asin(r ÷ 2).
    let truth = 6.0 / std::f64::consts::PI * (0.8_f64 / 2.0).asin();
    covers("Spearman's ρ of 100 orders", sized(1_000, 20_000), |_| {
        let first: Vec<f64> = (0..100).map(|_| dice.normal()).collect();
        let second: Vec<f64> = first.iter().map(|x| 0.8 * x + 0.6 * dice.normal()).collect();
        spearman(&first, &second, 0.95).unwrap().interval.unwrap().contains(truth)
    });
}

#[test]
fn calibration_slope_and_intercept_cover() {
    let mut dice = Dice(5);
    let mut intercepts = 0;
    let repetitions = sized(300, 5_000);
    covers("calibration slope, 1,500 orders, some 120 frauds", repetitions, |_| {
        let odds: Vec<f64> = (0..1_500).map(|_| -3.0 + dice.normal()).collect();
        let scores: Vec<f64> = odds.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect();
        let labels: Vec<bool> =
            odds.iter().map(|x| dice.chance(1.0 / (1.0 + (-(0.2 + 0.8 * x)).exp()))).collect();
        let cases = Probabilities::new(Cases::new(&labels).scored(&scores).unwrap()).unwrap();
        let Recalibration::Fitted { slope_interval, intercept_interval, .. } = recalibrate(&cases, 0.95)
        else {
            return false;
        };
        intercepts += u64::from(intercept_interval.unwrap().contains(0.2));
        slope_interval.unwrap().contains(0.8)
    });
    covers("the same of its intercept", repetitions, |repetition| repetition < intercepts);
}

/// Delays of 20 days on average; what can be seen is the share among those that the oldest order could show.
#[test]
fn the_development_curve_covers() {
    let mut dice = Dice(6);
    let by = |days: i64| 1.0 - (-(days as f64 + 1.0) / 20.0).exp();
    covers("share of labels within 10 days, 250 frauds of the last 90", sized(500, 10_000), |_| {
        let seen = (0..250).filter_map(|_| {
            let (age, delay) = (dice.below(91) as i64, dice.exponential(20.0) as i64);
            (delay <= age).then_some(Fraud { delay, age })
        });
        let curve = Curve::estimate(&seen.collect::<Vec<_>>(), None).unwrap();
        curve.interval_at(10, 0.95).unwrap().contains(by(10) / by(curve.oldest()))
    });
}

/// Two scores of the same orders: frauds lie `shifts` above the good ones, correlation 0.7.
fn scored(orders: usize, shifts: [f64; 2], dice: &mut Dice) -> (Vec<bool>, [Vec<f64>; 2]) {
    let labels: Vec<bool> = (0..orders).map(|_| dice.chance(0.05)).collect();
    let common: Vec<f64> = labels.iter().map(|_| dice.normal()).collect();
    let score = |shift: f64, dice: &mut Dice| -> Vec<f64> {
        let rows = labels.iter().zip(&common);
        rows.map(|(fraud, x)| {
            0.7_f64.sqrt() * x + 0.3_f64.sqrt() * dice.normal() + if *fraud { shift } else { 0.0 }
        })
        .collect()
    };
    let scores = [score(shifts[0], dice), score(shifts[1], dice)];
    (labels, scores)
}

/// P(N(s, 1) > N(0, 1)) = Φ(s ÷ √2), for s of 0.5, 1, 1.5 and 2.5.
const AUCS: [(f64, f64); 4] = [
    (0.5, 0.638_163_195_084_118_5),
    (1.0, 0.760_249_938_906_523_9),
    (1.5, 0.855_577_816_826_757_6),
    (2.5, 0.961_450_064_128_229_1),
];

#[test]
fn one_auc_covers() {
    for (orders, aucs) in [(400, &AUCS[..1]), (1_000, &AUCS[..3]), (4_000, &AUCS[..])] {
        for (shift, truth) in aucs {
            let what = format!("AUC {truth:.3}, {} frauds of {orders}", orders / 20);
            covers(&what, sized(200, 5_000), |repetition| {
                let (labels, [scores, _]) = scored(orders, [*shift; 2], &mut Dice(repetition << 24));
                auc(&labels, &scores, 0.95).unwrap().interval.unwrap().contains(*truth)
            });
        }
    }
}

/// Where fewer than five frauds score among the good orders, the interval holds the truth more often than it says.
#[test]
fn a_high_auc_of_few_frauds_is_conservative() {
    for (orders, (shift, truth)) in [(200, AUCS[2]), (400, AUCS[2]), (400, AUCS[3]), (1_000, AUCS[3])] {
        let what = format!("AUC {truth:.3}, {} frauds of {orders}", orders / 20);
        covers_at_least(&what, sized(200, 5_000), |repetition| {
            let (labels, [scores, _]) = scored(orders, [shift; 2], &mut Dice(repetition << 24));
            // Without any fraud there is no AUC, and nothing said.
            auc(&labels, &scores, 0.95).map_or(true, |auc| auc.interval.unwrap().contains(truth))
        });
    }
}

#[test]
fn differences_of_two_aucs_cover() {
    for (orders, from, to) in [(400, 2, 2), (1_000, 2, 2), (1_000, 1, 2), (1_000, 3, 3), (4_000, 2, 3)] {
        let ((first, before), (second, after)) = (AUCS[from], AUCS[to]);
        let what = format!("AUC {after:.3} less {before:.3}, {} frauds of {orders}", orders / 20);
        covers(&what, sized(200, 5_000), |repetition| {
            let (labels, [one, two]) = scored(orders, [first, second], &mut Dice(repetition << 24));
            delong(&labels, &one, &two, 0.95).unwrap().interval.unwrap().contains(after - before)
        });
    }
}

/// Live draws one of four prices; the shadow gives the second twice as often as live.
#[test]
fn rewards_of_explored_prices_cover() {
    let mut dice = Dice(7);
    let (live, shadow) = ([0.4, 0.3, 0.2, 0.1], [0.1, 0.6, 0.2, 0.1]);
    let truth: f64 = shadow.iter().zip(0..).map(|(p, price)| p * f64::from(price)).sum();
    let mut draw = || -> Vec<Logged> {
        let row = |row| {
            let price = match dice.uniform() {
                u if u < 0.4 => 0,
                u if u < 0.7 => 1,
                u if u < 0.9 => 2,
                _ => 3,
            };
            Logged {
                propensity: live[price],
                shadow: shadow[price],
                reward: price as f64 + 2.0 * dice.normal(),
                stake: 1.0,
                guess: (0.0, 0.0),
                cluster: row,
                customer: None,
            }
        };
        (0..1_000).map(row).collect()
    };
    // One sound log in twenty is refused by its mean weight; what counts is what is printed.
    covers("SNIPS, 1,000 quotes", sized(500, 10_000), |_| {
        loop {
            let log = draw();
            if let Ok(found) = Overlap::of(&log, 0.95).unwrap().estimate(&log, 100.0, 0.95) {
                return found.snips.value.contains(truth);
            }
        }
    });
}
