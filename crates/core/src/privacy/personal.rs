//! What else in a payload is told to be a person's by its form: e-mail addresses and IP addresses.

use super::card::{LETTER, forms};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a text holds an e-mail address or an IP address, however it is encoded.
pub(crate) fn holds_address(text: &[u8]) -> bool {
    forms(text).any(|form| holds_email(&form) || holds_ip(&form))
}

/// `local@domain.tld`, loosely: one letter or digit before, a dot somewhere behind.
fn holds_email(text: &[u8]) -> bool {
    let domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | &LETTER);
    let local = |byte: &u8| domain(byte) || matches!(byte, b'"' | b'_' | b'+');
    let ats = text.iter().enumerate().filter(|(_, byte)| **byte == b'@');
    ats.into_iter().any(|(at, _)| {
        let behind = &text[at + 1..];
        let behind = &behind[..behind.iter().position(|byte| !domain(byte)).unwrap_or(behind.len())];
        let dot = behind.iter().position(|byte| *byte == b'.');
        at > 0 && local(&text[at - 1]) && dot.is_some_and(|dot| dot > 0 && dot + 1 < behind.len())
    })
}

fn holds_ip(text: &[u8]) -> bool {
    let part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    text.split(|byte| !part(byte)).filter_map(|token| std::str::from_utf8(token).ok()).any(|token| {
        let token = token.trim_end_matches(['.', ':']);
        let (dots, colons) = (token.matches('.').count(), token.matches(':').count());
        // A port, or the JSON around it, may stand beside an IPv4 address.
        let v4 = dots >= 3 && token.split(':').any(|token| token.parse::<Ipv4Addr>().is_ok());
        v4 || colons >= 2 && token.len() >= 6 && token.parse::<Ipv6Addr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_every_encoding_of_a_payload() {
        for text in [
            "jane@example.com",
            r#"{"mail":"jane.doe+x@mail.example.co.uk"}"#,
            "jane%40example.com",
            "jane%2540example.com",
            r"jane\u0040example.com",
            "jane&#64;example.com",
            "jane＠example．com",
            "änne@bücher.example",
            "иван@почта.рф",
            "用户@例子.广告",
            "j\0a\0n\0e\0@\0e\0x\0.\0c\0o\0m\0",
            r#"{"ip":"203.0.113.9"}"#,
            "from 203.0.113.9:443.",
            "2001:db8::8a2e:370:7334",
            r#"{"a":"fe80::1ff:fe23:4567:890a"}"#,
        ] {
            assert!(holds_address(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn amounts_times_and_ids_are_no_addresses() {
        for text in [
            r#"{"a":1.5,"at":"2026-11-30T10:00:00Z","b":"10:00:00"}"#,
            "v1.2.3",
            "999.1.2.3",
            "@home",
            "a @ b.c",
            "sku@12",
            "00:1a:2b:3c:4d:5e",
        ] {
            assert!(!holds_address(text.as_bytes()), "{text}");
        }
    }
}
