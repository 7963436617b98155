//! Money: of fraud, and of prices at unchanged demand.

use super::shared::{by, plain, ranged, share};
use bystander_report::document::*;
use bystander_report::stats::intervals::Method;

pub(super) fn sections(skill: f64) -> Vec<MoneySection> {
    vec![section("EUR", 2, skill, 58_100, 1.0), section("JPY", 0, skill, 3_100, 1.6)]
}

/// Euros and yen in euros.
pub(super) fn total(skill: f64) -> MoneyTotal {
    let of = |value: f64, half: f64| {
        by(value, value - half, value + half, Method::ClusterBootstrap, 61_200, Population::Labelled)
    };
    MoneyTotal {
        currency: "EUR".into(),
        exponent: 2,
        rates: vec![("JPY".to_owned(), 0.0061)],
        date: "2026-11-27".into(),
        source: "reference rates of the central bank".into(),
        model_per_1000: of(13_600.0, 640.0),
        live_per_1000: of(14_020.0, 590.0),
        delta_per_1000: of(-420.0 * skill, 300.0),
    }
}

fn section(currency: &str, exponent: u32, skill: f64, n: u64, scale: f64) -> MoneySection {
    let cluster = |value: f64, half: f64| {
        by(
            value * scale,
            (value - half) * scale,
            (value + half) * scale,
            Method::ClusterBootstrap,
            n,
            Population::Labelled,
        )
    };
    let cost = |threshold: f64| {
        (9_000.0 / skill * threshold.powi(2) + 16_000.0 * (1.0 - threshold).powi(3) + 9_000.0) * scale
    };
    let point = |index: i32| {
        let threshold = f64::from(index) / 120.0;
        MoneyPoint {
            threshold,
            cost_per_1000: cost(threshold),
            fraud_stopped: 8e6 * (1.0 - threshold),
            good_declined: 9e7 * (1.0 - threshold).powi(3),
        }
    };
    MoneySection {
        currency: currency.into(),
        exponent,
        costs: Costs {
            recovery: 0.1,
            fee: 1_500.0,
            margin: 0.18,
            churn: 900.0,
            review: 250.0,
            review_catches: 0.7,
            assumed: exponent == 0,
        },
        caught: cluster(4_821_000.0, 700_000.0),
        insulted: cluster(9_140_000.0, 800_000.0),
        missed: cluster(3_140_000.0, 600_000.0),
        model_per_1000: cluster(13_588.0, 650.0),
        live_per_1000: cluster(14_000.0, 600.0),
        delta_per_1000: if exponent == 0 {
            cluster(-412.0, 700.0)
        } else {
            ranged((-4_120.0, 7_300.0), (-4_900.0, 8_100.0), n, Population::Labelled)
        },
        declined: if exponent == 0 {
            Shown::refused("every order that live declined has a label")
        } else {
            Shown::Shown(declined(n))
        },
        // In yen nearly what live paid: two lines that all but cover each other.
        accept_all_per_1000: cluster(if exponent == 0 { 14_200.0 } else { 18_200.0 }, 900.0),
        reject_all_per_1000: plain(25_000.0 * scale, n, Population::Labelled),
        savings: share(0.25, 400, Population::Labelled),
        cheapest: plain(0.71, n, Population::Labelled),
        break_even: plain(0.42, n, Population::Labelled).noted("the highest is 0.93"),
        sensitivity: vec![
            sensitivity("margin", 0.1, -1_840.0 * scale),
            sensitivity("margin", 0.3, 990.0 * scale),
            sensitivity("fee", 3_000.0, -700.0 * scale),
        ],
        by_threshold: (0..=120).map(point).collect(),
        curve_live_per_1000: plain(14_000.0 * scale, n, Population::NotDeclined),
        curve_accept_all_per_1000: plain(
            if exponent == 0 { 14_200.0 } else { 18_200.0 } * scale,
            n,
            Population::NotDeclined,
        ),
    }
}

fn sensitivity(assumption: &str, value: f64, delta: f64) -> Sensitivity {
    Sensitivity {
        assumption: assumption.into(),
        value,
        delta_per_1000: plain(delta, 58_100, Population::Labelled),
    }
}

fn declined(n: u64) -> DeclinedMoney {
    DeclinedMoney {
        unlabelled: 1_488,
        moved: 388,
        break_even_fraud_share: by(0.34, 0.28, 0.41, Method::ClusterBootstrap, n, Population::Labelled),
        not_declined_per_1000: by(
            -310.0,
            -900.0,
            240.0,
            Method::ClusterBootstrap,
            n,
            Population::NotDeclined,
        ),
        assumption: Some("20.0 % to 80.0 % would have been fraud (audit of 2025)".into()),
        sentence: "Cheaper than live unless more than 34.0 % of what live declined is fraud.".into(),
    }
}

pub(super) fn repricing(currency: &str, exponent: u32) -> Repricing {
    let sum = |value: f64| {
        by(value, value * 0.9, value * 1.1, Method::ClusterBootstrap, 31_044, Population::QuotesWithQuantity)
    };
    let point = |index: i32| {
        let elasticity = -f64::from(index) * 0.25;
        ElasticityPoint {
            elasticity,
            revenue_change: 410_000.0 + 300_000.0 * elasticity,
            margin_change: Some(410_000.0 + 180_000.0 * elasticity),
        }
    };
    let segment = |value: &str, break_even| SegmentElasticity {
        segment: "category".into(),
        value: value.into(),
        break_even,
    };
    Repricing {
        currency: currency.into(),
        exponent,
        label: "Demand is held fixed: this is arithmetic on past quantities, not an uplift.".into(),
        revenue_change: sum(410_000.0),
        live_revenue: sum(21_400_000.0),
        live_quoted: sum(84_100_000.0),
        live_margin: sum(5_210_000.0),
        shadow_margin: sum(5_620_000.0),
        purchased_change: sum(88_000.0),
        elasticity: (0..=12).map(point).collect(),
        break_even_elasticity: by(-2.28, -2.9, -1.8, Method::Bootstrap, 29_900, Population::QuotesWithCost),
        by_segment: vec![
            segment("shoes", by(-1.9, -2.4, -1.5, Method::Bootstrap, 8_100, Population::QuotesWithCost)),
            segment(super::HOSTILE, Figure::refused("the margin does not change sign at any elasticity")),
        ],
    }
}
