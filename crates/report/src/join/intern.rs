//! Few different texts, each kept once.

use hashbrown::HashMap;

/// Texts by index, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    texts: Vec<Box<str>>,
    index: HashMap<Box<str>, u32>,
}

impl Texts {
    /// The text's index; it is copied when it is new.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if let Some(index) = self.index.get(text) {
            return *index;
        }
        let index = self.texts.len() as u32;
        self.texts.push(text.into());
        self.index.insert(text.into(), index);
        index
    }

    /// The same, but no new text beyond `most`.
    pub(crate) fn intern_within(&mut self, text: &str, most: usize) -> Option<u32> {
        match self.index.get(text) {
            Some(index) => Some(*index),
            None => (self.texts.len() < most).then(|| self.intern(text)),
        }
    }

    /// Sorts the texts; gives each former index its present one.
    pub(crate) fn sort(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_unstable_by_key(|index| &self.texts[*index as usize]);
        let present = inverse(&order);
        self.texts.sort_unstable();
        self.index.values_mut().for_each(|index| *index = present[*index as usize]);
        present
    }

    pub(crate) fn text(&self, index: u32) -> &str {
        self.texts.get(index as usize).map_or("", |text| text)
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}

/// Of an order, which says the former index at each place, the place of each former index.
pub(crate) fn inverse(order: &[u32]) -> Vec<u32> {
    let mut present = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(former, place)| present[*former as usize] = place);
    present
}
