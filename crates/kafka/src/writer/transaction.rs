//! A shard's open transaction.

use super::standing::Standing;
use super::{ShadowWriter, output_partition};
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::{Message, Output, Sink, SinkError, Transaction};
use rdkafka::producer::Producer;
use std::time::{Duration, Instant};

/// How long dropping an open transaction may take; the broker ends it later otherwise.
const ABORT_PATIENCE: Duration = Duration::from_secs(5);

impl Sink for ShadowWriter {
    type Transaction<'a> = ShadowTransaction<'a>;

    fn begin(&mut self) -> Result<ShadowTransaction<'_>, SinkError> {
        self.producer.poll(Duration::ZERO);
        // A fenced or otherwise dead producer says so itself when it is asked to begin.
        if self.producer.client().fatal_error().is_none() {
            self.standing.check(&self.place())?;
        }
        self.producer.begin_transaction().map_err(|error| self.classified(&error, "beginning"))?;
        Ok(ShadowTransaction { writer: self, open: true, sent: 0 })
    }
}

/// An open transaction of a shard.
pub struct ShadowTransaction<'a> {
    writer: &'a mut ShadowWriter,
    open: bool,
    sent: usize,
}

impl Transaction for ShadowTransaction<'_> {
    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        let target = match message.output {
            Output::Comparisons => &self.writer.comparisons,
            Output::DeadLetters => &self.writer.dead_letters,
        };
        let partition = output_partition(message.source_partition, target.partitions);
        self.sent += 1;
        if self.sent.is_multiple_of(256) {
            self.writer.producer.poll(Duration::ZERO);
        }
        self.writer.enqueue(&target.topic, partition, (message.key, message.value), message.headers)
    }

    fn commit(mut self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        let deadline = Instant::now() + self.writer.settings.commit_timeout;
        let sent = self.writer.write_checkpoints(checkpoints).and_then(|()| self.writer.flush(deadline));
        if let Err(error) = sent {
            self.writer.standing = Standing::Broken;
            return Err(error);
        }
        // Whatever comes of the commit: an abort can't follow it.
        self.open = false;
        self.writer.end(deadline)
    }

    fn abort(mut self) -> Result<(), SinkError> {
        self.open = false;
        self.writer.cancel(self.writer.settings.commit_timeout)
    }
}

impl Drop for ShadowTransaction<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.writer.cancel(ABORT_PATIENCE)
        {
            tracing::debug!(%error, "an open transaction is left to time out");
        }
    }
}
