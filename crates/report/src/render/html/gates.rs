//! The gates: what was required beforehand, and what came out.

use super::figures::{basis, cell, limits, refused_block};
use super::verdict::badge;
use super::{Part, Section};
use crate::document::{GateResult, Report};
use crate::render::charts::{Axis, Series, Strip};
use crate::render::gate_unit;
use crate::render::text::{count, day};
use maud::{Markup, html};

pub(super) fn part(report: &Report) -> Part {
    let body = if report.gates.is_empty() {
        refused_block("A result of gates", "no gates were given; write gates.toml before the next run")
    } else {
        list(&report.gates)
    };
    let section = Section {
        id: "gates-results".to_owned(),
        title: "What was required, and what came out",
        how: "Each gate was written down before the run. The line is the interval of the figure that decides, the \
              upright stroke is its bound. Met means that the whole interval lies on the good side; hold means that \
              the evidence can't tell yet.",
        body,
    };
    Part { id: "gates".to_owned(), title: "Gates".to_owned(), lead: html! {}, sections: vec![section] }
}

fn list(gates: &[GateResult]) -> Markup {
    html! {
        ul.gates { @for (place, gate) in gates.iter().enumerate() { (row(place, gate)) } }
        p.basis { (basis(gates.iter().map(|gate| &gate.figure))) }
    }
}

fn row(place: usize, gate: &GateResult) -> Markup {
    let unit = gate_unit(gate.unit, gate.currency.as_deref());
    html! {
        li.gate id=(format!("gate-{}", place + 1)) {
            div.said {
                h4 { (gate.name) }
                p.help { (gate.requirement) }
                p { (gate.sentence) }
            }
            div.result { (badge(gate.result)) }
            div.evidence {
                @if gate.figure.shown().is_some() { (drawn(gate)) }
                (cell(&gate.figure, &unit))
                span.n { "Bound " (unit.show(gate.bound)) }
            }
            div.labels {
                span.n { (count(gate.labels)) " labels of " (count(gate.min_labels)) " required" }
                span.n {
                    @if gate.watched { "Watched: valid at every look" }
                    @else if let Some(horizon) = gate.horizon { "Fixed horizon, as of " (day(horizon)) }
                }
            }
        }
    }
}

fn drawn(gate: &GateResult) -> Markup {
    let Some(measured) = gate.figure.shown() else { return html! { "–" } };
    let unit = gate_unit(gate.unit, gate.currency.as_deref());
    let ends = limits(measured);
    let values = [Some(gate.bound), measured.value, ends.map(|ends| ends.0), ends.map(|ends| ends.1)];
    let values: Vec<f64> = values.into_iter().flatten().collect();
    let (low, high) = values
        .iter()
        .fold((gate.bound, gate.bound), |(low, high), value| (low.min(*value), high.max(*value)));
    let around = if high > low { (high - low) * 0.12 } else { 1.0 };
    let strip = Strip {
        axis: Axis::between("", unit.clone(), low - around, high + around),
        rules: vec![(gate.bound, true)],
        bands: Vec::new(),
    };
    let says = format!("{}; bound {}", super::figures::line(&gate.figure, &unit), unit.show(gate.bound));
    strip.interval(Series::Plain, measured.value, ends, &says)
}
