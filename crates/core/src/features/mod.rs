//! From an event's captured fields to a model's input, as its contract says.

mod builder;
mod column;
mod fed;
mod plan;

pub use builder::InputBuilder;
pub(crate) use fed::{Fed, FedColumn};
pub(crate) use plan::locate;
pub use plan::{FeatureBinding, FeaturePlan, FieldNames};
