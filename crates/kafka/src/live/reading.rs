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
    /// Whether it was met, or can't be met any more, so that what comes behind it belongs to the same log.
    met: bool,
    /// The last record that was handed over, by this reader or the one before.
    pub(super) last: Option<RecordMark>,
    /// The highest leader epoch of a record seen.
    epoch: Option<i32>,
    /// The epoch of the partition's leader when it was last told.
    leader: Option<i32>,
    /// It is not read on.
    pub(super) halted: bool,
}

/// What a record is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordCheck {
    /// The next one to hand over.
    New,
    /// One that was handed over before, or isn't wanted.
    Known,
    /// It shows that the log is another one.
    Foreign(LogChange),
    /// Another leader appended it than the records before: the log may have lost its end in between, so the last record
    /// is to be met again first.
    Unverified,
    /// It came in place of the last record, from another leader: the log was compacted, or it lost its end.
    Unmet,
}

impl Reading {
    /// From an offset on, in a log of which nothing is known.
    pub(super) fn from(next: i64) -> Self {
        Self { next, expected: None, met: false, last: None, epoch: None, leader: None, halted: false }
    }

    /// From a checkpoint on.
    pub(super) fn of(checkpoint: &Checkpoint) -> Self {
        let log = &checkpoint.log;
        // What a person left out behind the last record is not to be fetched again, so that can't be met.
        let left_out = |offset| log.present_gaps().any(|gap| gap.last_offset > offset);
        let last = log.last_record.filter(|last| !left_out(last.offset));
        Self {
            expected: last,
            last,
            epoch: log.last_record.and_then(|last| last.leader_epoch),
            halted: log.halt.is_some(),
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
        self.met = false;
    }

    /// Offsets before `oldest` are gone: what was to be met there can't be.
    pub(super) fn expire(&mut self, oldest: i64) {
        if self.expected.is_some_and(|expected| expected.offset < oldest) {
            self.expected = None;
            self.met = true;
        }
    }

    /// The last record, if reading went from it to `reached` without meeting it.
    pub(super) fn unmet(&self, reached: i64) -> Option<RecordMark> {
        self.expected.filter(|expected| !self.met && reached > expected.offset)
    }

    /// Says that the log is known to be the same, though the last record isn't there any more.
    pub(super) fn trust(&mut self) {
        self.expected = None;
        self.met = true;
    }

    /// Takes in the epoch of the partition's leader; tells whether the last record is to be met again, because it rose.
    pub(super) fn led_by(&mut self, epoch: i32) -> bool {
        let before = self.leader.replace(epoch);
        before.is_some_and(|before| epoch > before) && self.last.is_some()
    }

    /// Takes a record in; `mark` computes its mark.
    pub(super) fn judge(&mut self, record: &Arrived, mark: impl FnOnce() -> RecordMark) -> RecordCheck {
        let offset = record.position.offset;
        if self.halted {
            return RecordCheck::Known;
        }
        if record.leader_epoch.is_some() && record.leader_epoch < self.epoch {
            return RecordCheck::Foreign(LogChange::Replaced);
        }
        if offset < self.next {
            let same = match self.expected {
                Some(expected) if offset == expected.offset => {
                    self.met = mark().is_same(&expected);
                    self.met
                }
                // Behind the last record read there was none up to the position.
                Some(expected) => offset < expected.offset,
                None => true,
            };
            return if same { RecordCheck::Known } else { RecordCheck::Foreign(LogChange::Replaced) };
        }
        // Within one leader's epoch nothing is lost. Whatever a log lost is followed by records of a later one.
        let risen = record.leader_epoch.zip(self.epoch).is_some_and(|(now, before)| now > before);
        if risen && !self.met && self.last.is_some() {
            return if self.expected.is_some() { RecordCheck::Unmet } else { RecordCheck::Unverified };
        }
        self.expected = None;
        self.met = false;
        self.next = offset + 1;
        self.epoch = record.leader_epoch.or(self.epoch);
        RecordCheck::New
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
        let last = Some(mark(last, "x"));
        Reading { expected: last, last, epoch: Some(3), ..Reading::from(10) }
    }

    #[test]
    fn the_last_record_is_met_again_and_not_handed_over() {
        let mut reading = reading(9);
        assert_eq!(reading.begin(), 9);
        assert_eq!(reading.judge(&record(9, 3), || mark(9, "x")), RecordCheck::Known);
        assert_eq!(reading.judge(&record(10, 3), || unreachable!()), RecordCheck::New);
        assert_eq!(reading.judge(&record(10, 3), || unreachable!()), RecordCheck::Known);
        assert_eq!((reading.next, reading.begin()), (11, 11));
    }

    #[test]
    fn another_record_in_the_place_of_the_last_one_is_foreign() {
        let foreign = RecordCheck::Foreign(LogChange::Replaced);
        assert_eq!(reading(9).judge(&record(9, 3), || mark(9, "y")), foreign);
        let earlier = || RecordMark { timestamp_ms: Some(8), ..mark(9, "x") };
        assert_eq!(reading(9).judge(&record(9, 3), earlier), foreign);
    }

    #[test]
    fn a_record_where_there_was_none_is_foreign() {
        // Offsets 6 to 9 were an aborted transaction.
        let mut reading = reading(5);
        assert_eq!(reading.judge(&record(5, 3), || mark(5, "x")), RecordCheck::Known);
        let foreign = RecordCheck::Foreign(LogChange::Replaced);
        assert_eq!(reading.judge(&record(7, 3), || unreachable!()), foreign);
    }

    #[test]
    fn a_last_record_that_compaction_removed_is_passed() {
        assert_eq!(reading(9).judge(&record(12, 3), || unreachable!()), RecordCheck::New);
    }

    #[test]
    fn a_record_of_another_leader_counts_once_the_last_record_was_met_again() {
        let mut reading = reading(9);
        assert_eq!(reading.judge(&record(9, 3), || mark(9, "x")), RecordCheck::Known);
        assert_eq!(reading.judge(&record(10, 3), || unreachable!()), RecordCheck::New);
        reading.last = Some(mark(10, "y"));
        assert_eq!(reading.judge(&record(11, 4), || unreachable!()), RecordCheck::Unverified);
        reading.again();
        assert_eq!(reading.begin(), 10);
        assert_eq!(reading.judge(&record(10, 3), || mark(10, "y")), RecordCheck::Known);
        assert_eq!(reading.judge(&record(11, 4), || unreachable!()), RecordCheck::New);
        assert_eq!(reading.judge(&record(12, 4), || unreachable!()), RecordCheck::New);
    }

    #[test]
    fn a_record_of_another_leader_in_place_of_the_last_one_is_not_trusted() {
        let mut reading = reading(9);
        assert_eq!(reading.judge(&record(10, 4), || unreachable!()), RecordCheck::Unmet);
        assert_eq!(reading.unmet(10), Some(mark(9, "x")));
        assert_eq!(reading.unmet(9), None);
        reading.trust();
        assert_eq!(reading.unmet(10), None);
        assert_eq!(reading.judge(&record(10, 4), || unreachable!()), RecordCheck::New);
    }

    #[test]
    fn the_last_record_is_met_again_when_the_leader_changes() {
        let mut reading = reading(9);
        assert!(!reading.led_by(5));
        assert!(!reading.led_by(5));
        assert!(reading.led_by(6));
        // Nothing was read yet, so there is nothing to meet.
        let mut reading = Reading::from(10);
        assert!(!reading.led_by(5) && !reading.led_by(6));
    }

    #[test]
    fn a_falling_leader_epoch_is_foreign() {
        assert_eq!(
            Reading { epoch: Some(3), ..Reading::from(10) }.judge(&record(10, 2), || unreachable!()),
            RecordCheck::Foreign(LogChange::Replaced)
        );
        assert_eq!(Reading::from(10).judge(&record(10, 0), || unreachable!()), RecordCheck::New);
    }

    #[test]
    fn what_expired_is_not_waited_for() {
        let mut reading = reading(9);
        reading.expire(9);
        assert_eq!(reading.begin(), 9);
        reading.expire(10);
        assert_eq!(reading.begin(), 10);
        assert_eq!(reading.judge(&record(10, 4), || unreachable!()), RecordCheck::New);
    }
}
