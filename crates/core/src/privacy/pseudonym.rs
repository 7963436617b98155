//! Keyed hashes in the place of identifiers, and the keys they are made with.

use crate::text::write_hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Fewest bytes of a key.
pub const SHORTEST_KEY: usize = 16;
/// Most letters of a key's id.
pub const LONGEST_KEY_ID: usize = 16;

/// A key for pseudonyms, read from a file by the caller.
#[derive(Clone)]
pub struct PrivacyKey {
    /// The key itself.
    pub bytes: Vec<u8>,
    /// What its pseudonyms begin with, so that one tells which key made it; without it they are bare digits.
    pub id: Option<String>,
}

impl PrivacyKey {
    /// A key without an id.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), id: None }
    }
}

impl std::fmt::Debug for PrivacyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivacyKey(hidden, id {:?})", self.id)
    }
}

/// The key that pseudonyms are made with, and the one before it while records with its pseudonyms are still joined.
#[derive(Debug, Clone)]
pub struct PrivacyKeys {
    /// Makes every new pseudonym.
    pub current: PrivacyKey,
    /// Makes a second pseudonym of each outcome's subject, by which comparisons from before the rotation are found.
    pub previous: Option<PrivacyKey>,
}

impl From<PrivacyKey> for PrivacyKeys {
    fn from(current: PrivacyKey) -> Self {
        Self { current, previous: None }
    }
}

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProblem {
    /// It has fewer than [`SHORTEST_KEY`] bytes.
    Short,
    /// Its id isn't 1 to [`LONGEST_KEY_ID`] ASCII letters, digits, dots, dashes or underscores.
    WrongId,
}

/// Replaces identifiers by a keyed hash, so that they can be joined on but not read.
#[derive(Clone)]
pub struct Pseudonymiser {
    mac: Hmac<Sha256>,
    prefix: String,
}

impl std::fmt::Debug for Pseudonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonymiser(key hidden, prefix {:?})", self.prefix)
    }
}

impl Pseudonymiser {
    /// A pseudonymiser with that key.
    ///
    /// # Errors
    /// When the key is too short, or its id isn't plain.
    pub fn new(key: &PrivacyKey) -> Result<Self, KeyProblem> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let wrong = |id: &String| !(1..=LONGEST_KEY_ID).contains(&id.len()) || !id.bytes().all(plain);
        if key.id.as_ref().is_some_and(wrong) {
            return Err(KeyProblem::WrongId);
        }
        let mac = Hmac::new_from_slice(&key.bytes).ok().filter(|_| key.bytes.len() >= SHORTEST_KEY);
        let prefix = key.id.as_ref().map(|id| format!("{id}:")).unwrap_or_default();
        Ok(Self { mac: mac.ok_or(KeyProblem::Short)?, prefix })
    }

    /// Appends the pseudonym: the key's id and a colon if it has one, then HMAC-SHA-256 (RFC 2104), first 128 bits, 32
    /// lower-case hex digits.
    pub fn write(&self, identifier: &[u8], out: &mut String) {
        let mut mac = self.mac.clone();
        mac.update(identifier);
        out.push_str(&self.prefix);
        write_hex(&mac.finalize().into_bytes()[..16], out);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pseudonym(key: &PrivacyKey) -> String {
        let mut out = String::new();
        Pseudonymiser::new(key).unwrap().write(b"customer-1", &mut out);
        out
    }

    // printf 'customer-1' | openssl dgst -sha256 -hmac 'a key of 16 bytes'
    const OPENSSL: &str = "75cc12dee7b2c68f6159e9ae53214d9fd7a3e809d472304587e13574d502bd5f";

    #[test]
    fn a_pseudonym_is_the_hmac_that_openssl_computes() {
        assert_eq!(pseudonym(&PrivacyKey::new("a key of 16 bytes")), OPENSSL[..32]);
    }

    #[test]
    fn a_key_with_an_id_marks_its_pseudonyms_and_hashes_as_before() {
        let key = PrivacyKey { id: Some("2026-11".into()), ..PrivacyKey::new("a key of 16 bytes") };
        assert_eq!(pseudonym(&key), format!("2026-11:{}", &OPENSSL[..32]));
    }

    #[test]
    fn a_short_key_and_an_id_that_is_not_plain_are_refused() {
        assert_eq!(Pseudonymiser::new(&PrivacyKey::new("short")).err(), Some(KeyProblem::Short));
        for id in ["", "a:b", "a b", "seventeen-letters", "é"] {
            let key = PrivacyKey { id: Some(id.into()), ..PrivacyKey::new("a key of 16 bytes") };
            assert_eq!(Pseudonymiser::new(&key).err(), Some(KeyProblem::WrongId), "{id:?}");
        }
    }

    #[test]
    fn keys_are_not_printed() {
        let key = PrivacyKey::new("a key of 16 bytes");
        let printed = format!("{key:?} {:?} {:?}", Pseudonymiser::new(&key), PrivacyKeys::from(key.clone()));
        assert!(!printed.contains("a key of 16 bytes"), "{printed}");
    }
}
