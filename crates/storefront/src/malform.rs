//! Spoils a sound record in a chosen way.

use crate::dice::Dice;
use crate::event::{EventPayload, Malformation};

/// The fields of a record that can be spoiled. All of them are bound by the default binding.
#[derive(Debug)]
pub(crate) struct SpoiledFields {
    pub(crate) id: &'static str,
    pub(crate) time: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) required: &'static [&'static str],
}

/// Decides which records of one topic are malformed, and how.
#[derive(Debug)]
pub(crate) struct Spoiler {
    dice: Dice,
    share: f64,
    fields: &'static SpoiledFields,
}

impl Spoiler {
    pub(crate) fn new(dice: Dice, share: f64, fields: &'static SpoiledFields) -> Self {
        Self { dice, share, fields }
    }

    /// Leaves `bytes` as they are, or spoils them and says how. Records that a binding would skip
    /// (`scored` is false) are only spoiled where they can't be read at all.
    pub(crate) fn spoil(&mut self, bytes: Vec<u8>, scored: bool) -> (EventPayload, Option<Malformation>) {
        if !self.dice.chance(self.share) {
            return (Some(bytes), None);
        }
        let malformation = self.draw(scored);
        (self.apply(&bytes, malformation), Some(malformation))
    }

    fn draw(&mut self, scored: bool) -> Malformation {
        let SpoiledFields { id, time, amount, required } = *self.fields;
        let unreadable =
            [Malformation::NotJson, Malformation::Truncated, Malformation::Empty, Malformation::Tombstone];
        if !scored {
            return self.dice.pick(&unreadable);
        }
        match self.dice.below(13) {
            kind @ 0..=3 => unreadable[kind],
            4 => Malformation::WrongType { field: self.dice.pick(&[id, time, amount]) },
            5 => Malformation::MissingField { field: self.dice.pick(required) },
            6 => Malformation::NumberTooLarge { field: amount },
            7 => Malformation::InvalidUtf8 { field: id },
            8 => Malformation::UnknownCurrency,
            9 => Malformation::NegativeAmount { field: amount },
            10 => Malformation::TimeIn1970 { field: time },
            11 => Malformation::TimeIn2100 { field: time },
            _ => Malformation::DuplicateKey { field: id },
        }
    }

    fn apply(&mut self, bytes: &[u8], malformation: Malformation) -> EventPayload {
        let id = self.fields.id;
        let spoiled = match malformation {
            Malformation::NotJson => format!("<{id}>lost in translation</{id}>").into_bytes(),
            Malformation::Truncated => {
                let length = 1 + self.dice.below(bytes.len() - 1);
                bytes[..length].to_vec()
            }
            Malformation::Empty => Vec::new(),
            Malformation::Tombstone => return None,
            Malformation::WrongType { field } => replace(bytes, field, wrong_type(field)),
            Malformation::MissingField { field } => remove(bytes, field),
            Malformation::NumberTooLarge { field } => replace(bytes, field, b"1e400"),
            Malformation::InvalidUtf8 { field } => replace(bytes, field, b"\"\xff\xfe\""),
            Malformation::UnknownCurrency => replace(bytes, "currency", b"\"ZZZ\""),
            Malformation::NegativeAmount { field } => replace(bytes, field, b"-1999"),
            Malformation::TimeIn1970 { field } => replace(bytes, field, b"\"1970-01-01T00:00:00Z\""),
            Malformation::TimeIn2100 { field } => replace(bytes, field, b"\"2100-01-01T00:00:00Z\""),
            Malformation::DuplicateKey { field } => double(bytes, field),
        };
        Some(spoiled)
    }
}

fn wrong_type(field: &str) -> &'static [u8] {
    if field.ends_with("_amount") { b"\"a lot\"" } else { b"{}" }
}

/// Where the member `"key":value,` of the outer object lies: its start, its value's start, its comma.
/// Ours are flat, unescaped strings and numbers that are followed by another member.
fn member(bytes: &[u8], key: &str) -> Option<(usize, usize, usize)> {
    let name = format!("\"{key}\":");
    let start = bytes.windows(name.len()).position(|window| window == name.as_bytes())?;
    let value = start + name.len();
    let comma = value + bytes[value..].iter().position(|byte| matches!(byte, b',' | b'}'))?;
    Some((start, value, comma))
}

fn replace(bytes: &[u8], key: &str, value: &[u8]) -> Vec<u8> {
    match member(bytes, key) {
        Some((_, start, end)) => [&bytes[..start], value, &bytes[end..]].concat(),
        None => bytes.to_vec(),
    }
}

fn remove(bytes: &[u8], key: &str) -> Vec<u8> {
    match member(bytes, key) {
        // The last member of an object takes the comma before it along.
        Some((start, _, end)) if bytes[end] == b'}' => [&bytes[..start - 1], &bytes[end..]].concat(),
        Some((start, _, end)) => [&bytes[..start], &bytes[end + 1..]].concat(),
        None => bytes.to_vec(),
    }
}

fn double(bytes: &[u8], key: &str) -> Vec<u8> {
    match member(bytes, key) {
        Some((start, _, _)) => {
            [&bytes[..start], format!("\"{key}\":\"twice\",").as_bytes(), &bytes[start..]].concat()
        }
        None => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] =
        br#"{"type":"order.placed","order_id":"a","total_amount":5,"x":{},"created_at":"t"}"#;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    #[test]
    fn a_member_is_replaced_removed_or_doubled_and_the_rest_stays() {
        assert!(text(&replace(EVENT, "total_amount", b"1e400")).contains(r#""total_amount":1e400,"x""#));
        assert!(text(&remove(EVENT, "order_id")).contains(r#""order.placed","total_amount""#));
        assert!(text(&remove(EVENT, "created_at")).ends_with(r#""x":{}}"#));
        assert!(text(&double(EVENT, "order_id")).contains(r#""order_id":"twice","order_id":"a","#));
    }
}
