//! Starting a shard: take it over, find where it left off, claim what it owns.
//!
//! When a shard may read is decided in `ownership`, which says why; here that is carried out.

use crate::agreement::{self, now_ms};
use crate::bounded::BoundedReader;
use crate::checkpoints::{self, Checkpoints};
use crate::config::{LiveSettings, ShadowSettings};
use crate::evidence;
use crate::live::{InputWatch, LiveClient, LiveReader, LiveStatus, Share};
use crate::ownership::{self, Layouts, Next};
use crate::writer::{self, ShadowWriter, TakeoverKey};
use bystander_core::checkpoint::{AgreedConfig, Attempts, Checkpoint, ConfigHash, InputLog, Totals};
use bystander_core::record::StreamId;
use bystander_pipeline::{Failure, Sink, Stop, Transaction, this_process};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rounds of fencing or claiming before giving up: each means that somebody else took over meanwhile.
const ROUNDS: usize = 8;
/// How long other shards that are starting may take to mark their own partitions before they are taken over for it.
const GRACE: Duration = Duration::from_millis(1500);
const GRACE_STEP: Duration = Duration::from_millis(100);

/// What every shard of a job has in common.
#[derive(Debug, Clone)]
pub struct Job {
    live: LiveSettings,
    shadow: ShadowSettings,
    inputs: Vec<String>,
    status: Arc<LiveStatus>,
    watch: Arc<InputWatch>,
    /// With the time at which it was read, epoch milliseconds.
    config: Option<(ConfigHash, i64)>,
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
        Ok(Self { live, shadow, inputs, status, watch, config: None })
    }

    /// The same, run with the config of this hash, which was read now: a shard starts only if the job's instances agreed on that one, or on
    /// none yet.
    #[must_use]
    pub fn with_config(self, hash: ConfigHash) -> Self {
        Self { config: Some((hash, now_ms())), ..self }
    }

    /// Hash of the config that it is run with; `None` where nobody compares it.
    pub fn config(&self) -> Option<&ConfigHash> {
        self.config.as_ref().map(|(hash, _)| hash)
    }

    /// The same, with the time at which it was read (epoch milliseconds).
    pub fn config_read(&self) -> Option<(&ConfigHash, i64)> {
        self.config.as_ref().map(|(hash, read_ms)| (hash, *read_ms))
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
    /// The config that the job agreed on; `None` where nobody compares it.
    pub config: Option<AgreedConfig>,
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
    let live = LiveClient::of_shard(&job.live.for_one_of(share.shards), &job.status)?;
    let mut writer = ShadowWriter::open(&job.shadow, shard, stop)?;
    let counts = job.inputs.iter().map(|topic| live.partitions(topic)).collect::<Result<Vec<_>, _>>()?;
    let topic_ids = live.topic_ids(&job.inputs)?;
    let key = TakeoverKey::new(&job.shadow.job, shard);
    writer.mark_layout(&key, share.shards)?;
    let mut starting = Starting { job, share, reader, live, counts, topic_ids, stop, key };
    let mut owned = starting.claim(&mut writer)?;
    count_start(&mut writer, &mut owned.checkpoints)?;
    if writer.renew()? {
        // Between the count's late end and the new producer, another owner may have come and gone: it is read again. Where
        // none has, nothing is left to claim, so that a slow cluster costs one more look and no more commits.
        owned = Claimed { count: owned.count, ..starting.claim(&mut writer)? };
    }
    let Claimed { checkpoints, initial_partitions, config, count: claimed } = owned;
    let inputs = (job.inputs.as_slice(), starting.topic_ids, &job.watch);
    let reader = LiveReader::open(starting.live, inputs, share, &checkpoints)?;
    Ok(StartedShard { reader, writer, checkpoints, initial_partitions, config, share, claimed })
}

/// Writes down that there was one more start from these positions, before anything is read: should the process end
/// before they move, the next start knows.
fn count_start(writer: &mut ShadowWriter, checkpoints: &mut [(StreamId, Checkpoint)]) -> Result<(), Failure> {
    if checkpoints.is_empty() {
        return Ok(());
    }
    for (_, checkpoint) in checkpoints.iter_mut() {
        checkpoint.attempts = checkpoint.attempts.again(this_process());
    }
    let counted: Vec<_> = checkpoints.iter().map(|(_, checkpoint)| checkpoint.clone()).collect();
    Ok(writer.begin()?.commit(&counted)?)
}

