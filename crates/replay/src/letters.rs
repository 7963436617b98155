//! Dead letters by code, each with the place of the first: what tells a person which field to look at.

use bystander_core::dead_letter::DeadLetter;
use serde::{Deserialize, Serialize};

/// Dead letters of one stage and code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeCount {
    /// Stage, as dead letters name it.
    pub stage: String,
    /// Code, as dead letters name it.
    pub code: String,
    /// How many there are.
    pub count: u64,
    /// The first of them, by topic, partition and offset.
    pub first: LetterPlace,
}

/// A record that became a dead letter, and the field at fault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LetterPlace {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
    /// Field, attribute or model; empty where the whole record is at fault.
    pub at: String,
}

/// Counts of dead letters, the most frequent first, then by stage and code.
#[derive(Debug, Default)]
pub(crate) struct Letters(Vec<CodeCount>);

impl Letters {
    /// Counts one.
    pub(crate) fn note(&mut self, letter: &DeadLetter<'_>) {
        let (stage, code, position) = (letter.stage.name(), letter.code.name(), letter.position);
        if let Some(known) = self.0.iter_mut().find(|one| one.code == code && one.stage == stage) {
            known.count += 1;
            let first = &known.first;
            let place = (letter.topic, position.partition, position.offset);
            if place >= (first.topic.as_str(), first.partition, first.offset) {
                return;
            }
            known.first = place_of(letter);
            return;
        }
        let (stage, code) = (stage.to_owned(), code.to_owned());
        self.0.push(CodeCount { stage, code, count: 1, first: place_of(letter) });
    }

    /// Adds the counts of a piece.
    pub(crate) fn add(&mut self, counts: &[CodeCount]) {
        for count in counts {
            match self.0.iter_mut().find(|one| one.code == count.code && one.stage == count.stage) {
                Some(known) => {
                    known.count += count.count;
                    known.first = known.first.clone().min(count.first.clone());
                }
                None => self.0.push(count.clone()),
            }
        }
    }

    pub(crate) fn into_counts(mut self) -> Vec<CodeCount> {
        let key = |one: &CodeCount| (std::cmp::Reverse(one.count), one.stage.clone(), one.code.clone());
        self.0.sort_by_cached_key(key);
        self.0
    }
}

fn place_of(letter: &DeadLetter<'_>) -> LetterPlace {
    LetterPlace {
        topic: letter.topic.to_owned(),
        partition: letter.position.partition,
        offset: letter.position.offset,
        at: letter.at.to_owned(),
    }
}
