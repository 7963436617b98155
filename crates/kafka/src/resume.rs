//! Partitions whose log is another one than their checkpoint's, and going on there on a person's word.

use crate::decide::decide;
use crate::live::LiveClient;
use crate::start::Job;
use bystander_core::checkpoint::{Checkpoint, FormerLog, InputLog, LogChange};
use bystander_pipeline::{Failure, Stop};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// A partition that is not read on, or won't be from the next start.
#[derive(Debug, Clone)]
pub struct ChangedInput {
    /// Its account in the former log.
    pub checkpoint: Checkpoint,
    /// What is different.
    pub reason: LogChange,
    /// When a shard noticed it, epoch milliseconds; `None` when it is only seen now.
    pub since_ms: Option<i64>,
    /// The topic's id now.
    pub topic_id: Option<String>,
    /// The oldest offset that the log keeps now.
    pub oldest: i64,
    /// Its end now.
    pub end: i64,
}

/// Compares checkpoints with the topics as they are now. What only reading can tell, another record in the place of the
/// last one, is known once a shard has met it.
///
/// # Errors
/// When an input can't be asked.
pub fn changed_inputs<'a>(
    client: &LiveClient,
    inputs: &[String],
    checkpoints: impl IntoIterator<Item = &'a Checkpoint>,
) -> Result<Vec<ChangedInput>, Failure> {
    let ids: BTreeMap<&str, Option<String>> =
        inputs.iter().map(String::as_str).zip(client.topic_ids(inputs)?).collect();
    let mut counts = BTreeMap::new();
    let mut changed = Vec::new();
    for checkpoint in checkpoints {
        let Some((&topic, id)) = ids.get_key_value(checkpoint.topic.as_str()) else { continue };
        let count = match counts.get(topic) {
            Some(&count) => count,
            None => *counts.entry(topic).or_insert(client.partitions(topic)?),
        };
        // A partition that the topic has no more can't be read on; its checkpoint says what it was.
        if checkpoint.partition >= count {
            continue;
        }
        let (oldest, end) = client.watermarks(topic, checkpoint.partition)?;
        let recreated = checkpoint.log.topic_id.is_some() && id.is_some() && checkpoint.log.topic_id != *id;
        let reason = match checkpoint.log.halt {
            Some(halt) => halt.reason,
            None if recreated => LogChange::Recreated,
            None if checkpoint.next_offset > end => LogChange::Truncated,
            None => continue,
        };
        changed.push(ChangedInput {
            checkpoint: checkpoint.clone(),
            reason,
            since_ms: checkpoint.log.halt.map(|halt| halt.since_ms),
            topic_id: id.clone(),
            oldest,
            end,
        });
    }
    Ok(changed)
}

/// Books for each of these partitions that it goes on in the log as it is now, at the given offset. Totals go on; what
/// the former log held from the position on stays unknown. A shard that runs starts again there by itself.
///
/// # Errors
/// As [`decide`], and when a partition was moved on by someone else meanwhile.
pub fn resume(job: &Job, accepted: &[(ChangedInput, i64)], stop: &Stop) -> Result<Vec<Checkpoint>, Failure> {
    let place = |checkpoint: &Checkpoint| (checkpoint.topic.clone(), checkpoint.partition);
    let by_place: BTreeMap<_, _> =
        accepted.iter().map(|accepted| (place(&accepted.0.checkpoint), accepted)).collect();
    let places = by_place.keys().cloned().collect();
    let accepted_ms = epoch_ms();
    decide(job.shadow(), &places, stop, &mut |checkpoint| {
        let (changed, from) = by_place.get(&place(checkpoint)).ok_or_else(|| {
            let what = format!(
                "topic {} partition {} was not to be resumed",
                checkpoint.topic, checkpoint.partition
            );
            Failure::lasting(what, "report this with the version: it is a fault of the program")
        })?;
        if checkpoint.log.generation() != changed.checkpoint.log.generation() {
            let what = format!(
                "topic {} partition {} was resumed meanwhile",
                checkpoint.topic, checkpoint.partition
            );
            return Err(Failure::passing(what, "look at `bystander status`"));
        }
        let log = std::mem::take(&mut checkpoint.log);
        let mut former = log.former;
        former.push(FormerLog {
            topic_id: log.topic_id,
            reason: changed.reason,
            next_offset: checkpoint.next_offset,
            accepted_ms,
            resumed_at: *from,
        });
        checkpoint.next_offset = *from;
        // It named an offset of the former log.
        checkpoint.scored_by = None;
        let declared_gaps = log.declared_gaps;
        checkpoint.log =
            InputLog { topic_id: changed.topic_id.clone(), former, declared_gaps, ..InputLog::default() };
        Ok(())
    })
}

/// Now, in milliseconds since 1970.
pub(crate) fn epoch_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
