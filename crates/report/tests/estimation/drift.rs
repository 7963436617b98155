//! Drift against a frozen reference.

use crate::support::{Dice, close, golden, list, number, numbers};
use bystander_core::contract::Contract;
use bystander_core::decision::{Action, Decision, DecisionValue, GuardrailTrail};
use bystander_core::drift::DriftPlan;
use bystander_core::input::ModelInput;
use bystander_core::scored::ScoredModel;
use bystander_report::stats::drift::{Counts, Drift, DriftRefusal, Reference, compare, ks, rates, raw};
use proptest::prelude::*;
use serde_json::Value;

fn counts(value: &Value) -> Vec<u64> {
    list(value).iter().map(|one| one.as_u64().unwrap()).collect()
}

fn compared(case: &Value, edges: &[f64]) -> Drift {
    let shares = numbers(&case["shares"]);
    let missing = number(&case["missing"]);
    let reference = Reference { edges, shares: &shares, missing, count: case["count"].as_u64() };
    let now = Counts {
        bins: counts(&case["now"]),
        missing: case["gone"].as_u64().unwrap(),
        unseen: case["unseen"].as_u64().unwrap(),
    };
    compare(&reference, &now).unwrap()
}

fn same(drift: &Drift, case: &Value) {
    close(drift.psi, number(&case["psi"]));
    close(drift.jensen_shannon, number(&case["jensen_shannon"]));
    close(drift.missing.p_value, number(&case["missing_p"]));
    match (drift.chi_square, &case["chi_square"]) {
        (None, Value::Null) => {}
        (Some(ours), theirs) => {
            close(ours.statistic, number(&theirs[0]));
            close(ours.p_value, number(&theirs[1]));
            assert_eq!(u64::from(ours.degrees), theirs[2].as_u64().unwrap());
        }
        (None, theirs) => panic!("no chi-square, reference {theirs}"),
    }
}

#[test]
fn binned_distances_match_scipy() {
    for case in list(&golden("drift")["bins"]) {
        let drift = compared(case, &numbers(&case["edges"]));
        same(&drift, case);
        let ks = drift.ks.unwrap();
        close(ks.statistic, number(&case["ks"][0]));
        close(ks.p_value, number(&case["ks"][1]));
        match drift.wasserstein {
            Some(ours) => close(ours, number(&case["wasserstein"])),
            None => assert!(case["wasserstein"].is_null()),
        }
    }
}

#[test]
fn categories_match_scipy() {
    for case in list(&golden("drift")["categories"]) {
        let drift = compared(case, &[]);
        same(&drift, case);
        close(drift.unseen.unwrap().p_value, number(&case["unseen_p"]));
        assert_eq!((drift.ks, drift.wasserstein), (None, None));
    }
}

#[test]
fn raw_samples_match_scipy() {
    for case in list(&golden("drift")["raw"]) {
        let ours = raw::compare(&numbers(&case["then"]), &numbers(&case["now"])).unwrap();
        close(ours.ks.statistic, number(&case["ks"]));
        close(ours.ks.p_value, number(&case["p_value"]));
        close(ours.wasserstein, number(&case["wasserstein"]));
    }
}

#[test]
fn tails_and_rates_match_scipy() {
    for case in list(&golden("drift")["kolmogorov"]) {
        close(ks::kolmogorov_tail(number(&case[0])), number(&case[1]));
    }
    for case in list(&golden("drift")["rates"]) {
        let test = rates::test(
            case[0].as_u64().unwrap(),
            case[1].as_u64().unwrap(),
            number(&case[2]),
            case[3].as_u64(),
        );
        close(test.unwrap().p_value, number(&case[4]));
    }
}

/// As training puts values into bins: an edge belongs to the bin below it.
#[test]
fn a_value_on_an_edge_belongs_below() {
    let counts = Counts::of(&[1.0, 2.0], [0.5, 1.0, 1.5, 2.0, 2.5, f64::NAN]);
    assert_eq!(counts, Counts { bins: vec![2, 2, 1], missing: 1, unseen: 0 });
}

