//! A feature's value as records show it.

use crate::text::Text;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One feature's value as the model was fed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

    /// The same value without a copy of its text.
    pub(crate) fn borrowed(&self) -> FeatureValue<'_> {
        match self {
            Self::Number(number) => FeatureValue::Number(*number),
            Self::Category(text) => FeatureValue::Category(Cow::Borrowed(text)),
            Self::Missing => FeatureValue::Missing,
        }
    }
}
