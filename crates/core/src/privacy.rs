//! What may leave the live side: identifiers as keyed pseudonyms, card numbers never.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Replaces identifiers by a keyed hash, so that they can be joined on but not read.
#[derive(Clone)]
pub struct Pseudonymiser {
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Pseudonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonymiser(key hidden)")
    }
}

/// Fewest bytes of a key.
pub const SHORTEST_KEY: usize = 16;

impl Pseudonymiser {
    /// A pseudonymiser with that key; `None` when it is shorter than [`SHORTEST_KEY`].
    pub fn new(key: &[u8]) -> Option<Self> {
        let mac = Hmac::new_from_slice(key).ok()?;
        (key.len() >= SHORTEST_KEY).then_some(Self { mac })
    }

    /// Appends the pseudonym: HMAC-SHA-256 (RFC 2104), first 128 bits, 32 lower-case hex digits.
    pub fn write(&self, identifier: &[u8], out: &mut String) {
        let mut mac = self.mac.clone();
        mac.update(identifier);
        write_hex(&mac.finalize().into_bytes()[..16], out);
    }
}

/// Appends lower-case hex.
pub fn write_hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

/// Whether `text` holds what looks like a payment card number: 13 to 16 or 19 digits that stand alone (no
/// letter, digit or underscore beside them, so that hexadecimal ids aren't taken for one), plain or grouped
/// as on cards, that begin and measure as the large schemes' numbers do and pass the Luhn check
/// (ISO/IEC 7812-1).
pub fn holds_card_number(text: &[u8]) -> bool {
    if text.len() < 13 {
        return false;
    }
    let in_word =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ' | b'-') || !byte.is_ascii();
    text.split(|&byte| !in_word(byte)).any(holds_alone)
}

/// How card numbers are written: plain, or in the groups that are embossed on cards.
const WRITTEN: [&[usize]; 9] =
    [&[13], &[14], &[15], &[16], &[19], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

/// Whether a card number begins at any of the words, parted by single spaces or hyphens.
fn holds_alone(text: &[u8]) -> bool {
    let mut words = text.split(|byte| matches!(byte, b' ' | b'-'));
    loop {
        let begins = |groups: &&[usize]| {
            gather(words.clone(), groups).is_some_and(|(digits, len)| is_card_number(&digits[..len]))
        };
        if WRITTEN.iter().any(begins) {
            return true;
        }
        if words.next().is_none() {
            return false;
        }
    }
}

/// The digits of the first words, if these measure as `groups` say.
fn gather<'t>(mut words: impl Iterator<Item = &'t [u8]>, groups: &[usize]) -> Option<([u8; 19], usize)> {
    let mut digits = [0; 19];
    let mut len = 0;
    for &group in groups {
        let word = words.next().filter(|word| word.len() == group && word.iter().all(u8::is_ascii_digit))?;
        for (place, digit) in digits[len..].iter_mut().zip(word) {
            *place = digit - b'0';
        }
        len += group;
    }
    Some((digits, len))
}

fn is_card_number(digits: &[u8]) -> bool {
    let prefix =
        |places: usize| digits.iter().take(places).fold(0_u32, |sum, &digit| sum * 10 + u32::from(digit));
    let issued = match digits.len() {
        13 | 19 => prefix(1) == 4 || prefix(2) == 62,
        14 => matches!(prefix(2), 36 | 38 | 39) || (300..=305).contains(&prefix(3)),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || (51..=55).contains(&prefix(2))
                || (2221..=2720).contains(&prefix(4))
                || matches!(prefix(4), 6011 | 3528..=3589)
                || matches!(prefix(2), 65 | 62)
                || (644..=649).contains(&prefix(3))
        }
        _ => false,
    };
    issued && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, doubled) => doubled / 2,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_seen_plain_grouped_and_inside_other_text() {
        // Numbers that the schemes publish for testing.
        for card in [
            "4242424242424242",
            "5555 5555 5555 4444",
            "3782-822463-10005",
            "6011111111111117",
            "ref:4242424242424242;",
        ] {
            assert!(holds_card_number(card.as_bytes()), "{card}");
        }
    }

    #[test]
    fn ordinary_identifiers_are_no_card_numbers() {
        for id in [
            "order-000123",
            "4242424242424241",
            "1234567890123456",
            "2026-11-20T10:00:00Z",
            "",
            "536365",
            "+49 170 1234567",
            "ord_4242424242424242",
            "a4242424242424242",
            "42424242-4242-4242-abcd-424242424242",
            "+49 170 1234567",
        ] {
            assert!(!holds_card_number(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn a_pseudonym_is_the_hmac_that_openssl_computes() {
        // printf 'customer-1' | openssl dgst -sha256 -hmac 'a key of 16 bytes'
        let mut out = String::new();
        Pseudonymiser::new(b"a key of 16 bytes").unwrap().write(b"customer-1", &mut out);
        assert_eq!(out.len(), 32);
        assert!(OPENSSL.starts_with(&out), "{out}");
    }

    const OPENSSL: &str = "75cc12dee7b2c68f6159e9ae53214d9fd7a3e809d472304587e13574d502bd5f";

    #[test]
    fn a_short_key_is_refused() {
        assert!(Pseudonymiser::new(b"short").is_none());
    }
}
