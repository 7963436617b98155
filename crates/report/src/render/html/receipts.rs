//! The appendix: which bytes, offsets and settings the figures are of.

use super::figures::{cell, line, refused_block};
use super::table::{Row, matrix, table};
use super::{Part, Section};
use crate::document::{AaFloor, ModelReceipt, Report, SettingsReceipt, Shown, Span};
use crate::render::text::{Unit, count, minute};
use maud::{Markup, html};

pub(super) fn part(report: &Report) -> Part {
    let section = |name: &str, title, how, body| Section { id: format!("receipts-{name}"), title, how, body };
    let header = &report.header;
    let models = html! {
        @if header.models.is_empty() { (refused_block("A receipt", "no model has comparisons")) }
        @for receipt in &header.models { (model(receipt)) }
    };
    let floor = html! {
        @if header.models.is_empty() { (refused_block("The A/A floor", "no model has comparisons")) }
        @for receipt in &header.models {
            div.model { h4 { (receipt.model.label()) " on " (receipt.stream) } (aa_floor(receipt, &header.settings)) }
        }
    };
    let sections = vec![
        section(
            "settings",
            "Settings",
            "Everything that changes figures and isn't in the records.",
            settings(report, &header.settings),
        ),
        section(
            "floor",
            "A/A floor",
            "Each model's scores here against those that the live system logged. Where live runs this very model that is \
             the noise of scoring twice, and smaller differences between models mean nothing.",
            floor,
        ),
        section(
            "models",
            "Models and offsets",
            "Which model bytes scored which offsets. The figures are of the chosen run.",
            models,
        ),
    ];
    Part { id: "receipts".to_owned(), title: "Appendix: receipts".to_owned(), lead: html! {}, sections }
}

fn settings(report: &Report, settings: &SettingsReceipt) -> Markup {
    let span = |span: &Option<Span>| {
        span.as_ref()
            .map_or("not known".to_owned(), |span| format!("{} to {}", minute(span.from), minute(span.to)))
    };
    let rows = [
        ("As of", minute(report.header.as_of)),
        ("Events happened", span(&report.header.events)),
        ("Events scored", span(&report.header.scored)),
        ("Program", settings.binary_version.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Config, SHA-256", settings.config_sha256.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Labels mature after", format!("{} days", settings.maturity_days)),
        ("Coverage of intervals", Unit::Share.show(settings.confidence)),
        ("Bootstrap resamples", count(settings.resamples as u64)),
        ("Seed of the bootstrap", settings.seed.to_string()),
        ("Smallest slice", count(settings.min_slice)),
        ("Run", settings.run.clone().unwrap_or_else(|| "the live one, else the last".to_owned())),
        ("Live runs", settings.live_model.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Schema of the JSON", report.schema.to_string()),
    ];
    let rows = html! {
        @for (name, value) in &rows { tr { th scope="row" { (name) } td.hash { (value) } } }
    };
    table("Settings", &["Setting", "Value"], &rows)
}

fn aa_floor(receipt: &ModelReceipt, settings: &SettingsReceipt) -> Markup {
    let label = receipt.model.label();
    super::fraud::shown("The A/A floor", &receipt.aa_floor, |floor: &AaFloor| {
        let rows = [
            Row::new(
                "Mean of the scores here",
                "against live's scores",
                Unit::Difference,
                vec![&floor.mean_difference],
            ),
            Row::new("Largest difference", "", Unit::Number, vec![&floor.largest]),
        ];
        html! {
            p {
                @if floor.same_model { "Live runs this very model, so this is the noise of scoring twice." }
                @else if let Some(model) = &settings.live_model { "Live runs " (model) ", so this is a difference between models and not a noise floor." }
                @else {
                    "Whether live runs this very model isn't said, so this may be a difference between models and not a \
                     noise floor. "
                    code { "--live-model " (label) } " says that it does."
                }
                " Limits of agreement: " (Unit::Difference.range(floor.lower_limit, floor.upper_limit)) "."
            }
            (matrix("Scores here against those that live logged", &["Value".to_owned()], &rows))
        }
    })
}

fn model(receipt: &ModelReceipt) -> Markup {
    let latency = match &receipt.latency {
        Shown::Shown(latency) => html! {
            dl.tiles {
                div { dt { "Latency, median" } dd { (cell(&latency.p50_ms, &Unit::Milliseconds)) } }
                div { dt { "95th percentile" } dd { (cell(&latency.p95_ms, &Unit::Milliseconds)) } }
                div { dt { "99th percentile" } dd { (line(&latency.p99_ms, &Unit::Milliseconds)) } }
            }
        },
        Shown::Refused { refused } => refused_block("Latency", refused),
    };
    let runs = html! {
        @for run in &receipt.runs {
            tr {
                th scope="row" { (run.run_id) @if run.chosen { " " span.flag { "chosen" } } }
                td { (run.mode) }
                td.figure { (count(run.comparisons)) }
                td.figure { (count(run.duplicates)) }
                td.figure { (count(run.repeated_subjects)) }
            }
        }
    };
    let offsets = html! {
        @for range in &receipt.partitions {
            tr {
                th scope="row" { (range.cluster) "/" (range.topic) "/" (range.partition) }
                td.figure { (count(range.first.max(0) as u64)) }
                td.figure { (count(range.last.max(0) as u64)) }
                td.figure { (count(range.comparisons)) }
            }
        }
    };
    let name = format!("{} on {}", receipt.model.label(), receipt.stream);
    html! {
        div.model {
            h4 { (name) }
            p.hash { (receipt.model.name) " version " (receipt.model.version) ", SHA-256 " code { (receipt.model.sha256) } }
            p { (count(receipt.comparisons)) " comparisons in the chosen run; " (receipt.contract) "." }
            (latency)
            (table(&format!("Runs of {name}"), &["Run", "Mode", "Comparisons", "Duplicates", "Repeated subjects"], &runs))
            (table(&format!("Offsets of {name}"), &["Partition", "First", "Last", "Comparisons"], &offsets))
        }
    }
}
