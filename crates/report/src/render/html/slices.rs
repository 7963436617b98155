//! Slices: the same figure by segment, as intervals around the overall one.

use super::figures::{basis, cell, limits, line, money_lines, refused_block};
use super::table::headed;
use crate::document::{Slice, Slices};
use crate::render::charts::{Axis, Series, Strip};
use crate::render::text::{Unit, count, p_value};
use maud::{Markup, html};

pub(super) const HOW: &str = "The upright line is the figure over all rows; each slice stands with its interval. Many \
                              slices are looked at, so one that stands out by chance is expected: only those that are \
                              still worse after the correction for that are flagged.";

/// Rows beyond this many stand in the JSON.
const MOST: usize = 40;

pub(super) fn body(all: &[Slices], unit: &Unit) -> Markup {
    html! {
        @if all.is_empty() { (refused_block("A table of slices", "the binding names no segments")) }
        @for slices in all { (metric(slices, unit)) }
    }
}

fn metric(slices: &Slices, unit: &Unit) -> Markup {
    html! {
        h5 { (capital(&slices.metric)) }
        @if let Some(worst) = &slices.worst { p.finding { (worst) } }
        @if slices.rows.is_empty() {
            (refused_block("A slice", &format!("none has {} rows", count(slices.min_n))))
        } @else {
            (forest(slices, unit))
        }
        p.basis {
            "Over all rows: " (line(&slices.overall, unit)) ". "
            (basis(slices.rows.iter().map(|row| &row.figure)))
            @if slices.suppressed > 0 {
                " " (slices.suppressed) " slices have fewer than " (count(slices.min_n)) " rows and are not shown."
            }
        }
    }
}

/// A further figure is written as the main one, unless its name says that it is a share.
fn further<'a>(name: &str, unit: &'a Unit) -> &'a Unit {
    if name.starts_with("share") { &Unit::Share } else { unit }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn forest(slices: &Slices, unit: &Unit) -> Markup {
    // The most significant ones are kept, and stay by segment.
    let mut ranked: Vec<&Slice> = slices.rows.iter().collect();
    ranked.sort_by(|a, b| a.p_value.unwrap_or(1.0).total_cmp(&b.p_value.unwrap_or(1.0)));
    let kept: Vec<&Slice> = ranked.into_iter().take(MOST).collect();
    let rows: Vec<&Slice> =
        slices.rows.iter().filter(|row| kept.iter().any(|kept| std::ptr::eq(*kept, *row))).collect();
    let ends = rows.iter().filter_map(|row| row.figure.shown()).flat_map(|m| {
        let limits = limits(m).or(m.value.map(|value| (value, value)));
        limits.into_iter().flat_map(|(low, high)| [low, high])
    });
    let strip = Strip {
        axis: Axis::around("", unit.clone(), false, ends.chain(slices.overall.value())),
        rules: slices.overall.value().map(|overall| (overall, true)).into_iter().collect(),
        bands: Vec::new(),
    };
    let further: Vec<&str> = slices
        .rows
        .first()
        .map(|row| row.further.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    let mut heads = vec![html! { "Slice" }, html! { "Interval" (strip.head()) }, html! { "Figure" }];
    heads.extend(further.iter().map(|name| html! { (capital(name)) }));
    heads.extend([html! { "Rows and amount" }, html! { "Adjusted p" }]);
    let body = html! {
        @for (index, row) in rows.iter().enumerate() {
            @if index == 0 || rows[index - 1].segment != row.segment {
                tr.group { th scope="rowgroup" colspan=(heads.len()) { span { (row.segment) } } }
            }
            (line_of(row, &strip, unit))
        }
    };
    html! {
        (headed(&format!("{} by slice", capital(&slices.metric)), &heads, &body))
        @if slices.rows.len() > rows.len() {
            p.basis { (slices.rows.len() - rows.len()) " more slices that differ less stand in the JSON." }
        }
    }
}

fn line_of(row: &Slice, strip: &Strip, unit: &Unit) -> Markup {
    let series = if row.flagged { Series::Fraud } else { Series::Plain };
    let says = format!("{} {}: {}", row.segment, row.value, line(&row.figure, unit));
    html! {
        tr.flagged[row.flagged] {
            th scope="row" { (row.value) @if row.flagged { " " span.flag { "worse" } } }
            td.drawn {
                @match row.figure.shown() {
                    Some(m) => (strip.interval(series, m.value, limits(m), &says)),
                    None => "–",
                }
            }
            td.figure { (cell(&row.figure, unit)) }
            @for (name, figure) in &row.further { td.figure { (cell(figure, further(name, unit))) } }
            td.figure { (count(row.n)) span.n { (money_lines(&row.amounts)) } }
            td.figure { (row.p_adjusted.map_or("–".to_owned(), p_value)) }
        }
    }
}
