//! From an event's captured fields to a model's input, as its contract says.

mod column;
mod observed;
mod plan;
mod value;

pub(crate) use observed::{Observed, ObservedFeature};
pub use plan::{FeatureBinding, FeaturePlan};
pub use value::FeatureValue;
