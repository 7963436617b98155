//! From what a config names to a slot, and from a slot to a rejection that names it.

use super::{FieldPath, FieldTreeBuilder, Fields, SlotId};
use crate::problem::Problem;
use crate::rejection::{Code, Rejection, Stage};
use std::collections::BTreeMap;

/// A shop's own place for each canonical field that a contract names; others stay as they are.
pub type FieldNames = BTreeMap<String, String>;

/// Binds an optional pointer.
pub(crate) fn bind(
    key: &str,
    path: Option<&str>,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Option<SlotId> {
    match FieldPath::parse(path?) {
        Ok(path) => Some(tree.slot(&path)),
        Err(what) => {
            problems.push(Problem::new(key, what, "a pointer starts at the event's root"));
            None
        }
    }
}

pub(crate) fn schema<'a>(fields: &Fields<'a>, slot: SlotId, code: Code) -> Rejection<'a> {
    Rejection::new(Stage::Schema, code, fields.path(slot))
}

pub(crate) fn required<'a, T>(
    fields: &Fields<'a>,
    slot: SlotId,
    value: Result<Option<T>, Code>,
) -> Result<T, Rejection<'a>> {
    value.and_then(|value| value.ok_or(Code::MissingField)).map_err(|code| schema(fields, slot, code))
}

/// The stream's own path for a contract's canonical one.
pub(crate) fn locate(canonical: &str, key: &str, names: &FieldNames) -> Result<FieldPath, Problem> {
    let path = names.get(canonical).map_or(canonical, String::as_str);
    FieldPath::parse(path).map_err(|what| Problem::new(key, what, "see RFC 6901"))
}
