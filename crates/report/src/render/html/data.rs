//! Data quality: everything that was counted while joining.

use super::figures::{cell, refused_block};
use super::table::{points, table};
use super::{Part, Section};
use crate::document::{Count, Report, StreamReceipt};
use crate::render::text::{Unit, count};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn part(report: &Report) -> Part {
    let section = |name: &str, title, how, body| Section { id: format!("data-{name}"), title, how, body };
    let sections = vec![
        section(
            "streams",
            "Coverage",
            "Comparisons against what was eligible. What is missing here is missing from every figure.",
            streams(&report.header.streams),
        ),
        section(
            "counts",
            "What was counted while joining",
            "Nothing is dropped in silence: zeros are shown, so that a count that is missing would be noticed.",
            html! {
                (counts("Counts of the join", &report.data.counts))
                @if !report.data.malformed.is_empty() { (counts("Lines that could not be read", &report.data.malformed)) }
            },
        ),
        section(
            "outcomes",
            "Outcomes by type",
            "Several outcomes of one subject are settled by the rules below.",
            html! {
                (counts("Outcomes by type", &report.data.outcomes))
                (points(&report.data.precedence))
            },
        ),
    ];
    Part { id: "data".to_owned(), title: "Data quality".to_owned(), lead: html! {}, sections }
}

fn streams(streams: &[StreamReceipt]) -> Markup {
    if streams.is_empty() {
        return refused_block("Coverage", "no stream has comparisons");
    }
    let rows = html! {
        @for stream in streams {
            tr {
                th scope="row" { (stream.stream) span.help { (stream.kind.name()) } }
                td.figure { (count(stream.events)) }
                td.figure { (cell(&stream.coverage, &Unit::Share)) }
                td.figure { (stream.dead_letters.map_or("–".to_owned(), count)) }
                td.figure { (listed(&stream.skips)) }
                td.figure { (count(stream.without_live)) }
                td.figure { (count(stream.late)) }
                td.figure { (listed(&stream.currencies)) }
            }
        }
    };
    let heads = [
        "Stream",
        "Events",
        "Coverage",
        "Dead letters",
        "Skips",
        "Without live decision",
        "Late",
        "Currencies",
    ];
    html! {
        (table("Streams: coverage and what is missing", &heads, &rows))
        p.basis { (super::figures::basis(streams.iter().map(|stream| &stream.coverage))) }
    }
}

fn listed(counts: &BTreeMap<String, u64>) -> Markup {
    html! {
        @if counts.is_empty() { "–" }
        @for (name, number) in counts { span.line { (name.replace('_', " ")) " " (count(*number)) } }
    }
}

fn counts(caption: &str, all: &[Count]) -> Markup {
    if all.is_empty() {
        return refused_block(caption, "nothing was joined");
    }
    let rows = html! {
        @for counted in all {
            tr {
                th scope="row" { (counted.name.replace('_', " ")) }
                td.figure { (count(counted.count)) }
                td.wide { (counted.meaning) }
            }
        }
    };
    table(caption, &["What", "Count", "Meaning"], &rows)
}
