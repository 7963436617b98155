//! Starting a shard: take it over, find where it left off, claim what it owns.
//!
//! Instances may differ for a while in how many shards they think there are, namely while the checkpoints
//! topic is being given more partitions. What keeps two of them from reading the same input partition:
//! a checkpoint names the layout (number of shards) of its writer; whoever finds a partition under another
//! layout fences the owner under that one, writes a checkpoint of its own layout (claims it), fences again,
//! and looks whether anything was committed in between. After the claim, an owner under the smaller layout
//! that starts again finds a larger one and gives up until its own view is up to date.

use crate::bounded::BoundedReader;
use crate::checkpoints::{self, Checkpoints};
use crate::config::{LiveSettings, ShadowSettings};
use crate::failure::Failure;
use crate::live::{InputWatch, LiveClient, LiveReader, LiveStatus, Share};
use crate::writer::{self, ShadowWriter, TakeoverKey};
use bystander_core::checkpoint::{Checkpoint, Totals};
use bystander_core::record::StreamId;
use bystander_pipeline::{Progress, Sink, Stop, Transaction};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rounds of claiming before giving up: each means that a former owner committed meanwhile.
const ROUNDS: usize = 8;

/// What every shard of a job has in common.
#[derive(Debug, Clone)]
pub struct Job {
    live: LiveSettings,
    shadow: ShadowSettings,
    inputs: Vec<String>,
    status: Arc<LiveStatus>,
    watch: Arc<InputWatch>,
}

impl Job {
    /// Takes a job's settings and starts watching its inputs. Input topics stand by [`StreamId`].
    ///
    /// # Errors
    /// When a topic stands twice, a property can't be used or no thread can be started.
    pub fn new(live: LiveSettings, shadow: ShadowSettings, inputs: Vec<String>) -> Result<Self, Failure> {
        if let Some(twice) = inputs.iter().enumerate().find(|(at, topic)| inputs[..*at].contains(topic)) {
            return Err(Failure::lasting(
                format!("topic {} is bound to two streams, and positions are kept by topic", twice.1),
                "bind it to one stream",
            ));
        }
        let status = Arc::default();
        let watch = Arc::new(InputWatch::start(&live, &inputs, &status)?);
        Ok(Self { live, shadow, inputs, status, watch })
    }

    /// Where records are read.
    pub fn live(&self) -> &LiveSettings {
        &self.live
    }

    /// Where results and positions go.
    pub fn shadow(&self) -> &ShadowSettings {
        &self.shadow
    }

    /// Input topics, by [`StreamId`].
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// What is shown of the live side, for all shards of this process.
    pub fn status(&self) -> &Arc<LiveStatus> {
        &self.status
    }
}

/// A shard that is ready to run: everything it owns is claimed and assigned.
pub struct StartedShard {
    /// Its records.
    pub reader: LiveReader,
    /// Its results.
    pub writer: ShadowWriter,
    /// The account of each input partition that it owns, as committed.
    pub checkpoints: Vec<(StreamId, Checkpoint)>,
    /// Partitions that each input had when the job first saw it, by [`StreamId`]; goes into the checkpoints
    /// of partitions that are opened later.
    pub initial_partitions: Vec<i32>,
    /// Which shard of how many it is.
    pub share: Share,
    /// How many of the partitions were new, or taken over from another layout.
    pub claimed: usize,
}

/// Starts a shard. When this returns, no other owner can commit for any of its input partitions.
///
/// # Errors
/// When a cluster doesn't answer in time, refuses, or shows a state that this shard can't start from; or
/// on `stop`.
pub fn start(job: &Job, shard: i32, stop: &Stop) -> Result<StartedShard, Failure> {
    let reader = BoundedReader::new(&job.shadow, &job.shadow.checkpoints)?;
    let share = Share { shard, shards: reader.partitions()? };
    if !(0..share.shards).contains(&shard) {
        return Err(Failure::passing(
            format!("shard {shard} doesn't exist among {}", share.shards),
            "wait until the metadata of the checkpoints topic is the same on all brokers",
        ));
    }
    let live = LiveClient::new(&job.live, &job.status)?;
    let mut writer = ShadowWriter::open(&job.shadow, shard, stop)?;
    let counts = job.inputs.iter().map(|topic| live.partitions(topic)).collect::<Result<Vec<_>, _>>()?;
    let key = TakeoverKey::new(&job.shadow.job, shard);
    writer.mark(&key)?;
    let marked = BTreeSet::from([shard]);
    let mut starting = Starting { job, share, reader, live, counts, stop, key, marked };
    let Claimed { checkpoints, initial_partitions, count: claimed } = starting.claim(&mut writer)?;
    let positions: Vec<_> = checkpoints
        .iter()
        .map(|(stream, checkpoint)| Progress {
            stream: *stream,
            partition: checkpoint.partition,
            next_offset: checkpoint.next_offset,
        })
        .collect();
    let reader = LiveReader::open(starting.live, (&job.inputs, &job.watch), share, &positions)?;
    Ok(StartedShard { reader, writer, checkpoints, initial_partitions, share, claimed })
}

