//! A replay's own topics: nothing of the live run's is touched.

use crate::bounded::BoundedReader;
use crate::checkpoints::{self, Checkpoints};
use crate::config::ShadowSettings;
use crate::shadow_topic::{ReadTopics, ShadowTopic};
use crate::writer::{ShadowWriter, TakeoverKey};
use bystander_core::problem::Problem;
use bystander_pipeline::{Failure, Stop};
use std::collections::BTreeSet;

/// The settings of a replay that writes to topics called after `name`: comparisons to `name` itself, dead letters
/// and checkpoints beside it. `run` takes the place of the job, whose group is only looked up, never joined.
///
/// # Errors
/// When one of the topics would be one that the config reads or the live run's, or the run is called like the job,
/// whose shards it would then fence off.
pub fn replay_settings(
    live_run: &ShadowSettings,
    read: &ReadTopics,
    name: &str,
    run: &str,
) -> Result<ShadowSettings, Problem> {
    if run == live_run.job {
        let what = format!("{run} is the live job's name");
        return Err(Problem::new("", what, "give the replay another name"));
    }
    let of_live_run = [&live_run.comparisons, &live_run.dead_letters, &live_run.checkpoints];
    let of_live_run = ReadTopics::new(of_live_run.map(ShadowTopic::name));
    let topic = |name: &str| {
        let topic = ShadowTopic::new(name, read)?;
        if of_live_run.contains(name) {
            let what = format!("{name} is a topic of the live run, which a replay leaves alone");
            return Err(Problem::new("", what, "choose another name"));
        }
        Ok(topic)
    };
    Ok(ShadowSettings {
        job: run.to_owned(),
        client_id: format!("{}-replay", live_run.client_id),
        comparisons: topic(name)?,
        dead_letters: topic(&format!("{name}.dead-letters"))?,
        checkpoints: topic(&format!("{name}.checkpoints"))?,
        ..live_run.clone()
    })
}

/// The writers of a run, and where it stands.
pub struct ReplayWriters {
    /// One for each worker, in order; [`ShadowWriter::open`] replaces one that failed.
    pub writers: Vec<ShadowWriter>,
    /// The latest checkpoint of each input partition of this run.
    pub checkpoints: Checkpoints,
}

/// Takes a run over: afterwards no other process can write for it, nothing of it is open, and what is answered is all
/// that it had committed. The number of workers may be another than before.
///
/// # Errors
/// When the cluster doesn't answer in time, refuses, or lacks the topics; when the checkpoints topic has fewer
/// partitions than there are workers; or on `stop`.
pub fn open_replay(settings: &ShadowSettings, workers: i32, stop: &Stop) -> Result<ReplayWriters, Failure> {
    let reader = BoundedReader::new(settings, &settings.checkpoints)?;
    let partitions = reader.partitions()?;
    if partitions < workers {
        return Err(Failure::lasting(
            format!("topic {} has {partitions} partitions for {workers} workers", settings.checkpoints),
            format!("use {partitions} workers, or let the topic be grown"),
        ));
    }
    let key = TakeoverKey::new(&settings.job, 0);
    let mut writers = Vec::new();
    // A worker needs a partition, so these are all that can ever have written.
    for worker in 0..partitions {
        let mut writer = ShadowWriter::open(settings, worker, stop)?;
        writer.mark(&key)?;
        if worker < workers {
            writers.push(writer);
        }
    }
    let marked: BTreeSet<i32> = (0..partitions).collect();
    let checkpoints = checkpoints::read_behind(&reader, &settings.job, (&key, &marked), stop)?;
    Ok(ReplayWriters { writers, checkpoints })
}

/// Takes one worker's part of a run over again after its writer failed. What is answered holds everything that this
/// worker had committed, also what the broker shows late; of other workers it may lack the latest.
///
/// # Errors
/// As [`open_replay`].
pub fn reopen_replay(
    settings: &ShadowSettings,
    worker: i32,
    stop: &Stop,
) -> Result<(ShadowWriter, Checkpoints), Failure> {
    let reader = BoundedReader::new(settings, &settings.checkpoints)?;
    let mut writer = ShadowWriter::open(settings, worker, stop)?;
    let key = TakeoverKey::new(&settings.job, worker);
    writer.mark(&key)?;
    let marks = (&key, &BTreeSet::from([worker]));
    let checkpoints = checkpoints::read_behind(&reader, &settings.job, marks, stop)?;
    Ok((writer, checkpoints))
}
