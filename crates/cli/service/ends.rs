//! What "caught up" means: the ends of all inputs as they were when the process started.

use bystander_core::record::StreamId;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{Failure, Job, read_checkpoints};
use bystander_pipeline::{Ends, Stop};

/// Ends to reach, by any instance.
pub(crate) struct EndsWatch {
    ends: Ends,
    job: Job,
}

impl EndsWatch {
    /// Notes the end of every input partition.
    ///
    /// # Errors
    /// When an input can't be asked.
    pub(crate) fn snapshot(job: &Job) -> Result<Self, Failure> {
        let client = LiveClient::new(job.live(), job.status())?;
        let mut ends = Ends::new();
        for (stream, topic) in job.inputs().iter().enumerate() {
            for partition in 0..client.partitions(topic)? {
                let (_, end) = client.watermarks(topic, partition)?;
                ends.insert((StreamId(stream), partition), end);
            }
        }
        Ok(Self { ends, job: job.clone() })
    }

    /// The ends, for the shards.
    pub(crate) fn ends(&self) -> Ends {
        self.ends.clone()
    }

    /// Whether committed checkpoints, of this instance or others, have reached them all.
    ///
    /// # Errors
    /// When the checkpoints can't be read.
    pub(crate) fn reached(&self) -> Result<bool, Failure> {
        let checkpoints = read_checkpoints(self.job.shadow(), &Stop::default())?;
        let next = |(stream, partition): &(StreamId, i32)| {
            let topic = self.job.inputs().get(stream.0)?;
            Some(checkpoints.get(&(topic.clone(), *partition))?.next_offset)
        };
        Ok(self.ends.iter().all(|(place, &end)| next(place).is_some_and(|next| next >= end)))
    }
}
