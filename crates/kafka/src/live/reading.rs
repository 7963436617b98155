//! How far a partition is read, and whether its log is still the same. Pure: what a client delivers goes in.

use super::arrived::Arrived;
use bystander_core::checkpoint::{Checkpoint, LogChange, RecordMark};

/// An input partition of a reader.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The next offset to read.
    pub(super) next: i64,
    /// The last record that was read before; reading begins with it, so that it can be told whether it is still there.
    /// It is kept until a new record comes.
    pub(super) expected: Option<RecordMark>,
    /// The last record that was handed over, by this reader or the one before.
    pub(super) last: Option<RecordMark>,
    /// The highest leader epoch seen.
    epoch: Option<i32>,
    /// It is not read on.
    pub(super) halted: bool,
}

/// What a record is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next one to hand over.
    New,
    /// One that was handed over before, or isn't wanted.
    Known,
    /// It shows that the log is another one.
    Foreign(LogChange),
}

impl Reading {
    /// From an offset on, in a log of which nothing is known.
    pub(super) fn from(next: i64) -> Self {
        Self { next, expected: None, last: None, epoch: None, halted: false }
    }

    /// From a checkpoint on.
    pub(super) fn of(checkpoint: &Checkpoint) -> Self {
        let last = checkpoint.log.last_record;
        Self {
            expected: last,
            last,
            epoch: last.and_then(|last| last.leader_epoch),
            halted: checkpoint.log.halt.is_some(),
            ..Self::from(checkpoint.next_offset)
        }
    }

    /// Where to begin fetching.
    pub(super) fn begin(&self) -> i64 {
        self.expected.map_or(self.next, |expected| expected.offset.min(self.next))
    }

    /// Reads again from where it stands, after the client lost its place.
    pub(super) fn again(&mut self) {
        self.expected = self.last;
    }

    /// Offsets before `oldest` are gone: what was to be met there can't be.
    pub(super) fn expire(&mut self, oldest: i64) {
        self.expected = self.expected.filter(|expected| expected.offset >= oldest);
    }

    /// Takes a record in; `mark` computes its mark.
    pub(super) fn judge(&mut self, record: &Arrived, mark: impl FnOnce() -> RecordMark) -> Verdict {
        let offset = record.position.offset;
        if self.halted {
            return Verdict::Known;
        }
        if record.leader_epoch.is_some() && record.leader_epoch < self.epoch {
            return Verdict::Foreign(LogChange::Replaced);
        }
        if offset < self.next {
            let same = match self.expected {
                Some(expected) if offset == expected.offset => mark().is_same(&expected),
                // Behind the last record read there was none up to the position.
                Some(expected) => offset < expected.offset,
                None => true,
            };
            return if same { Verdict::Known } else { Verdict::Foreign(LogChange::Replaced) };
        }
        self.expected = None;
        self.next = offset + 1;
        self.epoch = record.leader_epoch.or(self.epoch);
        Verdict::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bystander_core::record::{Position, StreamId};

    fn record(offset: i64, epoch: i32) -> Arrived {
        let position = Position { partition: 0, offset };
        Arrived { stream: StreamId(0), position, timestamp_ms: Some(offset), leader_epoch: Some(epoch) }
    }

    fn mark(offset: i64, value: &str) -> RecordMark {
        RecordMark::of((offset, Some(offset), Some(3)), None, (Some(value.len()), value.as_bytes()))
    }

    /// Ten offsets were passed; the last record was at `last`, its value was `x`.
    fn reading(last: i64) -> Reading {
        Reading { expected: Some(mark(last, "x")), epoch: Some(3), ..Reading::from(10) }
    }

    #[test]
    fn the_last_record_is_met_again_and_not_handed_over() {
        let mut reading = reading(9);
        assert_eq!(reading.begin(), 9);
        assert_eq!(reading.judge(&record(9, 3), || mark(9, "x")), Verdict::Known);
        assert_eq!(reading.judge(&record(10, 3), || unreachable!()), Verdict::New);
        assert_eq!(reading.judge(&record(10, 3), || unreachable!()), Verdict::Known);
        assert_eq!((reading.next, reading.begin()), (11, 11));
    }

    #[test]
    fn another_record_in_the_place_of_the_last_one_is_foreign() {
        let foreign = Verdict::Foreign(LogChange::Replaced);
        assert_eq!(reading(9).judge(&record(9, 3), || mark(9, "y")), foreign);
        let earlier = || RecordMark { timestamp_ms: Some(8), ..mark(9, "x") };
        assert_eq!(reading(9).judge(&record(9, 3), earlier), foreign);
    }

    #[test]
    fn a_record_where_there_was_none_is_foreign() {
        // Offsets 6 to 9 were an aborted transaction.
        let mut reading = reading(5);
        assert_eq!(reading.judge(&record(5, 3), || mark(5, "x")), Verdict::Known);
        let foreign = Verdict::Foreign(LogChange::Replaced);
        assert_eq!(reading.judge(&record(7, 3), || unreachable!()), foreign);
    }

    #[test]
    fn a_last_record_that_compaction_removed_is_passed() {
        assert_eq!(reading(9).judge(&record(12, 3), || unreachable!()), Verdict::New);
    }

    #[test]
    fn a_falling_leader_epoch_is_foreign() {
        assert_eq!(
            Reading { epoch: Some(3), ..Reading::from(10) }.judge(&record(10, 2), || unreachable!()),
            Verdict::Foreign(LogChange::Replaced)
        );
        assert_eq!(Reading::from(10).judge(&record(10, 0), || unreachable!()), Verdict::New);
    }

    #[test]
    fn what_expired_is_not_waited_for() {
        let mut reading = reading(9);
        reading.expire(9);
        assert_eq!(reading.begin(), 9);
        reading.expire(10);
        assert_eq!(reading.begin(), 10);
    }
}
