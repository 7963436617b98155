//! Prices: how far they are from the live ones, and what guardrails did.

use super::KindDemo;
use crate::commands::demo::evidence::Seen;
use crate::commands::demo::summary::{EXAMPLES, money};
use crate::logging::print;
use bystander_core::kind::Kind;
use std::collections::BTreeMap;

pub(super) struct Prices;

impl KindDemo for Prices {
    fn config(&self) -> &'static str {
        include_str!("prices.toml")
    }

    fn records(&self) -> u64 {
        3_000
    }

    fn summarise(&self, rows: &[&Seen], _: &BTreeMap<String, bool>) {
        summary(rows);
    }
}

fn summary(rows: &[&Seen]) {
    let mut changes: Vec<f64> = rows.iter().filter_map(|seen| change(seen)).collect();
    changes.sort_by(f64::total_cmp);
    let at = |share: f64| {
        changes.get(((changes.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(0.0)
    };
    let share = |wanted: fn(f64) -> bool| {
        let moved = rows.iter().filter(|seen| seen.agrees == Some(false)).filter_map(|seen| change(seen));
        100.0 * moved.filter(|change| wanted(*change)).count() as f64 / rows.len().max(1) as f64
    };
    let same = rows.iter().filter(|seen| seen.agrees == Some(true)).count();
    print(format_args!(
        "  close to live for {:.1} %, lower for {:.1} %, higher for {:.1} %",
        100.0 * same as f64 / rows.len().max(1) as f64,
        share(|change| change < 0.0),
        share(|change| change > 0.0)
    ));
    print(format_args!(
        "  change against the live price: p10 {:+.1} %, median {:+.1} %, p90 {:+.1} %",
        at(0.1),
        at(0.5),
        at(0.9)
    ));
    let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
    for step in rows.iter().flat_map(|seen| &seen.guardrails) {
        *rules.entry(&step.rule).or_default() += 1;
    }
    let rules: Vec<_> = rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    print(format_args!(
        "  guardrails that moved a price: {}",
        if rules.is_empty() { "none".into() } else { rules.join(", ") }
    ));
    let mut apart: Vec<&&Seen> = rows.iter().filter(|seen| seen.agrees == Some(false)).collect();
    apart.sort_by(|left, right| {
        let size = |seen: &Seen| change(seen).unwrap_or(0.0).abs();
        size(right).total_cmp(&size(left))
    });
    for seen in apart.into_iter().take(EXAMPLES) {
        let code = seen.currency.as_deref();
        print(format_args!(
            "  e.g. {} {}  live {} → shadow {}  ({:+.1} %)",
            seen.subject_id,
            seen.item_id.as_deref().unwrap_or(""),
            money(seen.amount, code),
            money(seen.would_be.number(Kind::Prices), code),
            change(seen).unwrap_or(0.0),
        ));
    }
}

/// Would-be against live price, in per cent.
fn change(seen: &Seen) -> Option<f64> {
    let live = seen.live?.number(Kind::Prices)?;
    Some(100.0 * (seen.would_be.number(Kind::Prices)? - live) as f64 / live as f64)
}
