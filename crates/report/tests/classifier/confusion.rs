//! Tables, rates, sweeps, recall at a bound, precision at k.

use crate::reference::{
    CONFIDENCE, Case, cases, count, golden, list, near, near_interval, near_or_none, number,
};
use bystander_report::stats::cases::Cases;
use bystander_report::stats::confusion::{
    Confusion, Rates, TopK, precision_at_k_by_day, recall_at_fpr, sweep,
};
use bystander_report::stats::intervals::proportion;
use bystander_report::stats::ranking::Ranked;
use serde_json::Value;

#[test]
fn tables_and_rates_are_scikit_learns() {
    let golden = golden("confusion");
    for case in &cases() {
        for expected in list(&golden[&case.name]["at"]) {
            let threshold = number(&expected["threshold"]);
            let what = format!("{} at {threshold}", case.name);
            let table = decided(case, threshold);
            same_table(&what, &table, expected);
            same_rates(&what, &table.rates(), &expected["rates"]);
        }
    }
}

/// The table of cases that weigh 1, each flagged from `threshold` on.
fn decided(case: &Case, threshold: f64) -> Confusion {
    let mut table = Confusion::default();
    for (fraud, score) in case.labels.iter().zip(&case.scores) {
        table.add(*fraud, *score >= threshold);
    }
    table
}

#[test]
fn rates_have_intervals_around_them() {
    for case in &cases() {
        let table = decided(case, 0.4);
        let cells = [table.true_positive, table.false_positive, table.true_negative, table.false_negative];
        let [tp, fp, tn, missed] = cells.map(|cell| cell.rows);
        let rates = table.rates();
        let pairs = [
            (rates.precision, tp, tp + fp),
            (rates.recall, tp, tp + missed),
            (rates.false_positive_rate, fp, fp + tn),
            (rates.false_discovery_rate, fp, tp + fp),
        ];
        for (rate, events, trials) in pairs {
            let interval = proportion(events, trials, CONFIDENCE);
            assert_eq!(rate, interval.map(|interval| interval.estimate), "{}", case.name);
            assert!(interval.is_none_or(|interval| interval.contains(interval.estimate)), "{}", case.name);
        }
    }
}

