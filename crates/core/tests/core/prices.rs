//! Prices: guardrails and their trail.

use crate::world::*;
use bystander_core::decision::{Decision, DecisionValue, GuardrailRule};
use bystander_core::kind::Kind;
use bystander_core::rejection::Code;
use bystander_core::stream::Stream;
use proptest::prelude::*;
use serde_json::json;

fn guarded(guardrails: &str) -> Stream {
    stream(&format!("{PRICES}\n[guardrails]\n{guardrails}"), PRICING)
}

fn price_of(decision: &Decision) -> i64 {
    match decision.would_be {
        DecisionValue::Number(Kind::Prices, price) => price,
        other => panic!("{other:?} is not a price"),
    }
}

fn held(guardrails: &str, score: f64) -> (i64, Vec<(&'static str, i64, i64)>) {
    let decision = decide(&guarded(guardrails), &quote(), score).unwrap();
    let steps = decision.trail.steps().map(|step| (step.rule.name(), step.before, step.after)).collect();
    (price_of(&decision), steps)
}

#[test]
fn each_guardrail_holds_its_line_and_says_so() {
    assert_eq!(held("", 1234.0), (1234, vec![]));
    assert_eq!(held("max_change = 0.15", 1300.0), (1150, vec![("max_change", 1300, 1150)]));
    assert_eq!(held("max_change = 0.15", 100.0), (850, vec![("max_change", 100, 850)]));
    assert_eq!(held("ceiling = { EUR = 1100 }", 1300.0), (1100, vec![("ceiling", 1300, 1100)]));
    assert_eq!(held("floor = { EUR = 900 }", 700.0), (900, vec![("floor", 700, 900)]));
    assert_eq!(held("floor = { USD = 900 }", 700.0), (700, vec![]), "another currency's floor");
    assert_eq!(held("min_margin = 0.25", 700.0), (800, vec![("min_margin", 700, 800)]));
    assert_eq!(
        held("price_points = { step = 100, ending = 99 }", 1234.0),
        (1199, vec![("price_point", 1234, 1199)])
    );
    assert_eq!(held("price_points = { step = 100, ending = 99 }", 1250.0).0, 1299);
    assert_eq!(
        held("price_points = { step = 100, ending = 99 }", 1249.0).0,
        1199,
        "the lower of two as near"
    );
    assert_eq!(held("price_points = { step = 100, ending = 99 }", 1299.0), (1299, vec![]));
}

#[test]
fn a_price_point_that_the_other_rules_do_not_allow_is_missed_and_noted_as_a_step_that_moves_nothing() {
    // Between 1,010 and 1,090 no price ends in 99.
    let points =
        "ceiling = { EUR = 1090 }\nfloor = { EUR = 1010 }\nprice_points = { step = 100, ending = 99 }";
    assert_eq!(held(points, 1050.0), (1050, vec![("price_point", 1050, 1050)]));
    assert_eq!(held(points, 1200.0), (1090, vec![("ceiling", 1200, 1090), ("price_point", 1090, 1090)]));
    // One neighbour is allowed, so it isn't missed; a price on a point needs nothing.
    let wider = "floor = { EUR = 1010 }\nprice_points = { step = 100, ending = 99 }";
    assert_eq!(held(wider, 1020.0), (1099, vec![("price_point", 1020, 1099)]));
    assert_eq!(held(wider, 1099.0), (1099, vec![]));
}

#[test]
fn price_points_may_differ_by_currency() {
    let points = "price_points = { EUR = { step = 100, ending = 99 }, JPY = { step = 10, ending = 0 } }";
    assert_eq!(held(points, 1234.0), (1199, vec![("price_point", 1234, 1199)]));
    let other = "price_points = { JPY = { step = 10, ending = 0 } }";
    assert_eq!(held(other, 1234.0), (1234, vec![]), "no points are given for EUR");
}

#[test]
fn where_rules_contradict_the_later_one_has_the_last_word() {
    let both = "max_change = 0.1\nmin_margin = 0.5";
    assert_eq!(held(both, 2000.0), (1200, vec![("max_change", 2000, 1100), ("min_margin", 1100, 1200)]));
    let rounded = "max_change = 0.01\nprice_points = { step = 100, ending = 99 }";
    assert_eq!(held(rounded, 1005.0), (999, vec![("price_point", 1005, 999)]), "990 to 1010 holds one");
    let none = "max_change = 0.01\nprice_points = { step = 100, ending = 50 }";
    assert_eq!(
        held(none, 1005.0),
        (1005, vec![("price_point", 1005, 1005)]),
        "no price point is allowed: the price stays"
    );
}

#[test]
fn a_limit_that_is_a_whole_amount_is_allowed_itself() {
    // 100 × 1.15 is 114.999… and 665 ÷ 0.95 is 700.000…1 in doubles.
    let event = with(with(quote(), "/price", json!(100)), "/before", json!(100));
    let decision = decide(&guarded("max_change = 0.15"), &event, 200.0).unwrap();
    assert_eq!(price_of(&decision), 115);
    for (cost, margin, least) in [(95, "0.05", 100), (665, "0.05", 700), (81, "0.1", 90), (7, "0.3", 10)] {
        let event = with(quote(), "/cost", json!(cost));
        let decision = decide(&guarded(&format!("min_margin = {margin}")), &event, 1.0).unwrap();
        assert_eq!(price_of(&decision), least, "{cost} {margin}");
    }
}

#[test]
fn shadow_and_live_agree_within_the_tolerance_on_either_side() {
    for (score, agrees, delta) in
        [(1005.0, true, 5), (995.0, true, -5), (1006.0, false, 6), (994.0, false, -6)]
    {
        let decision = decide(&guarded("tolerance = 0.005"), &quote(), score).unwrap();
        assert_eq!((decision.agrees, decision.delta_amount), (Some(agrees), Some(delta)));
    }
    assert_eq!(decide(&prices(), &quote(), 1000.4).unwrap().agrees, Some(true), "rounded to 1000");
    assert_eq!(decide(&prices(), &quote(), 1000.5).unwrap().delta_amount, Some(0), "half to even");
    assert_eq!(decide(&prices(), &quote(), 1001.5).unwrap().delta_amount, Some(2), "half to even");
}

#[test]
fn an_output_can_be_minor_units_major_units_or_a_ratio() {
    let major = PRICING.replace("\"minor\"", "\"major\"");
    let ratio = PRICING.replace("{ unit = \"minor\" }", "{ unit = \"ratio\", of = \"/cost\" }");
    let decision = decide(&stream(PRICES, &major), &quote(), 12.34).unwrap();
    assert_eq!(price_of(&decision), 1234);
    let yen = with(quote(), "/currency", json!("JPY"));
    assert_eq!(price_of(&decide(&stream(PRICES, &major), &yen, 1234.0).unwrap()), 1234);
    assert_eq!(price_of(&decide(&stream(PRICES, &ratio), &quote(), 1.5).unwrap()), 900);
    let event = without(quote(), "cost");
    let missing = dead_letter(bystander_core::rejection::Stage::Schema, Code::MissingField, "/cost");
    assert_eq!(decode_json(&stream(PRICES, &ratio), &event), missing, "a ratio of nothing is no price");
}

#[test]
fn without_a_previous_price_changes_are_measured_from_the_served_one() {
    let decision = decide(&guarded("max_change = 0.1"), &without(quote(), "before"), 5000.0).unwrap();
    assert_eq!(price_of(&decision), 1100);
}

#[derive(Debug, Clone)]
struct Rules {
    max_change: Option<f64>,
    min_margin: Option<f64>,
    floor: Option<i64>,
    ceiling: Option<i64>,
    points: Option<(i64, i64)>,
}

fn rules() -> impl Strategy<Value = Rules> {
    let points = (2..500_i64).prop_flat_map(|step| (Just(step), 0..step));
    (
        prop::option::of(0.0..2.0_f64),
        prop::option::of(0.0..0.95_f64),
        prop::option::of(1..5_000_i64),
        prop::option::of(1..20_000_i64),
        prop::option::of(points),
    )
        .prop_map(|(max_change, min_margin, floor, ceiling, points)| {
            // A floor above the ceiling is refused by the config.
            let floor = floor.map(|floor| floor.min(ceiling.unwrap_or(i64::MAX)));
            Rules { max_change, min_margin, floor, ceiling, points }
        })
}

impl Rules {
    fn toml(&self) -> String {
        let mut text = String::new();
        let mut line = |line: Option<String>| text.extend(line.map(|line| line + "\n"));
        line(self.max_change.map(|share| format!("max_change = {share:?}")));
        line(self.min_margin.map(|share| format!("min_margin = {share:?}")));
        line(self.floor.map(|limit| format!("floor = {{ EUR = {limit} }}")));
        line(self.ceiling.map(|limit| format!("ceiling = {{ EUR = {limit} }}")));
        line(
            self.points
                .map(|(step, ending)| format!("price_points = {{ step = {step}, ending = {ending} }}")),
        );
        text
    }

    /// Each rule's range in exact arithmetic up to a rounding error, later rules first.
    fn allows(&self, price: i64, before: i64, cost: i64) -> [bool; 4] {
        let near = 1e-6;
        let change = ((price - before) as f64 / before as f64).abs();
        [
            self.min_margin.is_none_or(|share| (price - cost) as f64 >= share * price as f64 - near),
            self.floor.is_none_or(|limit| price >= limit),
            self.ceiling.is_none_or(|limit| price <= limit),
            self.max_change.is_none_or(|share| change <= share + near),
        ]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_price_is_inside_every_bound_that_can_be_met(
        rules in rules(),
        (before, cost) in (1..10_000_i64, 1..10_000_i64),
        score in -10_000.0..30_000.0_f64,
    ) {
        let stream = guarded(&rules.toml());
        let event = with(with(quote(), "/before", json!(before)), "/cost", json!(cost));
        let decision = match decide(&stream, &event, score) {
            Ok(decision) => decision,
            Err(code) => {
                prop_assert_eq!(code, Code::PriceOutOfRange);
                prop_assert!(score < 1.0 && rules.floor.is_none() && rules.min_margin.is_none());
                return Ok(());
            }
        };
        let price = price_of(&decision);
        prop_assert!(price > 0);
        // The last word holds always; an earlier rule may only give way to a later one that moved the price.
        let kept = rules.allows(price, before, cost);
        prop_assert!(kept[0], "margin: {:?} {}", rules, price);
        let moved_by = |rule| decision.trail.steps().any(|step| step.rule == rule && step.moved());
        let margin = moved_by(GuardrailRule::MinMargin);
        prop_assert!(kept[1], "floor");
        prop_assert!(kept[2] || margin || moved_by(GuardrailRule::Floor), "ceiling: {:?} {}", rules, price);
        let later = margin || moved_by(GuardrailRule::Floor) || moved_by(GuardrailRule::Ceiling);
        prop_assert!(kept[3] || later, "max_change: {:?} {} {}", rules, before, price);

        // The trail leads from the model's own price to the held one, each rule at most once, in order.
        let raw = score.round_ties_even() as i64;
        let steps: Vec<_> = decision.trail.steps().collect();
        let mut at = raw;
        for step in &steps {
            prop_assert_eq!(step.before, at);
            prop_assert!(step.moved() || step.rule == GuardrailRule::PricePoint);
            at = step.after;
        }
        prop_assert_eq!(at, price);
        prop_assert!(steps.windows(2).all(|pair| pair[0].rule < pair[1].rule));

        // A price that was let through is let through again.
        let again = decide(&stream, &event, price as f64).unwrap();
        if kept.iter().all(|kept| *kept) {
            prop_assert_eq!(price_of(&again), price);
        }
        if let Some((step, ending)) = rules.points {
            let missed = steps.iter().any(|step| !step.moved());
            prop_assert_eq!((price - ending).rem_euclid(step) != 0, missed, "every miss is noted");
        }
    }
}
