//! Prices: what is shown, and what is refused.

use super::common::*;
use bystander_core::comparison::GuardrailRecord;
use bystander_core::outcome::OutcomeType as T;
use bystander_report::document::PricingModel;

fn pricing(report: &bystander_report::Report) -> &PricingModel {
    &report.pricing[0].models[0]
}

/// Two items; shadow prices 10 % up in the shop's app and equal on the web.
fn quotes() -> bystander_report::Dataset {
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for number in 0..200_i64 {
        let app = number % 2 == 0;
        let live = 1_000 + number % 5 * 10;
        let shadow = if app { live * 11 / 10 } else { live };
        let id = format!("q{number}");
        let mut row = quote(&id, ["cup", "plate"][(number % 3 == 0) as usize])
            .priced(live, shadow)
            .at(day(0) + number * 3_600_000)
            .segment("channel", if app { "app" } else { "web" });
        if app {
            row.guardrails.push(GuardrailRecord {
                rule: "max_change".into(),
                before: live * 12 / 10,
                after: shadow,
            });
        }
        rows.push(row);
        told.push(outcome(&id, if number % 4 == 0 { T::Purchased } else { T::Expired }, None, day(20)));
    }
    dataset(&rows, &told)
}

#[test]
fn repricing_is_arithmetic_and_an_uplift_is_refused_with_the_reason() {
    let report = report(&mut quotes(), day(30));
    let model = pricing(&report);
    let repricing = &model.repricing[0];
    assert!(repricing.label.contains("not an uplift"));
    // Σ 2 × (shadow − live) over the app's quotes.
    let expected: i64 = (0..200)
        .step_by(2)
        .map(|number| 1_000 + number % 5 * 10)
        .map(|live| 2 * (live * 11 / 10 - live))
        .sum();
    assert_eq!(repricing.revenue_change.value(), Some(expected as f64));
    assert_eq!(repricing.elasticity[0].revenue_change, expected as f64);
    assert!(repricing.elasticity.last().unwrap().revenue_change < 0.0);
    let steepness = shown(&repricing.break_even_elasticity).value;
    assert!((-4.0..-1.0).contains(&steepness), "{steepness}");
    let why = model.support.uplift.reason().unwrap();
    assert!(why.contains("propensity") && why.contains("random"), "{why}");
    let json = report.to_json().unwrap();
    assert!(!json.contains("null"));
}

#[test]
fn changes_guardrails_and_outcomes_are_counted() {
    let report = report(&mut quotes(), day(30));
    let model = pricing(&report);
    let change = shown(&model.change);
    assert_eq!(change.up.value(), Some(0.5));
    assert_eq!((change.down.value(), change.within.value()), (Some(0.0), Some(0.5)));
    let bars: u64 = change.histogram.bars.iter().map(|bar| bar.count).sum();
    assert_eq!(bars + change.histogram.outside, 200);
    assert_eq!(model.guardrails.moved.value(), Some(0.5));
    let rule = model.guardrails.rules.iter().find(|row| row.rule == "max_change").unwrap();
    assert_eq!((rule.raised, rule.lowered), (0, 100));
    assert!(shown(&rule.mean_move).value < -0.07);
    let sold: Vec<_> =
        report.pricing[0].outcomes.iter().map(|count| (count.state.as_str(), count.count)).collect();
    assert_eq!(sold, [("unknown", 0), ("not_bought", 150), ("purchased", 50), ("returned", 0)]);
}

#[test]
fn the_slice_whose_prices_move_otherwise_is_named() {
    let report = report(&mut quotes(), day(30));
    let slices = &pricing(&report).slices[0];
    let named = slices.worst_slice.as_ref().unwrap();
    assert_eq!(named.0, "channel");
    assert!(slices.rows.iter().all(|slice| slice.flagged), "both channels differ from each other");
}

#[test]
fn prices_of_two_currencies_are_repriced_apart() {
    let mut rows: Vec<_> =
        (0..10).map(|number| quote(&format!("e{number}"), "cup").priced(1_000, 1_100)).collect();
    let yen = (0..10).map(|number| {
        let mut row = quote(&format!("y{number}"), "cup").priced(100_000, 90_000);
        row.currency = Some("JPY".into());
        row
    });
    rows.extend(yen);
    let report = report(&mut dataset(&rows, &[]), day(30));
    let changes: Vec<_> = pricing(&report)
        .repricing
        .iter()
        .map(|repricing| (repricing.currency.as_str(), repricing.revenue_change.value()))
        .collect();
    assert_eq!(changes, [("EUR", Some(2_000.0)), ("JPY", Some(-200_000.0))]);
}
