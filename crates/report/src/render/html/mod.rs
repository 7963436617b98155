//! One self-contained HTML file: no network, no script, light and dark, on paper and on a phone.

mod agreement;
mod bias;
mod calibration;
mod curve_range;
mod data;
mod drift;
mod figures;
pub(crate) mod fraud;
pub(crate) mod front;
mod front_swap;
mod gates;
mod maturity;
mod money;
mod page;
mod pairs;
pub(crate) mod pricing;
mod ranking;
mod reading;
mod receipts;
mod scores;
mod slices;
mod swap;
pub(crate) mod table;
mod terms;
mod thresholds;
mod verdict;

pub use page::{Staleness, html, stale};

use maud::Markup;

/// A chapter of the page.
pub(crate) struct Part {
    /// Unique in the page, as every id.
    pub(crate) id: String,
    pub(crate) title: String,
    /// Under the heading.
    pub(crate) lead: Markup,
    pub(crate) sections: Vec<Section>,
}

/// A section of a chapter.
pub(crate) struct Section {
    pub(crate) id: String,
    pub(crate) title: &'static str,
    /// How to read it, in a sentence or two.
    pub(crate) how: &'static str,
    pub(crate) body: Markup,
}
