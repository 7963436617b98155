//! A piece's source with everything outside the asked range left out, paced, and its gaps noted.

use crate::pace::Pacer;
use crate::plan::{Account, TimeWindow};
use crate::seams::PieceSource;
use crate::work::ReplayProgress;
use bystander_core::record::{Position, RawRecord, StreamId};
use bystander_pipeline::{Failure, Polled, Progress as At, Source};
use std::time::Duration;

/// One account while its piece is read.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) stream: StreamId,
    partition: i32,
    /// The asked range.
    start: i64,
    end: i64,
    next: i64,
    /// Records of the piece that were not asked for.
    pub(crate) outside: u64,
    /// Offsets that were gone, from and to.
    pub(crate) gaps: Vec<(i64, i64)>,
}

impl Walked {
    /// `from` is where the piece begins in the account.
    pub(crate) fn new(stream: StreamId, account: &Account, from: i64) -> Self {
        let Account { partition, start, end, .. } = *account;
        Self { stream, partition, start, end, next: from, outside: 0, gaps: Vec::new() }
    }

    /// The next offset that isn't known to be passed.
    pub(crate) fn from(&self) -> i64 {
        self.next
    }

    fn is(&self, stream: StreamId, partition: i32) -> bool {
        self.stream == stream && self.partition == partition
    }
}

/// The records of a piece that were asked for.
pub(crate) struct Windowed<'w, S> {
    pub(crate) source: &'w mut S,
    pub(crate) window: Option<TimeWindow>,
    pub(crate) walked: &'w mut [Walked],
    pub(crate) pacer: &'w Pacer,
    /// Bytes off the wire that were paced already; stays with the source.
    pub(crate) paced: &'w mut u64,
    pub(crate) progress: &'w ReplayProgress,
}

impl<S: PieceSource> Windowed<'_, S> {
    /// Waits for what came over the wire since last asked; tells whether there is a wire.
    fn pace_wire(&mut self) -> bool {
        let Some(received) = self.source.bytes_received() else { return false };
        let fresh = received.saturating_sub(*self.paced);
        *self.paced = received;
        self.pacer.wait_bytes(fresh);
        true
    }
}

impl<S: PieceSource> Source for Windowed<'_, S> {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        let by_wire = !self.pacer.is_free() && self.pace_wire();
        let Self { source, window, walked, pacer, progress, .. } = self;
        match source.poll(timeout)? {
            Polled::Record(record) => {
                let RawRecord { stream, position: Position { partition, offset }, timestamp_ms, .. } = record;
                let bytes = size(&record);
                progress.read(bytes);
                if !pacer.is_free() {
                    pacer.wait(if by_wire { 0 } else { bytes }, timestamp_ms);
                }
                let Some(account) = walked.iter_mut().find(|account| account.is(stream, partition)) else {
                    return Err(foreign(partition, offset));
                };
                account.next = offset + 1;
                let asked = (account.start..account.end).contains(&offset)
                    && window.is_none_or(|window| window.holds(timestamp_ms));
                if asked {
                    return Ok(Polled::Record(record));
                }
                account.outside += 1;
                Ok(Polled::Reached(At { stream, partition, next_offset: offset + 1 }))
            }
            Polled::Gap(at) => {
                lose(walked, at);
                Ok(Polled::Gap(at))
            }
            Polled::Unreadable(batch) => {
                lose(walked, batch.passed);
                Ok(Polled::Unreadable(batch))
            }
            Polled::Reached(at) => {
                if let Some(account) = walked.iter_mut().find(|account| account.is(at.stream, at.partition)) {
                    account.next = account.next.max(at.next_offset);
                }
                Ok(Polled::Reached(at))
            }
            other => Ok(other),
        }
    }
}

/// Offsets up to `at` hold nothing that can be read.
fn lose(walked: &mut [Walked], at: At) {
    if let Some(account) = walked.iter_mut().find(|account| account.is(at.stream, at.partition)) {
        if account.next < at.next_offset {
            account.gaps.push((account.next, at.next_offset));
        }
        account.next = account.next.max(at.next_offset);
    }
}

fn size(record: &RawRecord<'_>) -> u64 {
    let parts = [record.key, record.payload];
    parts.into_iter().flatten().map(|bytes| bytes.len() as u64).sum()
}

fn foreign(partition: i32, offset: i64) -> Failure {
    Failure::lasting(
        format!("a record of partition {partition} at offset {offset} is in no input of the plan"),
        "the input changed since it was planned: start the replay again",
    )
}
