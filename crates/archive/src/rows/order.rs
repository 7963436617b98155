//! The order in which comparisons stand in files: a function of the comparisons alone, not of their arrival.

use super::{Event, Rows};
use crate::day::Day;

/// Comparisons that go into one file, in order.
#[derive(Debug)]
pub(crate) struct Group<'r> {
    pub(crate) topic: &'r str,
    pub(crate) partition: i32,
    pub(crate) day: Day,
    /// Their numbers in order of arrival.
    pub(crate) rows: Vec<u32>,
}

impl Rows {
    /// All comparisons, parted by topic, partition and day; within a file they go by offset, then by model name,
    /// version and sha256.
    pub(crate) fn groups(&self) -> Vec<Group<'_>> {
        let (origins, models) = (ranks(&self.origins), ranks(&self.models));
        let topic = |event: &Event| self.origins[event.origin as usize].topic.as_str();
        let key = |&row: &u32| {
            let decided = &self.decisions[row as usize];
            let event = &self.events[decided.event as usize];
            let day = Day::of(event.occurred_at_ms);
            let (origin, model) = (origins[event.origin as usize], models[decided.model as usize]);
            ((topic(event), event.partition, day), event.offset, origin, model)
        };
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        // Arrival is nearly in order, which the stable sort makes use of.
        order.sort_by_key(key);
        order
            .chunk_by(|left, right| key(left).0 == key(right).0)
            .map(|rows| {
                let ((topic, partition, day), ..) = key(&rows[0]);
                Group { topic, partition, day, rows: rows.to_vec() }
            })
            .collect()
    }
}

impl Rows {
    /// The topic, partition and offset of every event.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        let topic = |event: &Event| self.origins[event.origin as usize].topic.as_str();
        self.events.iter().map(move |event| (topic(event), event.partition, event.offset))
    }
}

/// Each item's place among the sorted items.
fn ranks<T: Ord>(items: &[T]) -> Vec<u32> {
    let mut sorted: Vec<usize> = (0..items.len()).collect();
    sorted.sort_by_key(|&index| &items[index]);
    let mut ranks = vec![0; items.len()];
    for (rank, index) in sorted.into_iter().enumerate() {
        ranks[index] = rank as u32;
    }
    ranks
}
