//! What several parts of the sample are made of.

use super::{DAY, HOSTILE, START, money};
use bystander_core::time::Rfc3339;
use bystander_report::document::*;
use bystander_report::stats::intervals::{Interval, Method};
use bystander_report::stats::partial::Ends;

pub(super) const SEQUENCE: Method = Method::ConfidenceSequence;

pub(super) fn model(name: &str, version: u32, alias: &str) -> ModelKey {
    let sha256 = format!("{version:02x}c0ffee").repeat(7).chars().take(64).collect();
    ModelKey { name: name.into(), version, sha256, alias: Some(format!("{name}@{alias}")) }
}

pub(super) fn amount(currency: &str, exponent: u32, minor: i64) -> Amount {
    Amount { currency: currency.into(), exponent, minor }
}

pub(super) fn plain(value: f64, n: u64, population: Population) -> Figure {
    Figure::new(value, n, population)
}

pub(super) fn figure(value: f64, low: f64, high: f64, n: u64, population: Population) -> Figure {
    by(value, low, high, Method::Wilson, n, population)
}

pub(super) fn by(value: f64, low: f64, high: f64, method: Method, n: u64, population: Population) -> Figure {
    plain(value, n, population).with(Interval::new(low, value, high, 0.95, method))
}

/// A range with sampling error around it, and half of it under an assumption.
pub(super) fn ranged(
    (low, high): (f64, f64),
    (lowest, highest): (f64, f64),
    n: u64,
    population: Population,
) -> Figure {
    let ends = |low: f64, high: f64| {
        let at = |from: f64, value: f64, to: f64| Interval::new(from, value, to, 0.95, Method::Wilson);
        Some(Ends { low: at(lowest, low, high)?, high: at(low, high, highest)? })
    };
    let quarter = (high - low) / 4.0;
    Figure::between(ends(low, high), (n, 1_488), population).assuming(ends(low + quarter, high - quarter))
}

/// A share with a plausible interval.
pub(super) fn share(value: f64, n: u64, population: Population) -> Figure {
    let half = 1.96 * (value * (1.0 - value) / n as f64).sqrt();
    figure(value, (value - half).max(0.0), (value + half).min(1.0), n, population)
}

pub(super) fn test(name: &str, sentence: &str) -> Test {
    Test {
        name: name.into(),
        compares: "fraud@challenger against live, rejecting".into(),
        statistic: 14.2,
        p_value: 0.000_16,
        n: 61_208,
        unlabelled: Some(1_488),
        population: Population::LiveAccepted,
        sentence: sentence.into(),
    }
}

pub(super) fn slices(metric: &str, base: f64) -> Slices {
    let values: [(&str, &[&str]); 3] = [
        ("payment_method", &["card", "wallet", "invoice", HOSTILE]),
        ("ship_country", &["DE", "FR", "JP", "a country with quite a long name that has to go somewhere"]),
        ("customer_age", &["new", "under a year", "older"]),
    ];
    let mut rows = Vec::new();
    for (at, (segment, values)) in values.into_iter().enumerate() {
        for (index, value) in values.iter().enumerate() {
            let n = 14_000 / (1 + index as u64 * 4);
            let flagged = at == 1 && index == 2;
            let here = base * if flagged { 2.4 } else { 0.8 + 0.12 * index as f64 };
            rows.push(Slice {
                segment: segment.into(),
                value: (*value).into(),
                n,
                amounts: money(n as i64 * 7_411),
                figure: share(here.min(0.98), n, Population::Labelled),
                further: vec![
                    ("elsewhere".into(), share(base, 61_208 - n, Population::Labelled)),
                    ("share up".into(), Figure::refused("fewer than 10 orders")),
                ],
                p_value: Some(if flagged { 0.000_01 } else { 0.31 }),
                p_adjusted: Some(if flagged { 0.000_11 } else { 0.62 }),
                flagged,
            });
        }
    }
    Slices {
        metric: metric.into(),
        overall: share(base, 61_208, Population::Labelled),
        rows,
        min_n: 50,
        suppressed: 4,
        worst: Some("ship_country JP: 2.4 times the share of good orders is declined".into()),
        worst_slice: Some(("ship_country".into(), "JP".into())),
    }
}

pub(super) fn drift() -> Drift {
    let names = [
        "score",
        "total_amount",
        "item_count",
        "ip_country",
        "hour_of_day",
        "email_age_days",
        "card_country",
    ];
    let row = |(index, name): (usize, &&str)| {
        let psi = 0.62 / (1.0 + index as f64).powf(1.6);
        let category = name.ends_with("country");
        let numeric = |value: f64| {
            if category {
                Figure::refused("categories have no order")
            } else {
                plain(value, 84_211, Population::Compared)
            }
        };
        DriftRow {
            name: (*name).into(),
            psi: by(psi, psi * 0.8, psi * 1.25, Method::Bootstrap, 84_211, Population::Compared),
            ks: numeric(psi / 2.0),
            jensen_shannon: plain(psi / 3.0, 84_211, Population::Compared),
            wasserstein: numeric(psi * 4.0),
            missing_before: Some(0.012),
            missing_now: 0.034,
            unseen: category.then_some(0.004),
            p_value: Some(0.002),
            p_adjusted: Some(if index < 3 { 0.004 } else { 0.21 }),
            flagged: index < 2,
            before: (0..10).map(|bin| 0.1 + 0.01 * (bin as f64 - 4.5)).collect(),
            now: (0..10).map(|bin| 0.1 - 0.012 * (bin as f64 - 4.5) / (1 + index) as f64).collect(),
            bins: (0..10).map(|bin| format!("decile {bin}")).collect(),
        }
    };
    let week = |index: i64| DriftWeek {
        start: Rfc3339(START + index * 7 * DAY),
        n: 6_400,
        score_psi: plain(
            0.02 + 0.03 * (index as f64 / 3.0).sin().abs() + 0.02 * index as f64,
            6_400,
            Population::Compared,
        ),
        worst_feature: Some("total_amount".into()),
        worst_psi: plain(0.05 + 0.024 * index as f64, 2_000, Population::Compared),
    };
    Drift {
        reference: "the model's frozen reference (12,000 rows of its training window)".into(),
        rows: names.iter().enumerate().map(row).collect(),
        weeks: (0..13).map(week).collect(),
        sentences: vec!["The score and total_amount have left the reference since April.".into()],
        sample: Some(Sample { per_week: 2_000, rows: 26_000 }),
    }
}

pub(super) fn histogram(label: &str, low: f64, high: f64, weight: impl Fn(f64) -> f64) -> Histogram {
    let width = (high - low) / 40.0;
    let bar = |index: i32| {
        let from = low + f64::from(index) * width;
        Bar { low: from, high: from + width, count: weight(from + width / 2.0).round() as u64 }
    };
    Histogram { label: label.into(), bars: (0..40).map(bar).collect(), outside: 3 }
}
