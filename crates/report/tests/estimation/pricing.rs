//! Prices.

use crate::support::{Dice, close, golden, indices, integers, list, number, numbers};
use bystander_report::stats::intervals::Interval;
use bystander_report::stats::pricing::off_policy::{Logged, OffPolicy, OffPolicyRefusal, Overlap};
use bystander_report::stats::pricing::repricing::{BreakEven, Line, Repricing};
use bystander_report::stats::pricing::response::{Offer, Response, cross_fitted};
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

fn estimate(log: &[Logged], needed: f64, confidence: f64) -> Result<OffPolicy, OffPolicyRefusal> {
    Overlap::of(log, confidence)?.estimate(log, needed, confidence)
}

fn same_interval(ours: Interval, theirs: &Value) {
    for (ours, theirs) in [ours.low, ours.estimate, ours.high].into_iter().zip(numbers(theirs)) {
        close(ours, theirs);
    }
}

#[test]
fn off_policy_estimates_match_statsmodels() {
    let case = &golden("pricing")["off_policy"];
    let (propensity, shadow) = (numbers(&case["propensity"]), numbers(&case["shadow"]));
    let stake = numbers(&case["stake"]);
    let (reward, guess, cluster) =
        (numbers(&case["reward"]), list(&case["guess"]), indices(&case["cluster"]));
    let row = |i: usize| Logged {
        propensity: propensity[i],
        shadow: shadow[i],
        reward: reward[i],
        stake: stake[i],
        guess: (number(&guess[i][0]), number(&guess[i][1])),
        cluster: cluster[i],
        customer: None,
    };
    let log: Vec<_> = (0..reward.len()).map(row).collect();
    let overlap = Overlap::of(&log, 0.95).unwrap();
    assert_eq!((overlap.n, overlap.matched), (400, case["matched"].as_u64().unwrap()));
    close(overlap.effective, number(&case["effective"]));
    close(overlap.largest_share, number(&case["largest_share"]));
    same_interval(overlap.mean_weight, &case["mean_weight"]);
    let found = estimate(&log, 50.0, 0.95).unwrap();
    same_interval(found.live, &case["live"]);
    same_interval(found.snips.value, &case["snips"]);
    same_interval(found.snips.change, &case["snips_change"]);
    same_interval(found.doubly_robust.value, &case["doubly_robust"]);
    same_interval(found.doubly_robust.change, &case["doubly_robust_change"]);
}

#[test]
fn the_answer_to_price_matches_numpy_and_knows_nothing_of_its_own_half() {
    let case = &golden("pricing")["response"];
    let (log_price, bought) = (numbers(&case["log_price"]), numbers(&case["bought"]));
    let cluster = indices(&case["cluster"]);
    let offer = |i: usize| Offer { log_price: log_price[i], bought: bought[i], cluster: cluster[i] };
    let found = cross_fitted(&(0..bought.len()).map(offer).collect::<Vec<_>>());
    for (ours, theirs) in found.iter().zip(list(&case["lines"])) {
        close(ours.usual, number(&theirs[0]));
        close(ours.slope, number(&theirs[1]));
    }
    let flat = [Offer { log_price: 0.0, bought: 0.25, cluster: 1 }; 3];
    assert_eq!(cross_fitted(&flat), [Response { usual: 0.25, slope: 0.0 }, Response::default()]);
}

const ROW: Logged = Logged {
    propensity: 0.5,
    shadow: 1.0,
    reward: 1.0,
    stake: 1.0,
    guess: (0.0, 0.0),
    cluster: 0,
    customer: None,
};

/// Decisions of one cluster each.
fn log(rows: impl IntoIterator<Item = Logged>) -> Vec<Logged> {
    rows.into_iter().zip(0..).map(|(row, cluster)| Logged { cluster, ..row }).collect()
}

#[test]
fn where_a_log_tells_nothing_there_is_a_reason_and_no_number() {
    let refusal = |rows: Vec<Logged>| estimate(&rows, 10.0, 0.95).unwrap_err();
    let items = |found| OffPolicyRefusal::TooFewClusters { of: "items", found };
    assert_eq!(refusal(Vec::new()), items(0));
    assert_eq!(refusal(vec![ROW; 300]), items(1));
    let few_customers = log((0..300).map(|row| Logged { customer: Some(row % 9), ..ROW }));
    assert_eq!(refusal(few_customers), OffPolicyRefusal::TooFewClusters { of: "customers", found: 9 });
    for impossible in [
        Logged { propensity: 0.0, ..ROW },
        Logged { propensity: 1.1, ..ROW },
        Logged { shadow: -0.1, ..ROW },
        Logged { reward: f64::NAN, ..ROW },
        Logged { stake: 0.0, ..ROW },
        Logged { stake: f64::INFINITY, ..ROW },
        Logged { guess: (0.0, f64::INFINITY), ..ROW },
    ] {
        assert_eq!(refusal(log([ROW, impossible])), OffPolicyRefusal::Impossible);
    }
    assert_eq!(refusal(log([Logged { propensity: 1.0, ..ROW }; 30])), OffPolicyRefusal::Deterministic);
    let few = refusal(log((0..30).map(|row| Logged { shadow: f64::from(u8::from(row == 0)), ..ROW })));
    assert_eq!(few, OffPolicyRefusal::TooLittleOverlap { effective: 1.0, needed: 10.0 });
    assert!(few.to_string().contains("effective sample size is 1.0"));
    let none = refusal(log([Logged { shadow: 0.0, ..ROW }; 30]));
    assert_eq!(none, OffPolicyRefusal::TooLittleOverlap { effective: 0.0, needed: 10.0 });
}

