//! From an event's captured fields to a model's input, as its contract says.

mod column;
mod fed;
mod plan;
mod value;

pub(crate) use fed::{Fed, FedColumn};
pub use plan::{FeatureBinding, FeaturePlan};
pub use value::FeatureValue;
