//! Replaying into topics of the run's own: one transaction per piece, its checkpoint inside.

use super::ReplayContext;
use crate::config::Config;
use crate::exit::Failure;
use bystander_core::checkpoint::Checkpoint;
use bystander_core::comparison::Comparison;
use bystander_kafka::{
    Checkpoints, ReplayWriters, ShadowSettings, ShadowTopics, ShadowTransaction, ShadowWriter,
    TopicPlanSettings, open_replay, reopen_replay, replay_settings,
};
use bystander_pipeline as pipeline;
use bystander_pipeline::{Message, Output, Sink, SinkError, Stop, Transaction};
use bystander_replay::{Piece, PieceSink, Plan, PublishedFile};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Settings of a run's own topics: nothing that the config reads is written to, and nothing of the live run's.
pub(super) fn settings(config: &Config, run: &str, name: &str) -> Result<ShadowSettings, Failure> {
    replay_settings(&config.shadow, &config.read, name, run)
        .map_err(|problem| Failure::Usage(format!("--to-topic: {}; {}", problem.what, problem.fix)))
}

/// Makes the topics that are missing; gives how many writers there can be.
pub(super) fn ensure(
    context: &ReplayContext<'_>,
    settings: &ShadowSettings,
    workers: usize,
) -> Result<usize, Failure> {
    let topics = ShadowTopics::new(settings).map_err(Failure::other)?;
    let there = topics.partitions(&settings.checkpoints).map_err(Failure::other)?;
    if there.is_none() && topics.partitions(&settings.comparisons).map_err(Failure::other)?.is_some() {
        // A replay creates its checkpoints topic before the others: this topic is another program's.
        return Err(Failure::Usage(format!(
            "--to-topic: {} exists, but {} does not: no replay created it, and what it holds may not be mixed with \
             comparisons; choose the name of a topic that doesn't exist",
            settings.comparisons, settings.checkpoints
        )));
    }
    let shards = there.unwrap_or(i32::try_from(workers).unwrap_or(1));
    let largest =
        context.plan.inputs.iter().flat_map(|input| &input.accounts).map(|account| account.partition + 1);
    let wanted = TopicPlanSettings {
        shards,
        partitions: largest.max().unwrap_or(1),
        replication: context.config.topics.replication,
        retention: context.config.topics.retention,
    };
    let changes = topics.plan(&wanted).map_err(Failure::other)?;
    for change in &changes {
        tracing::info!("{change}");
    }
    topics.execute(&changes).map_err(Failure::other)?;
    Ok(usize::try_from(shards).unwrap_or(1))
}

/// The writers of a run that was taken over, each handed out once.
pub(super) struct Writers<'s> {
    settings: &'s ShadowSettings,
    stop: &'s Stop,
    fresh: Mutex<Vec<Option<ShadowWriter>>>,
    checkpoints: Checkpoints,
    /// Whether records come slowly.
    paced: bool,
}

impl<'s> Writers<'s> {
    /// Takes the run over from whoever wrote for it before. When `paced`, no transaction is open while records are
    /// waited for.
    pub(super) fn open(
        settings: &'s ShadowSettings,
        workers: usize,
        paced: bool,
        stop: &'s Stop,
    ) -> Result<Self, Failure> {
        let workers = i32::try_from(workers).unwrap_or(i32::MAX);
        let ReplayWriters { writers, checkpoints } =
            open_replay(settings, workers, stop).map_err(Failure::other)?;
        let fresh = Mutex::new(writers.into_iter().map(Some).collect());
        Ok(Self { settings, stop, fresh, checkpoints, paced })
    }

    /// A worker's sink. After a failure it is made anew, and looks where the run stands by then.
    pub(super) fn sink(&self, worker: usize) -> Result<TopicPieces, pipeline::Failure> {
        let mut fresh = self.fresh.lock();
        let kept = fresh.get_mut(worker).and_then(Option::take);
        let (writer, checkpoints) = match kept {
            Some(writer) => (writer, self.checkpoints.clone()),
            None => {
                let shard = i32::try_from(worker).unwrap_or(i32::MAX);
                reopen_replay(self.settings, shard, self.stop)?
            }
        };
        // What another worker committed since may be missing, but nothing that was there when the run was taken over.
        let mut held = BTreeMap::new();
        for (place, checkpoint) in self.checkpoints.iter().chain(&checkpoints) {
            let next = held.entry(place.clone()).or_insert(checkpoint.next_offset);
            *next = checkpoint.next_offset.max(*next);
        }
        Ok(TopicPieces { writer, held, muted: false, paced: self.paced })
    }
}

