//! Figures in markup: the number, its interval, how many rows it rests on, which ones; or why there is none.

use crate::document::{Amount, Figure, Measured, Population, Range, Shown};
use crate::render::text::{self, Unit, amount, count, counted, value};
use crate::stats::intervals::Method;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// In a cell of a table.
pub(super) fn cell(figure: &Figure, unit: &Unit) -> Markup {
    match figure {
        Shown::Shown(measured) => html! {
            span.value { (value(measured, unit)) }
            @if let Some(limits) = text::limits(measured, unit) {
                span.interval {
                    @if measured.range.is_some() { "with sampling error " }
                    (limits)
                }
            }
            @if let Some(range) = &measured.range { (self::range(range, unit)) }
            span.n { "n " (count(measured.n)) " " (short(measured.population)) }
            @if let Some(note) = &measured.note { span.remark { (note) } }
        },
        Shown::Refused { refused } => refusal(refused),
    }
}

/// What a range is over, and what is left of it under the config's assumption.
fn range(range: &Range, unit: &Unit) -> Markup {
    html! {
        span.n { (counted(range.unlabelled, "decline", "declines")) " without a label" }
        @if let Some(assumed) = &range.assumed {
            span.remark {
                "as assumed: " (unit.range(assumed.low, assumed.high))
                " (" (unit.range(assumed.interval.low, assumed.interval.high)) ")"
            }
        }
    }
}

/// Money, one currency a line.
pub(super) fn money_lines(all: &[Amount]) -> Markup {
    html! {
        @if all.is_empty() { span.n { "no amount" } }
        @for one in all { span.line { (amount(one)) } }
    }
}

/// Why something isn't shown.
pub(super) fn refusal(reason: &str) -> Markup {
    html! { span.refused { strong { "Not shown: " } (reason) } }
}

/// Where a whole picture or table is refused.
pub(super) fn refused_block(what: &str, reason: &str) -> Markup {
    html! { p.refused-block { strong { (what) " is not shown: " } (reason) "." } }
}

/// In a line of text: `0.91 (95%: 0.90 to 0.92), n 1,234 labelled`.
pub(super) fn line(figure: &Figure, unit: &Unit) -> String {
    match figure {
        Shown::Shown(measured) => {
            let interval = measured.interval.map_or(String::new(), |interval| {
                let limits = text::limits(measured, unit).unwrap_or_default();
                format!(" ({}: {limits})", percent(interval.confidence))
            });
            format!(
                "{}{interval}, n {} {}",
                value(measured, unit),
                count(measured.n),
                short(measured.population)
            )
        }
        Shown::Refused { refused } => format!("not shown: {refused}"),
    }
}

/// The limits of a figure's interval.
pub(super) fn limits(measured: &Measured) -> Option<(f64, f64)> {
    measured.interval.map(|interval| (interval.low, interval.high))
}

/// The largest value to leave room for on an axis.
pub(super) fn most(measured: &Measured) -> f64 {
    let range = measured.range.as_ref().map(|range| range.high);
    let ends = [limits(measured).map(|(_, high)| high), measured.value, range];
    ends.into_iter().flatten().fold(f64::NEG_INFINITY, f64::max)
}

/// A population in a word or two; [`populations`] says what it means.
fn short(population: Population) -> &'static str {
    match population {
        Population::Compared => "scored",
        Population::Orders => "orders",
        Population::WithLive => "with live",
        Population::Labelled => "labelled",
        Population::LiveAccepted => "live-accepted",
        Population::NotDeclined => "not declined by live",
        Population::Developed => "developed",
        Population::DevelopedAlarms => "alarms",
        Population::LiveRejected => "live-rejected",
        Population::SwapIns => "swap-ins",
        Population::SwapOuts => "swap-outs",
        Population::KnownFraud => "known frauds",
        Population::Quotes => "quotes",
        Population::QuotesWithQuantity => "with quantity",
        Population::QuotesPurchased => "bought",
        Population::QuotesWithCost => "with cost",
        Population::QuotesWithHistory => "with history",
        Population::ExploredQuotes => "explored quotes",
        Population::ItemsWithCosts => "items",
        Population::Records => "records",
        Population::Paired => "paired",
    }
}

/// The rows of all figures, each once: `labelled: orders with a mature label, whatever live decided`.
fn populations<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> String {
    let mut words: Vec<String> = Vec::new();
    for measured in figures.into_iter().filter_map(Figure::shown) {
        let next = format!("{}: {}", short(measured.population), measured.population.words());
        if !words.contains(&next) {
            words.push(next);
        }
    }
    words.join("; ")
}

/// What all figures of a picture or table rest on: `Rows: labelled: …. Intervals: 95% Wilson.`
pub(super) fn basis<'a>(figures: impl IntoIterator<Item = &'a Figure> + Clone) -> String {
    let population = populations(figures.clone());
    let intervals: BTreeSet<String> = figures
        .into_iter()
        .filter_map(Figure::interval)
        .map(|interval| format!("{} {}", percent(interval.confidence), method(interval.method)))
        .collect();
    let mut text = String::new();
    if !population.is_empty() {
        text = format!("Rows: {population}.");
    }
    if !intervals.is_empty() {
        let all: Vec<_> = intervals.into_iter().collect();
        text = format!("{text} Intervals: {}.", all.join(", "));
    }
    text.trim_start().to_owned()
}

fn percent(part: f64) -> String {
    format!("{}%", (part * 1000.0).round() / 10.0)
}

/// The name of a method, as statisticians know it.
pub(super) fn method(method: Method) -> &'static str {
    match method {
        Method::Wilson => "Wilson",
        Method::ClopperPearson => "Clopper–Pearson",
        Method::RuleOfThree => "rule of three",
        Method::BonettPrice => "Bonett–Price",
        Method::FisherZ => "Fisher z",
        Method::Normal => "normal",
        Method::StudentT => "Student t",
        Method::ClusteredT => "Student t over clusters",
        Method::LogStudentT => "Student t, log scale",
        Method::DeLong => "DeLong",
        Method::NewcombeAuc => "Newcombe (AUC)",
        Method::Bootstrap => "bootstrap",
        Method::ClusterBootstrap => "cluster bootstrap",
        Method::OrderStatistics => "order statistics",
        Method::ConfidenceSequence => "confidence sequence",
        Method::Greenwood => "Greenwood",
        Method::LabelRange => "over all labels of unlabelled declines",
    }
}