struct Starting<'a> {
    job: &'a Job,
    share: Share,
    reader: BoundedReader,
    live: LiveClient,
    /// Partitions of each input now.
    counts: Vec<i32>,
    stop: &'a Stop,
    /// Of the marks behind the checkpoints of the shards that were taken over.
    key: TakeoverKey,
    marked: BTreeSet<i32>,
}

/// What a shard owns once nobody else can commit for it.
struct Claimed {
    checkpoints: Vec<(StreamId, Checkpoint)>,
    initial_partitions: Vec<i32>,
    count: usize,
}

/// An owned partition, and whether its checkpoint has yet to be written in this layout.
struct Owned {
    stream: StreamId,
    checkpoint: Checkpoint,
    unclaimed: bool,
}

impl Starting<'_> {
    /// Fences former owners and commits a claim until nothing of theirs can have come in between.
    fn claim(&mut self, writer: &mut ShadowWriter) -> Result<Claimed, Failure> {
        let mut known = self.read()?;
        let mut layouts = BTreeSet::new();
        let mut claimed = BTreeSet::new();
        let mut fenced_since_claim = BTreeSet::new();
        for _ in 0..ROUNDS {
            layouts.extend(self.former_layouts(&known)?);
            let former = self.former_owners(&known, &layouts, &claimed);
            let unfenced: BTreeSet<i32> = former.difference(&fenced_since_claim).copied().collect();
            if !unfenced.is_empty() {
                self.fence(&unfenced)?;
                fenced_since_claim.extend(unfenced);
                known = self.read()?;
            }
            let initial = self.initial_partitions(&known);
            let owned = self.owned(&known, &initial)?;
            let claims: Vec<_> =
                owned.iter().filter(|owned| owned.unclaimed).map(|owned| owned.checkpoint.clone()).collect();
            if claims.is_empty() {
                let checkpoints = owned.into_iter().map(|owned| (owned.stream, owned.checkpoint)).collect();
                return Ok(Claimed { checkpoints, initial_partitions: initial, count: claimed.len() });
            }
            writer.begin()?.commit(&claims)?;
            writer.renew()?;
            claimed.extend(claims.into_iter().map(|claim| (claim.topic, claim.partition)));
            fenced_since_claim.clear();
            known = self.read()?;
        }
        Err(Failure::passing(
            format!("former owners of shard {}'s partitions kept committing", self.share.shard),
            "start it again once all instances see the same number of shards",
        ))
    }

    fn read(&self) -> Result<Checkpoints, Failure> {
        checkpoints::read_behind(&self.reader, &self.job.shadow.job, (&self.key, &self.marked), self.stop)
    }

    fn fence(&mut self, former: &BTreeSet<i32>) -> Result<(), Failure> {
        for &shard in former {
            tracing::info!(shard, "fencing the owner under a former number of shards");
            writer::fence(&self.job.shadow, shard, &self.key, self.stop)?;
            self.marked.insert(shard);
        }
        Ok(())
    }

    fn inputs(&self) -> impl Iterator<Item = (StreamId, &str, i32)> {
        let inputs = self.job.inputs.iter().zip(&self.counts).enumerate();
        inputs.map(|(stream, (topic, &count))| (StreamId(stream), topic.as_str(), count))
    }

    /// Smaller numbers of shards that checkpoints were written under.
    fn former_layouts(&self, known: &Checkpoints) -> Result<BTreeSet<i32>, Failure> {
        let ours = self.share.shards;
        if let Some(larger) = known.values().find(|checkpoint| checkpoint.shards > ours) {
            let Checkpoint { topic, partition, shards, .. } = larger;
            return Err(Failure::passing(
                format!(
                    "a checkpoint of topic {topic} partition {partition} was written among {shards} shards, but \
                     only {ours} are seen"
                ),
                "wait until the metadata of the checkpoints topic is up to date; if the topic was created \
                 anew, start over under a new job name",
            ));
        }
        let smaller = known.values().map(|checkpoint| checkpoint.shards);
        Ok(smaller.filter(|&shards| 0 < shards && shards < ours).collect())
    }

    /// Shards that may still be running and reading partitions of ours: the owners of partitions that were
    /// last seen under another layout, that were claimed just now, or that nobody has a checkpoint of.
    fn former_owners(
        &self,
        known: &Checkpoints,
        layouts: &BTreeSet<i32>,
        claimed: &BTreeSet<(String, i32)>,
    ) -> BTreeSet<i32> {
        let mut former = BTreeSet::new();
        for (_, topic, count) in self.inputs() {
            for partition in self.share.of(count) {
                let key = (topic.to_owned(), partition);
                let settled =
                    known.get(&key).is_some_and(|checkpoint| checkpoint.shards == self.share.shards);
                if !settled || claimed.contains(&key) {
                    former.extend(layouts.iter().map(|shards| partition % shards));
                }
            }
        }
        // Our own transactional id is fenced already, and so is that of whoever claimed anything in our
        // layout: its start fenced its forerunner, whose commits stand in the same checkpoint partition
        // before that claim. A forerunner that starts again finds the claim and gives up.
        former.remove(&self.share.shard);
        let current = known.values().filter(|checkpoint| checkpoint.shards == self.share.shards);
        for checkpoint in current {
            former.remove(&checkpoint.shard);
        }
        former
    }

    fn initial_partitions(&self, known: &Checkpoints) -> Vec<i32> {
        let of = |topic: &str| {
            let mut of_topic = known.values().filter(|checkpoint| checkpoint.topic == topic);
            of_topic.next().map(|checkpoint| checkpoint.initial_partitions)
        };
        self.inputs().map(|(_, topic, count)| of(topic).unwrap_or(count)).collect()
    }

    /// The account of every partition that this shard owns, in its own layout.
    fn owned(&self, known: &Checkpoints, initial: &[i32]) -> Result<Vec<Owned>, Failure> {
        let mut owned = Vec::new();
        for ((stream, topic, count), &initial) in self.inputs().zip(initial) {
            let (old, new): (Vec<_>, Vec<_>) = self
                .share
                .of(count)
                .partition(|&partition| known.contains_key(&(topic.to_owned(), partition)));
            for partition in old {
                owned.extend(self.continued(known.get(&(topic.to_owned(), partition)), stream));
            }
            let (first, added): (Vec<_>, Vec<_>) =
                new.into_iter().partition(|&partition| partition < initial);
            let starts = [(self.job.live.start, first), (crate::config::Start::Earliest, added)];
            for (start, partitions) in starts {
                let offsets = self.live.resolve(start, topic, &partitions)?;
                owned.extend(partitions.into_iter().zip(offsets).map(|(partition, next_offset)| {
                    let checkpoint = self.fresh(topic, partition, next_offset, initial);
                    Owned { stream, checkpoint, unclaimed: true }
                }));
            }
        }
        Ok(owned)
    }

    fn continued(&self, checkpoint: Option<&Checkpoint>, stream: StreamId) -> Option<Owned> {
        let mut checkpoint = checkpoint?.clone();
        let unclaimed = checkpoint.shards != self.share.shards || checkpoint.shard != self.share.shard;
        checkpoint.shard = self.share.shard;
        checkpoint.shards = self.share.shards;
        Some(Owned { stream, checkpoint, unclaimed })
    }

    fn fresh(&self, topic: &str, partition: i32, next_offset: i64, initial_partitions: i32) -> Checkpoint {
        Checkpoint {
            job: self.job.shadow.job.clone(),
            topic: topic.to_owned(),
            partition,
            next_offset,
            shard: self.share.shard,
            shards: self.share.shards,
            initial_partitions,
            totals: Totals::default(),
        }
    }
}
