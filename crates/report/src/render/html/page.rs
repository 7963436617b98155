//! The frame of the page: head, contents, chapters, foot.

use super::{Part, Section, data, fraud, gates, pricing, reading, receipts, verdict};
use crate::document::Report;
use crate::render::text::{clean, minute};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/parts.css"),
    include_str!("style/charts.css"),
    include_str!("style/print.css")
);

/// The report as one HTML file. Text from data is escaped, and control characters in it are replaced.
pub fn html(report: &Report) -> String {
    page(report, None)
}

/// The same with a notice on top, for a page that is served when no newer report could be made.
pub fn noticed(report: &Report, notice: &str) -> String {
    page(report, Some(notice))
}

fn page(report: &Report, notice: Option<&str>) -> String {
    let mut parts = vec![gates::part(report)];
    parts.extend(report.fraud.iter().enumerate().map(|(index, stream)| fraud::part(index, stream)));
    parts.extend(report.pricing.iter().enumerate().map(|(index, stream)| pricing::part(index, stream)));
    parts.extend([data::part(report), receipts::part(report), reading::part()]);
    clean(&document(report, &parts, notice).into_string())
}

fn document(report: &Report, parts: &[Part], notice: Option<&str>) -> Markup {
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
                        @if let Some(notice) = notice { p.notice role="status" { (notice) } }
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
