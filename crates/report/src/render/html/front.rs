//! The first page: the answer, the figures behind it, money and swap sets as pictures.

use super::table::folded;
use super::verdict::badge;
use super::{front_swap, money, table, terms};
use crate::document::{FraudStream, GateResult, PricingStream, Report, VerdictWord};
use crate::kinds;
use crate::render::charts::{Axis, Series, Strip};
use crate::render::front::{self, Entry, Line, Picture};
use maud::{Markup, html};

/// More models than this stand below each other.
const SIDE_BY_SIDE: usize = 4;

/// Everything of the first page below the verdict.
pub(super) fn section(report: &Report) -> Markup {
    html! {
        @for (index, chapter) in kinds::numbered(&report.chapters) { (chapter.front(index, &report.gates)) }
    }
}

pub(crate) fn fraud(index: usize, stream: &FraudStream, gates: &[GateResult]) -> Markup {
    let lines = front::fraud(stream, gates);
    let names: Vec<_> = stream.models.iter().map(|model| model.model.label()).collect();
    let results = stream.models.iter().map(|model| {
        let own = gates.iter().filter(|gate| front::means(model, &gate.model));
        own.map(|gate| gate.result).max()
    });
    let results: Vec<_> = results.collect();
    let currency = front::leading(&stream.models);
    let id = format!("front-fraud-{}", index + 1);
    html! {
        section.front id=(id) aria-labelledby=(format!("{id}-h")) {
            @for said in front::comparisons(stream) { p.better { (said) } }
            @if let Some(why) = front::why_ranges(&lines) { p.better { (why) } }
            (figures((&id, &format!("Fraud: {}", stream.stream)), &names, &results, &lines))
            div.pictures {
                @if let Some(code) = &currency {
                    (money::curve(&format!("{id}-money"), &stream.models, None, code))
                }
                (front_swap::picture(&stream.models))
            }
            @for model in &stream.models {
                @if !model.summary.is_empty() {
                    (folded(&format!("{} in sentences", model.model.label()), &table::points(&model.summary)))
                }
            }
        }
    }
}

pub(crate) fn pricing(index: usize, stream: &PricingStream) -> Markup {
    let names: Vec<_> = stream.models.iter().map(|model| model.model.label()).collect();
    let results = vec![None; names.len()];
    let id = format!("front-pricing-{}", index + 1);
    html! {
        section.front id=(id) aria-labelledby=(format!("{id}-h")) {
            (figures((&id, &format!("Pricing: {}", stream.stream)), &names, &results, &front::pricing(stream)))
        }
    }
}

pub(crate) fn figures(
    (id, title): (&str, &str),
    names: &[String],
    results: &[Option<VerdictWord>],
    lines: &[Line],
) -> Markup {
    html! {
        h2 id=(format!("{id}-h")) { (title) }
        table.glance.stacked[names.len() > SIDE_BY_SIDE] {
            caption.unseen { (title) " at a glance" }
            thead {
                tr {
                    td {}
                    @for (name, result) in names.iter().zip(results) {
                        th scope="col" { (name) @if let Some(result) = result { " " (badge(*result)) } }
                    }
                }
            }
            tbody { @for line in lines { (row(names, line)) } }
        }
    }
}

fn row(names: &[String], line: &Line) -> Markup {
    let axis = axis(line);
    html! {
        tr {
            th scope="row" {
                (terms::link(line.term, line.name))
                " " span.help { (line.means) }
                @if let Some(live) = &line.live { (live_beside(live)) }
            }
            @for (place, (name, entry)) in names.iter().zip(&line.entries).enumerate() {
                td {
                    span.who { (name) }
                    div.number {
                        strong { (entry.lead) }
                        @if let Some(limits) = &entry.limits { " " span.interval { (limits) } }
                    }
                    @if let Some(strip) = &axis { (drawn(line, strip, place, entry)) }
                    @if let Some(note) = &entry.note { span.n { (note) } }
                }
            }
        }
    }
}

fn live_beside(live: &Entry) -> Markup {
    html! {
        span.live-figure { "live: " (live.lead) }
    }
}

/// One axis for all models of a line, so that they can be compared by eye.
fn axis(line: &Line) -> Option<Strip> {
    match &line.picture {
        Picture::Part => Some(Strip { axis: Axis::share(""), rules: Vec::new(), bands: Vec::new() }),
        Picture::Interval(unit, rules) => {
            let of =
                |entry: &Entry| [entry.value, entry.ends.map(|ends| ends.0), entry.ends.map(|ends| ends.1)];
            let entries = || line.entries.iter().chain(&line.live);
            let values: Vec<f64> = entries().flat_map(of).flatten().chain(rules.iter().copied()).collect();
            let drawn = line.entries.iter().any(|entry| entry.value.is_some() || entry.ends.is_some());
            let bands = line.live.iter().filter_map(|live| live.ends.or(live.value.map(|at| (at, at))));
            drawn.then(|| Strip {
                axis: Axis::around("", unit.clone(), true, values),
                rules: rules.iter().map(|at| (*at, *at == 0.0)).collect(),
                bands: bands.collect(),
            })
        }
    }
}

fn drawn(line: &Line, strip: &Strip, place: usize, entry: &Entry) -> Markup {
    let says = format!(
        "{}: {}",
        line.name,
        [Some(entry.lead.as_str()), entry.limits.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    );
    match (&line.picture, entry.value) {
        _ if entry.value.is_none() && entry.ends.is_none() => html! {},
        (Picture::Part, Some(value)) => strip.bar(Series::Model(place), value, &says),
        _ => strip.interval(Series::Model(place), entry.value, entry.ends, &says),
    }
}
