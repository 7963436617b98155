//! The order in which comparisons stand in files: a function of the comparisons alone, not of their arrival.

use super::Rows;
use crate::day::Day;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::kind::Kind;
use bystander_core::text::Text;

/// Comparisons that go into one file, in order.
#[derive(Debug)]
pub(crate) struct Group<'r> {
    pub(crate) topic: Text<'r>,
    pub(crate) partition: i32,
    pub(crate) day: Day,
    /// Their numbers in order of arrival.
    pub(crate) rows: Vec<u32>,
}

/// Where an event stands.
#[derive(Debug)]
pub(crate) struct Place<'r> {
    pub(crate) topic: Text<'r>,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    day: Day,
}

impl Place<'_> {
    /// What is the same in all rows of a file.
    fn file(&self) -> (&str, i32, Day) {
        (&self.topic, self.partition, self.day)
    }
}

impl Rows {
    /// All comparisons, parted by topic, partition and day; within a file they go by offset, then by the columns of their
    /// run and model.
    pub(crate) fn groups(&self) -> Vec<Group<'_>> {
        let (runs, models) = (self.runs.ranks(&self.texts), self.models.ranks(&self.texts));
        let places: Vec<_> = self.places().collect();
        let place = |row: u32| &places[self.of_decisions[row as usize].event as usize];
        let key = |&row: &u32| {
            let decision = &self.of_decisions[row as usize];
            let run = self.of_events[decision.event as usize].run;
            let (run, model) = (runs[run as usize], models[decision.model as usize]);
            (place(row).file(), place(row).offset, run, model)
        };
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        // Arrival is nearly in order, which the stable sort makes use of.
        order.sort_by(|left, right| key(left).cmp(&key(right)));
        order
            .chunk_by(|&left, &right| place(left).file() == place(right).file())
            .map(|rows| {
                let Place { topic, partition, day, .. } = place(rows[0]);
                Group { topic: topic.clone(), partition: *partition, day: *day, rows: rows.to_vec() }
            })
            .collect()
    }

    /// Where every event stands.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        (0..).zip(&self.of_events).map(|(event, of_event)| {
            let mut record = ComparisonRecord::empty(Kind::Orders);
            self.runs.fill(of_event.run, &mut record, &self.texts);
            self.events.fill(event, &mut record, &self.texts);
            let day = Day::of(record.occurred_at_ms);
            let source = record.source;
            Place { topic: source.topic, partition: source.partition, offset: source.offset, day }
        })
    }
}
