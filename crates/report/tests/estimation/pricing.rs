//! Prices.

use crate::support::{Dice, close, golden, indices, integers, list, number, numbers};
use bystander_report::stats::pricing::off_policy::{Logged, Refusal, estimate};
use bystander_report::stats::pricing::repricing::{BreakEven, Line, Repricing};
use bystander_report::stats::pricing::spread::Spread;
use bystander_report::stats::pricing::stability::{Quote, stability};
use bystander_report::stats::pricing::standstill::{Costed, Standstill, standstill};
use bystander_report::stats::pricing::support::{Offered, support};
use proptest::prelude::*;
use serde_json::Value;

fn same(ours: &Spread, theirs: &Value) {
    close(ours.mean, number(&theirs["mean"]));
    close(ours.median, number(&theirs["median"]));
    close(ours.mad, number(&theirs["mad"]));
    for (ours, theirs) in ours.percentiles.iter().zip(numbers(&theirs["percentiles"])) {
        close(*ours, theirs);
    }
}

#[test]
fn spreads_match_numpy() {
    for case in list(&golden("pricing")["spreads"]) {
        let mut values = numbers(&case["values"]);
        values.sort_unstable_by(f64::total_cmp);
        same(&Spread::of_sorted(&values).unwrap(), case);
    }
    assert_eq!(Spread::of_sorted(&[]), None);
    assert_eq!(Spread::of_sorted(&[1.0, f64::INFINITY]), None);
}

#[test]
fn stability_matches_a_walk_item_by_item() {
    let case = &golden("pricing")["stability"];
    let (items, times, prices) = (indices(&case["item"]), integers(&case["at"]), integers(&case["price"]));
    let quote = |i: usize| Quote { item: items[i], at_ms: times[i], price: prices[i] };
    let mut quotes: Vec<_> = (0..items.len()).map(quote).collect();
    let found = stability(&mut quotes, 3_600_000).unwrap();
    let whole = |name: &str| case[name].as_u64().unwrap();
    assert_eq!((found.items, found.item_days), (8, whole("item_days")));
    assert_eq!((found.changes, found.flip_flops), (whole("changes"), whole("flip_flops")));
    assert_eq!((found.most_in_a_day, found.times_with_several), (whole("most_in_a_day"), whole("several")));
    close(found.dispersed.unwrap(), number(&case["dispersed"]));
    close(found.mean_dispersion.unwrap(), number(&case["mean_dispersion"]));
}

#[test]
fn there_and_back_is_a_flip_flop() {
    let prices = [100, 120, 120, 100, 90, 100];
    let mut quotes: Vec<_> =
        (0..6).map(|i| Quote { item: 0, at_ms: i64::from(i) * 1_000, price: prices[i as usize] }).collect();
    let found = stability(&mut quotes, 1).unwrap();
    assert_eq!((found.changes, found.flip_flops), (4, 2));
    assert_eq!((found.dispersed, found.times_with_several), (None, 0));
    assert_eq!(stability(&mut [], 1), None);
}

/// An item's cost at each of these times, one more at every change.
fn costs(item: u32, changes: &[i64], last: i64) -> Vec<Costed> {
    let mut costs = vec![Costed { item, at_ms: 0, cost: 0 }];
    costs.extend(changes.iter().zip(1..).map(|(at_ms, cost)| Costed { item, at_ms: *at_ms, cost }));
    costs.push(Costed { at_ms: last, ..costs[costs.len() - 1] });
    costs
}

#[test]
fn a_stretch_of_more_than_three_times_the_longest_is_a_standstill() {
    let of = |changes: &[i64], last| {
        let mut costs = costs(7, changes, last);
        costs.reverse();
        let Standstill { followed, still } = standstill(&mut costs);
        (followed, still)
    };
    assert_eq!(of(&[10, 15, 22], 52), (1, 0), "three times the first stretch, not more");
    assert_eq!(of(&[10, 15, 22], 53), (1, 1));
    assert_eq!(of(&[10, 15], 900), (0, 0), "two changes tell nothing");
    assert_eq!(standstill(&mut []), Standstill::default());
    let mut two = [costs(1, &[1, 2, 3], 100), costs(2, &[1, 2, 3], 5)].concat();
    assert_eq!(standstill(&mut two), Standstill { followed: 2, still: 1 });
}

