//! A stream of price quotes with one model.

use crate::sample::money as amounts_of;
use crate::sample::shared::{by, drift, histogram, model, plain, share, slices, test};
use bystander_report::document::*;
use bystander_report::kinds::prices::PriceChapters;
use bystander_report::stats::intervals::Method;

pub(super) fn chapters() -> PriceChapters {
    PriceChapters { pricing: vec![stream()] }
}

fn stream() -> PricingStream {
    let state = |state: &str, meaning: &str, count: u64| StateCount {
        state: state.into(),
        meaning: meaning.into(),
        count,
        amounts: amounts_of(count as i64 * 2_100),
    };
    PricingStream {
        stream: "quotes".into(),
        outcomes: vec![
            state("purchased", "the quote was bought", 9_104),
            state("returned", "bought and sent back", 611),
            state("not_bought", "abandoned or expired", 40_022),
            state("unknown", "no outcome yet", 34_474),
        ],
        models: vec![pricing_model()],
        pairs: vec![PricingPair {
            champion: model("pricing", 2, "champion"),
            challenger: model("pricing", 3, "challenger"),
            n: 84_211,
            difference: Shown::Shown(summary(0.006)),
            sign_test: Some(test("sign test", "The challenger prices higher more often.")),
            revenue_differences: vec![("EUR".into(), plain(120_400.0, 31_044, Population::Paired))],
        }],
    }
}

fn pricing_model() -> PricingModel {
    PricingModel {
        model: model("pricing", 3, "challenger"),
        summary: vec!["Half of its prices lie within 1.2 % of the live price.".into()],
        compared: 84_211,
        change: Shown::Shown(change()),
        guardrails: guardrails(),
        stability: stability(),
        repricing: vec![crate::sample::money::repricing("EUR", 2), crate::sample::money::repricing("JPY", 0)],
        support: Support {
            inside: share(0.71, 60_210, Population::QuotesWithHistory),
            items: 3_410,
            items_with_history: 2_204,
            outside: amounts_of(6_410_000),
            explored: share(0.25, 84_211, Population::Quotes),
            uplift: Shown::Shown(vec![uplift("EUR", 2), no_uplift("JPY", 0)]),
        },
        drift: drift(),
        slices: vec![slices("median relative change", 0.012)],
        next_tests: vec![
            "A switchback by item and day over four weeks tells 2 % of margin at 80 % power.".into(),
        ],
    }
}

fn uplift(currency: &str, exponent: u32) -> Uplift {
    const N: u64 = 12_040;
    let by = |value: f64, half: f64| {
        by(value, value - half, value + half, Method::ClusteredT, N, Population::ExploredQuotes)
    };
    let of = |scale: f64| UpliftOf {
        live: by(412_000.0 * scale, 9_000.0),
        snips: by(431_000.0 * scale, 21_000.0),
        snips_change: by(19_000.0 * scale, 20_000.0),
        doubly_robust: by(428_000.0 * scale, 14_000.0),
        doubly_robust_change: by(16_000.0 * scale, 12_000.0),
    };
    Uplift {
        currency: currency.into(),
        exponent,
        explored: share(0.42, 2 * N, Population::Quotes),
        matched: share(0.083, N, Population::ExploredQuotes),
        effective: plain(412.0, N, Population::ExploredQuotes),
        mean_weight: by(0.98, 0.06),
        largest_share: plain(0.011, N, Population::ExploredQuotes),
        revenue: Shown::Shown(of(1.0)),
        margin: Shown::Shown(of(0.3)),
    }
}

fn no_uplift(currency: &str, exponent: u32) -> Uplift {
    const WHY: &str = "No uplift is given: the effective sample size is 41.2, below the 100 that are needed.";
    Uplift {
        revenue: Shown::refused(WHY),
        margin: Shown::refused(WHY),
        effective: plain(41.2, 310, Population::ExploredQuotes),
        ..uplift(currency, exponent)
    }
}

fn change() -> PriceChange {
    PriceChange {
        relative: summary(0.012),
        log_ratio: summary(0.0119),
        absolute: vec![("EUR".into(), summary(24.0)), ("JPY".into(), summary(31.0))],
        up: share(0.54, 84_211, Population::Quotes),
        down: share(0.31, 84_211, Population::Quotes),
        within: share(0.44, 84_211, Population::Quotes),
        sign_test: Some(test("sign test", "The model prices higher more often than lower.")),
        wape: vec![("EUR".into(), plain(0.034, 80_104, Population::Quotes))],
        histogram: histogram("relative change", -0.2, 0.2, |change| {
            9_000.0 * (-(change - 0.012).powi(2) / 0.003).exp()
        }),
    }
}

fn summary(middle: f64) -> PriceSummary {
    let at = |spread: f64| middle + spread * middle.abs() * 6.0;
    PriceSummary {
        median: by(middle, at(-0.05), at(0.05), Method::Bootstrap, 84_211, Population::Quotes),
        mean: by(middle * 1.1, at(-0.02), at(0.06), Method::StudentT, 84_211, Population::Quotes),
        mad: plain(middle.abs(), 84_211, Population::Quotes),
        percentiles: [
            (1.0, -1.0),
            (5.0, -0.7),
            (25.0, -0.2),
            (50.0, 0.0),
            (75.0, 0.22),
            (95.0, 0.8),
            (99.0, 1.1),
        ]
        .map(|(percent, spread)| (percent, at(spread)))
        .into(),
    }
}

fn guardrails() -> Guardrails {
    let rule = |rule: &str, share_moved, raised, lowered| GuardrailRow {
        rule: rule.into(),
        share: share(share_moved, 84_211, Population::Quotes),
        raised,
        lowered,
        missed: if rule == "ending" { 212 } else { 0 },
        mean_move: by(-0.021, -0.024, -0.018, Method::StudentT, raised + lowered, Population::Quotes),
    };
    Guardrails {
        moved: share(0.18, 84_211, Population::Quotes),
        rules: vec![
            rule("margin_floor", 0.04, 3_368, 0),
            rule("max_step", 0.13, 4_100, 6_847),
            rule("ending", 0.02, 900, 784),
        ],
        before: Shown::Shown(summary(0.02)),
        after: Shown::Shown(summary(0.012)),
        stale: share(0.003, 84_211, Population::Compared),
        inputs: StaleInputs {
            arrival: delay(420.0),
            arrived_late: share(0.011, 84_211, Population::Compared),
            scoring: delay(38.0),
            frozen_costs: share(0.04, 1_300, Population::ItemsWithCosts).noted("up to 5 % is chance"),
            unknown: "How old a cost was when the quote was written, no record says.".into(),
        },
    }
}

fn delay(median: f64) -> Delay {
    let one = |value: f64| {
        by(value, value * 0.9, value * 1.2, Method::OrderStatistics, 84_211, Population::Compared)
    };
    Delay { median_ms: one(median), p99_ms: one(median * 40.0) }
}

fn stability() -> Stability {
    let rate =
        |value: f64| by(value, value * 0.96, value * 1.05, Method::Bootstrap, 41_200, Population::Quotes);
    Stability {
        changes_per_item_day: rate(1.9),
        live_changes_per_item_day: rate(0.8),
        flip_flops: share(0.22, 12_100, Population::Quotes),
        live_flip_flops: share(0.09, 5_400, Population::Quotes),
        dispersion: rate(0.011),
        live_dispersion: rate(0.002),
    }
}
