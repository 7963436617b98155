//! JSON, the first encoding that drives the walk: serde_json's deserializer, and what JSON alone has.

use super::captured::{Captured, Unread};
use super::encoding::{self, Decoding};
use super::fields::Fields;
use super::tree::FieldTree;
use super::visit::{AsParsed, EXACT, Identifiers, Walk};
use crate::record::RawRecord;
use crate::rejection::{Code, Rejection, Stage};
use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error};
use serde_json::value::RawValue;

/// Captures the tree's fields of a record whose payload is JSON.
///
/// # Errors
/// At the decode stage, when the payload isn't a JSON object, or has a bound field twice.
pub(super) fn read<'a>(
    captured: &'a mut Captured,
    tree: &'a FieldTree,
    record: &RawRecord<'a>,
) -> Result<Fields<'a>, Rejection<'a>> {
    let envelope =
        is_structured(record.headers.content_type).map_err(|code| Rejection::new(Stage::Decode, code, ""))?;
    let mut decoded = std::mem::take(&mut captured.decoded);
    let decoding = encoding::decode(record.payload.unwrap_or_default(), &mut decoded);
    let walked = match &decoding {
        Ok(Decoding::AsItIs(text)) => walk(captured, tree, record, (text, envelope)),
        Ok(Decoding::Decoded) => walk(captured, tree, record, (&decoded, envelope)),
        Err(_) => Ok(()),
    };
    captured.decoded = decoded;
    let captured: &'a Captured = captured;
    let text = match decoding {
        Err(code) => return Err(Rejection::new(Stage::Decode, code, &captured.decoded)),
        Ok(Decoding::AsItIs(text)) => text,
        Ok(Decoding::Decoded) => &captured.decoded,
    };
    walked.map(|()| Fields { captured, tree, text })
}

fn walk<'a>(
    captured: &mut Captured,
    tree: &'a FieldTree,
    record: &RawRecord<'_>,
    (text, envelope): (&str, bool),
) -> Result<(), Rejection<'a>> {
    let mut walked = captured.capture(tree, record, (text, envelope), |walk| drive::<AsParsed>(text, walk));
    if walked.is_ok() && captured.inexact {
        // Seldom: an identifier beyond what 64 bits hold. Only then is the text walked twice.
        walked = captured.capture(tree, record, (text, envelope), |walk| drive::<AsWritten>(text, walk));
    }
    walked.map_err(|unread| match unread {
        Unread::At(code, path) => Rejection::new(Stage::Decode, code, path),
        Unread::Undriven(error) if error.to_string().starts_with("number out of range") => {
            Rejection::new(Stage::Decode, Code::NumberOutOfRange, "")
        }
        Unread::Undriven(_) => Rejection::new(Stage::Decode, Code::NotJson, ""),
    })
}

fn drive<I: Identifiers>(text: &str, walk: Walk<'_, '_, I>) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    walk.deserialize(&mut json).and_then(|()| json.end())
}

/// Numbers of identifiers as their digits stand, where a double doesn't hold them.
enum AsWritten {}

impl Identifiers for AsWritten {
    const ALIKE: bool = false;

    fn read<'de, D: Deserializer<'de>>(
        mut walk: Walk<'_, '_, Self>,
        deserializer: D,
    ) -> Result<(), D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if number && raw.parse::<i64>().is_err() && raw.parse::<f64>().is_ok_and(|value| value.abs() >= EXACT)
        {
            return walk.put_digits(raw);
        }
        serde_json::Deserializer::from_str(raw).deserialize_any(walk).map_err(D::Error::custom)
    }
}

/// Whether the payload is a CloudEvents envelope in JSON, by its content type.
fn is_structured(content_type: Option<&[u8]>) -> Result<bool, Code> {
    let starts = |prefix: &str| {
        content_type.is_some_and(|value| {
            value.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
        })
    };
    if !starts("application/cloudevents") {
        return Ok(false);
    }
    let rest = content_type.map_or(&b""[..], |value| &value["application/cloudevents".len()..]);
    let rest = rest.split(|byte| *byte == b';').next().unwrap_or_default();
    match rest.trim_ascii() {
        b"" => Ok(true),
        format if format.eq_ignore_ascii_case(b"+json") => Ok(true),
        _ => Err(Code::UnsupportedEncoding),
    }
}
