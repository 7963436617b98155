//! A captured scalar as text or as a word.

use super::{Fields, Slot, SlotId};
use crate::rejection::Code;
use std::io::Write as _;

/// Bytes that hold any JSON number as text.
pub(crate) const LONGEST_NUMBER: usize = 32;

/// A scalar as text: strings as they are, numbers and booleans as JSON writes them.
pub(crate) fn as_text<'d, 'a: 'd>(
    fields: &Fields<'a>,
    slot: SlotId,
    digits: &'d mut [u8; LONGEST_NUMBER],
) -> Result<Option<&'d str>, Code> {
    let mut rest = &mut digits[..];
    let written = match fields.slot(slot) {
        Slot::Bool(value) => return Ok(Some(if value { "true" } else { "false" })),
        Slot::Integer(value) => write!(rest, "{value}"),
        Slot::Unsigned(value) => write!(rest, "{value}"),
        Slot::Float(value) => write!(rest, "{value:?}"),
        value @ Slot::Digits { .. } => return Ok(fields.digits_as_written(value)),
        _ => return fields.text(slot),
    };
    let left = rest.len();
    written.map_err(|_| Code::TooLong)?;
    std::str::from_utf8(&digits[..LONGEST_NUMBER - left]).map(Some).map_err(|_| Code::WrongType)
}

/// A scalar as a word of a vocabulary: as [`as_text`], but a whole number is the same whether it is written 7 or 7.0.
pub(crate) fn as_word<'d, 'a: 'd>(
    fields: &Fields<'a>,
    slot: SlotId,
    digits: &'d mut [u8; LONGEST_NUMBER],
) -> Result<Option<&'d str>, Code> {
    let text = as_text(fields, slot, digits)?;
    let float = matches!(fields.slot(slot), Slot::Float(_));
    Ok(text.map(|text| if float { text.strip_suffix(".0").unwrap_or(text) } else { text }))
}
