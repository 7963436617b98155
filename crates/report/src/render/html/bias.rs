//! What distorts the figures, and how far.

use super::figures::{line, refused_block};
use crate::document::BiasStatement;
use crate::render::text::{Unit, amounts, counted};
use maud::{Markup, html};

pub(super) const HOW: &str = "None of this can be computed away: these orders have no label, or one that the decision \
                              itself shaped. Where a bound exists it is given.";

pub(super) fn body(all: &[BiasStatement]) -> Markup {
    html! {
        @if all.is_empty() { (refused_block("A statement of bias", "nothing was found that distorts the figures")) }
        div.pair {
            @for statement in all {
                div.card {
                    h4 { (statement.about) }
                    p { (statement.sentence) }
                    p.basis {
                        (counted(statement.orders, "order", "orders")) ", " (amounts(&statement.amounts)) "."
                        @if let Some(bound) = &statement.bound {
                            " It matters at most: " (line(bound, &Unit::Number)) "."
                        }
                    }
                }
            }
        }
    }
}
