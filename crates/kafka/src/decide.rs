//! Checkpoints that are changed on a person's word.
//!
//! Whoever runs the shards meanwhile is fenced, as by a takeover: it starts again, from what was decided.

use crate::bounded::BoundedReader;
use crate::checkpoints::{self, Checkpoints};
use crate::config::ShadowSettings;
use crate::writer::{ShadowWriter, TakeoverKey};
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::{Failure, Sink, Stop, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// Input partitions, by topic and number.
type Places = BTreeSet<(String, i32)>;

/// Lets `change` decide on the checkpoints of `places` and commits what it makes of them, in one transaction for each
/// shard. It is given each checkpoint as it was after its shard was fenced; job, place and layout stay as they are.
/// What `change` refuses leaves everything as it was for that shard and those after it.
///
/// # Errors
/// When a partition has no checkpoint; when the shadow cluster doesn't answer in time or refuses; what `change` fails
/// with; or on `stop`.
pub fn decide(
    settings: &ShadowSettings,
    places: &Places,
    stop: &Stop,
    change: &mut dyn FnMut(&mut Checkpoint) -> Result<(), Failure>,
) -> Result<Vec<Checkpoint>, Failure> {
    let reader = BoundedReader::new(settings, &settings.checkpoints)?;
    let known = checkpoints::read_all(&reader, &settings.job, stop)?;
    let mut decided = Vec::new();
    for (shard, places) in owners(&known, places)? {
        let mut writer = ShadowWriter::open(settings, shard, stop)?;
        let key = TakeoverKey::new(&settings.job, shard);
        writer.mark(&key)?;
        let settled = checkpoints::read_behind(&reader, &settings.job, (&key, &[shard].into()), stop)?;
        let mut changed = Vec::new();
        for place in places {
            let before = settled.get(&place).filter(|checkpoint| checkpoint.shard == shard);
            let mut checkpoint = before.cloned().ok_or_else(|| changed_hands(&place))?;
            change(&mut checkpoint)?;
            changed.push(checkpoint);
        }
        writer.begin()?.commit(&changed)?;
        decided.extend(changed);
    }
    Ok(decided)
}

/// The places by the shard that wrote their checkpoints.
fn owners(known: &Checkpoints, places: &Places) -> Result<BTreeMap<i32, Places>, Failure> {
    let mut owners = BTreeMap::<i32, Places>::new();
    for place in places {
        let checkpoint = known.get(place).ok_or_else(|| {
            let what = format!("topic {} partition {} has no checkpoint", place.0, place.1);
            Failure::lasting(what, "name a partition that `bystander status` shows with a position")
        })?;
        owners.entry(checkpoint.shard).or_default().insert(place.clone());
    }
    Ok(owners)
}

fn changed_hands((topic, partition): &(String, i32)) -> Failure {
    let what = format!("topic {topic} partition {partition} went to another shard meanwhile");
    Failure::passing(what, "run the command again")
}
