//! What shards score with: streams, their models and the models' labels, as one value that is exchanged as a whole.

mod slot;

pub use slot::GenerationSlot;

use crate::scorer::Scorer;
use crate::stream_pipeline::{PipelineModel, StreamPipeline};
use bystander_core::checkpoint::ScoredBy;
use bystander_core::drift::DriftPlan;
use bystander_core::model::ModelIdentity;
use bystander_core::stream::Stream;
use std::fmt;
use std::sync::Arc;

/// Streams and models that belong together. All that a shard writes between two commits was scored by one of these.
///
/// (The generation in a comparison's id is another one: it counts the logs that an input partition has had.)
#[derive(Debug)]
pub struct ModelGeneration {
    number: u64,
    streams: Vec<StreamModels>,
}

/// A stream and its models.
#[derive(Debug)]
pub struct StreamModels {
    stream: Arc<Stream>,
    models: Vec<GenerationModel>,
}

/// A model of a stream: its labels, and what opens it for a shard.
#[derive(Clone)]
pub struct GenerationModel {
    identity: Arc<ModelIdentity>,
    opener: Arc<dyn ScorerOpener>,
}

/// Opens a model for one shard. It may be slow, and is called outside of shards' loops.
pub trait ScorerOpener: Send + Sync {
    /// A scorer that shares nothing with others.
    ///
    /// # Errors
    /// When there is none, as when memory runs out.
    fn open(&self) -> Result<Box<dyn Scorer>, OpenError>;
}

/// Why a model can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("model {model} can't be opened: {what}; {fix}")]
pub struct OpenError {
    /// The model, as `name/version`.
    pub model: String,
    /// A word of the code, for metrics.
    pub reason: &'static str,
    /// What happened.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl ModelGeneration {
    /// A generation of these streams, by stream id. Of two generations, the one with the higher number is the newer one.
    pub fn new(number: u64, streams: Vec<StreamModels>) -> Arc<Self> {
        Arc::new(Self { number, streams })
    }

    /// Its number in this process.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its streams, by stream id.
    pub fn streams(&self) -> &[StreamModels] {
        &self.streams
    }

    /// Opens every model for one shard.
    ///
    /// # Errors
    /// When one can't be opened; those that were are closed again.
    pub fn open(self: &Arc<Self>) -> Result<OpenGeneration, OpenError> {
        let pipelines = self.streams.iter().map(StreamModels::open).collect::<Result<_, _>>()?;
        Ok(OpenGeneration { generation: Arc::clone(self), pipelines })
    }

    /// Whether both read the same topics, in the same order: what sources and accounts are made for.
    fn has_inputs_of(&self, other: &Self) -> bool {
        let topics = |generation: &Self| -> Vec<_> {
            generation.streams.iter().map(|one| one.stream.topic.clone()).collect()
        };
        topics(self) == topics(other)
    }
}

impl StreamModels {
    /// A stream with its models in the stream's order.
    pub fn new(stream: Arc<Stream>, models: Vec<GenerationModel>) -> Self {
        Self { stream, models }
    }

    /// The stream.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The labels of its models, and how the drift of each is counted, in the stream's order.
    pub fn models(&self) -> impl Iterator<Item = (&Arc<ModelIdentity>, &Arc<DriftPlan>)> {
        self.models.iter().map(|model| &model.identity).zip(self.stream.drift_plans())
    }

    /// How checkpoints name its models.
    pub(crate) fn scored_by(&self) -> ScoredBy {
        ScoredBy::of(self.models.iter().map(|model| &*model.identity))
    }

    fn open(&self) -> Result<StreamPipeline, OpenError> {
        let open = |model: &GenerationModel| {
            Ok(PipelineModel::new(Arc::clone(&model.identity), model.opener.open()?))
        };
        let models = self.models.iter().map(open).collect::<Result<_, _>>()?;
        Ok(StreamPipeline::new(Arc::clone(&self.stream), models))
    }
}

impl GenerationModel {
    /// A model with these labels.
    pub fn new(identity: Arc<ModelIdentity>, opener: Arc<dyn ScorerOpener>) -> Self {
        Self { identity, opener }
    }
}

impl fmt::Debug for GenerationModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GenerationModel").field(&self.identity).finish()
    }
}

/// A generation with scorers for one shard.
pub struct OpenGeneration {
    generation: Arc<ModelGeneration>,
    /// By stream id.
    pub(crate) pipelines: Vec<StreamPipeline>,
}

impl OpenGeneration {
    /// Which generation it is.
    pub fn generation(&self) -> &Arc<ModelGeneration> {
        &self.generation
    }
}

impl fmt::Debug for OpenGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenGeneration").field(&self.generation).finish()
    }
}
