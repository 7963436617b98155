//! What live declined has no label: every figure that depends on it is a range that holds the truth.

use super::common::*;
use super::shop::{World, noise, world};
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_core::time::DAY_MS;
use bystander_report::document::{Figure, Flag, Measured, OperatingPoint, Population, VerdictWord, Who};
use bystander_report::sections::{DeclinesAssumption, assumed_costs};
use bystander_report::stats::money::CostModel;
use bystander_report::{Dataset, Gates, Report, ReportSettings};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// 400 orders of EUR 100.00, of which live declines every tenth; of those it accepts one in twenty is fraud. The model
/// accepts everything. No decline has a label, unless `told` says so of its number.
fn tenth_declined(told: impl Fn(usize) -> Option<bool>) -> Dataset {
    let (mut rows, mut outcomes) = (Vec::new(), Vec::new());
    for number in 0..400_usize {
        let id = format!("o{number}");
        let live = if number % 10 == 0 { Action::Reject } else { Action::Accept };
        let segment = if number % 20 == 0 { "FR" } else { "DE" };
        rows.push(order(&id).decided(live, Action::Accept).segment("country", segment));
        match told(number) {
            Some(true) => outcomes.push(outcome(&id, T::DisputeLost, FRAUD, day(20))),
            Some(false) => outcomes.push(outcome(&id, T::ManualReview, LEGIT, day(2))),
            None if number % 20 == 3 => outcomes.push(outcome(&id, T::DisputeLost, None, day(20))),
            None => {}
        }
    }
    dataset(&rows, &outcomes)
}

fn with_costs() -> ReportSettings {
    ReportSettings { costs: BTreeMap::from([("EUR".to_owned(), assumed_costs(2))]), ..settings() }
}

fn gate(rest: &str) -> Gates {
    let text = format!("[[gates]]\nname = \"g\"\nmodel = \"fraud@champion\"\nhorizon = 2026-06-01\n{rest}");
    Gates::parse(&text).unwrap()
}

const CHEAPER: &str = "metric = \"cost_per_1000\"\nagainst = \"live\"\nsuperiority = 0.0\n";

fn decided(data: &mut Dataset, rest: &str, settings: &ReportSettings) -> (VerdictWord, String, Figure) {
    let report = Report::build(data, day(200), settings, &gate(rest));
    let gate = &report.gates[0];
    (gate.result, format!("{} {}", gate.requirement, gate.sentence), gate.figure.clone())
}

fn point(report: &Report, who: Who, population: Population) -> &OperatingPoint {
    let wanted = |point: &&OperatingPoint| {
        (point.who, point.flag, point.population) == (who, Flag::Reject, population)
    };
    model(report).thresholds.points.iter().find(wanted).unwrap()
}

fn holds(figure: &Figure, truth: f64, what: &str) {
    let Measured { interval, .. } = shown(figure);
    let interval = interval.unwrap_or_else(|| panic!("{what} has no interval: {figure:?}"));
    assert!(
        interval.low - 1e-9 <= truth && truth <= interval.high + 1e-9,
        "{what} is {truth}, outside {figure:?}"
    );
}

fn limits(figure: &Figure) -> (f64, f64) {
    let interval = figure.interval().unwrap();
    (interval.low, interval.high)
}

#[test]
fn a_cost_gate_against_live_holds_where_live_declines_a_tenth_without_labels_and_the_model_accepts_them() {
    let (word, sentence, figure) = decided(&mut tenth_declined(|_| None), CHEAPER, &with_costs());
    assert_eq!(word, VerdictWord::Hold, "{sentence} {figure:?}");
    let range = figure.range().expect("a range");
    // Each fraud let in costs 100.00 and a fee of 15.00; each good order earns back 30 % and 10.00 of churn.
    assert!((range.low - -40.0 * 4_000.0 / 400.0 * 1_000.0).abs() < 1e-6, "{range:?}");
    assert!((range.high - 40.0 * 11_500.0 / 400.0 * 1_000.0).abs() < 1e-6, "{range:?}");
    assert_eq!((figure.value(), range.unlabelled), (None, 40));
    assert!(sentence.contains("40 orders that live declined without a label"), "{sentence}");
    assert!(sentence.contains("EUR\u{a0}"), "money is named: {sentence}");
}

