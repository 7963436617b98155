//! Waiting on the client, and what comes of it.

use super::{RangeReader, Silence};
use crate::live::arrived::Arrived;
use crate::live::piece::Piece;
use crate::live::unreadable::is_unreadable;
use crate::live::upkeep::passes_by_itself;
use crate::waiting::whole_milliseconds;
use bystander_pipeline::{Failure, Progress, UnreadableBatch};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::{Duration, Instant};

/// How long one wait on the client may take: in between it is looked whether the end was passed without a record.
const SLICE: Duration = Duration::from_millis(5);

/// What was found out about a piece.
pub(super) enum Found {
    Nothing,
    /// In the scratch; it may lie past the end.
    Record(Arrived),
    Gap(Progress),
    Unreadable(UnreadableBatch),
    End,
}

impl RangeReader {
    /// One wait on the client.
    fn receive(&mut self, piece: Piece, timeout: Duration) -> Result<Found, Failure> {
        let outcome = match self.client.consumer.poll(whole_milliseconds(timeout)) {
            None => return Ok(Found::Nothing),
            Some(Ok(message)) => Ok(Some(Arrived::new(&message, &self.inputs)?)
                .filter(|arrived| piece.expects(arrived.stream, arrived.position))
                .inspect(|_| self.scratch.fill(&message, self.client.settings.largest_value))),
            Some(Err(error)) => Err(error),
        };
        let error = match outcome {
            Ok(Some(arrived)) => return Ok(Found::Record(arrived)),
            Ok(None) => return Ok(Found::Nothing),
            Err(error) => error,
        };
        match (&error, error.rdkafka_error_code()) {
            (KafkaError::PartitionEOF(partition), _) if *partition == piece.partition => {
                Ok(if self.on_partition_end(piece)? { Found::End } else { Found::Nothing })
            }
            (KafkaError::PartitionEOF(_), _) => Ok(Found::Nothing),
            (_, Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)) => {
                Ok(self.on_lost_offsets(piece)?.map_or(Found::Nothing, Found::Gap))
            }
            (_, Some(code)) if passes_by_itself(code) => Ok(Found::Nothing),
            (_, Some(code)) if is_unreadable(code) => {
                Ok(self.on_unreadable(piece)?.map_or(Found::Nothing, Found::Unreadable))
            }
            _ => {
                // The client may have gone past what it couldn't read.
                self.assignment.good = false;
                Err(self.unreadable(piece, &error))
            }
        }
    }

    /// What the next thing is about the present piece, within the timeout.
    pub(super) fn find(&mut self, timeout: Duration) -> Result<Found, Failure> {
        let Some(piece) = self.piece.filter(|piece| !piece.done()) else { return Ok(Found::Nothing) };
        if let Some(held) = self.held.take_if(|held| piece.expects(held.stream, held.position)) {
            return Ok(Found::Record(held));
        }
        // While records are at hand, the clock needn't be asked.
        if self.assignment.good
            && let found @ (Found::Record(_) | Found::Gap(_) | Found::Unreadable(_) | Found::End) =
                self.receive(piece, Duration::ZERO)?
        {
            return Ok(found);
        }
        let begun = Instant::now();
        loop {
            if !self.assignment.good {
                self.assign_anew(piece)?;
            }
            let before = Instant::now();
            let left = timeout.saturating_sub(before - begun);
            match self.receive(piece, left.min(SLICE))? {
                Found::Nothing => {}
                found => return Ok(found),
            }
            if self.position().is_some_and(|position| position >= piece.end) {
                return Ok(Found::End);
            }
            self.notice_fetching(piece);
            self.wait_on(piece, before.elapsed())?;
            if begun.elapsed() >= timeout {
                return Ok(Found::Nothing);
            }
        }
    }

    /// While the fetcher moves, a silence is an aborted transaction.
    fn notice_fetching(&mut self, piece: Piece) {
        let Some(statistics) = self.client.consumer.context().take_statistics() else { return };
        let topic = statistics.topics.get(self.topic(piece.stream));
        let seen = topic.and_then(|topic| topic.partitions.get(&piece.partition));
        if let Some(seen) = seen.filter(|seen| seen.next_offset != self.fetched) {
            self.fetched = seen.next_offset;
            self.silence = Silence::default();
        }
    }
}