/// Half of the shadow's prices lie where live never draws: its quotes alone would speak for all.
#[test]
fn prices_that_live_could_not_have_drawn_are_refused() {
    let rows = |shadows: usize| {
        log((0..416).map(|i| Logged { shadow: f64::from(u8::from(i % 32 < shadows)), ..ROW }))
    };
    assert!(estimate(&rows(16), 10.0, 0.95).is_ok(), "every second price matches, as chances of a half say");
    assert!(estimate(&rows(15), 10.0, 0.95).is_ok(), "a mean weight of 0.94 ± 0.1 may be chance");
    for (shadows, mean) in [(8, 0.5), (12, 0.75), (20, 1.25), (24, 1.5)] {
        let why = estimate(&rows(shadows), 10.0, 0.95).unwrap_err();
        assert!(matches!(why, OffPolicyRefusal::WrongWeights { mean: found, .. } if found == mean), "{why}");
        assert!(why.to_string().contains(&format!("{mean:.2}")), "{why}");
    }
}

/// Which rows are of one cluster widens an interval; it moves no estimate.
#[test]
fn rows_that_hang_together_say_less() {
    let row = |i: u32| Logged { shadow: f64::from(i % 2), reward: f64::from(i / 10 % 7), ..ROW };
    let apart = estimate(&log((0..400).map(row)), 10.0, 0.95).unwrap();
    let together: Vec<_> = (0..400).map(|i| Logged { cluster: i / 10, ..row(i) }).collect();
    let together = estimate(&together, 10.0, 0.95).unwrap();
    let width = |interval: Interval| interval.high - interval.low;
    assert_eq!(together.live.estimate, apart.live.estimate);
    assert!(width(together.live) > 2.0 * width(apart.live));
    assert!(width(together.snips.value) > 2.0 * width(apart.snips.value));
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
    fn off_policy_is_finite_or_refused(rows in prop::collection::vec((0.01..1.0_f64, 0.0..1.0_f64, -1e6..1e6_f64, 0..9_u32), 0..40)) {
        let log: Vec<_> = rows.into_iter().map(|(propensity, shadow, reward, cluster)| {
            Logged { propensity, shadow, reward, stake: 1.0 + f64::from(cluster), guess: (reward / 2.0, 1.0), cluster, customer: None }
        }).collect();
        if let Ok(overlap) = Overlap::of(&log, 0.95) {
            prop_assert!(overlap.effective <= log.len() as f64 + 1e-9 && overlap.largest_share <= 1.0);
            prop_assert!(overlap.mean_weight.contains(overlap.mean_weight.estimate));
            if let Ok(found) = estimate(&log, 2.0, 0.95) {
                prop_assert!(overlap.effective >= 2.0);
                for one in [found.snips, found.doubly_robust] {
                    prop_assert!(one.value.contains(one.value.estimate));
                    let change = one.value.estimate - found.live.estimate;
                    prop_assert!((one.change.estimate - change).abs() < 1e-6 * (1.0 + change.abs()));
                }
            }
        }
    }
}

/// Mean weight, where live's price is `base` × a draw, and the model's price is matched within 2 % of the served one.
fn mean_weight(model: f64, draw: impl Fn(&mut Dice) -> (f64, f64)) -> Interval {
    let mut dice = Dice(77);
    let rows = (0..60_000).map(|_| {
        let (price, propensity) = draw(&mut dice);
        let shadow = f64::from(u8::from((model - price).abs() <= 0.02 * price));
        Logged { propensity, shadow, stake: model, ..ROW }
    });
    Overlap::of(&log(rows), 0.95).unwrap().mean_weight
}

/// The logging rules that the README gives.
#[test]
fn weights_average_1_under_the_logging_rules_for_ladders_and_densities() {
    // Triangular between 0.8 and 1.2 with its peak at 1: the density falls by 5 % of its peak per 0.01.
    let density = |price: f64| (0.2 - (price - 1.0).abs()) / 0.04;
    let triangular = |dice: &mut Dice| 0.8 + 0.2 * (dice.uniform() + dice.uniform());
    let by_density = |dice: &mut Dice| {
        let price = triangular(dice);
        (price, (density(price) * 0.04 * price).max(1e-12))
    };
    for model in [0.85, 0.95, 1.0, 1.1] {
        let found = mean_weight(model, by_density);
        assert!(found.contains(1.0) && found.high - found.low < 0.25, "{model}: {found:?}");
    }
    // A ladder's own chances, at its ends, too; steps are 5 % apart.
    let (steps, chances) = ([0.9, 0.95, 1.0, 1.05, 1.1], [0.4, 0.1, 0.2, 0.1, 0.2]);
    let step = |dice: &mut Dice| {
        let mut left = dice.uniform();
        let place = chances.iter().position(|chance| {
            left -= chance;
            left < 0.0
        });
        place.unwrap_or(4)
    };
    for model in steps {
        let found = mean_weight(model, |dice: &mut Dice| {
            let place = step(dice);
            (steps[place], chances[place])
        });
        assert!(found.contains(1.0) && found.high - found.low < 0.1, "{model}: {found:?}");
    }
    // At the end of the range half of the band is missing, and steps that are 1 % apart are all within the band.
    let even = |dice: &mut Dice| {
        let price = 0.8 + 0.4 * dice.uniform();
        (price, 2.5 * 0.04 * price)
    };
    assert!(mean_weight(1.2, even).high < 0.7);
    let narrow = |dice: &mut Dice| {
        let place = step(dice);
        (1.0 + 0.2 * (steps[place] - 1.0), chances[place])
    };
    assert!(mean_weight(1.0, narrow).low > 2.0);
}
