//! One pass over an event's JSON that captures just the bound fields, and validates the rest.

mod bind;
mod captured;
mod encoding;
mod path;
mod tree;
mod visit;
mod words;

pub use bind::FieldNames;
pub(crate) use bind::{bind, locate, required, schema};
pub use captured::{Captured, Fields, Slot};
pub use path::FieldPath;
pub use tree::{FieldTree, FieldTreeBuilder, SlotId};
pub(crate) use words::{LONGEST_NUMBER, as_text, as_word};
