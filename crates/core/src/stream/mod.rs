//! A bound input topic: the config that binds it, and the compiled form that decodes its records.

mod config;
mod decode;
mod filter;

pub use config::{CardNumbers, PrivacyKey, Scalar, StreamConfig, WhereValue};
pub use decode::{Decoded, Decoder};

use crate::batch::Batch;
use crate::contract::Contract;
use crate::dead_letter::Code;
use crate::decision::Decision;
use crate::extract::{FieldPath, FieldTree, FieldTreeBuilder, SlotId};
use crate::features::{FeatureBinding, FeaturePlan};
use crate::kinds::{Decider, Kind, KindBinding, bind};
use crate::privacy::Pseudonymiser;
use crate::problem::Problem;
use crate::record::StreamId;
use crate::time::TimeUnit;
use filter::Filter;

/// A stream compiled against its models' contracts; shared by all shards.
#[derive(Debug)]
pub struct Stream {
    /// Its place in the config.
    pub id: StreamId,
    /// Its name.
    pub name: String,
    /// Its input topic.
    pub topic: String,
    pub(crate) tree: FieldTree,
    pub(crate) binding: KindBinding,
    pub(crate) models: Vec<BoundModel>,
    pub(crate) segments: Vec<Segment>,
    subject: SlotId,
    item: Option<SlotId>,
    occurred_at: Option<SlotId>,
    time_unit: TimeUnit,
    filters: Vec<Filter>,
    consent: Option<SlotId>,
    largest_event: usize,
    card_numbers: CardNumbers,
    pseudonymiser: Option<Pseudonymiser>,
    hide_subject: bool,
    hide_key: bool,
}

/// A model as one stream uses it.
#[derive(Debug)]
pub(crate) struct BoundModel {
    pub(crate) plan: FeaturePlan,
    pub(crate) decider: Decider,
}

/// A named value that reports are sliced by.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    slot: SlotId,
    hidden: bool,
}

/// Largest event that is read unless the config says otherwise.
pub const LARGEST_EVENT: usize = 1 << 20;
/// Longest subject, item or record key in bytes.
pub const LONGEST_IDENTIFIER: usize = 1_024;
/// Longest segment value in bytes.
pub const LONGEST_SEGMENT: usize = 256;
/// Most segments of a stream. With the lengths above it keeps every comparison below 100 kB.
pub const MOST_SEGMENTS: usize = 32;

impl Stream {
    /// Compiles `config` with one contract per bound model, in the config's order.
    ///
    /// # Errors
    /// Everything that is wrong, at once; keys are relative to the stream's table.
    pub fn compile(
        id: StreamId,
        config: &StreamConfig,
        contracts: &[&Contract],
        key: Option<&PrivacyKey>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = config.missing_keys();
        let mut tree = FieldTreeBuilder::default();
        let subject = bind("subject", config.subject.as_deref(), &mut tree, &mut problems);
        let item = bind("item", config.item.as_deref(), &mut tree, &mut problems);
        let occurred_at = bind_time(config, &mut tree, &mut problems);
        let consent = bind("consent", config.consent.as_deref(), &mut tree, &mut problems);
        let filters = Filter::compile(&config.filter, &mut tree, &mut problems);
        let segments = compile_segments(config, &mut tree, &mut problems);
        let mut binding = KindBinding::compile(config, &mut tree, &mut problems);
        let models = match &mut binding {
            Some(binding) => compile_models(config, contracts, binding, &mut tree, &mut problems),
            None => Vec::new(),
        };
        let pseudonymiser = config.pseudonymiser(key, &mut problems);
        let (Some(subject), Some(binding), true) = (subject, binding, problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            id,
            name: config.name.clone().unwrap_or_default(),
            topic: config.topic.clone().unwrap_or_default(),
            tree: tree.build(),
            binding,
            models,
            segments,
            subject,
            item,
            occurred_at,
            time_unit: config.time_unit.unwrap_or_default(),
            filters,
            consent,
            largest_event: config.max_event_bytes.unwrap_or(LARGEST_EVENT),
            card_numbers: config.card_numbers.unwrap_or_default(),
            pseudonymiser,
            hide_subject: config.hides("subject"),
            hide_key: config.hides("key"),
        })
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.binding.kind()
    }

    /// What model number `model` would have decided on a row, given its score.
    ///
    /// # Errors
    /// [`Code::NotFinite`] or [`Code::PriceOutOfRange`]: the row becomes a dead letter at the score stage.
    pub fn decide(&self, batch: &Batch, row: usize, model: usize, score: f64) -> Result<Decision, Code> {
        if !score.is_finite() {
            return Err(Code::NotFinite);
        }
        let facts = &batch.rows()[row].facts;
        self.binding.decide(&self.models[model].decider, facts, batch.row_bases(row), score)
    }

    /// Number of models bound to it.
    pub fn model_count(&self) -> usize {
        self.models.len()
    }
}

fn bind_time(
    config: &StreamConfig,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Option<SlotId> {
    match FieldPath::parse(config.occurred_at.as_deref()?) {
        Ok(path) => Some(tree.time(&path)),
        Err(what) => {
            problems.push(Problem::new("occurred_at", what, "a pointer starts at the event's root"));
            None
        }
    }
}

fn compile_segments(
    config: &StreamConfig,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Vec<Segment> {
    if config.segments.len() > MOST_SEGMENTS {
        let what = format!("{} segments are more than {MOST_SEGMENTS}", config.segments.len());
        problems.push(Problem::new("segments", what, "keep those that reports are sliced by"));
    }
    let segment = |(name, path): (&String, &String)| {
        let slot = bind(&format!("segments.{name}"), Some(path), tree, problems)?;
        Some(Segment { name: name.clone(), slot, hidden: config.hides(&format!("segments.{name}")) })
    };
    config.segments.iter().filter_map(segment).collect()
}

fn compile_models(
    config: &StreamConfig,
    contracts: &[&Contract],
    binding: &mut KindBinding,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Vec<BoundModel> {
    for (canonical, own) in &config.fields {
        for path in [canonical, own] {
            if let Err(what) = FieldPath::parse(path) {
                problems.push(Problem::new(
                    format!("fields.{canonical}"),
                    what,
                    "write both sides as pointers",
                ));
            }
        }
        // Models that were refused may have named it.
        let all = contracts.len() == config.models.len();
        if all && FieldPath::parse(canonical).is_ok() && !contracts.iter().any(|one| one.names(canonical)) {
            let what = "is named by no contract of the stream's models";
            let fix = "write the pointer as the contracts have it, or remove it";
            problems.push(Problem::new(format!("fields.{canonical}"), what, fix));
        }
    }
    let features = FeatureBinding { names: &config.fields, amounts: binding.amounts() };
    let mut models = Vec::new();
    for (index, contract) in contracts.iter().enumerate() {
        let plan = FeaturePlan::compile(contract, &features, tree).map_err(|found| {
            problems.extend(found.into_iter().map(|one| one.under(&format!("models[{index}]"))));
        });
        let decider = binding
            .decider(contract, &config.fields, tree)
            .map_err(|problem| problems.push(problem.under(&format!("models[{index}]"))));
        if let (Ok(plan), Ok(decider)) = (plan, decider) {
            models.push(BoundModel { plan, decider });
        }
    }
    models
}
