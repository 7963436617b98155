//! Pictures as inline SVG: no script, colours from the page's style sheet, a title and a description in each.

mod axis;
mod paths;
mod plot;
mod series;
mod strip;

pub(crate) use axis::Axis;
pub(crate) use plot::{Layer, Plot, Point, Rule};
pub(crate) use series::{Series, legend};
pub(crate) use strip::{Spread, Strip, sparkline, stack};

/// A coordinate: one decimal, never anything that isn't a number.
fn coordinate(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded.is_finite() { rounded.to_string() } else { "0".to_owned() }
}
