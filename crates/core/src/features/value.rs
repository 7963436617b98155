//! A feature's value as records show it.

use crate::text::Text;
use serde::Deserialize;

/// One feature's value as the model was fed it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum FeatureValue<'a> {
    /// A number; booleans are 0 and 1.
    Number(f64),
    /// A value of the feature's vocabulary, or [`UNSEEN`](Self::UNSEEN).
    Category(#[serde(borrow)] Text<'a>),
    /// Missing from the event.
    Missing,
}

impl FeatureValue<'_> {
    /// Stands for every category outside the vocabulary: what it was doesn't leave.
    pub const UNSEEN: &'static str = "(unseen)";
}
