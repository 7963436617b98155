//! The verdict: may it be switched on? The first thing that is read, and all that some will read.

use super::front as first_page;
use super::table::{folded, points};
use crate::document::{GateResult, Report, Span, VerdictWord};
use crate::render::front::{self, answers};
use crate::render::text::{count, counted, day, minute};
use maud::{Markup, html};

/// Gates that are named beside the answer at most.
const NAMED: usize = 8;

pub(super) fn section(report: &Report) -> Markup {
    let verdict = &report.header.verdict;
    html! {
        header.verdict id="verdict" {
            p.eyebrow { (subject(report)) }
            h1 {
                @for (word, said) in answers(report) { span.answer { (mark(word)) (said) } }
            }
            (gates(report))
            (first_page::section(report))
            @if !verdict.sentences.is_empty() {
                (folded(&counted(verdict.sentences.len() as u64, "finding in a sentence", "findings in sentences"), &points(&verdict.sentences)))
            }
            (facts(report))
        }
    }
}

/// What was looked at, in a line.
fn subject(report: &Report) -> String {
    let streams: Vec<_> = report
        .header
        .streams
        .iter()
        .map(|stream| format!("{} {}", count(stream.events), stream.kind.name()))
        .collect();
    let span = |span: &Span| format!(", {} to {}", day(span.from), day(span.to));
    let when = report.header.events.as_ref().map_or(String::new(), span);
    let known = day(report.header.as_of);
    format!("{}{when}; outcomes known by {known}. No model decided anything.", streams.join(", "))
}

/// The gates that are not met or on hold and that the answer doesn't name, each with its result in words, leading to what was
/// required.
fn gates(report: &Report) -> Markup {
    let gates = &report.gates;
    let named = |gate: &GateResult| report.header.verdict.headline.contains(&format!("“{}”", gate.name));
    let open = in_the_way(gates);
    let met_gates = gates.len() - open.len();
    let open: Vec<_> = open.into_iter().filter(|(_, gate)| !named(gate)).collect();
    html! {
        @if !gates.is_empty() {
            ul.results aria-label="Gates" {
                @for (place, gate) in open.iter().take(NAMED) {
                    li {
                        a href=(format!("#gate-{}", place + 1)) {
                            (mark(gate.result)) (front::capital(gate.result.words())) ": “" (gate.name) "”"
                        }
                    }
                }
                @if open.len() > NAMED { li { a href="#gates" { "and " (open.len() - NAMED) " more" } } }
                @if met_gates > 0 {
                    li { a href="#gates" { (mark(VerdictWord::Met)) (met(met_gates, gates.len())) } }
                }
            }
        }
    }
}

fn met(met: usize, all: usize) -> String {
    if met == all {
        format!("{} met", counted(all as u64, "gate", "gates"))
    } else {
        format!("{met} of {all} gates met")
    }
}

/// Gates that are not met, then those on hold, with their place among all.
fn in_the_way(gates: &[GateResult]) -> Vec<(usize, &GateResult)> {
    let open = |(_, gate): &(usize, &GateResult)| gate.result != VerdictWord::Met;
    let mut open: Vec<_> = gates.iter().enumerate().filter(open).collect();
    open.sort_by_key(|(_, gate)| std::cmp::Reverse(gate.result));
    open
}

/// A result: a shape and a word, beside the colour.
pub(super) fn badge(word: VerdictWord) -> Markup {
    let (class, shape) = drawn(word);
    html! {
        span class=(format!("badge {class}")) {
            svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" { path d=(shape) {} }
            (word.words())
        }
    }
}

/// The shape alone, with the word for those who don't see it.
fn mark(word: VerdictWord) -> Markup {
    let (class, shape) = drawn(word);
    html! {
        span class=(format!("mark {class}")) {
            svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" { path d=(shape) {} }
            span.unseen { (word.words()) ": " }
        }
    }
}

fn drawn(word: VerdictWord) -> (&'static str, &'static str) {
    match word {
        VerdictWord::Met => ("met", "M3.5 8.5l3 3l6 -7"),
        VerdictWord::Hold => ("hold", "M5.5 4v8M10.5 4v8"),
        VerdictWord::NotMet => ("not-met", "M4 4l8 8M12 4l-8 8"),
        VerdictWord::NoGates => ("no-gates", "M4 8h8"),
    }
}

fn facts(report: &Report) -> Markup {
    let header = &report.header;
    let span = |span: &Span| format!("{} to {}", day(span.from), day(span.to));
    html! {
        dl.facts {
            div { dt { "As of" } dd { (minute(header.as_of)) } }
            @if let Some(events) = &header.events { div { dt { "Events" } dd { (span(events)) } } }
            @for stream in &header.streams {
                div { dt { "Stream " (stream.stream) } dd { (count(stream.events)) " " (stream.kind.name()) } }
            }
            @for model in &header.models {
                div { dt { "Model on " (model.stream) } dd { (model.model.label()) } }
            }
            div { dt { "Labels mature after" } dd { (header.settings.maturity_days) " days" } }
        }
    }
}