#[test]
fn known_labels_of_declines_narrow_the_range_to_a_point_and_decide_the_gate() {
    let mut all_good = tenth_declined(|number| (number % 10 == 0).then_some(false));
    let (word, sentence, figure) = decided(&mut all_good, CHEAPER, &with_costs());
    assert_eq!((word, figure.range()), (VerdictWord::Met, None), "{sentence}");
    assert!((figure.value().unwrap() - -400_000.0).abs() < 1e-6, "{figure:?}");
    let mut half = tenth_declined(|number| (number % 20 == 0).then_some(true));
    let (word, _, figure) = decided(&mut half, CHEAPER, &with_costs());
    let range = figure.range().unwrap();
    assert_eq!((word, range.unlabelled), (VerdictWord::NotMet, 20), "{figure:?}");
    assert!((range.low - (20.0 * 11_500.0 - 20.0 * 4_000.0) / 400.0 * 1_000.0).abs() < 1e-6, "{range:?}");
}

#[test]
fn a_gate_may_choose_the_population_or_the_assumption_and_its_requirement_says_so() {
    let mut data = tenth_declined(|_| None);
    let accepted = format!("{CHEAPER}population = \"live_accepted\"\n");
    let (word, sentence, figure) = decided(&mut data, &accepted, &with_costs());
    assert_eq!((word, figure.value()), (VerdictWord::Met, Some(0.0)), "{sentence}");
    assert!(sentence.contains("on orders that live did not decline"), "{sentence}");
    let assumed = format!("{CHEAPER}declines = \"assumed\"\n");
    let (word, sentence, _) = decided(&mut data, &assumed, &with_costs());
    assert_eq!(word, VerdictWord::Hold, "nothing is assumed: {sentence}");
    assert!(sentence.contains("[report.declines]"), "{sentence}");
    let assume = |fraud_share, by_value: &[(&str, (f64, f64))]| ReportSettings {
        declines: Some(DeclinesAssumption {
            fraud_share,
            source: "audit of 2025".to_owned(),
            segment: Some("country".to_owned()),
            by_value: by_value.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect(),
        }),
        ..with_costs()
    };
    // Break-even is 4,000 ÷ 15,500, 26 %.
    let cases = [
        ((0.0, 0.1), &[][..], VerdictWord::Met),
        ((0.5, 0.8), &[], VerdictWord::NotMet),
        ((0.2, 0.8), &[], VerdictWord::Hold),
        ((0.5, 0.8), &[("FR", (0.0, 0.0)), ("DE", (0.0, 0.0))], VerdictWord::Met),
        ((0.0, 0.0), &[("FR", (1.0, 1.0))], VerdictWord::NotMet),
    ];
    for (share, by_value, expected) in cases {
        let settings = assume(share, by_value);
        let (word, sentence, figure) = decided(&mut data, &assumed, &settings);
        assert_eq!(word, expected, "{share:?} {by_value:?} {sentence} {figure:?}");
        assert!(sentence.contains("that the config assumes"), "{sentence}");
        let report = Report::build(&mut data, day(200), &settings, &Gates::default());
        let money = &model(&report).money[0];
        assert!(money.delta_per_1000.range().unwrap().assumed.is_some(), "beside the widest range");
        let cited = shown(&money.declined).assumption.as_ref().unwrap();
        assert!(cited.contains("audit of 2025") && cited.contains("country"), "{cited}");
    }
}

#[test]
fn the_break_even_share_is_where_model_and_live_cost_the_same() {
    let report = Report::build(&mut tenth_declined(|_| None), day(200), &with_costs(), &Gates::default());
    let declined = shown(&model(&report).money[0].declined);
    assert!((declined.break_even_fraud_share.value().unwrap() - 4_000.0 / 15_500.0).abs() < 1e-9);
    assert_eq!((declined.unlabelled, declined.moved), (40, 40));
    assert!(declined.sentence.starts_with("Cheaper than live unless more than 25.8 %"), "{declined:?}");
    assert_eq!(declined.not_declined_per_1000.value(), Some(0.0));
}

