//! One bounded piece of a partition after the other: what replay reads.

mod anomalies;
mod find;

use self::find::Found;
use super::arrived::Arrived;
use super::client::LiveClient;
use super::piece::Piece;
use super::scratch::Scratch;
use super::status::LiveStatus;
use super::wire::Wire;
use crate::config::LiveSettings;
use bystander_core::record::{RawRecord, StreamId};
use bystander_pipeline::{Failure, Polled, Progress, Source, UnreadableBatch};
use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Silence after which a piece that isn't done counts as failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads bounded pieces of the live cluster's partitions, committed records only.
///
/// Between two calls of [`assign`](Self::assign), [`poll`](Source::poll) gives every record of the piece once
/// and in order, a [`Gap`](Polled::Gap) over what retention removed, an [`Unreadable`](Polled::Unreadable) for a batch
/// that can't be opened, and [`Reached`](Polled::Reached) with the
/// piece's end unless its last offset was a record's. Then it gives [`Idle`](Polled::Idle) at once.
///
/// An error leaves the place where it was: polling again goes on there.
pub struct RangeReader {
    client: LiveClient,
    inputs: Vec<String>,
    patience: Duration,
    piece: Option<Piece>,
    /// The record in `scratch` lies at or past the end of the piece before; the next piece may begin with it.
    held: Option<Arrived>,
    scratch: Scratch,
    assignment: Assignment,
    silence: Silence,
    /// Where the fetcher was last seen; while it moves, silence is only a long aborted transaction.
    fetched: i64,
    wire: Wire,
}

/// A wait that nothing has ended yet.
#[derive(Debug, Clone, Copy, Default)]
struct Silence {
    /// Time spent waiting since anything was heard of the piece.
    lasts: Duration,
    /// How much of it had passed when the topic was last looked up.
    looked_at: Duration,
    /// That look-up was refused for good.
    refused: bool,
}

/// What is known of the client's present assignment.
#[derive(Debug, Clone, Copy, Default)]
struct Assignment {
    /// Whether reading goes on from it; otherwise the piece must be assigned anew first.
    good: bool,
    /// The position that an earlier assignment of the partition left behind, if any. It is reset in the
    /// background, and until then must not be taken for ours.
    stale_position: Option<i64>,
    /// The partition was seen to reach to the piece's end before this assignment: meeting the partition's end now
    /// means that the piece's end is met.
    end_exists: bool,
    /// Where the partition was last seen to end, while that lies before the piece's end.
    ends_at: Option<i64>,
}

impl RangeReader {
    /// Makes a reader of the topics of `inputs` (by [`StreamId`]); it connects in the background. The sizes of
    /// [`LiveSettings::fetch`] bound what it fetches ahead: see
    /// [`FetchSizes::for_rate`](crate::FetchSizes::for_rate).
    ///
    /// # Errors
    /// When a property can't be used.
    pub fn open(
        settings: &LiveSettings,
        inputs: &[String],
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        Self::of("live", settings, inputs, status)
    }

