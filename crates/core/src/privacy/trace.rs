//! W3C trace context as it may leave: by its grammar, and without card numbers.
//!
//! Trace headers come from anywhere along a request's way, so whatever a caller put into them would leave with them.

use super::holds_card_number;

/// Bytes of a `traceparent`: version, trace id, parent id and flags.
const TRACEPARENT: usize = 55;
/// Most bytes of a `tracestate` that is passed on, as W3C asks of those who pass it on.
const TRACESTATE: usize = 512;
/// Most members of a `tracestate`.
const MEMBERS: usize = 32;

/// The value if it is a `traceparent` as W3C Trace Context defines it: lower-case hexadecimal, neither id all zeros.
pub fn traceparent(value: &[u8]) -> Option<&[u8]> {
    let text = Some(value).filter(|value| value.len() == TRACEPARENT)?;
    let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let hyphens = [2, 35, 52];
    let shaped = text
        .iter()
        .enumerate()
        .all(|(place, byte)| if hyphens.contains(&place) { *byte == b'-' } else { hex(byte) });
    let zeros = |range: std::ops::Range<usize>| text[range].iter().all(|byte| *byte == b'0');
    let valid = shaped && !text.starts_with(b"ff") && !zeros(3..35) && !zeros(36..52);
    (valid && !holds_card_number(value)).then_some(value)
}

/// The value if it is a `tracestate` as W3C Trace Context defines it.
pub fn tracestate(value: &[u8]) -> Option<&[u8]> {
    let text = Some(value).filter(|value| value.len() <= TRACESTATE)?;
    let mut members = text.split(|byte| *byte == b',').map(without_blanks);
    let valid =
        members.clone().count() <= MEMBERS && members.all(|member| member.is_empty() || is_member(member));
    (valid && !text.is_empty() && !holds_card_number(value)).then_some(value)
}

/// Without spaces and tabs at its ends, the only blanks that the grammar allows; a line break would be one to `trim_ascii`.
fn without_blanks(mut member: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = member {
        member = rest;
    }
    member
}

/// `key=value`; the key may name a tenant: `tenant@system`.
fn is_member(member: &[u8]) -> bool {
    let Some(equals) = member.iter().position(|byte| *byte == b'=') else { return false };
    let (key, value) = (&member[..equals], &member[equals + 1..]);
    let simple = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
    let part = |part: &[u8], longest: usize, digit_first: bool| {
        let first = part
            .first()
            .is_some_and(|byte| byte.is_ascii_lowercase() || digit_first && byte.is_ascii_digit());
        first && part.len() <= longest && part.iter().all(simple)
    };
    let key = match key.iter().position(|byte| *byte == b'@') {
        None => part(key, 256, false),
        Some(at) => part(&key[..at], 241, true) && part(&key[at + 1..], 14, false),
    };
    key && (1..=256).contains(&value.len())
        && value.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_passes_by_its_grammar_alone() {
        assert_eq!(traceparent(SOUND.as_bytes()), Some(SOUND.as_bytes()));
        for value in [
            "",
            "jane@example.com",
            "4242424242424242",
            &SOUND.to_uppercase(),
            &format!("{SOUND}-4242424242424242"),
            &format!("ff{}", &SOUND[2..]),
            &SOUND.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &SOUND.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &SOUND.replace("4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000004242424242424242"),
            &SOUND.replace("00f067aa0ba902b7", "4242424242424242"),
        ] {
            assert_eq!(traceparent(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn a_tracestate_passes_by_its_grammar_alone() {
        for value in
            ["rojo=00f067aa0ba902b7", "rojo=1,\tcongo=t61rcWkgMzE,", "0tenant@system=a b!", "a*/_-9=~"]
        {
            assert_eq!(tracestate(value.as_bytes()), Some(value.as_bytes()), "{value}");
        }
        let long = format!("a={}", "b".repeat(256));
        assert!(tracestate(long.as_bytes()).is_some());
        let crowded: Vec<_> = (0..33).map(|number| format!("a{number}=b")).collect();
        for value in [
            "",
            "jane@example.com",
            "no member",
            "Upper=1",
            "a=",
            "a=b=c",
            "a=\u{e9}",
            "a=b\r\n",
            "\u{c}a=b",
            "a=4242 4242 4242 4242",
            &format!("{long}c"),
            &crowded.join(","),
            &vec!["abcdefghi=abcdefghijklmnop"; 32].join(","),
        ] {
            assert_eq!(tracestate(value.as_bytes()), None, "{value}");
        }
    }
}