struct Starting<'a> {
    job: &'a Job,
    share: Share,
    reader: BoundedReader,
    live: LiveClient,
    /// Partitions of each input now.
    counts: Vec<i32>,
    /// Their ids now.
    topic_ids: Vec<Option<String>>,
    stop: &'a Stop,
    /// Of the mark behind the checkpoints of this shard.
    key: TakeoverKey,
}

/// What a shard owns once nobody else can commit for it.
struct Claimed {
    checkpoints: Vec<(StreamId, Checkpoint)>,
    initial_partitions: Vec<i32>,
    config: Option<AgreedConfig>,
    count: usize,
}

/// An owned partition, and whether its checkpoint has yet to be written in this layout.
struct Owned {
    stream: StreamId,
    checkpoint: Checkpoint,
    unclaimed: bool,
}

impl Starting<'_> {
    /// Commits a claim for every partition that has no checkpoint in this shard's layout.
    fn claim(&mut self, writer: &mut ShadowWriter) -> Result<Claimed, Failure> {
        let mut claimed = BTreeSet::new();
        for _ in 0..ROUNDS {
            let known = self.read_alone()?;
            self.refuse_unseen(&known)?;
            let config = agreement::admit(self.job, &known)?;
            let initial = self.initial_partitions(&known);
            if claimed.is_empty() {
                self.refuse_lost(&known)?;
            }
            let owned = self.owned(&known, &initial, config.as_ref())?;
            let claims: Vec<_> =
                owned.iter().filter(|owned| owned.unclaimed).map(|owned| owned.checkpoint.clone()).collect();
            let settled = claims.is_empty() || {
                writer.begin()?.commit(&claims)?;
                claimed.extend(claims.into_iter().map(|claim| (claim.topic, claim.partition)));
                // Where the producer had to be replaced, another owner may have come and gone; where the job had no config
                // yet, another instance may have claimed with another one: it is read again.
                let renewed = writer.renew()?;
                !renewed && agreement::is_settled(&known, config.as_ref())
            };
            if settled {
                let checkpoints = owned.into_iter().map(|owned| (owned.stream, owned.checkpoint)).collect();
                let count = claimed.len();
                return Ok(Claimed { checkpoints, initial_partitions: initial, config, count });
            }
        }
        Err(self.contested())
    }

    /// Everything that was committed for this shard's partitions, once nobody else can commit for them any more.
    fn read_alone(&self) -> Result<Checkpoints, Failure> {
        let grace = Instant::now() + GRACE;
        let mut rounds = 0;
        while rounds < ROUNDS {
            let (known, layouts) = self.read()?;
            match ownership::next(self.share, &layouts) {
                Next::Claim => return Ok(known),
                Next::GiveUp(shards) => return Err(self.outdated(shards)),
                Next::Fence(_) if Instant::now() < grace => std::thread::sleep(GRACE_STEP),
                Next::Fence(former) => {
                    rounds += 1;
                    self.fence(&former)?;
                }
            }
        }
        Err(self.contested())
    }

    fn contested(&self) -> Failure {
        Failure::passing(
            format!("other instances kept taking over what shard {} needs", self.share.shard),
            "start it again once all instances see the same number of shards",
        )
    }

    fn read(&self) -> Result<(Checkpoints, Layouts), Failure> {
        let marks = (&self.key, &BTreeSet::from([self.share.shard]));
        checkpoints::read_layouts_behind(&self.reader, &self.job.shadow.job, marks, self.stop)
    }

    fn fence(&self, former: &BTreeSet<i32>) -> Result<(), Failure> {
        for &shard in former {
            tracing::info!(
                shard,
                shards = self.share.shards,
                "fencing owners under a smaller number of shards"
            );
            writer::fence(&self.job.shadow, shard, (&self.key, self.share.shards), self.stop)?;
        }
        Ok(())
    }

    fn inputs(&self) -> impl Iterator<Item = (StreamId, &str, i32)> {
        let inputs = self.job.inputs.iter().zip(&self.counts).enumerate();
        inputs.map(|(stream, (topic, &count))| (StreamId(stream), topic.as_str(), count))
    }

    fn outdated(&self, shards: i32) -> Failure {
        let (topic, seen) = (&self.job.shadow.checkpoints, self.share.shards);
        Failure::passing(
            format!("topic {topic} speaks of {shards} shards, but only {seen} are seen"),
            "wait until the metadata of the checkpoints topic is up to date; if the topic was created again with fewer \
             partitions, start over under a new job name",
        )
    }

    /// A partition with a checkpoint isn't new, though it isn't seen yet: once it was, it would be read from its
    /// beginning.
    fn refuse_unseen(&self, known: &Checkpoints) -> Result<(), Failure> {
        for (_, topic, count) in self.inputs() {
            let unseen = known
                .keys()
                .find(|(of, partition)| of == topic && *partition >= count && self.share.owns(*partition));
            if let Some((_, partition)) = unseen {
                return Err(Failure::passing(
                    format!(
                        "topic {topic} partition {partition} has a checkpoint, but only {count} partitions are seen"
                    ),
                    "wait until the metadata of the topic is up to date; if the topic was created again with fewer \
                     partitions, start over under a new job name",
                ));
            }
        }
        Ok(())
    }

    /// Partitions that this shard would begin, though it has read them before.
    fn refuse_lost(&self, known: &Checkpoints) -> Result<(), Failure> {
        let owned = self.inputs().flat_map(|(_, topic, count)| {
            self.share.of(count).map(move |partition| (topic.to_owned(), partition))
        });
        let unknown: BTreeSet<_> = owned.filter(|place| !known.contains_key(place)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        evidence::refuse_lost(&self.job.shadow, &unknown, self.stop)
    }

    fn initial_partitions(&self, known: &Checkpoints) -> Vec<i32> {
        let of = |topic: &str| {
            let mut of_topic = known.values().filter(|checkpoint| checkpoint.topic == topic);
            of_topic.next().map(|checkpoint| checkpoint.initial_partitions)
        };
        self.inputs().map(|(_, topic, count)| of(topic).unwrap_or(count)).collect()
    }

    /// The account of every partition that this shard owns, in its own layout.
    fn owned(
        &self,
        known: &Checkpoints,
        initial: &[i32],
        config: Option<&AgreedConfig>,
    ) -> Result<Vec<Owned>, Failure> {
        let mut owned = Vec::new();
        for ((stream, topic, count), &initial) in self.inputs().zip(initial) {
            let mut new = Vec::new();
            for partition in self.share.of(count) {
                match known.get(&(topic.to_owned(), partition)) {
                    Some(checkpoint) => owned.push(self.continued(checkpoint, stream, config)),
                    None => new.push(partition),
                }
            }
            let (first, added): (Vec<_>, Vec<_>) =
                new.into_iter().partition(|&partition| partition < initial);
            let starts = [(self.job.live.start, first), (crate::config::Start::Earliest, added)];
            for (start, partitions) in starts {
                let offsets = self.live.resolve(start, topic, &partitions)?;
                owned.extend(partitions.into_iter().zip(offsets).map(|(partition, next_offset)| {
                    let mut checkpoint = self.fresh(topic, partition, next_offset, initial);
                    checkpoint.config = config.cloned();
                    checkpoint.log.topic_id = self.topic_ids.get(stream.0).cloned().flatten();
                    Owned { stream, checkpoint, unclaimed: true }
                }));
            }
        }
        Ok(owned)
    }

    fn continued(&self, checkpoint: &Checkpoint, stream: StreamId, config: Option<&AgreedConfig>) -> Owned {
        let mut checkpoint = checkpoint.clone();
        let unclaimed = checkpoint.shards != self.share.shards || checkpoint.shard != self.share.shard;
        checkpoint.shard = self.share.shard;
        checkpoint.shards = self.share.shards;
        // Checkpoints of versions that didn't know ids are taken at their word once.
        let unidentified = checkpoint.log.topic_id.is_none();
        if unidentified {
            checkpoint.log.topic_id = self.topic_ids.get(stream.0).cloned().flatten();
        }
        let identified = unidentified && checkpoint.log.topic_id.is_some();
        let agreed = config.is_some() && checkpoint.config.as_ref() != config;
        if agreed {
            checkpoint.config = config.cloned();
        }
        let unclaimed = unclaimed || identified || agreed;
        Owned { stream, checkpoint, unclaimed }
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
            log: InputLog::default(),
            attempts: Attempts::default(),
            config: None,
            scored_by: None,
        }
    }
}
