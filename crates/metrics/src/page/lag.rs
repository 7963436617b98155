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
    let partitions =
        if inputs.len() == 1 { "1 partition".to_owned() } else { format!("{} partitions", inputs.len()) };
    let worst = inputs.iter().max_by_key(|input| records(input.lag)).filter(|input| records(input.lag) > 0);
    match worst.map(|input| (input, input.end_offset)) {
        Some((input, Some(end))) => format!(
            "{} behind in {partitions}, most in partition {}: next is {} of {end}",
            count(behind(inputs)),
            input.partition,
            input.next_offset
        ),
        _ => format!("nothing behind in {partitions}"),
    }
}

fn cell(input: &InputStatus) -> Markup {
    let lag = input.lag.map_or("–".to_owned(), |_| short(records(input.lag)));
    html! { li.high[input.high()] { b { "p" (input.partition) } (lag) } }
}
