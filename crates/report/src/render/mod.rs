//! The report in its forms: one HTML file, JSON, a summary for the terminal, and the headline figures for gauges.
//!
//! All are pure functions of the document. Text from data never becomes markup: the HTML is written with `maud`,
//! which escapes every value it is given at no run-time dependency, and control characters are replaced in all forms.

mod charts;
pub(crate) mod front;
pub(crate) mod headline;
pub(crate) mod html;
mod points;
pub(crate) mod rounding;
pub(crate) mod signs;
mod terminal;
pub(crate) mod text;

pub use headline::{Headline, HeadlineFigure, headline};
pub use html::{Staleness, html, stale};
pub use terminal::{summary, terminal};

use crate::document::{self, Report};
use bystander_core::money::Currency;
use text::Unit;

/// The report as versioned JSON, with a newline at its end; every key is in `SCHEMA.md`.
///
/// # Errors
/// Never for a report that this crate built; the signature is serde's.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = report.to_json()?;
    text.push('\n');
    Ok(text)
}

/// How the figure of a gate is written.
pub(crate) fn gate_unit(unit: document::Unit, currency: Option<&str>) -> Unit {
    match (unit, currency) {
        (document::Unit::Number, _) => Unit::Number,
        (document::Unit::Share, _) => Unit::Share,
        (document::Unit::ShareDifference, _) => Unit::Points,
        (document::Unit::RelativeChange, _) => Unit::Change,
        (document::Unit::NumberDifference, _) => Unit::Difference,
        (document::Unit::Money, Some(code)) => Unit::money(code, exponent(code)),
        (document::Unit::MoneyDifference, Some(code)) => Unit::signed_money(code, exponent(code)),
        (document::Unit::Money | document::Unit::MoneyDifference, None) => Unit::Minor,
    }
}

/// Digits of a currency's minor unit; 2 for a code that isn't known.
fn exponent(code: &str) -> u32 {
    Currency::from_code(code).map_or(2, |currency| currency.exponent())
}