    /// The same for topics of either cluster, by the name that it has in what is told.
    pub(crate) fn of(
        cluster: &'static str,
        settings: &LiveSettings,
        inputs: &[String],
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            client: LiveClient::of(cluster, &settings.range_consumer(), settings, status)?,
            inputs: inputs.to_vec(),
            patience: PATIENCE,
            piece: None,
            held: None,
            scratch: Scratch::default(),
            assignment: Assignment::default(),
            silence: Silence::default(),
            fetched: -1,
            wire: Wire::default(),
        })
    }

    /// Changes how long the brokers may be silent before polling fails; 60 s without it.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Goes to the offsets of `range` in a partition. The piece right behind the one before is read on without
    /// fetching anything again. The end should be one that the partition has reached already.
    ///
    /// # Errors
    /// When the client refuses.
    pub fn assign(&mut self, stream: StreamId, partition: i32, range: Range<i64>) -> Result<(), Failure> {
        let piece = Piece { stream, partition, next: range.start, end: range.end };
        let goes_on = self.piece.is_some_and(|before| before.leads_to(stream, partition, range.start));
        self.piece = Some(piece);
        self.silence = Silence::default();
        if goes_on && self.assignment.good {
            // Ends met so far may lie before this piece's.
            self.assignment.end_exists = false;
            self.assignment.ends_at = None;
            return Ok(());
        }
        self.assignment.good = false;
        self.held = None;
        if piece.done() { Ok(()) } else { self.assign_anew(piece) }
    }

    /// Whether all of the present piece was delivered.
    pub fn done(&self) -> bool {
        self.piece.is_none_or(|piece| piece.done())
    }

    /// The next offset to read in the present piece.
    pub fn next(&self) -> Option<Progress> {
        self.piece.map(|piece| piece.progress())
    }

    /// Bytes received from the brokers so far, compressed as they were and with all protocol overhead. The client
    /// tells ten times a second, while it is polled; in between it is reckoned from what was delivered. What is
    /// fetched ahead, aborted or received twice is included, so pacing by this number keeps the rate on the wire.
    pub fn bytes_received(&mut self) -> u64 {
        let told = self.client.consumer.context().received();
        self.wire.received(told)
    }

    fn topic(&self, stream: StreamId) -> &str {
        self.inputs.get(stream.0).map_or("", String::as_str)
    }

    /// Reads from `piece.next` on; what was fetched ahead is thrown away.
    fn assign_anew(&mut self, piece: Piece) -> Result<(), Failure> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(self.topic(piece.stream), piece.partition, Offset::Offset(piece.next))
            .and_then(|()| self.client.consumer.assign(&list))
            .map_err(|error| self.failed(piece, &error))?;
        self.assignment = Assignment { good: true, ..Assignment::default() };
        self.assignment.stale_position = self.position();
        self.held = None;
        Ok(())
    }

    /// Everything before this offset was delivered, control records included. `None` while that isn't known.
    fn position(&self) -> Option<i64> {
        let Piece { stream, partition, .. } = self.piece?;
        let position = self.client.consumer.position().ok()?;
        let position = position.find_partition(self.topic(stream), partition)?.offset();
        position.to_raw().filter(|offset| *offset >= 0 && Some(*offset) != self.assignment.stale_position)
    }
}

/// What a poll found; the record of [`Step::Record`] can be looked at until the next one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Idle,
    Record(Arrived),
    Reached(Progress),
    Gap(Progress),
    Unreadable(UnreadableBatch),
}

impl RangeReader {
    /// Like [`poll`](Source::poll), without borrowing.
    pub(crate) fn step(&mut self, timeout: Duration) -> Result<Step, Failure> {
        let found = self.find(timeout)?;
        let Some(piece) = &mut self.piece else { return Ok(Step::Idle) };
        match found {
            Found::Nothing => return Ok(Step::Idle),
            Found::Record(arrived) if arrived.position.offset < piece.end => {
                piece.next = arrived.position.offset + 1;
                self.silence = Silence::default();
                self.wire.deliver(self.scratch.len());
                return Ok(Step::Record(arrived));
            }
            Found::Gap(gap) => {
                self.silence = Silence::default();
                return Ok(Step::Gap(gap));
            }
            Found::Unreadable(batch) => {
                self.silence = Silence::default();
                return Ok(Step::Unreadable(batch));
            }
            Found::Record(held) => self.held = Some(held),
            Found::End => {}
        }
        Ok(Step::Reached(piece.reach_end()))
    }

    /// The record that the last step found.
    pub(crate) fn record(&self, arrived: Arrived) -> RawRecord<'_> {
        let Arrived { stream, position, timestamp_ms, .. } = arrived;
        self.scratch.record(stream, position, timestamp_ms)
    }

    pub(crate) fn client(&self) -> &LiveClient {
        &self.client
    }
}

impl Source for RangeReader {
    fn poll(&mut self, timeout: Duration) -> Result<Polled<'_>, Failure> {
        Ok(match self.step(timeout)? {
            Step::Idle => Polled::Idle,
            Step::Record(arrived) => Polled::Record(self.record(arrived)),
            Step::Reached(progress) => Polled::Reached(progress),
            Step::Gap(progress) => Polled::Gap(progress),
            Step::Unreadable(batch) => Polled::Unreadable(batch),
        })
    }
}
