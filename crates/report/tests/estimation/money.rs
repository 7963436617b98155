//! What decisions cost, and swap sets.

use crate::support::{close, flags, golden, indices, integers, list, number, numbers};
use bystander_core::decision::Action;
use bystander_report::stats::money::CostModel;
use bystander_report::stats::money::exposure::Exposure;
use bystander_report::stats::money::sensitivity::Assumption;
use bystander_report::stats::money::sweep::{CostSweep, SweepRefusal};
use bystander_report::stats::swap::SwapSets;
use proptest::prelude::*;
use serde_json::Value;

struct Orders {
    amounts: Vec<i64>,
    fraud: Vec<bool>,
    scores: Vec<f64>,
    live: Vec<Action>,
    shadow: Vec<Action>,
}

impl Orders {
    fn golden(case: &Value) -> Self {
        let actions =
            |name: &str| indices(&case[name]).into_iter().map(|one| Action::ALL[one as usize]).collect();
        Self {
            amounts: integers(&case["amount"]),
            fraud: flags(&case["fraud"]),
            scores: numbers(&case["score"]),
            live: actions("live"),
            shadow: actions("shadow"),
        }
    }

    fn exposure(&self, actions: &[Action]) -> Exposure {
        let mut exposure = Exposure::default();
        for ((action, fraud), amount) in actions.iter().zip(&self.fraud).zip(&self.amounts) {
            exposure.add(*action, *fraud, *amount);
        }
        exposure
    }
}

fn model(case: &Value) -> CostModel {
    serde_json::from_value(case["model"].clone()).unwrap()
}

#[test]
fn totals_savings_and_sensitivity_match_a_sum_order_by_order() {
    let case = &golden("money");
    let (orders, model) = (Orders::golden(case), model(case));
    let (live, shadow) = (orders.exposure(&orders.live), orders.exposure(&orders.shadow));
    close(live.cost(&model), number(&case["live_total"]));
    close(shadow.cost(&model), number(&case["shadow_total"]));
    close(shadow.all(Action::Accept).cost(&model), number(&case["accept_all"]));
    close(shadow.all(Action::Reject).cost(&model), number(&case["reject_all"]));
    close(live.savings(&model).unwrap(), number(&case["live_savings"]));
    close(shadow.savings(&model).unwrap(), number(&case["shadow_savings"]));
    let one_by_one = orders.shadow.iter().zip(&orders.fraud).zip(&orders.amounts);
    close(
        one_by_one.map(|((action, fraud), amount)| model.cost(*action, *fraud, *amount)).sum(),
        shadow.cost(&model),
    );
    for assumption in Assumption::ALL {
        for theirs in list(&case["sensitivity"][assumption.name()]) {
            let moved = assumption.set(&model, number(&theirs[0]));
            close(assumption.of(&moved), number(&theirs[1]));
            close(shadow.cost(&moved) - live.cost(&moved), number(&theirs[2]));
        }
    }
}

#[test]
fn the_sweep_matches_deciding_anew_at_each_threshold() {
    let case = &golden("money");
    let (orders, model) = (Orders::golden(case), model(case));
    let sweep = CostSweep::new(&orders.scores, &orders.amounts, &orders.fraud).unwrap();
    for point in list(&case["sweep"]) {
        let exposure = sweep.at(Some(number(&point[0])), Some(number(&point[1])));
        close(exposure.cost(&model), number(&point[2]));
    }
    let best = sweep.best(&model);
    close(best.reject.unwrap(), number(&case["best"][0]));
    close(best.cost, number(&case["best"][1]));
    let (low, high) = sweep.break_even(&model, number(&case["break_even"][0])).unwrap();
    close(low.reject.unwrap(), number(&case["break_even"][1]));
    close(high.reject.unwrap(), number(&case["break_even"][2]));
    let (_, nothing) = sweep.break_even(&model, number(&case["accept_all"]) + 1.0).unwrap();
    assert_eq!(nothing.reject, None, "rejecting nothing is a threshold, too");
    assert_eq!(sweep.break_even(&model, best.cost / 2.0), None);
}

#[test]
fn swap_sets_match_a_count_cell_by_cell() {
    let case = &golden("money");
    let orders = Orders::golden(case);
    let mut swaps = SwapSets::default();
    for i in 0..orders.amounts.len() {
        swaps.add(orders.live[i], orders.shadow[i], orders.amounts[i], Some(orders.fraud[i]));
    }
    for live in Action::ALL {
        for shadow in Action::ALL {
            let cell = swaps.cell(live, shadow);
            let theirs = &case["swap"][format!("{} {}", live.name(), shadow.name())];
            for (tally, theirs) in [cell.fraud, cell.good].into_iter().zip(list(theirs)) {
                assert_eq!(tally.count, theirs[0].as_u64().unwrap());
                assert_eq!(tally.amount, i128::from(theirs[1].as_i64().unwrap()));
            }
        }
    }
}

