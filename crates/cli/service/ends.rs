//! What "caught up" means: the ends of all inputs as they were when the process started. Brokers that are away for a
//! while don't end the process.

use bystander_core::record::StreamId;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{Job, read_checkpoints};
use bystander_pipeline::Failure;
use bystander_pipeline::{EndOffsets, Stop};
use std::time::{Duration, Instant};

/// How long brokers are waited for before anything is begun.
const PATIENCE: Duration = Duration::from_secs(120);
/// Wait between two attempts.
const AGAIN: Duration = Duration::from_millis(500);

/// The way out of a halt.
const HOW_TO_GO_ON: &str =
    "`bystander resume --accept-recreated` shows how it can go on, and a new job name starts over";

/// Ends to reach, by any instance.
pub(crate) struct EndsWatch {
    ends: EndOffsets,
    job: Job,
}

impl EndsWatch {
    /// Notes the end of every input partition, as soon as its brokers answer.
    ///
    /// # Errors
    /// When an input can't be asked for two minutes, or may not be.
    pub(crate) fn snapshot(job: &Job) -> Result<Self, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Self::try_snapshot(job) {
                Err(failure) if failure.is_retriable() && Instant::now() < deadline => {
                    tracing::warn!(%failure, "the ends of the inputs are not known yet; trying again");
                    std::thread::sleep(AGAIN);
                }
                answer => return answer,
            }
        }
    }

    fn try_snapshot(job: &Job) -> Result<Self, Failure> {
        let client = LiveClient::new(job.live(), job.status())?;
        let mut ends = EndOffsets::new();
        for (stream, topic) in job.inputs().iter().enumerate() {
            for partition in 0..client.partitions(topic)? {
                let (_, end) = client.watermarks(topic, partition)?;
                ends.insert((StreamId(stream), partition), end);
            }
        }
        Ok(Self { ends, job: job.clone() })
    }

    /// The ends, for the shards.
    pub(crate) fn ends(&self) -> EndOffsets {
        self.ends.clone()
    }

    /// Whether committed checkpoints, of this instance or others, have reached them all.
    ///
    /// Checkpoints that can't be read for now have reached nothing.
    ///
    /// # Errors
    /// When the checkpoints can't be read until a person does something, or a partition is halted, which
    /// never reaches its end.
    pub(crate) fn reached(&self) -> Result<bool, Failure> {
        let checkpoints = match read_checkpoints(self.job.shadow(), &Stop::default()) {
            Err(failure) if failure.is_retriable() => {
                tracing::warn!(%failure, "whether everything is caught up is not known yet; trying again");
                return Ok(false);
            }
            answer => answer?,
        };
        let halted = |(stream, partition): &(StreamId, i32)| {
            let topic = self.job.inputs().get(stream.0)?;
            let halt = checkpoints.get(&(topic.clone(), *partition))?.log.halt?;
            Some(format!("topic {topic} partition {partition} is halted: {}", halt.reason))
        };
        if let Some(what) = self.ends.keys().find_map(halted) {
            return Err(Failure::lasting(what, HOW_TO_GO_ON));
        }
        let next = |(stream, partition): &(StreamId, i32)| {
            let topic = self.job.inputs().get(stream.0)?;
            Some(checkpoints.get(&(topic.clone(), *partition))?.next_offset)
        };
        Ok(self.ends.iter().all(|(place, &end)| next(place).is_some_and(|next| next >= end)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use bystander_kafka::{LiveSettings, ReadTopics, ShadowSettings, ShadowTopic};

    /// A job on clusters that are not there.
    fn away() -> Job {
        let (nowhere, inputs) = ("127.0.0.1:1", vec!["orders".to_owned()]);
        let read = ReadTopics::new(inputs.clone());
        let topics =
            ["comparisons", "dead-letters", "checkpoints"].map(|name| ShadowTopic::new(name, &read).unwrap());
        let mut shadow = ShadowSettings::new(nowhere, "job", topics);
        shadow.request_timeout = Duration::from_millis(300);
        Job::new(LiveSettings::new(nowhere, "job"), shadow, inputs).unwrap()
    }

    #[test]
    fn while_the_shadow_brokers_are_away_nothing_counts_as_caught_up_and_nothing_fails() {
        let watch = EndsWatch { ends: EndOffsets::from([((StreamId(0), 0), 5)]), job: away() };
        assert!(!watch.reached().unwrap());
    }
}
