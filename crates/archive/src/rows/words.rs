//! Texts that repeat, kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// A text of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) u32);

/// Every text once; what it holds grows with the number of different texts.
#[derive(Debug, Default)]
pub(crate) struct Words {
    texts: Vec<Arc<str>>,
    index: HashMap<Arc<str>, Word>,
}

impl Words {
    pub(crate) fn keep(&mut self, text: &str) -> Word {
        if let Some(&word) = self.index.get(text) {
            return word;
        }
        let word = Word(self.texts.len() as u32);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.index.insert(text, word);
        word
    }

    pub(crate) fn text(&self, word: Word) -> &str {
        &self.texts[word.0 as usize]
    }

    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.index.clear();
    }
}
