//! A bound input topic: the config that binds it, and the compiled form that decodes its records.

mod decode;
mod filter;
mod model;

pub(crate) use decode::unread;
pub use decode::{Decoded, Decoder};
pub(crate) use filter::Filter;
pub(crate) use model::{BoundModel, plan};

use crate::batch::Batch;
use crate::config::{CardNumbers, CardRule, StreamConfig};
use crate::contract::Contract;
use crate::decision::Decision;
use crate::drift::DriftPlan;
use crate::extract::{FieldPath, FieldTree, FieldTreeBuilder, SlotId, bind};
use crate::kind::Kind;
use crate::kinds::{self, KindStream};
use crate::privacy::{LONGEST_IDENTIFIER, Outgoing, OutgoingField, OutgoingPolicy, PrivacyKey};
use crate::problem::Problem;
use crate::record::StreamId;
use crate::rejection::Code;
use crate::time::TimeReading;
use std::sync::Arc;

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
    kind: Kind,
    rules: Arc<dyn KindStream>,
    pub(crate) models: Vec<BoundModel>,
    pub(crate) segments: Vec<Segment>,
    /// Whether comparisons say what the models were fed.
    pub(crate) shows_features: bool,
    subject: OutgoingField,
    item: Option<OutgoingField>,
    customer: Option<OutgoingField>,
    occurred_at: Option<SlotId>,
    filters: Vec<Filter>,
    consent: Option<SlotId>,
    largest_event: usize,
    outgoing: Outgoing,
    /// How the record's key leaves, if it does.
    key: Option<OutgoingPolicy>,
    tracestate: bool,
    /// Whether card numbers are looked for at all.
    guards_cards: bool,
}

/// A named value that reports are sliced by.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    value: OutgoingField,
}

/// Largest event that is read unless the config says otherwise.
pub const LARGEST_EVENT: usize = 1 << 20;
/// Longest segment value in bytes.
pub const LONGEST_SEGMENT: usize = 256;
/// Most segments of a stream.
pub const MOST_SEGMENTS: usize = 32;
impl Stream {
    /// Compiles `config` with one contract per bound model, in the config's order; disabled ones are left out. Without any, its
    /// records are skipped.
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
        let mut tree = FieldTreeBuilder::new(TimeReading::compile(&config.times(), &mut problems));
        let mut identifier = |key: &str, path: &Option<String>| {
            let slot = bind(key, path.as_deref(), &mut tree, &mut problems)?;
            tree.identifier(slot);
            Some(OutgoingField { slot, longest: LONGEST_IDENTIFIER, policy: config.policy(key) })
        };
        let subject = identifier("subject", &config.subject);
        let item = identifier("item", &config.item);
        let customer = identifier("customer", &config.customer);
        let occurred_at = bind_time(config, &mut tree, &mut problems);
        let consent = bind("consent", config.consent.as_deref(), &mut tree, &mut problems);
        let filters = Filter::compile(&config.filter, &mut tree, &mut problems);
        let segments = compile_segments(config, &mut tree, &mut problems);
        let mut rules = kinds::compile(config, &mut tree, &mut problems);
        let models = match &mut rules {
            Some((_, rules)) => model::compile_all(config, contracts, &mut **rules, &mut tree, &mut problems),
            None => Vec::new(),
        };
        if config.features {
            problems.extend(models.iter().enumerate().filter_map(model::too_many_features));
        }
        if contracts.len() == config.models.len() {
            problems.extend(tree.unused_units().iter().map(|path| no_time(path)));
        }
        problems.extend(config.wrong_fields());
        let pseudonymiser = config.pseudonymiser(key, &mut problems);
        let (Some(subject), Some((kind, rules)), true) = (subject, rules, problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            id,
            name: config.name.clone().unwrap_or_default(),
            topic: config.topic.clone().unwrap_or_default(),
            tree: tree.build(),
            kind,
            rules: rules.build(),
            models,
            segments,
            shows_features: config.features,
            subject,
            item,
            customer,
            occurred_at,
            filters,
            consent,
            largest_event: config.max_event_bytes.unwrap_or(LARGEST_EVENT),
            outgoing: Outgoing { pseudonymiser },
            key: config.key_policy(),
            tracestate: config.tracestate,
            guards_cards: config.card_numbers != Some(CardNumbers::All(CardRule::Allow)),
        })
    }

    /// An empty batch of its events.
    pub fn new_batch(&self) -> Batch {
        let inputs = self.models.iter().map(|model| model.plan.new_input()).collect();
        Batch::new(inputs, Arc::clone(&self.rules).new_facts())
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What model number `model` would have decided on a row, given its score.
    ///
    /// # Errors
    /// [`Code::NotFinite`] or [`Code::PriceOutOfRange`]: the row becomes a dead letter at the score stage.
    pub fn decide(&self, batch: &Batch, row: usize, model: usize, score: f64) -> Result<Decision, Code> {
        if !score.is_finite() {
            return Err(Code::NotFinite);
        }
        batch.decide(row, model, score)
    }

    /// How drift is counted, for each of its models in the config's order.
    pub fn drift_plans(&self) -> impl Iterator<Item = &Arc<DriftPlan>> {
        self.models.iter().map(|model| &model.drift)
    }

    /// Number of models bound to it.
    pub fn model_count(&self) -> usize {
        self.models.len()
    }
}

/// A unit for a field that isn't read as a time.
pub(crate) fn no_time(path: &str) -> Problem {
    let fix = "write the pointer of a time that is bound, or that a contract reads, as the event has it";
    Problem::new(format!("time_units.{path}"), "no time is read there", fix)
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
        let key = format!("segments.{name}");
        let slot = bind(&key, Some(path), tree, problems)?;
        tree.identifier(slot);
        let value = OutgoingField { slot, longest: LONGEST_SEGMENT, policy: config.policy(&key) };
        Some(Segment { name: name.clone(), value })
    };
    config.segments.iter().filter_map(segment).collect()
}
