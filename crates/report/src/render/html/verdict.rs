//! The verdict: the first thing that is read, and all that some will read.

use super::table::{folded, points, sentences};
use crate::document::{Report, Span, VerdictWord};
use crate::render::text::{count, day, minute};
use maud::{Markup, html};

const FIRST: usize = 5;

pub(super) fn section(report: &Report) -> Markup {
    let verdict = &report.header.verdict;
    let models: usize = report.fraud.iter().map(|stream| stream.models.len()).sum();
    let (first, rest) = verdict.sentences.split_at(verdict.sentences.len().min(FIRST.max(models + 2)));
    html! {
        header.verdict id="verdict" {
            p.eyebrow { "Shadow against live" }
            (overall(verdict.word))
            h1 { (verdict.headline) }
            div.lead { (sentences(first)) }
            @if !rest.is_empty() { (folded(&format!("{} more findings", rest.len()), &points(rest))) }
            (facts(report))
        }
    }
}

fn overall(word: VerdictWord) -> Markup {
    let said = match word {
        VerdictWord::NoGates => "No gates".to_owned(),
        word => format!("Gates: {}", word.words()),
    };
    mark(word, &said, "large")
}

/// A result: a shape and a word, beside the colour.
pub(super) fn badge(word: VerdictWord) -> Markup {
    mark(word, word.words(), "")
}

fn mark(word: VerdictWord, said: &str, size: &str) -> Markup {
    let (class, shape) = match word {
        VerdictWord::Met => ("met", "M3.5 8.5l3 3l6 -7"),
        VerdictWord::Hold => ("hold", "M5.5 4v8M10.5 4v8"),
        VerdictWord::NotMet => ("not-met", "M4 4l8 8M12 4l-8 8"),
        VerdictWord::NoGates => ("no-gates", "M4 8h8"),
    };
    html! {
        span class=(format!("badge {class} {size}")) {
            svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" { path d=(shape) {} }
            (said)
        }
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