#[test]
fn a_label_that_selects_itself_stands_for_no_other_decline() {
    // Of the 40 declines four turned out to be fraud, and nothing is heard of the others.
    let mut data = tenth_declined(|number| (number % 100 == 0).then_some(true));
    let report = Report::build(&mut data, day(200), &with_costs(), &Gates::default());
    let live = point(&report, Who::Live, Population::Labelled);
    let insults = live.insult_rate.range().expect("no single insult rate of live");
    assert!(insults.low == 0.0 && (insults.high - 36.0 / 376.0).abs() < 1e-12, "{insults:?}");
    let precision = live.precision.range().expect("no single precision of live");
    assert!((precision.low - 0.1).abs() < 1e-12 && precision.high == 1.0, "{precision:?}");
    let recall = live.recall.range().expect("no single recall of live");
    assert!(
        (recall.low - 4.0 / 24.0).abs() < 1e-12 && (recall.high - 40.0 / 60.0).abs() < 1e-12,
        "{recall:?}"
    );
    let ins = shown(&model(&report).swap.ins.bad_rate).range.as_ref().unwrap();
    assert!((ins.low - 0.1).abs() < 1e-12 && ins.high == 1.0, "{ins:?}");
    let told = &stream(&report).bias;
    assert!(
        told.iter().any(|bias| bias.about.contains("select themselves") && bias.orders == 4),
        "{told:#?}"
    );
    // Curves and pairs are about orders whose labels don't select themselves.
    assert_eq!(shown(&model(&report).ranking.prevalence).population, Population::NotDeclined);
    assert_eq!(shown(&model(&report).ranking.prevalence).n, 360);
}

/// The shop's own labels with an unknown share of declines disputed all the same, each label known to be true.
fn selected(seed: u64) -> World {
    let mut world = world(seed, 4_000, 30.0);
    let mut told = Vec::new();
    for record in &world.comparisons {
        let id = record.subject_id.as_ref();
        let declined = record.live.unwrap().action() == Some(Action::Reject);
        if declined && world.fraud[id] && noise(id, seed + 77) < 0.3 {
            told.push(outcome(id, T::DisputeLost, FRAUD, record.occurred_at_ms + 20 * DAY_MS));
        }
    }
    world.outcomes.extend(told);
    world
}

/// What each figure would be, were every label known.
#[derive(Default)]
struct Truth {
    /// By decider (model, live): frauds flagged, frauds, good flagged, good, cost.
    of: [[f64; 5]; 2],
    simple: [f64; 2],
    n: f64,
}

impl Truth {
    fn of(world: &World, as_labelled: impl Fn(&str, Action) -> bool, costs: &CostModel) -> Self {
        let mut truth = Self::default();
        for record in &world.comparisons {
            let live = record.live.unwrap().action().unwrap();
            let fraud = as_labelled(record.subject_id.as_ref(), live);
            let amount = record.amount.unwrap();
            for (sums, action) in truth.of.iter_mut().zip([record.would_be.action().unwrap(), live]) {
                let flagged = f64::from(u8::from(action == Action::Reject));
                let place = if fraud { 0 } else { 2 };
                sums[place] += flagged;
                sums[place + 1] += 1.0;
                sums[4] += costs.cost(action, fraud, amount);
            }
            truth.simple[0] += costs.cost(Action::Accept, fraud, amount);
            truth.simple[1] += costs.cost(Action::Reject, fraud, amount);
            truth.n += 1.0;
        }
        truth
    }
}