/// With a million rows a shift of no consequence is significant; with thirty a large PSI is chance.
#[test]
fn neither_size_nor_significance_alone_says_that_something_moved() {
    let shares = [0.1; 10];
    let edges: Vec<f64> = (1..10).map(f64::from).collect();
    let reference = Reference { edges: &edges, shares: &shares, missing: 0.0, count: None };
    let of = |bins: Vec<u64>| compare(&reference, &Counts { bins, missing: 0, unseen: 0 }).unwrap();
    let tiny = of(vec![101_000, 99_000, 101_000, 99_000, 101_000, 99_000, 101_000, 99_000, 101_000, 99_000]);
    let p = |drift: &Drift| drift.chi_square.map_or(1.0, |test| test.p_value);
    assert!(p(&tiny) < 1e-6 && tiny.psi < 0.01);
    let few = of(vec![1, 5, 2, 4, 3, 3, 4, 2, 5, 1]);
    assert!(few.psi > 0.1 && few.psi_by_chance > 0.1 && p(&few) > 0.05);
    let moved = of(vec![10, 10, 10, 10, 10, 90, 90, 90, 90, 90]);
    assert!(moved.psi > 0.1 && p(&moved) < 0.05);
}

#[test]
fn psi_without_change_is_on_average_what_chance_explains() {
    let edges: Vec<f64> = (1..10).map(|i| f64::from(i) / 10.0).collect();
    let reference = Reference { edges: &edges, shares: &[0.1; 10], missing: 0.0, count: None };
    let mut dice = Dice(3);
    let drifts: Vec<_> = (0..400)
        .map(|_| compare(&reference, &Counts::of(&edges, (0..500).map(|_| dice.uniform()))).unwrap())
        .collect();
    let mean = drifts.iter().map(|drift| drift.psi).sum::<f64>() / 400.0;
    assert!((mean / drifts[0].psi_by_chance - 1.0).abs() < 0.15, "{mean}");
    let false_alarms = drifts.iter().filter(|drift| drift.chi_square.unwrap().p_value < 0.05).count();
    assert!((8..34).contains(&false_alarms), "{false_alarms} of 400");
}

/// Shares that were rounded when they were written down.
#[test]
fn shares_that_add_up_to_nearly_one_are_one_distribution() {
    let (edges, now) = ([0.5], Counts { bins: vec![400, 600], missing: 0, unseen: 0 });
    let of = |shares: &[f64]| {
        let reference = Reference { edges: &edges, shares, missing: 0.0, count: Some(1_000) };
        compare(&reference, &now).unwrap()
    };
    let (rounded, exact) = (of(&[0.4004, 0.6002]), of(&[0.4004 / 1.0006, 0.6002 / 1.0006]));
    close(rounded.ks.unwrap().statistic, exact.ks.unwrap().statistic);
    close(rounded.jensen_shannon, exact.jensen_shannon);
}

#[test]
fn what_does_not_fit_is_refused() {
    let reference = |edges, shares| Reference { edges, shares, missing: 0.0, count: None };
    let now = |bins: &[u64], unseen| Counts { bins: bins.to_vec(), missing: 0, unseen };
    let refused = |reference, now| compare(&reference, &now).unwrap_err();
    assert_eq!(refused(reference(&[1.0], &[0.5, 0.5]), now(&[0, 0], 0)), DriftRefusal::Empty);
    assert_eq!(refused(reference(&[1.0], &[0.5, 0.5]), now(&[1, 1, 1], 0)), DriftRefusal::Shape);
    assert_eq!(refused(reference(&[2.0, 1.0], &[0.5, 0.25, 0.25]), now(&[1, 1, 1], 0)), DriftRefusal::Shape);
    assert_eq!(refused(reference(&[1.0], &[0.5, 0.5]), now(&[1, 1], 1)), DriftRefusal::Shape);
    assert_eq!(refused(reference(&[1.0], &[0.5, 0.6]), now(&[1, 1], 0)), DriftRefusal::Shares);
    assert_eq!(refused(reference(&[1.0], &[f64::NAN, 0.6]), now(&[1, 1], 0)), DriftRefusal::Shares);
    assert_eq!(raw::compare(&[], &[1.0]).unwrap_err(), DriftRefusal::Empty);
    assert_eq!(raw::compare(&[1.0], &[f64::NAN]).unwrap_err(), DriftRefusal::NotANumber);
    assert_eq!(rates::test(2, 1, 0.5, None), None);
    assert_eq!(rates::test(1, 2, f64::NAN, None), None);
}