#[test]
fn swap_ins_are_bounded_and_never_guessed() {
    let mut swaps = SwapSets::default();
    for amount in [500, 0, 1_500] {
        swaps.add(Action::Reject, Action::Accept, amount, None);
    }
    let ins = swaps.ins();
    assert_eq!((ins.labelled(), ins.all().count), (0, 3));
    let bounds = ins.bounds();
    assert_eq!((bounds.least.count, bounds.most.count), (0, 3));
    assert_eq!((bounds.least.amount, bounds.most.amount), (0, 2_000));
    let mut twice = swaps;
    twice.merge(&swaps);
    assert_eq!((twice.ins().all().count, twice.ins().bounds().most.amount), (6, 4_000));
    swaps.add(Action::Accept, Action::Reject, 700, Some(true));
    swaps.add(Action::Accept, Action::Reject, 300, Some(false));
    assert_eq!((swaps.outs().fraud.amount, swaps.outs().good.amount), (700, 300));
    assert_eq!(swaps.outs().labelled(), 2);
}

const MODEL: CostModel = CostModel {
    recovery: 0.0,
    fee: 1_500.0,
    margin: 0.3,
    churn: 1_000.0,
    review: 400.0,
    review_catches: 0.75,
};
const FREE: CostModel =
    CostModel { recovery: 1.0, fee: 0.0, margin: 0.0, churn: 0.0, review: 0.0, review_catches: 1.0 };

#[test]
fn one_class_no_orders_and_free_mistakes_give_no_savings() {
    let empty = Exposure::default();
    assert_eq!(empty.savings(&MODEL), None);
    let mut good = Exposure::default();
    good.add(Action::Reject, false, 0);
    assert_eq!(good.savings(&MODEL), None, "accepting all costs nothing without fraud");
    let mut fraud = Exposure::default();
    fraud.add(Action::Accept, true, 100);
    assert_eq!(fraud.savings(&MODEL), None, "rejecting all costs nothing when all is fraud");
    good.add(Action::Accept, true, 100);
    assert_eq!(good.savings(&FREE), None, "no mistake costs anything");
    assert_eq!(CostSweep::new(&[], &[], &[]).unwrap_err(), SweepRefusal::Empty);
    assert_eq!(CostSweep::new(&[0.1], &[], &[true]).unwrap_err(), SweepRefusal::Lengths);
    assert_eq!(CostSweep::new(&[f64::NAN], &[1], &[true]).unwrap_err(), SweepRefusal::Score);
    assert_eq!(CostSweep::new(&[0.1; 2], &[i64::MAX; 2], &[true; 2]).unwrap_err(), SweepRefusal::TooLarge);
}

#[test]
fn impossible_assumptions_are_named() {
    assert_eq!(MODEL.check(), Ok(()));
    let wrong = CostModel { margin: 1.5, ..MODEL }.check().unwrap_err();
    assert_eq!(wrong.to_string(), "margin must be a share between 0 and 1");
    let wrong = CostModel { fee: f64::NAN, ..MODEL }.check().unwrap_err();
    assert_eq!(wrong.to_string(), "fee must be an amount in minor units, 0 or more");
}

proptest! {
    /// The sweep's sums, the exposure and the sum order by order are the same money.
    #[test]
    fn every_way_to_the_cost_is_the_same(
        orders in prop::collection::vec((0_u8..8, 0_i64..1_000_000, any::<bool>()), 1..60), review in 0_u8..9, reject in 0_u8..9,
    ) {
        let scores: Vec<f64> = orders.iter().map(|order| f64::from(order.0)).collect();
        let amounts: Vec<i64> = orders.iter().map(|order| order.1).collect();
        let fraud: Vec<bool> = orders.iter().map(|order| order.2).collect();
        let (review, reject) = (f64::from(review), f64::from(reject));
        let decide = |score: f64| {
            if score >= reject { Action::Reject } else if score >= review { Action::Review } else { Action::Accept }
        };
        let mut exposure = Exposure::default();
        let mut one_by_one = 0.0;
        for i in 0..orders.len() {
            exposure.add(decide(scores[i]), fraud[i], amounts[i]);
            one_by_one += MODEL.cost(decide(scores[i]), fraud[i], amounts[i]);
        }
        let sweep = CostSweep::new(&scores, &amounts, &fraud).unwrap();
        prop_assert_eq!(sweep.at(Some(review), Some(reject)), exposure);
        let total = exposure.cost(&MODEL);
        prop_assert!((total - one_by_one).abs() <= 1e-9 * one_by_one.abs().max(1.0));
        prop_assert!(exposure.savings(&MODEL).is_none_or(f64::is_finite));
        let best = sweep.best(&MODEL);
        prop_assert!(best.cost.is_finite() && best.cost <= sweep.at(None, Some(reject)).cost(&MODEL));
    }
}