/// A shop of another kind: few large orders among many small ones, customers who come back, a live rule that declines by
/// amount, and among what it declines so large a share of fraud.
fn by_amount(seed: u64, among_declines: f64) -> World {
    let mut world = World { comparisons: Vec::new(), outcomes: Vec::new(), fraud: HashMap::new(), end_ms: 0 };
    for number in 0..3_000_i64 {
        let id = format!("w{seed}-{number}");
        let dice = |salt: u64| noise(&id, seed * 1_000 + salt);
        let amount = (2_000.0 * (2.2 * dice(1) + 1.8 * dice(2).powi(4)).exp()) as i64;
        let live = match amount {
            40_000.. => Action::Reject,
            25_000.. => Action::Review,
            _ => Action::Accept,
        };
        let fraud = dice(3) < if live == Action::Reject { among_declines } else { 0.04 };
        let score = if fraud { 1.0 - dice(4).powi(2) } else { 0.7 * dice(4).powi(2) };
        let shadow = if score > 0.6 { Action::Reject } else { Action::Accept };
        let at = day(number / 100) + number * 1_000;
        let mut record = order(&id).decided(live, shadow).scored(score).at(at).money(amount, "EUR");
        record.customer_id = Some(format!("c{}", (dice(5) * 900.0) as u32).into());
        // Of declined frauds one in ten is disputed all the same.
        if fraud && (live != Action::Reject || dice(6) < 0.1) {
            world.outcomes.push(outcome(&id, T::DisputeLost, FRAUD, at + 15 * DAY_MS));
        }
        world.fraud.insert(id, fraud);
        world.comparisons.push(record);
        world.end_ms = at;
    }
    world
}

/// Two kinds of shops, a dozen of the simulator's and a dozen of the other with few, some and nearly only frauds among
/// declines.
fn shops() -> Vec<(String, World)> {
    let simulated = (1..=12).map(|seed| (format!("simulator {seed}"), selected(seed)));
    let shares = [0.01, 0.1, 0.4, 0.95];
    let others = (0..12_u64).map(|seed| {
        let share = shares[seed as usize % shares.len()];
        (format!("by amount {seed}, {share} of declines"), by_amount(seed, share))
    });
    simulated.chain(others).collect()
}

/// What live let through is labelled as the shop learns it; of its declines the truth is known here and hidden from the
/// report.
fn truth(world: &World) -> Truth {
    let known = world.outcomes.iter().filter(|told| told.label == FRAUD);
    let reported: BTreeSet<_> = known.map(|told| told.subject_id.as_ref().to_owned()).collect();
    let labelled = |id: &str, live: Action| {
        if live == Action::Reject { world.fraud[id] } else { reported.contains(id) }
    };
    Truth::of(world, labelled, &assumed_costs(2))
}

#[test]
fn in_shops_whose_truth_is_known_no_interval_about_live_excludes_it() {
    let mut wide = 0;
    let shops = shops();
    for (what, world) in &shops {
        let truth = truth(world);
        let as_of = world.end_ms + 400 * DAY_MS;
        let report = Report::build(&mut world.dataset(), as_of, &with_costs(), &Gates::default());
        for (who, [caught, frauds, insulted, good, _]) in [Who::Model, Who::Live].into_iter().zip(truth.of) {
            let at = point(&report, who, Population::Labelled);
            holds(&at.recall, caught / frauds, &format!("{what}: recall of {who:?}"));
            holds(&at.precision, caught / (caught + insulted), &format!("{what}: precision of {who:?}"));
            let discovery = insulted / (caught + insulted);
            holds(&at.false_discovery_rate, discovery, &format!("{what}: false discovery of {who:?}"));
            holds(&at.insult_rate, insulted / good, &format!("{what}: insult rate of {who:?}"));
            wide += u64::from(at.recall.range().is_some());
        }
        let money = &model(&report).money[0];
        let [own, paid] = truth.of.map(|sums| sums[4] / truth.n * 1_000.0);
        holds(&money.model_per_1000, own, &format!("{what}: cost of the model"));
        holds(&money.live_per_1000, paid, &format!("{what}: cost of live"));
        holds(&money.delta_per_1000, own - paid, &format!("{what}: cost of the model less live"));
        let savings = 1.0 - truth.of[0][4] / truth.simple[0].min(truth.simple[1]);
        holds(&money.savings, savings, &format!("{what}: savings"));
        let swapped = world.comparisons.iter().filter(|record| {
            record.live.unwrap().action() == Some(Action::Reject)
                && record.would_be.action() == Some(Action::Accept)
        });
        let swapped: Vec<bool> = swapped.map(|record| world.fraud[record.subject_id.as_ref()]).collect();
        let bad = swapped.iter().filter(|fraud| **fraud).count() as f64 / swapped.len() as f64;
        holds(&model(&report).swap.ins.bad_rate, bad, &format!("{what}: fraud among swap-ins"));
    }
    assert_eq!(
        wide,
        2 * shops.len() as u64,
        "every recall is a range: live declines some orders in each shop"
    );
}