const LIVE: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
input = { layout = "matrix", name = "features", type = "float32" }
features = [{ name = "x", source = "number", field = "/x", missing = "nan" }]
[reference.features.x]
edges = [0.0, 3.0, 9.0]
shares = [0.2, 0.3, 0.4, 0.1]
missing = 0.1
"#;

fn accepted() -> Decision {
    let would_be = DecisionValue::Action(Action::Accept);
    Decision { would_be, live: None, agrees: None, delta_amount: None, trail: GuardrailTrail::default() }
}

proptest! {
    #[test]
    fn every_figure_is_finite_and_in_its_range(
        bins in prop::collection::vec((0_u64..1_000_000, 0_u32..100), 1..15),
        missing in 0_u64..1_000, unseen in 0_u64..1_000, rows in prop::option::of(1_u64..1_000_000), numeric in any::<bool>(),
    ) {
        let total: u32 = bins.iter().map(|bin| bin.1).sum();
        prop_assume!(total > 0);
        let shares: Vec<f64> = bins.iter().map(|bin| f64::from(bin.1) / f64::from(total)).collect();
        let edges: Vec<f64> = (1..bins.len()).map(|i| i as f64).collect();
        let numeric = numeric && !edges.is_empty();
        let now = Counts { bins: bins.iter().map(|bin| bin.0).collect(), missing, unseen: if numeric { 0 } else { unseen } };
        let reference = Reference { edges: if numeric { &edges } else { &[] }, shares: &shares, missing: 0.01, count: rows };
        let Ok(drift) = compare(&reference, &now) else { return Ok(()) };
        prop_assert!(drift.psi.is_finite() && drift.psi >= 0.0);
        prop_assert!((0.0..=1.0).contains(&drift.jensen_shannon));
        prop_assert!(drift.wasserstein.is_none_or(|distance| distance.is_finite() && distance >= 0.0));
        let p_values = [drift.ks.map(|it| it.p_value), drift.chi_square.map(|it| it.p_value), Some(drift.missing.p_value)];
        prop_assert!(p_values.into_iter().flatten().all(|p| (0.0..=1.0).contains(&p)));
    }

    /// A gauge of the running service and the report's figure for the same values are one.
    #[test]
    fn values_counted_as_they_come_have_the_reports_index(
        values in prop::collection::vec(prop_oneof![9 => (-5_i8..15).prop_map(f32::from), 1 => Just(f32::NAN)], 500..900),
    ) {
        let contract = toml::from_str::<Contract>(LIVE).unwrap();
        let (plan, decision) = (DriftPlan::new(&contract), accepted());
        let mut tally = plan.tally();
        let (rows, decided) = (values.len(), vec![Some(decision); values.len()]);
        let scored = ScoredModel { scores: vec![0.5; rows], decisions: decided, ..ScoredModel::default() };
        let input = ModelInput::MatrixF32 { data: values.clone(), width: 1 };
        plan.count(&input, &scored, rows, &mut tally);
        let live = plan.read(&tally).find(|reading| reading.feature == "x").unwrap();
        let reference = Reference::of(&contract.reference.features["x"]);
        let counts = Counts::of(reference.edges, values.iter().map(|value| f64::from(*value)));
        let reported = compare(&reference, &counts).unwrap();
        prop_assert_eq!(live.psi, Some(reported.psi));
        prop_assert_eq!(live.missing, Some(reported.missing.share));
    }

    #[test]
    fn a_sample_against_itself_has_not_moved(values in prop::collection::vec(-1e6..1e6_f64, 1..50)) {
        let distances = raw::compare(&values, &values).unwrap();
        prop_assert_eq!((distances.ks.statistic, distances.ks.p_value, distances.wasserstein), (0.0, 1.0, 0.0));
    }
}
