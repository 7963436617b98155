//! The report in its forms: one HTML file, JSON, a summary for the terminal, and the headline figures for gauges.
//!
//! All are pure functions of the document. Text from data never becomes markup: the HTML is written with `maud`,
//! which escapes every value it is given at no run-time dependency, and control characters are replaced in all forms.

mod charts;
mod headline;
mod html;
mod json;
mod points;
mod terminal;
mod text;

pub use headline::{Headline, HeadlineFigure, headline};
pub use html::{Staleness, html, stale};
pub use json::json;
pub use terminal::terminal;

use text::Unit;

/// How the figure of a gate is written, by the name of its metric. Its cost is in minor units of a currency that the
/// requirement names.
fn gate_unit(metric: &str) -> Unit {
    match metric {
        "recall" | "precision" | "insult_rate" | "alert_rate" | "agreement" | "price_within_tolerance" => {
            Unit::Share
        }
        "price_change_median" => Unit::Change,
        "cost_per_1000" => Unit::Minor,
        _ => Unit::Number,
    }
}
