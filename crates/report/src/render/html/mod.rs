//! One self-contained HTML file: no network, no script, light and dark, on paper and on a phone.

mod agreement;
mod bias;
mod calibration;
mod curve_range;
mod data;
mod drift;
mod figures;
mod fraud;
mod front;
mod front_swap;
mod gates;
mod maturity;
mod money;
mod page;
mod pairs;
mod pricing;
mod ranking;
mod reading;
mod receipts;
mod scores;
mod slices;
mod swap;
mod table;
mod terms;
mod thresholds;
mod verdict;

pub use page::{Staleness, html, stale};

use maud::Markup;

/// A chapter of the page.
struct Part {
    /// Unique in the page, as every id.
    id: String,
    title: String,
    /// Under the heading.
    lead: Markup,
    sections: Vec<Section>,
}

/// A section of a chapter.
struct Section {
    id: String,
    title: &'static str,
    /// How to read it, in a sentence or two.
    how: &'static str,
    body: Markup,
}