/// Every gate on labels against live, in shops where the truth is known: none says what is false.
#[test]
fn in_shops_whose_truth_is_known_no_gate_against_live_says_what_is_false() {
    let mut held = 0;
    for (what, world) in shops() {
        let truth = truth(&world);
        let difference = |of: &dyn Fn([f64; 5]) -> f64| of(truth.of[0]) - of(truth.of[1]);
        let metrics: [(&str, f64, bool); 4] = [
            ("recall", difference(&|sums| sums[0] / sums[1]), true),
            ("precision", difference(&|sums| sums[0] / (sums[0] + sums[2])), true),
            ("insult_rate", difference(&|sums| sums[2] / sums[3]), false),
            ("cost_per_1000", difference(&|sums| sums[4] / truth.n), false),
        ];
        let as_of = world.end_ms + 400 * DAY_MS;
        let gates = metrics.map(|(metric, ..)| {
            let rest = format!("metric = \"{metric}\"\nagainst = \"live\"\nsuperiority = 0.0\n");
            let mut gate = gate(&rest).gates.remove(0);
            (gate.name, gate.horizon_ms) = (metric.to_owned(), Some(as_of));
            gate
        });
        let gates = Gates { gates: gates.into() };
        let report = Report::build(&mut world.dataset(), as_of, &with_costs(), &gates);
        for ((metric, truth, higher), gate) in metrics.into_iter().zip(&report.gates) {
            let better = if higher { truth >= 0.0 } else { truth <= 0.0 };
            let wrong = if better { VerdictWord::NotMet } else { VerdictWord::Met };
            assert_ne!(gate.result, wrong, "{what}, {metric}: truth {truth}, {gate:#?}");
            held += u64::from(gate.result == VerdictWord::Hold);
        }
    }
    assert!(held > 0, "some gate has to hold where live declined without labels");
}

#[test]
fn a_watched_gate_against_live_holds_where_declines_decide_it() {
    let mut data = tenth_declined(|_| None);
    for metric in ["recall", "insult_rate"] {
        let text = format!(
            "[[gates]]\nname = \"g\"\nmodel = \"fraud@champion\"\nmetric = \"{metric}\"\nagainst = \"live\"\n\
             non_inferiority = 0.05\nwatched = true\n"
        );
        let report = Report::build(&mut data, day(200), &with_costs(), &Gates::parse(&text).unwrap());
        let gate = &report.gates[0];
        if metric == "recall" {
            // With no fraud among the declines both recalls are 0, with 40 the model's is 40 of 60 points lower.
            let (low, high) = limits(&gate.figure);
            assert!(low < -0.6 && high > -0.05, "{gate:#?}");
            assert_eq!(gate.result, VerdictWord::Hold, "{gate:#?}");
        } else {
            assert!(limits(&gate.figure).1 >= 0.0, "{gate:#?}");
        }
    }
}

#[test]
fn the_test_against_live_names_who_is_right_and_how_far_declines_could_change_it() {
    let report = Report::build(&mut tenth_declined(|_| None), day(200), &with_costs(), &Gates::default());
    let test = &model(&report).tests[0];
    assert_eq!(test.unlabelled, Some(40), "{test:?}");
    assert!(test.p_value > 0.8, "20 against 20 is possible: {test:?}");
    assert!(test.sentence.contains("fraud@champion is right and live wrong on 0 to 40 orders"), "{test:?}");
    assert!(test.sentence.contains("depends on the declined orders"), "{test:?}");
    let certain = tenth_declined(|number| (number % 10 == 0).then_some(false));
    let report = Report::build(&mut { certain }, day(200), &with_costs(), &Gates::default());
    let test = &model(&report).tests[0];
    assert_eq!(test.unlabelled, None, "{test:?}");
    assert!(
        test.sentence.contains("fraud@champion is right and live wrong on 40 orders, live is right and"),
        "{test:?}"
    );
}
