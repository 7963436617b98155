//! How far a reader is in the piece that it reads. Pure: what a client says goes in, what it means comes out.

use bystander_core::record::{Position, StreamId};
use bystander_pipeline::Progress;

/// A bounded range of one partition: everything before `next` has been delivered, or was never there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) stream: StreamId,
    pub(super) partition: i32,
    pub(super) next: i64,
    pub(super) end: i64,
}

impl Piece {
    pub(super) fn done(&self) -> bool {
        self.next >= self.end
    }

    /// Whether a piece from `start` goes on right where this one ended.
    pub(super) fn leads_to(&self, stream: StreamId, partition: i32, start: i64) -> bool {
        self.done() && (self.stream, self.partition, self.end) == (stream, partition, start)
    }

    /// Whether a record is of this partition and was not delivered before. It may lie past the end.
    pub(super) fn expects(&self, stream: StreamId, position: Position) -> bool {
        (self.stream, self.partition) == (stream, position.partition) && position.offset >= self.next
    }

    pub(super) fn progress(&self) -> Progress {
        Progress { stream: self.stream, partition: self.partition, next_offset: self.next }
    }

    /// Everything before the end has been delivered.
    pub(super) fn reach_end(&mut self) -> Progress {
        self.next = self.end;
        self.progress()
    }

    /// The oldest offset kept is `low`: what of the piece lies before it is gone. `None` when nothing is.
    pub(super) fn lose_before(&mut self, low: i64) -> Option<Progress> {
        (self.next < low).then(|| {
            self.next = low.min(self.end);
            self.progress()
        })
    }
}