/// Costs that change at random times, once a day on average: no more than one item in twenty is called still.
#[test]
fn chance_alone_calls_few_items_still() {
    let mut dice = Dice(11);
    let mut all = Vec::new();
    for item in 0..20_000 {
        let last = 500.0;
        let mut at = 0.0;
        let changes = std::iter::from_fn(|| {
            at += dice.exponential(100.0);
            (at < last).then_some(at as i64)
        });
        all.extend(costs(item, &changes.collect::<Vec<_>>(), last as i64));
    }
    let found = standstill(&mut all);
    let share = found.still as f64 / found.followed as f64;
    assert!(found.followed > 15_000 && share < 0.05, "{share} of {}", found.followed);
}

#[test]
fn repricing_and_break_even_match_the_reference() {
    let case = &golden("pricing")["repricing"];
    let (live, shadow) = (integers(&case["live"]), integers(&case["shadow"]));
    let (cost, quantity) = (integers(&case["cost"]), numbers(&case["quantity"]));
    let line =
        |i: usize| Line { quantity: quantity[i], live: live[i], shadow: shadow[i], cost: Some(cost[i]) };
    let repricing = Repricing::new(&(0..live.len()).map(line).collect::<Vec<_>>());
    for theirs in list(&case["scenarios"]) {
        let ours = repricing.scenario(number(&theirs[0])).unwrap();
        close(ours.quantity_change, number(&theirs[1]));
        close(ours.revenue_change, number(&theirs[2]));
        close(ours.margin_change.unwrap(), number(&theirs[3]));
    }
    let at_one = repricing.scenario(-1.0).unwrap().revenue_change;
    assert!(
        at_one.abs()
            < 1e-12 * live.iter().zip(&quantity).map(|(price, sold)| *price as f64 * sold).sum::<f64>(),
        "at an elasticity of −1 revenue stays what it is"
    );
    match repricing.break_even(-12.0).unwrap() {
        BreakEven::At { elasticities } => {
            assert_eq!(elasticities.len(), 1);
            close(elasticities[0], number(&case["break_even"]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_break_even_that_is_not_there_says_which_way() {
    let line = |shadow, cost| Line { quantity: 2.0, live: 1_000, shadow, cost };
    let of = |shadow, cost| Repricing::new(&[line(shadow, cost)]).break_even(-3.0);
    assert_eq!(of(1_000, Some(700)), Some(BreakEven::NoDifference));
    assert_eq!(of(1_100, Some(999)), Some(BreakEven::AlwaysHigher));
    assert_eq!(of(900, Some(950)), Some(BreakEven::AlwaysLower));
    assert_eq!(of(1_100, None), None);
    assert_eq!(Repricing::new(&[]).scenario(0.0), None);
    let unusable = [line(0, None), Line { quantity: f64::NAN, ..line(1, None) }];
    assert_eq!(Repricing::new(&unusable).scenario(0.0), None, "nothing is left of them");
}

#[test]
fn support_counts_what_customers_have_seen() {
    let offer = |shadow, range, weight| Offered { shadow, range, weight };
    let seen = Some((100, 200));
    let found =
        support([offer(100, seen, 1.0), offer(99, seen, 1.0), offer(201, seen, 2.0), offer(5, None, 1.0)]);
    assert_eq!((found.inside, found.below, found.above, found.without_history), (1, 1, 1, 1));
    assert_eq!((found.inside_share, found.inside_weight_share), (Some(1.0 / 3.0), Some(0.25)));
    assert_eq!(support([offer(100, seen, 1.0), offer(200, seen, 1.0)]).inside, 2, "the ends have been seen");
    let none = support([]);
    assert_eq!((none.inside_share, none.inside_weight_share), (None, None));
}

#[test]
fn off_policy_estimates_match_statsmodels() {
    let case = &golden("pricing")["off_policy"];
    let (propensity, shadow) = (numbers(&case["propensity"]), numbers(&case["shadow"]));
    let (reward, guess) = (numbers(&case["reward"]), list(&case["guess"]));
    let row = |i: usize| Logged {
        propensity: Some(propensity[i]),
        shadow: shadow[i],
        reward: reward[i],
        model: Some((number(&guess[i][0]), number(&guess[i][1]))),
    };
    let found = estimate(&(0..reward.len()).map(row).collect::<Vec<_>>(), 50.0, 0.95).unwrap();
    close(found.effective, number(&case["effective"]));
    for (ours, name) in [(found.snips, "snips"), (found.doubly_robust.unwrap(), "doubly_robust")] {
        close(ours.low, number(&case[name][0]));
        close(ours.estimate, number(&case[name][1]));
        close(ours.high, number(&case[name][2]));
    }
}

#[test]
fn without_logged_chances_there_is_a_reason_and_no_number() {
    let row = |propensity, shadow| Logged { propensity, shadow, reward: 1.0, model: None };
    let refusal = |log: &[Logged]| estimate(log, 10.0, 0.95).unwrap_err();
    assert_eq!(refusal(&[]), Refusal::Empty);
    assert_eq!(refusal(&[row(None, 1.0), row(Some(0.5), 1.0)]), Refusal::NoPropensities { missing: 1, n: 2 });
    assert_eq!(refusal(&[row(Some(0.0), 1.0)]), Refusal::Impossible);
    assert_eq!(refusal(&[row(Some(0.5), 1.1)]), Refusal::Impossible);
    assert_eq!(refusal(&[row(Some(1.0), 1.0); 30]), Refusal::Deterministic);
    let few = refusal(&[row(Some(0.5), 1.0), row(Some(0.5), 0.0)]);
    assert_eq!(few, Refusal::TooLittleOverlap { effective: 1.0, needed: 10.0 });
    assert_eq!(
        refusal(&[row(Some(0.5), 0.0); 30]),
        Refusal::TooLittleOverlap { effective: 0.0, needed: 10.0 }
    );
    assert!(few.to_string().contains("effective sample size is 1.0"));
}

proptest! {
    #[test]
    fn price_figures_are_finite(prices in prop::collection::vec((0_i64..1_000_000, 0_i64..1_000_000), 1..40)) {
        let (live, shadow): (Vec<i64>, Vec<i64>) = prices.into_iter().unzip();
        let mut changes: Vec<f64> = live.iter().zip(&shadow).map(|(live, shadow)| (shadow - live) as f64).collect();
        changes.sort_unstable_by(f64::total_cmp);
        let spread = Spread::of_sorted(&changes).unwrap();
        let all = [spread.mean, spread.median, spread.mad];
        prop_assert!(all.iter().chain(&spread.percentiles).all(|value| value.is_finite()));
        prop_assert!(spread.percentiles.is_sorted() && spread.percentiles.contains(&spread.median));
        let lines: Vec<_> = live.iter().zip(&shadow).map(|(live, shadow)| {
            Line { quantity: 1.0, live: *live, shadow: *shadow, cost: Some(live / 2) }
        }).collect();
        if let Some(BreakEven::At { elasticities }) = Repricing::new(&lines).break_even(-10.0) {
            prop_assert!(elasticities.iter().all(|elasticity| (-10.0..0.0).contains(elasticity)));
        }
    }

    #[test]
    fn off_policy_is_finite_or_refused(rows in prop::collection::vec((0.01..1.0_f64, 0.0..1.0_f64, -1e6..1e6_f64), 0..40)) {
        let log: Vec<_> = rows.into_iter().map(|(propensity, shadow, reward)| {
            Logged { propensity: Some(propensity), shadow, reward, model: None }
        }).collect();
        if let Ok(found) = estimate(&log, 2.0, 0.95) {
            prop_assert!(found.effective >= 2.0 && found.effective <= log.len() as f64 + 1e-9);
            prop_assert!(found.mean_weight.is_finite() && found.largest_share <= 1.0);
        }
    }
}
