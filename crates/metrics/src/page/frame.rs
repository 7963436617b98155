//! The frame: head, the sections in the order in which one needs them, foot.

use super::{lag, letters, now, shards, streams};
use crate::status::Status;
use crate::text::{ago, utc};
use bystander_core::text::clean;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(super) const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("refresh.js");

/// The page as HTML. Text is escaped, and control characters in it are replaced.
pub fn page(status: &Status) -> String {
    let findings = status.findings();
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                noscript { meta http-equiv="refresh" content="5"; }
                title { (now::title(status, &findings)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p id="stale" role="alert" hidden {}
                main {
                    (now::section(status, &findings))
                    (section("shards", "Shards", &shards::body(status)))
                    (section("lag", "Lag", &lag::body(status)))
                    (section("dead-letters", "Dead letters", &letters::body(status)))
                    (section("streams", "Streams, models and agreement", &streams::body(status)))
                    (foot(status))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    clean(&document.into_string())
}

fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby=(format!("{id}-title")) {
            h2 id=(format!("{id}-title")) { (title) }
            (body)
        }
    }
}

fn foot(status: &Status) -> Markup {
    let link = |path: &str| html! { a href=(path) { "/" (path) } };
    html! {
        footer {
            p {
                "Bystander " (status.version) ", revision " (status.revision) ". Started "
                (utc(status.started_at.0)) " (" (ago(status.started_at.0, status.now.0)) "). Counts are this instance's own "
                "since then; each instance has a page. Records that are scored again after an aborted transaction are counted again."
            }
            p { "The same as JSON: " (link("status")) ". Also " (link("metrics")) ", " (link("healthz")) ", " (link("readyz")) "." }
        }
    }
}
