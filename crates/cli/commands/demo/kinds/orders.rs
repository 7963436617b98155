//! Orders: the matrix of actions, and what disagreements were about.

use super::KindDemo;
use crate::commands::demo::evidence::Seen;
use crate::commands::demo::summary::{EXAMPLES, money};
use crate::logging::print;
use bystander_core::comparison::DecisionRecord;
use bystander_core::decision::Action;
use std::collections::BTreeMap;

pub(super) struct Orders;

impl KindDemo for Orders {
    fn config(&self) -> &'static str {
        include_str!("orders.toml")
    }

    fn records(&self) -> u64 {
        20_000
    }

    fn summarise(&self, rows: &[&Seen], truth: &BTreeMap<String, bool>) {
        summary(rows, truth);
    }
}

fn summary(rows: &[&Seen], truth: &BTreeMap<String, bool>) {
    let cell = |live: &str, shadow: &str| {
        let both =
            |seen: &&&Seen| action(seen.live.as_ref()) == live && action(Some(&seen.would_be)) == shadow;
        rows.iter().filter(both).count()
    };
    print("  live ↓  shadow →     accept     review     reject");
    for live in Action::ALL.map(Action::name) {
        let counts = Action::ALL.map(|shadow| cell(live, shadow.name()));
        print(format_args!("  {live:16} {:>10} {:>10} {:>10}", counts[0], counts[1], counts[2]));
    }
    let agree = rows.iter().filter(|seen| seen.agrees == Some(true)).count();
    print(format_args!("  agree on {:.1} %", 100.0 * agree as f64 / rows.len().max(1) as f64));
    for (live, shadow, what) in [
        ("accept", "reject", "taken by live, refused by the model"),
        ("reject", "accept", "refused by live, taken by the model"),
    ] {
        stake(rows, truth, live, shadow, what);
    }
    let mut apart: Vec<&&Seen> = rows.iter().filter(|seen| seen.agrees == Some(false)).collect();
    apart.sort_by_key(|seen| std::cmp::Reverse(seen.delta_amount.unwrap_or(0).abs()));
    for seen in apart.into_iter().take(EXAMPLES) {
        let outcome = match truth.get(&seen.subject_id) {
            Some(true) => "it was fraud",
            Some(false) => "it was honest",
            None => "nothing is known of it",
        };
        print(format_args!(
            "  e.g. {}  {:>14}  score {:.3}  live {} → shadow {}  ({outcome})",
            seen.subject_id,
            money(seen.amount, seen.currency.as_deref()),
            seen.score,
            action(seen.live.as_ref()),
            action(Some(&seen.would_be)),
        ));
    }
}

/// Money in one cell of the matrix, by currency: amounts of different currencies are never added.
fn stake(rows: &[&Seen], truth: &BTreeMap<String, bool>, live: &str, shadow: &str, what: &str) {
    let both = |seen: &&&Seen| action(seen.live.as_ref()) == live && action(Some(&seen.would_be)) == shadow;
    let cell: Vec<&&Seen> = rows.iter().filter(both).collect();
    if cell.is_empty() {
        return;
    }
    let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
    for seen in &cell {
        *amounts.entry(seen.currency.as_deref().unwrap_or("?")).or_default() += seen.amount.unwrap_or(0);
    }
    let amounts: Vec<_> = amounts.iter().map(|(code, amount)| money(Some(*amount), Some(code))).collect();
    let frauds = cell.iter().filter(|seen| truth.get(&seen.subject_id) == Some(&true)).count();
    let orders = if cell.len() == 1 { "1 order".to_owned() } else { format!("{} orders", cell.len()) };
    print(format_args!("  at stake: {orders}, {}: {what};", amounts.join(" + ")));
    print(format_args!(
        "            {frauds} of them turn out to be fraud (the simulator knows; a shop waits weeks)"
    ));
}

fn action(verdict: Option<&DecisionRecord>) -> &'static str {
    verdict.and_then(|verdict| verdict.action()).map_or("none", Action::name)
}