/// A sink of one worker.
pub(super) struct TopicPieces {
    writer: ShadowWriter,
    /// Where each partition stood in the topic.
    held: BTreeMap<(String, i32), i64>,
    /// The piece is in the topic already, from before a kill: it is scored again for its account alone.
    muted: bool,
    paced: bool,
}

impl PieceSink for TopicPieces {
    fn start(&mut self, plan: &Plan, piece: &Piece) -> Result<(), pipeline::Failure> {
        let account = plan.inputs[piece.input].accounts.first();
        let place = account.map(|account| (account.topic.clone(), account.partition));
        let next = place.and_then(|place| self.held.get(&place).copied()).unwrap_or(piece.start);
        self.muted = next >= piece.end;
        if next > piece.start && !self.muted {
            let input = &plan.inputs[piece.input].label;
            return Err(pipeline::Failure::lasting(
                format!("the topic holds {input} up to {next}, in the middle of a piece"),
                "replay into another topic: this one was written under another plan",
            ));
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<Vec<PublishedFile>, pipeline::Failure> {
        Ok(Vec::new())
    }
}

impl Sink for TopicPieces {
    type Transaction<'a> = TopicTransaction<'a>;

    fn begin(&mut self) -> Result<TopicTransaction<'_>, SinkError> {
        if self.muted {
            return Ok(TopicTransaction::Muted);
        }
        if self.paced {
            return Ok(TopicTransaction::Kept(&mut self.writer, Vec::new()));
        }
        self.writer.begin().map(TopicTransaction::Writing)
    }
}

/// A piece on its way into the topic, or one that is there.
pub(super) enum TopicTransaction<'a> {
    Writing(ShadowTransaction<'a>),
    /// Records in memory until the piece is whole. At a slow pace a piece can take longer than the broker lets a
    /// transaction be open.
    Kept(&'a mut ShadowWriter, Vec<KeptMessage>),
    Muted,
}

/// A message with its bytes.
pub(super) struct KeptMessage {
    output: Output,
    source_partition: i32,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(&'static str, Vec<u8>)>,
}

impl From<Message<'_>> for KeptMessage {
    fn from(message: Message<'_>) -> Self {
        let Message { output, source_partition, key, value, headers } = message;
        Self {
            output,
            source_partition,
            key: key.map(<[u8]>::to_vec),
            value: value.map(<[u8]>::to_vec),
            headers: headers.iter().map(|(name, value)| (*name, value.to_vec())).collect(),
        }
    }
}

/// Sends a whole piece in one transaction.
fn send_kept(
    writer: &mut ShadowWriter,
    kept: &[KeptMessage],
    checkpoints: &[Checkpoint],
) -> Result<(), SinkError> {
    let mut transaction = writer.begin()?;
    for KeptMessage { output, source_partition, key, value, headers } in kept {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        transaction.send(Message {
            output: *output,
            source_partition: *source_partition,
            key: key.as_deref(),
            value: value.as_deref(),
            headers: &headers,
        })?;
    }
    transaction.commit(checkpoints)
}

impl Transaction for TopicTransaction<'_> {
    fn take(&mut self, comparison: &Comparison<'_>) -> Result<bool, SinkError> {
        match self {
            Self::Writing(transaction) => transaction.take(comparison),
            Self::Kept(..) => Ok(false),
            Self::Muted => Ok(true),
        }
    }

    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        match self {
            Self::Writing(transaction) => transaction.send(message),
            Self::Kept(_, kept) => {
                kept.push(message.into());
                Ok(())
            }
            Self::Muted => Ok(()),
        }
    }

    fn commit(self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        match self {
            Self::Writing(transaction) => transaction.commit(checkpoints),
            Self::Kept(writer, kept) => send_kept(writer, &kept, checkpoints),
            Self::Muted => Ok(()),
        }
    }

    fn abort(self) -> Result<(), SinkError> {
        match self {
            Self::Writing(transaction) => transaction.abort(),
            Self::Kept(..) | Self::Muted => Ok(()),
        }
    }
}
