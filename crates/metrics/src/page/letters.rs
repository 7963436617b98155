//! Dead letters by code, the last seen first; never what was in them.

use crate::status::{DeadLetterStatus, Status};
use crate::text::{ago, count, duration};
use maud::{Markup, html};

pub(super) fn body(status: &Status) -> Markup {
    html! {
        @if status.dead_letters.is_empty() {
            p { "None since the start." }
        } @else {
            table.letters {
                thead {
                    tr {
                        th scope="col" { "Code" }
                        th scope="col" { "Last seen" }
                        th scope="col" { "In " (duration(status.window_seconds)) }
                        th scope="col" { "Since the start" }
                    }
                }
                tbody { @for letters in &status.dead_letters { (row(letters, status.now.0)) } }
            }
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
