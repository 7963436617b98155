//! How old what the prices were made from was.

use super::super::figures::{basis, cell};
use super::super::table::table;
use crate::document::{Figure, Guardrails};
use crate::render::text::Unit;
use maud::{Markup, html};

pub(super) fn body(guardrails: &Guardrails) -> Markup {
    let inputs = &guardrails.inputs;
    let delays = [
        ("From a quote to its record", &inputs.arrival, &inputs.arrived_late),
        ("From the record to scoring", &inputs.scoring, &guardrails.stale),
    ];
    let ms = |figure: &Figure| cell(figure, &Unit::Milliseconds);
    let rows = html! {
        @for (what, delay, late) in delays {
            tr {
                th scope="row" { (what) }
                td.figure { (ms(&delay.median_ms)) }
                td.figure { (ms(&delay.p99_ms)) }
                td.figure { (cell(late, &Unit::Share)) }
            }
        }
    };
    let heads = ["Delay", "Median", "99th percentile", "Later than an hour"];
    let figures = delays.iter().flat_map(|(_, delay, late)| [&delay.median_ms, &delay.p99_ms, *late]);
    html! {
        (table("Age of the inputs", &heads, &rows))
        dl.tiles {
            div {
                dt { "Items whose cost has stood still three times as long as ever before" }
                dd { (cell(&inputs.frozen_costs, &Unit::Share)) }
            }
        }
        p { (inputs.unknown) }
        p.basis { (basis(figures.chain([&inputs.frozen_costs]).collect::<Vec<_>>())) }
    }
}
