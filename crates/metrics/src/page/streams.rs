//! Streams with what became of their records, and each model with how often it agrees with live.

use crate::status::{AgreementCounts, ModelStatus, Status, StreamStatus};
use crate::text::{count, duration, rate, share};
use maud::{Markup, html};

/// Digits of a SHA-256 that tell model files apart for people.
const SHORT: usize = 12;

pub(super) fn body(status: &Status) -> Markup {
    html! { @for stream in &status.streams { (block(stream, status.window_seconds)) } }
}

fn block(stream: &StreamStatus, window: u64) -> Markup {
    html! {
        h3 { (stream.name) " " span.soft { (stream.kind) " from " (stream.topic) } }
        p.soft { (account(stream)) "; " (rate(stream.recent.read(), window)) " in the last " (duration(window)) }
        table.models {
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Agrees with live, last " (duration(window)) }
                    th scope="col" { "Since the start" }
                }
            }
            tbody { @for model in &stream.models { (row(model)) } }
        }
    }
}

fn account(stream: &StreamStatus) -> String {
    let records = &stream.records;
    let gaps = match records.gap_offsets {
        0 => String::new(),
        lost => format!(", {} lost to retention", count(lost)),
    };
    format!(
        "{} read: {} scored, {} skipped, {} dead letters{gaps}",
        count(records.read()),
        count(records.scored),
        count(records.skipped),
        count(records.dead_letters)
    )
}

fn row(model: &ModelStatus) -> Markup {
    let sha: String = model.sha256.chars().take(SHORT).collect();
    html! {
        tr {
            th scope="row" {
                (model.name) "/" (model.version)
                @if let Some(alias) = &model.alias { span.help { (alias) } }
                span.help { "sha " code { (sha) } }
                span.help { (count(model.agreement.comparisons)) " comparisons" }
            }
            td { (agreement(&model.recent)) }
            td { (agreement(&model.agreement)) }
        }
    }
}

fn agreement(counts: &AgreementCounts) -> Markup {
    let width = (counts.agreeing as f64 / counts.with_live.max(1) as f64).min(1.0) * 100.0;
    html! {
        (share(counts.agreeing, counts.with_live)) span.help { "of " (count(counts.with_live)) }
        svg.bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
            rect width="100" height="4" {}
            rect.part width=(format!("{width:.1}")) height="4" {}
        }
    }
}
