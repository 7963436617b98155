//! Whether a log still holds what was read from it, when the last record that was read can't be met there.
//!
//! Compaction may have removed that record. Or the log lost its end, and what is in the record's place now is nothing that
//! a reader sees, such as the end of a transaction. The partition's leader tells them apart: it knows where the records of
//! each leader epoch end (KIP-320). In a log that lost the record, its epoch ends before it.

use super::client::LiveClient;
use super::reader::LiveReader;
use super::upkeep::passes_by_itself;
use crate::epoch::set_leader_epoch;
use crate::failure::failed_at;
use bystander_core::checkpoint::{LogChange, RecordMark};
use bystander_pipeline::{Failure, Progress};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

impl LiveReader {
    /// Reading went from the last record to `reached` without meeting that. Tells whether the log is the same all the
    /// same, and halts the partition otherwise.
    pub(super) fn check_lineage(&mut self, progress: Progress, reached: i64) -> Result<bool, Failure> {
        let topic = self.topic(progress.stream).to_owned();
        let Some(Some(reading)) = self.reading_of(progress.stream, progress.partition) else {
            return Ok(false);
        };
        let Some(last) = reading.unmet(reached) else { return Ok(true) };
        let place = (topic.as_str(), progress.partition);
        if !self.client.holds(place, &last)? {
            self.halt(progress, LogChange::Replaced);
            return Ok(false);
        }
        if let Some(Some(reading)) = self.reading_of(progress.stream, progress.partition) {
            reading.trust();
        }
        Ok(true)
    }
}

impl LiveClient {
    /// Whether the log of a partition once held a record, as far as its leader can tell. A record without a leader epoch
    /// counts as held: brokers before 0.11 know nothing else.
    fn holds(&self, place: (&str, i32), record: &RecordMark) -> Result<bool, Failure> {
        let Some(epoch) = record.leader_epoch else { return Ok(true) };
        // The client library asks when it seeks to a position that has an epoch. It would throw away what this client has
        // fetched, so another one does it.
        let config = self.settings.range_consumer();
        let asking = Self::of(self.cluster(), &config, &self.settings, &self.status)?;
        let failed = |error: &KafkaError| {
            let doing = format!("comparing the log of partition {}", place.1);
            failed_at(error, &doing, &asking.place(place.0))
        };
        asking.ask(place, (record.offset + 1, epoch)).map_err(|error| failed(&error))?.ok_or_else(|| {
            let what = format!("the leader of partition {} of {} gave no answer", place.1, place.0);
            Failure::passing(what, "check that its brokers are up")
        })
    }

    /// Whether the epoch reaches up to the position; `None` when no broker said so in time.
    fn ask(
        &self,
        (topic, partition): (&str, i32),
        (position, epoch): (i64, i32),
    ) -> Result<Option<bool>, KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(position))?;
        self.consumer.assign(&list)?;
        set_leader_epoch(&mut list, (topic, partition), epoch)?;
        let deadline = Instant::now() + self.settings.request_timeout;
        let mut asked = false;
        while Instant::now() < deadline {
            // It can't seek before it has taken the assignment in. What was fetched before doesn't come any more then.
            if !asked {
                let sought = self.consumer.seek_partitions(list.clone(), self.settings.request_timeout)?;
                let element = sought.find_partition(topic, partition);
                asked = element.is_some_and(|element| element.error().is_ok());
            }
            match self.consumer.poll(Duration::from_millis(100)) {
                None => {}
                _ if !asked => {}
                // It goes on there, so the position is good.
                Some(Ok(_)) | Some(Err(KafkaError::PartitionEOF(_))) => return Ok(Some(true)),
                Some(Err(error)) => match error.rdkafka_error_code() {
                    Some(RDKafkaErrorCode::AutoOffsetReset) => {
                        return Ok(Some(!tells_of_truncation(&self.consumer.context().last_error())));
                    }
                    Some(code) if passes_by_itself(code) => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(None)
    }
}

/// Whether the library gave a position up because of its epoch. Retention may have passed it, which is another matter.
fn tells_of_truncation(words: &str) -> bool {
    words.contains("log truncation") || words.contains("No epoch found")
}

#[cfg(test)]
mod tests {
    use super::tells_of_truncation;

    #[test]
    fn truncation_is_told_from_retention_by_the_librarys_words() {
        let truncated =
            "Partition log truncation detected at offset 30 (leader epoch 0): broker end offset is 20";
        assert!(tells_of_truncation(truncated));
        assert!(tells_of_truncation("No epoch found less or equal to offset 30 (leader epoch 7)"));
        assert!(!tells_of_truncation("fetch failed due to requested offset not available on the broker"));
    }
}
