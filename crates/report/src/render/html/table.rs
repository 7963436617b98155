//! Tables and pictures with their captions. A table that is too wide scrolls in a box of its own.

use super::figures;
use crate::document::Figure;
use crate::render::text::Unit;
use maud::{Markup, html};

/// Tables with more columns are set smaller.
const MANY: usize = 6;

/// A table: caption, heads of the columns, rows.
pub(crate) fn table(caption: &str, heads: &[&str], rows: &Markup) -> Markup {
    let heads: Vec<_> = heads.iter().map(|head| html! { (head) }).collect();
    headed(caption, &heads, rows)
}

/// A table whose heads hold more than text.
pub(crate) fn headed(caption: &str, heads: &[Markup], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table class=[(heads.len() > MANY).then_some("many")] {
                caption { span { (caption) } }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// One line of a [`matrix`].
pub(crate) struct Row<'a> {
    /// What the figure is.
    pub(crate) name: &'a str,
    /// How to read it; may be empty.
    pub(crate) help: &'a str,
    /// How it is written.
    pub(crate) unit: Unit,
    /// One per column.
    pub(crate) figures: Vec<&'a Figure>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(name: &'a str, help: &'a str, unit: Unit, figures: Vec<&'a Figure>) -> Self {
        Self { name, help, unit, figures }
    }
}

/// Figures in rows, one column per model or point; under it what they rest on.
pub(crate) fn matrix(caption: &str, columns: &[String], rows: &[Row<'_>]) -> Markup {
    let heads: Vec<&str> = ["Figure"].into_iter().chain(columns.iter().map(String::as_str)).collect();
    let all = rows.iter().flat_map(|row| row.figures.iter().copied());
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" {
                    (super::terms::name(row.name))
                    @if !row.help.is_empty() { span.help { (row.help) } }
                }
                @for figure in &row.figures { td.figure { (figures::cell(figure, &row.unit)) } }
            }
        }
    };
    html! {
        (table(caption, &heads, &body))
        p.basis { (figures::basis(all)) }
    }
}

/// A picture with its heading, legend and what it rests on.
pub(crate) fn picture(title: &str, legend: &Markup, drawn: &Markup, basis: &str) -> Markup {
    html! {
        figure.picture {
            figcaption { (title) }
            (legend)
            (drawn)
            @if !basis.is_empty() { p.basis { (basis) } }
        }
    }
}

/// Sentences, one paragraph each.
pub(crate) fn sentences(all: &[String]) -> Markup {
    html! { @for sentence in all { p { (sentence) } } }
}

/// Sentences as a list.
pub(crate) fn points(all: &[String]) -> Markup {
    html! { @if !all.is_empty() { ul.points { @for point in all { li { (point) } } } } }
}

/// Something long that is folded away on the screen and unfolded on paper.
pub(crate) fn folded(summary: &str, body: &Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}