#[test]
fn a_full_sweep_has_scikit_learns_tables_at_the_thresholds_its_curve_keeps() {
    let golden = golden("confusion");
    let mut compared = 0;
    for case in &cases() {
        let expected = &golden[&case.name]["sweep"];
        let sweep = sweep(&Ranked::new(&case.scored()), usize::MAX);
        assert_eq!(sweep.points[0].threshold, None, "{}", case.name);
        assert_eq!(sweep.points[0].true_positive.rows + sweep.points[0].false_positive.rows, 0);
        if expected.is_null() {
            assert_eq!(sweep.points.len(), 1, "{}", case.name);
            continue;
        }
        let tables = list(&expected["tables"]);
        for point in &sweep.points[1..] {
            let what = format!("{} at {:?}", case.name, point.threshold);
            let found = tables.iter().find(|table| table[0].as_f64() == point.threshold);
            let table = found.unwrap_or_else(|| panic!("{what}: no such threshold in the reference"));
            near(&what, point.true_negative.count, &table[1]);
            near(&what, point.false_positive.count, &table[2]);
            near(&what, point.false_negative.count, &table[3]);
            near(&what, point.true_positive.count, &table[4]);
            // What is left of a weighted total may round the other way than a sum of its own.
            let slack = i64::from(case.weights.is_some());
            let again = amounts(case, point.threshold.unwrap());
            for (found, again) in point.amounts().iter().zip(again) {
                assert!((found - again).abs() <= slack, "{what}: {found} {again}");
            }
            compared += 1;
        }
        // scikit-learn keeps the highest threshold too, and starts from the lowest.
        let mut ours: Vec<f64> = sweep.points.iter().filter_map(|point| point.threshold).collect();
        let mut theirs: Vec<f64> =
            expected["kept"].as_array().map_or(vec![], |kept| kept.iter().map(number).collect());
        ours.reverse();
        if theirs.last() != ours.last() {
            theirs.pop();
        }
        assert!(ours == theirs || expected["kept"].is_null(), "{}: {ours:?} {theirs:?}", case.name);
        assert_eq!((sweep.corners, sweep.resolution), (ours.len(), 0.0), "{}", case.name);
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn a_thinned_sweep_keeps_its_bound_and_its_ends() {
    for case in &cases() {
        let ranked = Ranked::new(&case.scored());
        let full = sweep(&ranked, usize::MAX);
        for max_points in [3, 4, 10, 40, 200] {
            let thin = sweep(&ranked, max_points);
            let what = format!("{} in {max_points}", case.name);
            assert!(thin.points.len() <= max_points, "{what}: {}", thin.points.len());
            assert_eq!(thin.points.first(), full.points.first(), "{what}");
            assert_eq!(thin.points.last(), full.points.last(), "{what}");
            assert!(thin.points.iter().all(|point| full.points.contains(point)), "{what}");
            for pair in thin.points.windows(2) {
                let at = |point| full.points.iter().position(|other| other == point).unwrap();
                let neighbours = at(&pair[1]) == at(&pair[0]) + 1;
                for (a, b) in axes(&pair[0]).into_iter().zip(axes(&pair[1])) {
                    assert!(neighbours || b - a <= thin.resolution + 1e-12, "{what}: {a} to {b}");
                }
            }
        }
    }
}

/// The top of a curve is where few alerts decide, and one score shared by many is a jump that has two ends.
#[test]
fn thinning_keeps_the_first_alerts_and_both_ends_of_a_jump() {
    let n = 100_000;
    let scores: Vec<f64> =
        (0..n).map(|row| if (30_000..60_000).contains(&row) { 0.5 } else { f64::from(n - row) }).collect();
    let scores: Vec<f64> =
        scores.iter().zip(0..).map(|(&s, row)| if row >= 60_000 { s / 1e6 } else { s }).collect();
    let labels: Vec<bool> = (0..n).map(|row| row % 3 == 0).collect();
    let thin = sweep(&Ranked::new(&Cases::new(&labels).scored(&scores).unwrap()), 100);
    let alerts: Vec<u64> =
        thin.points.iter().map(|point| point.true_positive.rows + point.false_positive.rows).collect();
    assert!(alerts.contains(&30_000) && alerts.contains(&60_000), "{alerts:?}");
    assert!(alerts.iter().filter(|&&alerts| alerts < 300).count() >= 20, "{alerts:?}");
    assert!((50..=100).contains(&alerts.len()), "{}", alerts.len());
    assert!(thin.resolution < 0.1, "{}", thin.resolution);
}

#[test]
fn recall_at_a_bounded_rate_is_the_best_point_of_scikit_learns_curve() {
    let golden = golden("confusion");
    for case in &cases() {
        let ranked = Ranked::new(&case.scored());
        for pair in list(&golden[&case.name]["recall_at_fpr"]) {
            let what = format!("{} at {}", case.name, pair[0]);
            let found = recall_at_fpr(&ranked, number(&pair[0]));
            let expected = &pair[1];
            near_or_none(&what, found.map(|point| point.recall), &expected["recall"]);
            near_or_none(
                &what,
                found.map(|point| point.false_positive_rate),
                &expected["false_positive_rate"],
            );
            // scikit-learn writes infinity where nothing is flagged.
            near_or_none(&what, found.and_then(|point| point.table.threshold), &expected["threshold"]);
        }
    }
}

#[test]
fn precision_at_k_shares_out_the_ties_at_the_cut() {
    let golden = golden("confusion");
    for case in &cases() {
        for pair in list(&golden[&case.name]["top_k"]) {
            let k = usize::try_from(count(&pair[0])).unwrap();
            let one_day = vec![0; case.labels.len()];
            let daily = precision_at_k_by_day(&case.scored(), &one_day, k, CONFIDENCE).unwrap();
            same_top(&format!("{} top {k}", case.name), daily.days.first().map(|day| &day.top), &pair[1]);
        }
    }
}

#[test]
fn precision_at_k_of_each_day_averages_over_the_days() {
    let golden = golden("confusion");
    for case in &cases() {
        let expected = &golden[&case.name]["daily"];
        let daily = precision_at_k_by_day(&case.scored(), &case.days, 4, CONFIDENCE).unwrap();
        near_or_none(&case.name, daily.mean_precision, &expected["mean"]);
        near_interval(&case.name, daily.interval, &expected["interval"]);
        assert_eq!(daily.days.len(), list(&expected["days"]).len(), "{}", case.name);
        for (day, expected) in daily.days.iter().zip(list(&expected["days"])) {
            assert_eq!(i64::from(day.day), expected["day"].as_i64().unwrap(), "{}", case.name);
            same_top(&format!("{} day {}", case.name, day.day), Some(&day.top), &expected["top"]);
        }
    }
}

#[test]
fn an_amount_above_what_a_double_holds_is_cut_off_and_not_wrapped() {
    let labels = [true; 3];
    let cases = Cases::new(&labels).with_amounts(&[i64::MAX; 3]).unwrap();
    let sweep = sweep(&Ranked::new(&cases.scored(&[0.5; 3]).unwrap()), 3);
    assert_eq!(sweep.points.last().unwrap().true_positive.amount, i64::MAX);
}

/// Weighted amounts of true negatives, false positives, false negatives and true positives, row by row.
fn amounts(case: &Case, threshold: f64) -> [i64; 4] {
    let mut sums = [0.0; 4];
    for (row, fraud) in case.labels.iter().enumerate() {
        let weight = case.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let flagged = case.scores[row] >= threshold;
        sums[usize::from(*fraud) * 2 + usize::from(flagged)] += weight * case.amounts[row] as f64;
    }
    sums.map(|sum| sum.round() as i64)
}

trait Amounts {
    fn amounts(&self) -> [i64; 4];
}

impl Amounts for Confusion {
    fn amounts(&self) -> [i64; 4] {
        [self.true_negative, self.false_positive, self.false_negative, self.true_positive]
            .map(|cell| cell.amount)
    }
}

fn same_table(what: &str, table: &Confusion, expected: &Value) {
    let cells = [table.true_negative, table.false_positive, table.false_negative, table.true_positive];
    for (at, cell) in cells.iter().enumerate() {
        assert_eq!(cell.rows, count(&expected["rows"][at]), "{what}, cell {at}");
        assert_eq!(cell.count, cell.rows as f64, "{what}, cell {at}");
    }
}

fn same_rates(what: &str, rates: &Rates, expected: &Value) {
    let found = serde_json::to_value(rates).unwrap();
    assert_eq!(found.as_object().unwrap().len(), expected.as_object().unwrap().len());
    for (name, expected) in expected.as_object().unwrap() {
        near_or_none(&format!("{what}, {name}"), found[name].as_f64(), expected);
    }
}

fn same_top(what: &str, found: Option<&TopK>, expected: &Value) {
    near_or_none(what, found.map(|top| top.precision), &expected["precision"]);
    if let Some(top) = found {
        near(what, top.frauds, &expected["frauds"]);
        assert_eq!(top.alerts as u64, count(&expected["alerts"]), "{what}");
        let amount = number(&expected["amount"]);
        assert!((top.amount as f64 - amount).abs() <= 0.5 + 1e-9 * amount, "{what}: {} {amount}", top.amount);
    }
}

/// Recall, false-positive rate and the two shares of value.
fn axes(point: &Confusion) -> [f64; 4] {
    let rates = point.rates();
    let [good, insulted, missed, caught] = point.amounts().map(|amount| amount as f64);
    let share = |part: f64, rest: f64| Some(part / (part + rest)).filter(|share| share.is_finite());
    [rates.recall, rates.false_positive_rate, share(caught, missed), share(insulted, good)]
        .map(Option::unwrap_or_default)
}
