//! A shop's own words for what Bystander has words for.

use crate::problem::Problem;
use std::collections::BTreeMap;

/// Words and what they mean: Bystander's own, and the shop's beside them.
#[derive(Debug, Clone)]
pub(crate) struct Words<T>(BTreeMap<String, T>);

/// A closed set of meanings.
pub(crate) struct Meanings<'a, T> {
    /// The config key that maps words to them.
    pub(crate) key: &'a str,
    /// What one of them is called.
    pub(crate) noun: &'a str,
    pub(crate) all: &'a [T],
    pub(crate) name: fn(T) -> &'static str,
}

impl<T: Copy> Meanings<'_, T> {
    /// Their names, for messages.
    pub(crate) fn listed(&self) -> String {
        let names: Vec<_> = self.all.iter().map(|&one| (self.name)(one)).collect();
        names.join(", ")
    }
}

impl<T: Copy> Words<T> {
    pub(crate) fn compile(
        meanings: &Meanings<'_, T>,
        mapped: &BTreeMap<String, String>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let Meanings { key, noun, all, name } = *meanings;
        let mut words: BTreeMap<_, _> = all.iter().map(|&one| (name(one).to_owned(), one)).collect();
        for (word, meaning) in mapped {
            match all.iter().find(|&&one| name(one) == meaning) {
                Some(&one) => drop(words.insert(word.clone(), one)),
                None => {
                    let fix = format!("write one of {}", meanings.listed());
                    problems.push(Problem::new(
                        format!("{key}.{word}"),
                        format!("`{meaning}` is no {noun}"),
                        fix,
                    ));
                }
            }
        }
        Self(words)
    }

    /// Adds words that mean what they say, as far as they aren't mapped already.
    pub(crate) fn add(&mut self, words: impl Iterator<Item = (&'static str, T)>) {
        for (word, meaning) in words {
            self.0.entry(word.to_owned()).or_insert(meaning);
        }
    }

    pub(crate) fn meaning(&self, word: &str) -> Option<T> {
        self.0.get(word).copied()
    }
}
