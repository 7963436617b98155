//! Prices: what is shown, and what is refused.

use super::common::*;
use bystander_core::comparison::{ComparisonRecord, GuardrailRecord, SourceRecord};
use bystander_core::outcome::OutcomeType as T;
use bystander_report::document::{Delay, Population, PricingModel};

fn pricing(report: &bystander_report::Report) -> &PricingModel {
    &report.chapters.prices.pricing[0].models[0]
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
            row.guardrails =
                vec![GuardrailRecord { rule: "max_change".into(), before: live * 12 / 10, after: shadow }]
                    .into();
        } else if number % 10 == 1 {
            // A step that changes nothing: the other rules allow no price point near the price.
            row.guardrails =
                vec![GuardrailRecord { rule: "price_point".into(), before: shadow, after: shadow }].into();
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
    let steepness = value(&repricing.break_even_elasticity);
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
    assert_eq!((rule.raised, rule.lowered, rule.missed), (0, 100, 0));
    let points = model.guardrails.rules.iter().find(|row| row.rule == "price_point").unwrap();
    assert_eq!((points.raised, points.lowered, points.missed), (0, 0, 20), "missed points move nothing");
    assert_eq!(points.share.value(), Some(0.0));
    assert!(value(&rule.mean_move) < -0.07);
    let sold: Vec<_> = report.chapters.prices.pricing[0]
        .outcomes
        .iter()
        .map(|count| (count.state.as_str(), count.count))
        .collect();
    assert_eq!(sold, [("unknown", 0), ("not_bought", 150), ("purchased", 50), ("returned", 0)]);
}

/// Of 200 quotes, one an hour: records come 2 s later and a tenth of them two hours later; scoring takes 200 ms.
#[test]
fn delays_of_inputs_are_told_apart_from_delays_of_scoring() {
    let row = |number: i64| {
        let mut row = quote(&format!("q{number}"), "cup").at(day(0) + number * 3_600_000);
        let came = row.occurred_at_ms + if number % 10 == 0 { 7_200_000 } else { 2_000 };
        row.source.timestamp_ms = Some(came);
        row.scored_at_ms = Some(came + 200);
        row
    };
    let rows: Vec<_> = (0..200).map(row).collect();
    let found = report(&mut dataset(&rows, &[]), day(30));
    let guardrails = &pricing(&found).guardrails;
    let inputs = &guardrails.inputs;
    let delays = |delay: &Delay| (value(&delay.median_ms), value(&delay.p99_ms));
    assert_eq!((delays(&inputs.arrival), delays(&inputs.scoring)), ((2_000.0, 7_200_000.0), (200.0, 200.0)));
    let late = shown(&inputs.arrived_late);
    assert_eq!((late.value, late.n, late.interval.is_some()), (Some(0.1), 200, true));
    assert_eq!(guardrails.stale.value(), Some(0.0), "scored soon after the record");
    assert!(inputs.unknown.contains("no record says"));

    let replayed: Vec<_> =
        rows.iter().cloned().map(|row| ComparisonRecord { scored_at_ms: None, ..row }).collect();
    let found = report(&mut dataset(&replayed, &[]), day(30));
    let inputs = &pricing(&found).guardrails.inputs;
    assert!(inputs.scoring.median_ms.reason().unwrap().contains("replays"));
    assert_eq!(delays(&inputs.arrival), (2_000.0, 7_200_000.0), "a replay still knows when records came");

    let timeless = |row: &ComparisonRecord<'static>| {
        let source = SourceRecord { timestamp_ms: None, ..row.source.clone() };
        ComparisonRecord { source, ..row.clone() }
    };
    let found = report(&mut dataset(&rows.iter().map(timeless).collect::<Vec<_>>(), &[]), day(30));
    assert!(pricing(&found).guardrails.inputs.arrived_late.reason().unwrap().contains("no timestamp"));
}

/// Costs change every day, and the plate's not at all in the second half; the bowl's never did.
#[test]
fn a_cost_that_has_stopped_changing_is_seen() {
    let row = |number: i64| {
        let today = number / 24;
        let (item, cost) = match number % 3 {
            0 => ("cup", 600 + today),
            1 => ("plate", 600 + today.min(5)),
            _ => ("bowl", 600),
        };
        let mut row = quote(&format!("q{number}"), item).at(day(0) + number * 3_600_000);
        row.cost_amount = Some(cost);
        row
    };
    let found = report(&mut dataset(&(0..480).map(row).collect::<Vec<_>>(), &[]), day(30));
    let frozen = shown(&pricing(&found).guardrails.inputs.frozen_costs);
    assert_eq!((frozen.value, frozen.n), (Some(0.5), 2), "the plate of cup and plate");
    assert_eq!(frozen.population, Population::ItemsWithCosts);
    let found = report(&mut quotes(), day(30));
    let refused = pricing(&found).guardrails.inputs.frozen_costs.reason().unwrap().to_owned();
    assert!(refused.contains("changed at least three times"), "{refused}");
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
