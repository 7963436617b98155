//! A payload as UTF-8 text: byte order marks, UTF-16, and what schema registries put before an event.

use crate::rejection::Code;
use std::fmt::Write as _;

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const LITTLE_MARK: &[u8] = &[0xff, 0xfe];
const BIG_MARK: &[u8] = &[0xfe, 0xff];

/// Where the text of a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoding<'a> {
    /// In the payload.
    AsItIs(&'a str),
    /// In the buffer.
    Decoded,
}

/// Finds or makes the text of `payload`; `buffer` is emptied.
///
/// # Errors
/// [`Code::InvalidUtf8`] for other bytes, and [`Code::SchemaPrefix`] where a registry's prefix stands before something else
/// than JSON; `buffer` then names the schema.
pub(super) fn decode<'a>(payload: &'a [u8], buffer: &mut String) -> Result<Decoding<'a>, Code> {
    buffer.clear();
    match payload {
        [b'{', second, ..] if *second != 0 => as_it_is(payload),
        _ if payload.starts_with(UTF8_MARK) => as_it_is(&payload[UTF8_MARK.len()..]),
        _ if payload.starts_with(LITTLE_MARK) => utf16(&payload[2..], u16::from_le_bytes, buffer),
        _ if payload.starts_with(BIG_MARK) => utf16(&payload[2..], u16::from_be_bytes, buffer),
        [b'{', 0, ..] => utf16(payload, u16::from_le_bytes, buffer),
        [0, b'{', 0, ..] => utf16(payload, u16::from_be_bytes, buffer),
        [0, rest @ ..] if rest.len() >= ID => behind_prefix(rest, buffer),
        _ => as_it_is(payload),
    }
}

fn as_it_is(bytes: &[u8]) -> Result<Decoding<'_>, Code> {
    std::str::from_utf8(bytes).map(Decoding::AsItIs).map_err(|_| Code::InvalidUtf8)
}

fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16, buffer: &mut String) -> Result<Decoding<'a>, Code> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Code::InvalidUtf8);
    }
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(sign) => buffer.push(sign),
            Err(_) => {
                buffer.clear();
                return Err(Code::InvalidUtf8);
            }
        }
    }
    Ok(Decoding::Decoded)
}

/// Bytes of a schema's id as most registries write it, big-endian behind one zero byte.
const ID: usize = 4;
/// Some registries write ids of eight bytes.
const LONG_ID: usize = 8;

fn behind_prefix<'a>(rest: &'a [u8], buffer: &mut String) -> Result<Decoding<'a>, Code> {
    let json = [ID, LONG_ID].into_iter().filter_map(|length| rest.get(length..));
    if let Some(json) =
        json.chain(behind_escaped_id(rest)).find(|json| json.trim_ascii_start().starts_with(b"{"))
    {
        return as_it_is(json);
    }
    let id = rest.iter().take(ID).fold(0_u32, |id, byte| id << 8 | u32::from(*byte));
    // Writing into a string can't fail.
    let _ = write!(buffer, "schema {id}");
    Err(Code::SchemaPrefix)
}

/// What stands behind an id that a dump wrote as four characters up to U+00FF and a reader took for UTF-8.
fn behind_escaped_id(rest: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    for _ in 0..ID {
        at += match rest.get(at..)? {
            [byte, ..] if *byte < 0x80 => 1,
            [0xc2 | 0xc3, 0x80..0xc0, ..] => 2,
            _ => return None,
        };
    }
    rest.get(at..)
}
