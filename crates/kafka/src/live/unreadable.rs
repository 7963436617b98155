//! Batches that can't be opened: found, measured and passed.
//!
//! The client library tells of such a batch without its partition, and comes back to it for ever. So each partition
//! is tried by itself, with a client of its own, and the batch's end is found by reading from offsets behind its
//! first one: as long as the library names the same batch, they lie in it.

use super::client::LiveClient;
use super::reader::{Event, LiveReader};
use crate::failure::failed_at;
use bystander_pipeline::{Failure, Progress, Unreadable, UnreadableBatch};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

/// How often a batch is fetched before it counts as unreadable: a leader that has just changed may have a good copy.
const TRIES: usize = 3;

/// Whether an error means that a batch can't be opened.
pub(super) fn is_unreadable(code: RDKafkaErrorCode) -> bool {
    why(code).is_some()
}

fn why(code: RDKafkaErrorCode) -> Option<Unreadable> {
    match code {
        RDKafkaErrorCode::BadMessage => Some(Unreadable::Damaged),
        RDKafkaErrorCode::BadCompression => Some(Unreadable::Compression),
        _ => None,
    }
}

impl LiveReader {
    /// Some batch can't be opened: finds out where, and goes on behind it. The client may have gone past it by
    /// itself, so all partitions are read again, whatever is found; from their positions, since a batch that was passed
    /// before may lie between the last record and the position.
    pub(super) fn pass_unreadable(&mut self) -> Result<(), Failure> {
        let positions: Vec<_> = self.positions().collect();
        for progress in positions {
            let topic = self.topic(progress.stream).to_owned();
            let (_, high) = self.client.watermarks(&topic, progress.partition)?;
            let found = match progress.next_offset < high {
                true => {
                    Probe::new(&self.client, &topic, progress.partition)?.examine(progress.next_offset)?
                }
                false => None,
            };
            let Some((behind, why)) = found else {
                self.read_again(progress, progress.next_offset)?;
                continue;
            };
            let passed = Progress { next_offset: behind, ..progress };
            self.read_again(passed, passed.next_offset)?;
            let batch = UnreadableBatch { first_offset: progress.next_offset, passed, why };
            self.pending.push_back(Event::Unreadable(batch));
        }
        Ok(())
    }
}

/// What reading from an offset met first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// A record, or the end.
    Readable,
    /// A batch that can't be opened, by the offset of its first record.
    Unreadable(i64, Unreadable),
}

/// Reads one partition from chosen offsets, just far enough to see what is there.
pub(super) struct Probe {
    client: LiveClient,
    topic: String,
    partition: i32,
    patience: Duration,
}

impl Probe {
    /// Makes one of a partition, beside a client that goes on reading.
    pub(super) fn new(client: &LiveClient, topic: &str, partition: i32) -> Result<Self, Failure> {
        let mut config = client.settings.range_consumer();
        config.set("fetch.error.backoff.ms", "10").set("fetch.wait.max.ms", "50");
        let patience = client.settings.request_timeout;
        let client = LiveClient::of(client.cluster(), &config, &client.settings, &client.status)?;
        Ok(Self { client, topic: topic.to_owned(), partition, patience })
    }

    /// Where reading can go on, if the batch at `offset` can't be opened, and why it can't.
    pub(super) fn examine(&self, offset: i64) -> Result<Option<(i64, Unreadable)>, Failure> {
        let mut batch = None;
        for _ in 0..TRIES {
            match self.read_at(offset)? {
                Met::Readable => return Ok(None),
                Met::Unreadable(first, why) => batch = Some((first, why)),
            }
        }
        let Some((first, why)) = batch else { return Ok(None) };
        Ok(Some((self.end_of(first, offset)?, why)))
    }

    /// The first offset behind the batch that begins at `first` and holds `within`.
    fn end_of(&self, first: i64, within: i64) -> Result<i64, Failure> {
        // A batch further on that can't be opened either begins behind this one.
        let beyond = |offset| match self.read_at(offset)? {
            Met::Unreadable(other, _) if other == first => Ok::<_, Failure>(None),
            Met::Unreadable(other, _) if other > first => Ok(Some(offset.min(other))),
            _ => Ok(Some(offset)),
        };
        let (mut inside, mut step) = (within.max(first), 1);
        let mut outside = loop {
            match beyond(inside + step)? {
                Some(offset) => break offset,
                None => inside += step,
            }
            step *= 2;
        };
        while outside - inside > 1 {
            let middle = inside + (outside - inside) / 2;
            match beyond(middle)? {
                Some(offset) => outside = offset,
                None => inside = middle,
            }
        }
        Ok(outside)
    }

    fn failed(&self, error: &KafkaError) -> Failure {
        let doing = format!("trying offsets of partition {}", self.partition);
        failed_at(error, &doing, &self.client.place(&self.topic))
    }

    fn read_at(&self, offset: i64) -> Result<Met, Failure> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, self.partition, Offset::Offset(offset))
            .map_err(|error| self.failed(&error))?;
        self.client.consumer.assign(&list).map_err(|error| self.failed(&error))?;
        let deadline = Instant::now() + self.patience;
        while Instant::now() < deadline {
            let error = match self.client.consumer.poll(Duration::from_millis(100)) {
                None => continue,
                Some(Ok(message)) if message.offset() < offset => continue,
                Some(Ok(_)) | Some(Err(KafkaError::PartitionEOF(_))) => return Ok(Met::Readable),
                Some(Err(error)) => error,
            };
            match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                    return Ok(Met::Readable);
                }
                Some(code) if super::upkeep::passes_by_itself(code) => {}
                Some(code) => match (why(code), first_offset(&self.client.consumer.context().last_error())) {
                    (Some(why), Some(first)) => return Ok(Met::Unreadable(first, why)),
                    _ => return Err(self.failed(&error)),
                },
                None => return Err(self.failed(&error)),
            }
        }
        let place = self.client.place(&self.topic);
        let what = format!("partition {} of {place} gave nothing at offset {offset}", self.partition);
        Err(Failure::passing(what, "check that its brokers are up"))
    }
}

/// The offset of a batch's first record in the library's words about it: `… message at 7 of …`,
/// `MessageSet at offset 7 (…`.
fn first_offset(words: &str) -> Option<i64> {
    let (_, behind) = words.split_once(" at ")?;
    let number = behind.strip_prefix("offset ").unwrap_or(behind);
    let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::first_offset;

    #[test]
    fn the_batch_is_found_in_the_librarys_words() {
        let compression = "Decompression (codec 0x1) of message at 41 of 923000 bytes failed: Local: bad";
        assert_eq!(first_offset(compression), Some(41));
        let checksum =
            "MessageSet at offset 7 (310 bytes) failed CRC32C check (original 0x1 != calculated 0x2)";
        assert_eq!(first_offset(checksum), Some(7));
        assert_eq!(first_offset("Message at offset 9 (1 bytes) failed CRC check"), Some(9));
        assert_eq!(first_offset("Local: Bad message format"), None);
        assert_eq!(first_offset("Fetch at large"), None);
    }
}
