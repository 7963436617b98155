//! Characters that are written as others: by URL encoding, HTML references, and the escapes of JSON and C.

/// Most rounds of decoding: texts are found encoded twice, not five times.
pub(super) const MOST_ROUNDS: usize = 4;

/// `text` decoded by one round; `None` where nothing in it is coded.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut decoded = false;
    while let Some(&byte) = text.get(at) {
        match coded(&text[at..]) {
            Some((one, length)) => {
                match one {
                    One::Byte(byte) => out.push(byte),
                    One::Char(one) => out.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                at += length;
                decoded = true;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    decoded.then_some(out)
}

enum One {
    Byte(u8),
    Char(char),
}

/// What the coded character at the beginning of `text` is, and its length there.
fn coded(text: &[u8]) -> Option<(One, usize)> {
    match text {
        [b'%', high, low, ..] => Some((One::Byte(hex(&[*high, *low])? as u8), 3)),
        [b'\\', b'u', code @ ..] => Some((One::Char(char::from_u32(hex(code.get(..4)?)?)?), 6)),
        [b'\\', b'x', code @ ..] => Some((One::Byte(hex(code.get(..2)?)? as u8), 4)),
        [b'\\', b't' | b'n' | b'r', ..] => Some((One::Byte(b' '), 2)),
        [b'&', rest @ ..] => reference(rest),
        _ => None,
    }
}

/// An HTML character reference behind its `&`; named ones are separators as far as numbers are concerned.
fn reference(text: &[u8]) -> Option<(One, usize)> {
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let one = match &text[..end] {
        b"amp" => One::Byte(b'&'),
        [b'#', b'x' | b'X', code @ ..] => One::Char(char::from_u32(hex(code)?)?),
        [b'#', code @ ..] => One::Char(char::from_u32(std::str::from_utf8(code).ok()?.parse().ok()?)?),
        name if end > 1 && name.iter().all(u8::is_ascii_alphabetic) => One::Byte(b' '),
        _ => return None,
    };
    Some((one, end + 2))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let valid = (1..=6).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| valid)
}
