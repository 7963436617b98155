//! Keyed hashes in the place of identifiers.

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
