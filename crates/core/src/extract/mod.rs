//! One pass over an event's JSON that captures just the bound fields, and validates the rest.

mod captured;
mod encoding;
mod path;
mod tree;
mod visit;

pub use captured::{Captured, Fields, Slot};
pub use path::FieldPath;
pub use tree::{FieldTree, FieldTreeBuilder, SlotId};
