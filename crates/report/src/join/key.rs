//! 128-bit hashes that stand for texts, and a table from hashes to indexes.

use super::intern::inverse;
use hashbrown::HashTable;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// `SipHash`-1-3-128 of a text. Among 10⁹ of them the chance that any two are equal is below 10⁻²⁰.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key([u64; 2]);

impl Key {
    /// Of one text.
    pub(crate) fn of(text: &str) -> Self {
        let mut hasher = SipHasher13::new();
        hasher.write(text.as_bytes());
        Self(hasher.finish128().as_u64().into())
    }

    /// 64 of its bits, to order samples by and to tell duplicates.
    pub(crate) fn short(self) -> u64 {
        self.0[0]
    }

    fn slot(self) -> u64 {
        self.0[1]
    }
}

/// Keys in the order they came, found by hash: 16 bytes a key and about 5 to 10 for the table.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    keys: Vec<Key>,
    table: HashTable<u32>,
}

impl KeyIndex {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn find(&self, key: Key) -> Option<u32> {
        self.table.find(key.slot(), |index| self.keys[*index as usize] == key).copied()
    }

    /// The key's index, and whether it is new. `None` when 2³² − 1 keys are there.
    pub(crate) fn insert(&mut self, key: Key) -> Option<(u32, bool)> {
        let Self { keys, table } = self;
        let next = u32::try_from(keys.len()).ok().filter(|next| *next != u32::MAX)?;
        let entry = table.entry(
            key.slot(),
            |index| keys[*index as usize] == key,
            |index| keys[*index as usize].slot(),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => Some((*found.get(), false)),
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                vacant.insert(next);
                keys.push(key);
                Some((next, true))
            }
        }
    }

    /// Sorts the keys and gives the former index at each place; `None` where they are sorted already.
    pub(crate) fn sort(&mut self) -> Option<Vec<u32>> {
        if self.keys.is_sorted() {
            return None;
        }
        let mut order: Vec<u32> = (0..self.keys.len() as u32).collect();
        order.sort_unstable_by_key(|index| self.keys[*index as usize]);
        self.keys = order.iter().map(|former| self.keys[*former as usize]).collect();
        let present = inverse(&order);
        self.table.iter_mut().for_each(|index| *index = present[*index as usize]);
        Some(order)
    }

    /// A number that depends on the key alone, to draw samples by.
    pub(crate) fn priority(&self, index: u32) -> u64 {
        self.keys[index as usize].short()
    }
}
