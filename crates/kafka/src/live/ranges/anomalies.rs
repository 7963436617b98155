//! What a reader of pieces does about ends without records, lost offsets and silence.

use super::{RangeReader, Silence};
use crate::failure::failed_at;
use crate::live::piece::Piece;
use crate::live::unreadable::Probe;
use crate::lookup;
use bystander_pipeline::{Failure, Progress, UnreadableBatch};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::{Duration, Instant};

/// How often it is looked up during a silence whether the topic is there at all, and how long that may take.
const LOOK: Duration = Duration::from_secs(4);
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

impl RangeReader {
    pub(super) fn failed(&self, piece: Piece, error: &KafkaError) -> Failure {
        let place = self.client.place(self.topic(piece.stream));
        let mut failure = failed_at(error, &format!("reading partition {}", piece.partition), &place);
        let detail = self.client.consumer.context().last_error();
        if !detail.is_empty() {
            failure.what = format!("{} ({detail})", failure.what);
        }
        failure
    }

    /// The partition's oldest offset and end; `None` while the brokers can't tell.
    fn look_up(&mut self, piece: Piece) -> Result<Option<(i64, i64)>, Failure> {
        match self.client.watermarks(self.topic(piece.stream), piece.partition) {
            Ok(range) => Ok(Some(range)),
            Err(failure) if failure.is_retriable() => {
                // Whatever made us look comes again with a new assignment.
                self.assignment.good = false;
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// The partition's end was met. Where it was isn't said, and it may be an older one than that of the piece:
    /// so the piece's end must have been there before an assignment, and the partition's end be met after it.
    pub(super) fn on_partition_end(&mut self, piece: Piece) -> Result<bool, Failure> {
        if self.assignment.end_exists || self.position().is_some_and(|position| position >= piece.end) {
            // The client doesn't tell the same end twice: what comes next needs an assignment of its own.
            self.assignment.good = false;
            return Ok(true);
        }
        match self.look_up(piece)? {
            Some((_, high)) if high >= piece.end => {
                self.assign_anew(piece)?;
                self.assignment.end_exists = true;
            }
            Some((_, high)) => self.assignment.ends_at = Some(high),
            None => {}
        }
        Ok(false)
    }

    /// A fetch met offsets that don't exist, and the client stopped there.
    pub(super) fn on_lost_offsets(&mut self, mut piece: Piece) -> Result<Option<Progress>, Failure> {
        self.assignment.good = false;
        let Some((low, high)) = self.look_up(piece)? else { return Ok(None) };
        if piece.next > high {
            return Err(self.truncated(piece, high));
        }
        let from = piece.next;
        let gap = piece.lose_before(low);
        if gap.is_some() {
            let topic = self.topic(piece.stream);
            tracing::warn!(
                topic,
                partition = piece.partition,
                from,
                to = piece.next,
                "offsets expired unread"
            );
        }
        self.piece = Some(piece);
        Ok(gap)
    }

    /// Some batch can't be opened: passes it, unless it can be after all.
    pub(super) fn on_unreadable(&mut self, mut piece: Piece) -> Result<Option<UnreadableBatch>, Failure> {
        // The client may have gone past it.
        self.assignment.good = false;
        let probe = Probe::new(&self.client, self.topic(piece.stream), piece.partition)?;
        let Some((behind, why)) = probe.examine(piece.next)? else { return Ok(None) };
        let first_offset = piece.next;
        piece.next = behind.min(piece.end);
        self.piece = Some(piece);
        Ok(Some(UnreadableBatch { first_offset, passed: piece.progress(), why }))
    }

    /// An error that the client library doesn't get over by itself.
    pub(super) fn unreadable(&self, piece: Piece, error: &KafkaError) -> Failure {
        let failure = self.failed(piece, error);
        let fix = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::LogTruncation) => "make a new plan: what had been read is no longer there",
            _ => return failure,
        };
        Failure::lasting(format!("{} at offset {} or soon after", failure.what, piece.next), fix)
    }

    pub(super) fn truncated(&self, piece: Piece, high: i64) -> Failure {
        let Piece { partition, next, end, .. } = piece;
        let place = self.client.place(self.topic(piece.stream));
        Failure::lasting(
            format!(
                "partition {partition} of {place} ends at offset {high}, but {next} to {end} are to be read: it was \
                 truncated or created again"
            ),
            "make a new plan",
        )
    }

    /// Nothing was heard of the piece for another while.
    pub(super) fn wait_on(&mut self, piece: Piece, waited: Duration) -> Result<(), Failure> {
        self.silence.lasts += waited;
        if self.silence.lasts - self.silence.looked_at > LOOK {
            self.look_why(piece)?;
        }
        if self.silence.lasts < self.patience {
            return Ok(());
        }
        self.silence = Silence::default();
        self.assignment.good = false;
        if let Some(high) = self.assignment.ends_at {
            return Err(self.truncated(piece, high));
        }
        let place = self.client.place(self.topic(piece.stream));
        let what = format!(
            "reading partition {} of {place} got no answer for {:?} at offset {}",
            piece.partition, self.patience, piece.next
        );
        Err(Failure::passing(what, "check that its brokers are up"))
    }

    /// The client library says nothing while the topic may not be seen, and little while it is gone. One refusal may be
    /// that of a broker which has just started; two of them aren't.
    fn look_why(&mut self, piece: Piece) -> Result<(), Failure> {
        let begun = Instant::now();
        let topic = self.client.place(self.topic(piece.stream));
        let looked = lookup::partitions(&*self.client.consumer, &topic, LOOK_TIMEOUT);
        self.silence.lasts += begun.elapsed();
        self.silence.looked_at = self.silence.lasts;
        match looked {
            Err(failure) if !failure.is_retriable() && self.silence.refused => {
                self.assignment.good = false;
                Err(failure)
            }
            Err(failure) => {
                self.silence.refused = !failure.is_retriable();
                Ok(())
            }
            Ok(_) => {
                self.silence.refused = false;
                Ok(())
            }
        }
    }
}
