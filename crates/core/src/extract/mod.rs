//! One pass over an event that captures just the bound fields, and validates the rest.
//!
//! The walk is made of serde visitors, so an encoding is a driver: JSON is the first one.

mod bind;
mod captured;
mod encoding;
mod fields;
mod json;
mod path;
mod tree;
mod visit;
mod words;

pub use bind::FieldNames;
pub(crate) use bind::{bind, locate, required, schema};
pub use captured::{Captured, Slot};
pub use fields::Fields;
pub use path::FieldPath;
pub use tree::{FieldTree, FieldTreeBuilder, SlotId};
pub(crate) use words::{LONGEST_NUMBER, as_text, as_word};
