//! The frame of the page: head, contents, chapters, foot.

use super::{Part, Section, data, gates, reading, receipts, verdict};
use crate::document::Report;
use crate::kinds;
use crate::render::text::{clean, minute};
use bystander_core::time::Rfc3339;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/parts.css"),
    include_str!("style/front.css"),
    include_str!("style/charts.css"),
    include_str!("style/print.css")
);

/// The report as one HTML file. Text from data is escaped, and control characters in it are replaced.
pub fn html(report: &Report) -> String {
    page(report, None)
}

/// Why there is no newer report.
#[derive(Debug, Clone, Copy)]
pub struct Staleness<'a> {
    /// When the first attempt failed of those that have failed one after the other.
    pub since: Rfc3339,
    /// When the last one did.
    pub last: Rfc3339,
    /// What the last one said.
    pub reason: &'a str,
}

/// The same with a notice on top, for a report that is served because no newer one could be made.
pub fn stale(report: &Report, staleness: &Staleness<'_>) -> String {
    page(report, Some(staleness))
}

fn page(report: &Report, staleness: Option<&Staleness<'_>>) -> String {
    let mut parts = vec![gates::part(report)];
    parts.extend(kinds::numbered(&report.chapters).map(|(index, chapter)| chapter.part(index)));
    parts.extend([data::part(report), receipts::part(report), reading::part()]);
    clean(&document(report, &parts, staleness).into_string())
}

fn document(report: &Report, parts: &[Part], staleness: Option<&Staleness<'_>>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { "Bystander: shadow against live, as of " (minute(report.header.as_of)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the verdict" }
                div.layout {
                    (contents(parts))
                    main id="main" {
                        @if let Some(staleness) = staleness { (notice(staleness)) }
                        (verdict::section(report))
                        @for part in parts { (chapter(part)) }
                        footer {
                            p {
                                "Written by Bystander from schema " (report.schema)
                                ". Nothing here promotes a model by itself."
                            }
                        }
                    }
                }
            }
        }
    }
}

fn notice(staleness: &Staleness<'_>) -> Markup {
    html! {
        p.notice role="status" {
            "This report is the last that could be made. Attempts have failed since " (minute(staleness.since))
            "; that of " (minute(staleness.last)) " said: " (staleness.reason)
        }
    }
}

fn contents(parts: &[Part]) -> Markup {
    html! {
        nav.contents aria-label="Contents" {
            ol {
                li { a href="#verdict" { "Verdict" } }
                @for part in parts {
                    li {
                        a href=(format!("#{}", part.id)) { (part.title) }
                        @if !part.sections.is_empty() {
                            ol {
                                @for section in &part.sections {
                                    li { a href=(format!("#{}", section.id)) { (section.title) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn chapter(part: &Part) -> Markup {
    html! {
        section.part id=(part.id) aria-labelledby=(format!("{}-h", part.id)) {
            h2 id=(format!("{}-h", part.id)) { (part.title) }
            (part.lead)
            @for section in &part.sections { (block(section)) }
        }
    }
}

fn block(section: &Section) -> Markup {
    html! {
        section.block id=(section.id) aria-labelledby=(format!("{}-h", section.id)) {
            h3 id=(format!("{}-h", section.id)) { (section.title) }
            p.how { (section.how) }
            (section.body)
        }
    }
}
