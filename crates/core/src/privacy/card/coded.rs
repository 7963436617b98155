//! Characters that are written as others: by URL encoding, quoted-printable, HTML's references and tags, and the escapes of
//! JSON, JavaScript and C.

/// Most rounds of decoding: texts are found encoded twice, not five times.
pub(super) const MOST_ROUNDS: usize = 4;

/// Bytes that may begin something coded.
pub(super) fn may_begin(byte: u8) -> bool {
    matches!(byte, b'%' | b'&' | b'\\' | b'<' | b'=')
}

/// `text` decoded by one round; `None` where nothing in it is coded.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut decoded = None;
    while let Some(&byte) = text.get(at) {
        match may_begin(byte).then(|| coded(&text[at..], decoded == Some(at))).flatten() {
            Some((one, length)) => {
                match one {
                    One::Byte(byte) => out.push(byte),
                    One::Char(one) => out.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                at += length;
                decoded = Some(at);
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    decoded.map(|_| out)
}

enum One {
    Byte(u8),
    Char(char),
}

/// What the coded character at the beginning of `text` is, and its length there; `goes_on` behind another one.
fn coded(text: &[u8], goes_on: bool) -> Option<(One, usize)> {
    let code = |from: usize, digits: usize| hex(text.get(from..from + digits)?);
    let byte = |from: usize| code(from, 2).map(|byte| byte as u8);
    let char = |from: usize, digits: usize| code(from, digits).and_then(char::from_u32).map(One::Char);
    match text {
        [b'%' | b'\\', b'u', b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => Some((char(2, 4)?, 6)),
        [b'%', ..] => Some((One::Byte(byte(1)?), 3)),
        [b'\\', b'u', b'{', rest @ ..] => {
            let end = rest.iter().take(7).position(|byte| *byte == b'}')?;
            Some((char(3, end)?, end + 4))
        }
        [b'\\', b'U', b'0', b'0', ..] => Some((char(4, 6)?, 10)),
        [b'\\', b'x', ..] => Some((One::Byte(byte(2)?), 4)),
        [b'\\', b't' | b'n' | b'r', ..] => Some((One::Byte(b' '), 2)),
        [b'\\', high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', ..] => {
            Some((One::Byte((high - b'0') * 64 + (middle - b'0') * 8 + (low - b'0')), 4))
        }
        // At least two in a row, or any number behind an equals sign would be one.
        [b'=', _, _, rest @ ..] if goes_on || rest.first() == Some(&b'=') => Some((One::Byte(byte(1)?), 3)),
        [b'&', rest @ ..] => reference(rest),
        [b'<', rest @ ..] => tag(rest),
        _ => None,
    }
}

/// Most bytes of a tag.
const LONGEST_TAG: usize = 256;

/// An HTML or XML tag behind its `<`.
fn tag(text: &[u8]) -> Option<(One, usize)> {
    let named = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?');
    text.first().filter(|byte| named(byte))?;
    let end = text.iter().take(LONGEST_TAG).position(|byte| matches!(byte, b'<' | b'>'))?;
    (text[end] == b'>').then_some((One::Byte(b' '), end + 2))
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
