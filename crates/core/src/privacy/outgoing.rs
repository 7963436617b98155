//! What of an event may leave the live side as text, and in what form.

use super::{IdentifierForm, Pseudonymiser, holds_card_number};
use crate::extract::{Fields, LONGEST_NUMBER, SlotId, as_text, schema};
use crate::rejection::{Code, Rejection};
use std::borrow::Cow;

/// Longest subject, item or record key in bytes.
pub const LONGEST_IDENTIFIER: usize = 1_024;

/// A bound field whose value leaves as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutgoingField {
    pub(crate) slot: SlotId,
    /// Most bytes of the value.
    pub(crate) longest: usize,
    pub(crate) policy: OutgoingPolicy,
}

/// What is done to a value before it leaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OutgoingPolicy {
    /// Whether it leaves only as a keyed hash.
    pub(crate) hidden: bool,
    /// Whether a card number in it makes the event a dead letter.
    pub(crate) guarded: bool,
    /// What it is brought to before it is hashed.
    pub(crate) form: IdentifierForm,
}

/// The checks that everything which leaves must pass.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) pseudonymiser: Option<Pseudonymiser>,
}

impl Outgoing {
    /// Appends a field's value to `out` in the form in which it may leave; `false` where there is none.
    ///
    /// # Errors
    /// At the schema stage; nothing is appended then.
    pub(crate) fn write<'a>(
        &self,
        fields: &Fields<'a>,
        field: OutgoingField,
        out: &mut String,
    ) -> Result<bool, Rejection<'a>> {
        let mut digits = [0; LONGEST_NUMBER];
        let text = match as_text(fields, field.slot, &mut digits) {
            Ok(Some(text)) if !text.is_empty() => text,
            // An identifier of no letters identifies nothing.
            Ok(_) => return Ok(false),
            Err(code) => return Err(schema(fields, field.slot, code)),
        };
        if text.len() > field.longest {
            return Err(schema(fields, field.slot, Code::TooLong));
        }
        let OutgoingPolicy { hidden, guarded, form } = field.policy;
        match (&self.pseudonymiser, hidden) {
            (Some(pseudonymiser), true) => {
                let text = form.of(text);
                if text.is_empty() {
                    return Ok(false);
                }
                pseudonymiser.write(text.as_bytes(), out);
            }
            _ if guarded && holds_card_number(text.as_bytes()) => {
                return Err(schema(fields, field.slot, Code::CardNumber));
            }
            _ => out.push_str(text),
        }
        Ok(true)
    }

    /// A record key in the form in which it may leave.
    ///
    /// # Errors
    /// [`Code::TooLong`] or [`Code::CardNumber`]: it may not leave at all.
    pub(crate) fn key<'k>(&self, key: &'k [u8], policy: OutgoingPolicy) -> Result<Cow<'k, [u8]>, Code> {
        if key.len() > LONGEST_IDENTIFIER {
            return Err(Code::TooLong);
        }
        if let (Some(pseudonymiser), true) = (&self.pseudonymiser, policy.hidden) {
            let text = std::str::from_utf8(key).ok().map(|text| policy.form.of(text));
            let mut pseudonym = String::new();
            pseudonymiser.write(text.as_deref().map_or(key, str::as_bytes), &mut pseudonym);
            return Ok(Cow::Owned(pseudonym.into_bytes()));
        }
        if policy.guarded && holds_card_number(key) { Err(Code::CardNumber) } else { Ok(Cow::Borrowed(key)) }
    }
}
