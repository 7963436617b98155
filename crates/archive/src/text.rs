//! Readers that make JSON lines of what a file holds: UTF-16 becomes UTF-8, an array or indented JSON becomes a line per value.

use std::io::{self, Read};

/// What is read at once.
const CHUNK: usize = 1 << 16;
/// No part of UTF-8: what holds it is refused where it is decoded.
const INVALID: u8 = 0xff;

/// UTF-16 as UTF-8. Half a surrogate pair becomes a byte that no UTF-8 has, so that its line is refused, and no other.
pub(crate) struct Utf16<R> {
    inner: R,
    big_endian: bool,
    /// A byte whose other half wasn't read yet.
    half: Option<u8>,
    /// The first unit of a surrogate pair.
    high: Option<u16>,
    ready: Ready,
}

impl<R: Read> Utf16<R> {
    pub(crate) fn new(inner: R, big_endian: bool) -> Self {
        Self { inner, big_endian, half: None, high: None, ready: Ready::default() }
    }

    fn unit(&mut self, unit: u16) {
        let out = &mut self.ready.bytes;
        if let Some(high) = self.high.take() {
            if let Some(Ok(sign)) = char::decode_utf16([high, unit]).next() {
                out.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes());
                return;
            }
            out.push(INVALID);
        }
        match char::from_u32(u32::from(unit)) {
            Some(sign) => out.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xd800..0xdc00).contains(&unit) => self.high = Some(unit),
            None => out.push(INVALID),
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() {
            let mut chunk = vec![0; CHUNK];
            let read = self.inner.read(&mut chunk)?;
            if read == 0 {
                if self.half.take().is_none() && self.high.take().is_none() {
                    return Ok(0);
                }
                self.ready.bytes.push(INVALID);
                continue;
            }
            for &byte in &chunk[..read] {
                match self.half.take() {
                    None => self.half = Some(byte),
                    Some(first) if self.big_endian => self.unit(u16::from_be_bytes([first, byte])),
                    Some(first) => self.unit(u16::from_le_bytes([first, byte])),
                }
            }
        }
        Ok(self.ready.give(buffer))
    }
}

/// The values of a JSON array, or values that are written over several lines, each on a line of its own.
pub(crate) struct Flat<R> {
    inner: R,
    /// Objects and arrays that are open in the current value.
    depth: u32,
    /// Inside a string; whether the next byte is escaped.
    string: Option<bool>,
    /// Inside a number or a word outside of any object.
    scalar: bool,
    ready: Ready,
}

impl<R: Read> Flat<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, depth: 0, string: None, scalar: false, ready: Ready::default() }
    }

    fn byte(&mut self, byte: u8) {
        let out = &mut self.ready.bytes;
        if let Some(escaped) = self.string {
            out.push(byte);
            self.string = match (escaped, byte) {
                (false, b'"') => None,
                (false, b'\\') => Some(true),
                _ => Some(false),
            };
            if self.string.is_none() && self.depth == 0 {
                out.push(b'\n');
            }
            return;
        }
        let between = self.depth == 0 && !self.scalar;
        match byte {
            b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if between => {}
            b']' | b',' | b'\n' if self.scalar => {
                self.scalar = false;
                out.push(b'\n');
            }
            b'\n' | b'\r' => out.push(b' '),
            b'"' => {
                out.push(byte);
                self.string = Some(false);
            }
            b'{' | b'[' => {
                out.push(byte);
                self.depth += 1;
            }
            b'}' | b']' => {
                out.push(byte);
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    out.push(b'\n');
                }
            }
            _ => {
                out.push(byte);
                self.scalar |= between;
            }
        }
    }
}

impl<R: Read> Read for Flat<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() {
            let mut chunk = vec![0; CHUNK];
            let read = self.inner.read(&mut chunk)?;
            if read == 0 {
                return Ok(0);
            }
            chunk[..read].iter().for_each(|&byte| self.byte(byte));
        }
        Ok(self.ready.give(buffer))
    }
}

/// Bytes that were made and not yet given.
#[derive(Default)]
struct Ready {
    bytes: Vec<u8>,
    given: usize,
}

impl Ready {
    fn is_empty(&self) -> bool {
        self.given == self.bytes.len()
    }

    fn give(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.bytes[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        if self.is_empty() {
            self.bytes.clear();
            self.given = 0;
        }
        count
    }
}

/// How a file's text is written, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16 { big_endian: bool, marked: bool },
}

pub(crate) fn encoding(head: &[u8]) -> Encoding {
    match head {
        [0xff, 0xfe, ..] => Encoding::Utf16 { big_endian: false, marked: true },
        [0xfe, 0xff, ..] => Encoding::Utf16 { big_endian: true, marked: true },
        [b'{' | b'[', 0, ..] => Encoding::Utf16 { big_endian: false, marked: false },
        [0, b'{' | b'[', 0, ..] => Encoding::Utf16 { big_endian: true, marked: false },
        _ => Encoding::Utf8,
    }
}

/// Whether text that begins so is an array of objects, or JSON whose values take several lines: their first line is a brace
/// alone. Any other array is a line of a file of lines, and refused as such.
pub(crate) fn is_spread(head: &[u8]) -> bool {
    let text = head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head).trim_ascii_start();
    match text {
        [b'[', rest @ ..] => matches!(rest.trim_ascii_start().first(), None | Some(b'{' | b']')),
        [b'{', rest @ ..] => {
            let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
            rest.contains(&b'\n') && line.trim_ascii().is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn flat(text: &str) -> String {
        let mut out = String::new();
        Flat::new(text.as_bytes()).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn the_values_of_an_array_and_of_indented_json_are_a_line_each() {
        assert_eq!(
            flat("[{\"a\": [1, {}]},\n {\"b\":\"],\\\"{\"}]\n"),
            "{\"a\": [1, {}]}\n{\"b\":\"],\\\"{\"}\n"
        );
        assert_eq!(flat("{\n \"a\": 1\n}\n{\n}\n"), "{  \"a\": 1 }\n{ }\n");
        assert_eq!(flat("[1, null,\"x\"]"), "1\nnull\n\"x\"\n");
        assert_eq!(flat("[]"), "");
        assert_eq!(flat("[{\"a\":1},{\"b\""), "{\"a\":1}\n{\"b\"", "what is cut off stays visible");
    }

    #[test]
    fn half_a_surrogate_pair_spoils_its_own_line_only() {
        let units: Vec<u16> =
            "a\u{1f3e0}\n".encode_utf16().chain([0xd800, 0x62, 0x0a]).chain("c".encode_utf16()).collect();
        for big_endian in [false, true] {
            let bytes: Vec<u8> = units
                .iter()
                .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            let mut out = Vec::new();
            Utf16::new(&bytes[..], big_endian).read_to_end(&mut out).unwrap();
            assert_eq!(out, ["a\u{1f3e0}\n".as_bytes(), &[INVALID], b"b\nc"].concat());
        }
    }

    #[test]
    fn spread_json_is_told_from_lines() {
        for (head, spread) in [
            ("[", true),
            ("\u{feff} [", true),
            ("[\r\n  {", true),
            ("[]", true),
            ("[1,2]\n{}\n", false),
            ("{\n", true),
            ("{  \r\n", true),
            ("{", false),
            ("{\"a\":", false),
            ("{}\n{}\n", false),
            ("\n\n{ \"a\"", false),
            ("x[", false),
        ] {
            assert_eq!(is_spread(head.as_bytes()), spread, "{head:?}");
        }
    }
}
