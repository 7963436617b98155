//! Dead letters by code, the last seen first; never what was in them.

use crate::status::{DeadLetterStatus, Status};
use crate::text::{ago, count, duration};
use maud::{Markup, html};

/// Rows that are shown; further ones are folded away.
const SHOWN: usize = 6;

pub(super) fn body(status: &Status) -> Markup {
    let (shown, folded) = status.dead_letters.split_at(status.dead_letters.len().min(SHOWN));
    html! {
        @if shown.is_empty() {
            p { "None since the start." }
        } @else {
            (table(status, shown))
            @if !folded.is_empty() {
                details id="more-dead-letters" {
                    summary { (folded.len()) " more, last seen before those" }
                    (table(status, folded))
                }
            }
        }
    }
}

fn table(status: &Status, rows: &[DeadLetterStatus]) -> Markup {
    html! {
        table.letters {
            thead {
                tr {
                    th scope="col" { "Code" }
                    th scope="col" { "Last seen" }
                    th scope="col" { "In " (duration(status.window_seconds)) }
                    th scope="col" { "Since the start" }
                }
            }
            tbody { @for letters in rows { (row(letters, status.now.0)) } }
        }
    }
}

fn row(letters: &DeadLetterStatus, now_ms: i64) -> Markup {
    html! {
        tr {
            th scope="row" { (letters.kind.code) " " span.help { (letters.kind.stream) ", stage " (letters.kind.stage) } }
            td { (ago(letters.last_seen.0, now_ms)) }
            td { (count(letters.recent)) }
            td { (count(letters.count)) }
        }
    }
}
