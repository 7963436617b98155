//! The demo's summary, for people.

use super::evidence::{Evidence, Seen, SeenModel};
use crate::assembly::Assembly;
use crate::logging::print;
use bystander_core::comparison::DecisionRecord;
use bystander_core::decision::Action;
use bystander_core::kind::Kind;
use bystander_core::money::Currency;
use std::collections::{BTreeMap, BTreeSet};

/// Disagreements that are shown per model.
const EXAMPLES: usize = 3;

pub(super) fn print_summary(evidence: &Evidence, truth: &BTreeMap<String, bool>, assembly: &Assembly) {
    for stream in &assembly.streams {
        let of_stream: Vec<&Seen> =
            evidence.comparisons.iter().filter(|seen| seen.stream == stream.name).collect();
        let models: BTreeSet<&SeenModel> = of_stream.iter().map(|seen| &seen.model).collect();
        for model in models {
            let rows: Vec<&Seen> = of_stream.iter().filter(|seen| seen.model == *model).copied().collect();
            let alias = model.alias.as_deref().unwrap_or("no alias");
            print(format_args!(
                "\n{} · {}/{} ({alias}) · {} comparisons",
                stream.name,
                model.name,
                model.version,
                rows.len()
            ));
            match stream.kind() {
                Kind::Orders => orders(&rows, truth),
                Kind::Prices => prices(&rows),
            }
        }
    }
    print("\nleft aside");
    for ((stage, code), count) in &evidence.dead_letters {
        print(format_args!("  dead letter  {stage:8} {code:20} {count:>6}"));
    }
    for (reason, count) in &evidence.skips {
        print(format_args!("  skip         {reason:29} {count:>6}"));
    }
    print("");
}

fn orders(rows: &[&Seen], truth: &BTreeMap<String, bool>) {
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

fn prices(rows: &[&Seen]) {
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

fn action(verdict: Option<&DecisionRecord>) -> &'static str {
    verdict.and_then(|verdict| verdict.action()).map_or("none", Action::name)
}

fn money(amount: Option<i64>, code: Option<&str>) -> String {
    let (Some(amount), Some(code)) = (amount, code) else { return "?".into() };
    let places = Currency::from_code(code).map_or(2, |currency| currency.exponent() as usize);
    format!("{:.places$} {code}", amount as f64 / 10_f64.powi(places as i32))
}
