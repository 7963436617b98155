//! Traces of a job whose checkpoints are gone: its own comparisons.
//!
//! A partition without a checkpoint is read from the configured start. If it was read before, that doubles comparisons
//! or leaves records out, so a start looks for comparisons first and refuses.

use crate::config::ShadowSettings;
use crate::recorded::TopicReader;
use bystander_pipeline::{Failure, Stop};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Offsets that are looked through at the end of each partition of comparisons.
const LOOKED_THROUGH: i64 = 1000;

/// The part of a comparison that says where it came from.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow)]
    run_id: Cow<'a, str>,
    #[serde(borrow)]
    source: Origin<'a>,
}

#[derive(Deserialize)]
struct Origin<'a> {
    #[serde(borrow)]
    topic: Cow<'a, str>,
    partition: i32,
    offset: i64,
}

/// Refuses when the latest comparisons show that the job has read one of `places` before, though it has no checkpoint.
///
/// # Errors
/// Then; when comparisons can't be read; or on `stop`.
pub(crate) fn refuse_lost(
    settings: &ShadowSettings,
    places: &BTreeSet<(String, i32)>,
    stop: &Stop,
) -> Result<(), Failure> {
    let compared = match last_compared(settings, places, stop) {
        // Earlier versions asked for no permission to read comparisons, and most first starts are first starts.
        Err(failure) if !failure.is_retriable() => {
            tracing::warn!(%failure, "comparisons can't be read, so lost checkpoints would go unnoticed");
            return Ok(());
        }
        compared => compared?,
    };
    let Some(((topic, partition), offset)) = compared.first_key_value() else { return Ok(()) };
    Err(Failure::lasting(
        format!(
            "job {} has no checkpoint of topic {topic} partition {partition}, but has written comparisons of it up to \
             offset {offset}: its checkpoints in topic {} are lost ({} such partitions)",
            settings.job,
            settings.checkpoints,
            compared.len()
        ),
        "restore the checkpoints topic from a backup (RUNBOOK, \"Lost checkpoints\"), or start over under a new job \
         name; reading on would double comparisons or leave records out",
    ))
}

/// The highest offset of each place that the latest comparisons of the job name.
fn last_compared(
    settings: &ShadowSettings,
    places: &BTreeSet<(String, i32)>,
    stop: &Stop,
) -> Result<BTreeMap<(String, i32), i64>, Failure> {
    let mut compared = BTreeMap::new();
    let mut reader = TopicReader::of_shadow(settings, &settings.comparisons, stop)?;
    let partitions: BTreeSet<i32> =
        places.iter().map(|(_, partition)| reader.partition_of(*partition)).collect();
    for partition in partitions {
        reader.begin_last(partition, LOOKED_THROUGH)?;
        while let Some(record) = reader.next()? {
            // Another program's record says nothing of this job.
            let written = record.payload.and_then(|value| serde_json::from_slice::<Written<'_>>(value).ok());
            let Some(Written { mode, run_id, source }) = written else { continue };
            let place = (source.topic.into_owned(), source.partition);
            if mode == "live" && run_id == settings.job.as_str() && places.contains(&place) {
                let highest = compared.entry(place).or_insert(source.offset);
                *highest = source.offset.max(*highest);
            }
        }
    }
    Ok(compared)
}
