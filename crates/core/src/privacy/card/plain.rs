//! A text as the scan reads it: ASCII digits for every script's, separators and letters told apart, what can't be seen left
//! out.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Zeros of the decimal digits (general category Nd, Unicode 17) that NFKD doesn't turn into ASCII; one to nine follow
/// each.
const ZEROS: [u32; 68] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x10D30, 0x10D40,
    0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA,
    0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950,
];

/// Ones of the digits that aren't decimal ones to Unicode and have no compatibility form, but are read as digits all the
/// same: in circles, Ethiopic, Rumi, Brahmi; two to nine follow each.
const ONES: [u32; 7] = [0x1369, 0x24F5, 0x2776, 0x2780, 0x278A, 0x10E60, 0x11052];

/// Stands for a letter that isn't ASCII.
pub(in crate::privacy) const LETTER: u8 = 0xFF;

/// `text` in ASCII: digits of any script as `0` to `9`, Latin letters without their accents, other letters as [`LETTER`],
/// separators as blanks (ASCII's as they are), and no controls, format characters or combining marks. Bytes that aren't
/// UTF-8 separate.
pub(in crate::privacy) fn plain(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.extend(chunk.valid().nfkd().filter_map(class));
        if !chunk.invalid().is_empty() {
            out.push(b' ');
        }
    }
    out
}

fn class(one: char) -> Option<u8> {
    match one {
        '\t' | '\n' | '\x0b' | '\x0c' | '\r' => Some(b' '),
        ' '..='~' => Some(one as u8),
        _ if one.is_control() || is_format(one) || is_combining_mark(one) => None,
        _ => Some(digit(one).unwrap_or(if one.is_alphabetic() { LETTER } else { b' ' })),
    }
}

/// An ASCII digit for a digit of another script.
fn digit(one: char) -> Option<u8> {
    let code = u32::from(one);
    let since = |starts: &[u32], digits: u32| {
        let start = starts[..starts.partition_point(|start| *start <= code)].last()?;
        Some(code - start).filter(|value| *value < digits)
    };
    let value = match one {
        '\u{24FF}' | '\u{1F10B}' | '\u{1F10C}' => 0,
        '\u{19DA}' => 1,
        _ => since(&ZEROS, 10).or_else(|| since(&ONES, 9).map(|value| value + 1))?,
    };
    char::from_digit(value, 10).map(|digit| digit as u8)
}

/// Format characters (general category Cf): what joins, hides or directs text without being seen.
fn is_format(one: char) -> bool {
    matches!(one,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}
