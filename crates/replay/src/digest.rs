//! A digest of many comparisons that doesn't depend on their order or on who scored which.

use bystander_core::comparison::Comparison;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The sum, modulo 2^256, of the SHA-256 of each comparison's canonical bytes.
///
/// It tells two runs apart by accident, not by malice: sums of hashes can be forged with effort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest([u64; 4]);

impl Digest {
    /// Adds a comparison; `scratch` is reused.
    pub fn add(&mut self, comparison: &Comparison<'_>, scratch: &mut Vec<u8>) {
        scratch.clear();
        comparison.record("").write_canonical(scratch);
        self.add_bytes(scratch);
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        let hash = Sha256::digest(bytes);
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(hash.chunks_exact(8)) {
            *word = bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
        }
        self.merge(Self(words));
    }

    /// Adds all that another digest has.
    pub fn merge(&mut self, other: Self) {
        let mut carry = false;
        // The least significant word stands last.
        for (mine, theirs) in self.0.iter_mut().zip(other.0).rev() {
            let (sum, first) = mine.overflowing_add(theirs);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*mine, carry) = (sum, first || second);
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a digest has 64 hexadecimal digits");
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut words = [0; 4];
        for (index, word) in words.iter_mut().enumerate() {
            let digits = &text[index * 16..][..16];
            *word = u64::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(words))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn of(items: &[Vec<u8>]) -> Digest {
        let mut digest = Digest::default();
        items.iter().for_each(|item| digest.add_bytes(item));
        digest
    }

    #[test]
    fn one_item_is_its_sha256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of(&[b"abc".to_vec()]).to_string(), expected);
    }

    proptest! {
        #[test]
        fn neither_order_nor_sharding_shows(items in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..20), cut in 0..20_usize, seed in any::<u64>()) {
            let whole = of(&items);
            let cut = cut.min(items.len());
            let mut shards = of(&items[cut..]);
            shards.merge(of(&items[..cut]));
            prop_assert_eq!(whole, shards);
            let mut shuffled = items.clone();
            shuffled.sort_by_key(|item| item.iter().fold(seed, |hash, &byte| hash.rotate_left(5) ^ u64::from(byte)));
            prop_assert_eq!(whole, of(&shuffled));
            let text = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), whole);
        }

        #[test]
        fn doubling_or_losing_an_item_shows(items in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 1..20), at in any::<prop::sample::Index>()) {
            let at = at.index(items.len());
            let mut doubled = items.clone();
            doubled.push(items[at].clone());
            let mut lost = items.clone();
            lost.remove(at);
            prop_assert_ne!(of(&items), of(&doubled));
            prop_assert_ne!(of(&items), of(&lost));
        }
    }
}
