//! Lag: each topic with its worst partition in words, and every partition in a grid.

use crate::status::{InputStatus, Status};
use crate::text::{count, short};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn body(status: &Status) -> Markup {
    let mut topics: BTreeMap<&str, Vec<&InputStatus>> = BTreeMap::new();
    for input in &status.inputs {
        topics.entry(&input.topic).or_default().push(input);
    }
    let mut topics: Vec<_> = topics.into_iter().collect();
    topics.sort_by_key(|(_, inputs)| std::cmp::Reverse(behind(inputs)));
    html! {
        @if topics.is_empty() { p { "No input partition is read here now." } }
        @for (topic, inputs) in topics {
            h3 { (topic) }
            p.soft { (summary(&inputs)) }
            ol.cells { @for input in inputs { (cell(input)) } }
        }
    }
}

fn behind(inputs: &[&InputStatus]) -> u64 {
    inputs.iter().map(|input| records(input.lag)).fold(0, u64::saturating_add)
}

fn records(lag: Option<i64>) -> u64 {
    u64::try_from(lag.unwrap_or(0)).unwrap_or(0)
}

fn summary(inputs: &[&InputStatus]) -> String {
    let some =
        |number: usize| if number == 1 { "1 partition".to_owned() } else { format!("{number} partitions") };
    let partitions = some(inputs.len());
    let known = some(inputs.iter().filter(|input| input.lag.is_some()).count());
    let halted = inputs.iter().filter(|input| input.halted.is_some()).count();
    if halted > 0 {
        return format!("{halted} of {partitions} halted");
    }
    let unknown = inputs.iter().filter(|input| input.lag.is_none()).count();
    let rest = match unknown {
        0 => String::new(),
        unknown if unknown == inputs.len() => {
            return format!("not known: no broker reports the end of {partitions}");
        }
        unknown => format!("; not known in {} other{}", unknown, if unknown == 1 { "" } else { "s" }),
    };
    let worst = inputs.iter().max_by_key(|input| records(input.lag)).filter(|input| records(input.lag) > 0);
    match worst.map(|input| (input, input.end_offset)) {
        Some((input, Some(end))) => format!(
            "{} records wait in {known}, most in partition {}: next is {} of {end}{}{rest}",
            count(behind(inputs)),
            input.partition,
            input.next_offset,
            held(inputs)
        ),
        _ => format!("nothing waits in {known}{rest}"),
    }
}

/// What of it waits for a transaction to end, once that is not an ordinary one.
fn held(inputs: &[&InputStatus]) -> String {
    let held = inputs.iter().filter(|input| input.held()).map(|input| records(input.blocked));
    match held.fold(0, u64::saturating_add) {
        0 => String::new(),
        records => format!("; {} of them behind an open transaction", count(records)),
    }
}

fn cell(input: &InputStatus) -> Markup {
    let lag = match &input.halted {
        Some(_) => "halted".to_owned(),
        None => input.lag.map_or("–".to_owned(), |_| short(records(input.lag))),
    };
    html! { li.high[input.high() || input.held() || input.halted.is_some()] { b { "p" (input.partition) } (lag) } }
}
