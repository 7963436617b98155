//! Drift of the score and the features against a reference.

use super::figures::{basis, cell, line, most, refused_block};
use super::table::{folded, headed, points};
use crate::document::{Drift, DriftRow, DriftWeek, Figure};
use crate::render::charts::{Axis, Series, Strip, sparkline};
use crate::render::text::{Unit, count, day, p_value, value};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) const HOW: &str = "How far the score and each feature have moved from the reference. By custom a PSI below \
                              0.1 (first line) is noise, above 0.25 (second line) a shift to look into. In the small \
                              pictures bars are now and the dashed outline is the reference.";

/// Rows beyond this many stand in the JSON.
const MOST: usize = 60;

pub(super) fn body(drift: &Drift) -> Markup {
    html! {
        p { "Compared with " (drift.reference) "." }
        (points(&drift.sentences))
        @if drift.rows.is_empty() {
            (refused_block("Drift by feature", "neither scores nor features have a reference here"))
        } @else {
            (features(drift))
        }
        @if !drift.weeks.is_empty() { (weeks(&drift.weeks)) }
    }
}

fn strip(values: impl Iterator<Item = f64>) -> Strip {
    Strip {
        axis: Axis::around("", Unit::Number, true, values.chain([0.3])),
        rules: vec![(0.1, false), (0.25, true)],
        bands: Vec::new(),
    }
}

fn features(drift: &Drift) -> Markup {
    let highest = drift.rows.iter().filter_map(|row| row.psi.shown()).map(most);
    let strip = strip(highest);
    let text = |head: &str| html! { (head) };
    let heads = [
        text("Feature"),
        html! { "PSI" (strip.head()) },
        text("PSI"),
        text("Before and now"),
        text("Other distances"),
        text("Missing, before → now"),
        text("Unseen"),
        text("Adjusted p"),
    ];
    let shown = &drift.rows[..drift.rows.len().min(MOST)];
    let shared = shared_note(shown);
    let rows = html! { @for row in shown { (feature(row, &strip, shared)) } };
    html! {
        (headed("Drift by feature, worst first", &heads, &rows))
        @if drift.rows.len() > MOST {
            p.basis { (drift.rows.len() - MOST) " more features with less drift stand in the JSON." }
        }
        p.basis {
            (basis(drift.rows.iter().map(|row| &row.psi)))
            @if let Some(sample) = &drift.sample {
                " Features were sampled: at most " (count(sample.per_week)) " rows a week, " (count(sample.rows)) " in all."
            }
            @if let Some(note) = shared { " KS is taken " (note) "." }
            " p-values are adjusted after Benjamini and Hochberg; a row is flagged only where that is significant and PSI exceeds 0.1."
        }
    }
}

/// What is said of every KS, so that it is said once.
fn shared_note(rows: &[DriftRow]) -> Option<&str> {
    let mut notes = rows.iter().filter_map(|row| row.ks.shown()).map(|measured| measured.note.as_deref());
    let first = notes.next()??;
    notes.all(|note| note == Some(first)).then_some(first)
}

fn feature(row: &DriftRow, strip: &Strip, shared: Option<&str>) -> Markup {
    let share = |value: Option<f64>| value.map_or("–".to_owned(), |value| Unit::Share.show(value));
    let series = if row.flagged { Series::Fraud } else { Series::Plain };
    let says = format!("{}: PSI {}", row.name, line(&row.psi, &Unit::Number));
    html! {
        tr.flagged[row.flagged] {
            th scope="row" { (row.name) @if row.flagged { " " span.flag { "drifted" } } }
            td.drawn {
                @match row.psi.value() {
                    Some(psi) => (strip.bar(series, psi, &says)),
                    None => "–",
                }
            }
            td.figure { (cell(&row.psi, &Unit::Number)) }
            td {
                @if row.before.is_empty() && row.now.is_empty() { "–" } @else {
                    (sparkline(&row.before, &row.now, &format!("{}: {} bins, {}", row.name, row.now.len(), bins(row))))
                }
            }
            td.figure.distances { (distances(row, shared)) }
            td.figure { (share(row.missing_before)) " → " (Unit::Share.show(row.missing_now)) }
            td.figure { (share(row.unseen)) }
            td.figure { (row.p_adjusted.map_or("–".to_owned(), p_value)) }
        }
    }
}

/// On the same rows as the PSI beside them. Those that are refused for one reason stand together.
fn distances(row: &DriftRow, shared: Option<&str>) -> Markup {
    let all = [("KS", &row.ks), ("Jensen–Shannon", &row.jensen_shannon), ("Wasserstein", &row.wasserstein)];
    let mut refused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, figure) in all {
        if let Some(why) = figure.reason() {
            refused.entry(why).or_default().push(name);
        }
    }
    html! {
        @for (name, figure) in all {
            @if let Some(measured) = figure.shown() {
                span.remark {
                    (name) " " (value(measured, &Unit::Number))
                    @if let Some(note) = measured.note.as_deref().filter(|note| Some(*note) != shared) { " (" (note) ")" }
                }
            }
        }
        @for (why, names) in refused { span.remark { (names.join(", ")) " not shown: " (why) } }
    }
}

fn bins(row: &DriftRow) -> String {
    match (row.bins.first(), row.bins.last()) {
        (Some(first), Some(last)) if first != last => format!("from {first} to {last}"),
        (Some(only), _) => only.clone(),
        _ => String::new(),
    }
}

fn weeks(weeks: &[DriftWeek]) -> Markup {
    let strip =
        strip(weeks.iter().flat_map(|week| [week.score_psi.value(), week.worst_psi.value()]).flatten());
    let drawn = |figure: &Figure, what: &str| match figure.value() {
        Some(psi) => strip.bar(Series::Plain, psi, &format!("{what}: PSI {}", line(figure, &Unit::Number))),
        None => html! { "–" },
    };
    let heads = [
        html! { "Week from" },
        html! { "Events" },
        html! { "Score" (strip.head()) },
        html! { "PSI of the score" },
        html! { "Worst feature" (strip.head()) },
        html! { "Its PSI" },
    ];
    let rows = html! {
        @for week in weeks {
            tr {
                th scope="row" { (day(week.start)) }
                td.figure { (count(week.n)) }
                td.drawn { (drawn(&week.score_psi, "score")) }
                td.figure { (cell(&week.score_psi, &Unit::Number)) }
                td.drawn { (drawn(&week.worst_psi, "worst feature")) }
                td.figure { @if let Some(name) = &week.worst_feature { (name) " " } (cell(&week.worst_psi, &Unit::Number)) }
            }
        }
    };
    if weeks.len() > 8 {
        folded(
            &format!("Drift week by week ({} weeks)", weeks.len()),
            &headed("Drift week by week", &heads, &rows),
        )
    } else {
        headed("Drift week by week", &heads, &rows)
    }
}
