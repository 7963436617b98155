//! The comparisons of one piece in memory: what repeats is kept once, an event once for all its models.
//!
//! A comparison takes 56 bytes, an event 128 beside its identifiers and segments, a feature 8.

mod of;
mod order;
mod value;
mod words;

pub(crate) use of::record_of;
pub(crate) use order::Group;

use bystander_core::comparison::{ComparisonRecord, GuardrailRecord, ModelRecord, SourceRecord};
use bystander_core::features::FeatureValue;
use bystander_core::kind::Kind;
use std::borrow::Cow;
use value::{Feature, Packed, Span, Verdict, Whole};
use words::{Word, Words};

/// Comparisons, in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    words: Words,
    origins: Vec<Origin>,
    models: Vec<Model>,
    events: Vec<Event>,
    decisions: Vec<Decided>,
    text: String,
    segments: Vec<(Word, Word)>,
    steps: Vec<(Word, i64, i64)>,
    /// Lists of feature names: a model's are always the same.
    shapes: Vec<Vec<Word>>,
    features: Vec<Packed>,
}

/// What all comparisons of one stream in one run share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    topic: String,
    cluster: String,
    mode: String,
    run_id: String,
    stream: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    name: String,
    version: u32,
    sha256: String,
    alias: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Event {
    offset: i64,
    timestamp_ms: Whole,
    occurred_at_ms: i64,
    scored_at_ms: Whole,
    amount: Whole,
    cost_amount: Whole,
    quantity: Packed,
    live: Verdict,
    live_score: Packed,
    live_propensity: Packed,
    subject: Span,
    customer: Span,
    segments: Span,
    item: Option<Word>,
    currency: Option<Word>,
    partition: i32,
    origin: u32,
}

#[derive(Debug, Clone, Copy)]
struct Decided {
    score: f64,
    would_be: Verdict,
    delta_amount: Whole,
    event: u32,
    model: u32,
    steps: Span,
    /// Where its features begin, and the names of each.
    features: u32,
    shape: u32,
    agrees: Option<bool>,
}

/// A state to go back to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    events: usize,
    decisions: usize,
    text: usize,
    segments: usize,
    steps: usize,
    features: usize,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.decisions.len()
    }

    pub(crate) fn push(&mut self, record: &ComparisonRecord<'_>) {
        let event = self.event(record);
        let model = self.model(&record.model);
        let steps = self.steps.len();
        for step in &record.guardrails {
            self.steps.push((self.words.keep(&step.rule), step.before, step.after));
        }
        let shape = self.shape(record);
        let features = self.features.len() as u32;
        for (_, value) in &record.features {
            self.features.push(Packed::new(match value {
                FeatureValue::Number(number) => Feature::Number(*number),
                FeatureValue::Category(category) => Feature::Category(self.words.keep(category)),
                FeatureValue::Missing => Feature::Missing,
            }));
        }
        self.decisions.push(Decided {
            event,
            model,
            score: record.score,
            would_be: Verdict::new(Some(record.would_be)),
            agrees: record.agrees,
            delta_amount: Whole::new(record.delta_amount),
            steps: Span::from(steps, self.steps.len()),
            features,
            shape,
        });
    }

    /// Comparison number `index` in order of arrival.
    pub(crate) fn record(&self, index: usize) -> ComparisonRecord<'_> {
        let decided = &self.decisions[index];
        let event = &self.events[decided.event as usize];
        let origin = &self.origins[event.origin as usize];
        let model = &self.models[decided.model as usize];
        let text = |span: Span| Cow::Borrowed(&self.text[span.range()]);
        let word = |word: Word| Cow::Borrowed(self.words.text(word));
        ComparisonRecord {
            comparison_id: Cow::Owned(id(origin, event, model)),
            mode: Cow::Borrowed(&origin.mode),
            run_id: Cow::Borrowed(&origin.run_id),
            stream: Cow::Borrowed(&origin.stream),
            kind: origin.kind,
            subject_id: text(event.subject),
            item_id: event.item.map(word),
            customer_id: event.customer.some().map(text),
            occurred_at_ms: event.occurred_at_ms,
            scored_at_ms: event.scored_at_ms.get(),
            model: ModelRecord {
                name: Cow::Borrowed(&model.name),
                version: model.version,
                sha256: Cow::Borrowed(&model.sha256),
                alias: model.alias.as_deref().map(Cow::Borrowed),
            },
            score: decided.score,
            would_be: decided.would_be.get().unwrap_or_default(),
            live: event.live.get(),
            live_score: event.live_score.number(),
            live_propensity: event.live_propensity.number(),
            agrees: decided.agrees,
            delta_amount: decided.delta_amount.get(),
            amount: event.amount.get(),
            cost_amount: event.cost_amount.get(),
            quantity: event.quantity.number(),
            currency: event.currency.map(word),
            guardrails: self.guardrails(decided),
            segments: self.segments[event.segments.range()]
                .iter()
                .map(|&(name, value)| (word(name), word(value)))
                .collect(),
            features: self.features(decided),
            source: SourceRecord {
                cluster: Cow::Borrowed(&origin.cluster),
                topic: Cow::Borrowed(&origin.topic),
                partition: event.partition,
                offset: event.offset,
                timestamp_ms: event.timestamp_ms.get(),
            },
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            decisions: self.decisions.len(),
            text: self.text.len(),
            segments: self.segments.len(),
            steps: self.steps.len(),
            features: self.features.len(),
        }
    }

    /// Bytes kept, texts that repeat aside.
    pub(crate) fn bytes(&self) -> usize {
        fn of<T>(list: &[T]) -> usize {
            size_of_val(list)
        }
        of(&self.events)
            + of(&self.decisions)
            + self.text.len()
            + of(&self.segments)
            + of(&self.steps)
            + of(&self.features)
    }

    /// Forgets what came after `mark`.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.events.truncate(mark.events);
        self.decisions.truncate(mark.decisions);
        self.text.truncate(mark.text);
        self.segments.truncate(mark.segments);
        self.steps.truncate(mark.steps);
        self.features.truncate(mark.features);
    }

    /// Forgets everything; capacity stays.
    pub(crate) fn clear(&mut self) {
        self.rewind(Mark::default());
        self.words.clear();
        self.origins.clear();
        self.models.clear();
        self.shapes.clear();
    }

    fn guardrails(&self, decided: &Decided) -> Vec<GuardrailRecord<'_>> {
        let step = |&(rule, before, after): &(Word, i64, i64)| GuardrailRecord {
            rule: Cow::Borrowed(self.words.text(rule)),
            before,
            after,
        };
        self.steps[decided.steps.range()].iter().map(step).collect()
    }

    fn features(&self, decided: &Decided) -> Vec<(Cow<'_, str>, FeatureValue<'_>)> {
        let named =
            self.shapes[decided.shape as usize].iter().zip(&self.features[decided.features as usize..]);
        let value = |packed: Packed| match packed.feature() {
            Feature::Number(number) => FeatureValue::Number(number),
            Feature::Category(word) => FeatureValue::Category(Cow::Borrowed(self.words.text(word))),
            Feature::Missing => FeatureValue::Missing,
        };
        named.map(|(&name, &packed)| (Cow::Borrowed(self.words.text(name)), value(packed))).collect()
    }

    /// The event of `record`: the last one's models come one after another.
    fn event(&mut self, record: &ComparisonRecord<'_>) -> u32 {
        let origin = self.origin(record);
        if let Some(last) = self.events.last()
            && self.is_of(record, origin, last)
        {
            return (self.events.len() - 1) as u32;
        }
        let segments = self.segments.len();
        for (name, value) in &record.segments {
            self.segments.push((self.words.keep(name), self.words.keep(value)));
        }
        let event = Event {
            origin,
            partition: record.source.partition,
            offset: record.source.offset,
            timestamp_ms: Whole::new(record.source.timestamp_ms),
            occurred_at_ms: record.occurred_at_ms,
            scored_at_ms: Whole::new(record.scored_at_ms),
            subject: keep(&mut self.text, &record.subject_id),
            customer: record
                .customer_id
                .as_deref()
                .map_or(Span::NONE, |customer| keep(&mut self.text, customer)),
            item: record.item_id.as_deref().map(|item| self.words.keep(item)),
            currency: record.currency.as_deref().map(|currency| self.words.keep(currency)),
            amount: Whole::new(record.amount),
            cost_amount: Whole::new(record.cost_amount),
            quantity: Packed::number_or_none(record.quantity),
            live: Verdict::new(record.live),
            live_score: Packed::number_or_none(record.live_score),
            live_propensity: Packed::number_or_none(record.live_propensity),
            segments: Span::from(segments, self.segments.len()),
        };
        self.events.push(event);
        (self.events.len() - 1) as u32
    }

    /// Whether `record` says of its event what `event` says.
    fn is_of(&self, record: &ComparisonRecord<'_>, origin: u32, event: &Event) -> bool {
        let text = |span: Span| &self.text[span.range()];
        let word = |word: Word| self.words.text(word);
        let segments = &self.segments[event.segments.range()];
        let same_segments = segments.len() == record.segments.len()
            && segments
                .iter()
                .zip(&record.segments)
                .all(|(&(name, value), have)| word(name) == have.0 && word(value) == have.1);
        let kept = Event {
            origin,
            partition: record.source.partition,
            offset: record.source.offset,
            timestamp_ms: Whole::new(record.source.timestamp_ms),
            occurred_at_ms: record.occurred_at_ms,
            scored_at_ms: Whole::new(record.scored_at_ms),
            amount: Whole::new(record.amount),
            cost_amount: Whole::new(record.cost_amount),
            quantity: Packed::number_or_none(record.quantity),
            live: Verdict::new(record.live),
            live_score: Packed::number_or_none(record.live_score),
            live_propensity: Packed::number_or_none(record.live_propensity),
            ..*event
        };
        kept == *event
            && text(event.subject) == record.subject_id
            && event.customer.some().map(text) == record.customer_id.as_deref()
            && event.item.map(word) == record.item_id.as_deref()
            && event.currency.map(word) == record.currency.as_deref()
            && same_segments
    }

    fn origin(&mut self, record: &ComparisonRecord<'_>) -> u32 {
        let found = self.origins.iter().position(|origin| {
            origin.run_id == record.run_id
                && origin.stream == record.stream
                && origin.topic == record.source.topic
                && origin.cluster == record.source.cluster
                && origin.mode == record.mode
                && origin.kind == record.kind
        });
        let new = || Origin {
            topic: record.source.topic.to_string(),
            cluster: record.source.cluster.to_string(),
            mode: record.mode.to_string(),
            run_id: record.run_id.to_string(),
            stream: record.stream.to_string(),
            kind: record.kind,
        };
        place(&mut self.origins, found, new)
    }

    fn model(&mut self, model: &ModelRecord<'_>) -> u32 {
        let found = self.models.iter().position(|known| {
            known.version == model.version
                && known.name == model.name
                && known.sha256 == model.sha256
                && known.alias.as_deref() == model.alias.as_deref()
        });
        let new = || Model {
            name: model.name.to_string(),
            version: model.version,
            sha256: model.sha256.to_string(),
            alias: model.alias.as_deref().map(str::to_owned),
        };
        place(&mut self.models, found, new)
    }
}

impl Rows {
    fn shape(&mut self, record: &ComparisonRecord<'_>) -> u32 {
        let names = || record.features.iter().map(|(name, _)| &**name);
        let same = |shape: &Vec<Word>| names().eq(shape.iter().map(|&word| self.words.text(word)));
        let found = self.shapes.iter().position(same);
        let words = &mut self.words;
        place(&mut self.shapes, found, || names().map(|name| words.keep(name)).collect())
    }
}

fn place<T>(list: &mut Vec<T>, found: Option<usize>, new: impl FnOnce() -> T) -> u32 {
    let place = found.unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    });
    place as u32
}

fn keep(text: &mut String, more: &str) -> Span {
    let start = text.len();
    text.push_str(more);
    Span::from(start, text.len())
}

/// The id as `Comparison::write_id` writes it.
fn id(origin: &Origin, event: &Event, model: &Model) -> String {
    let Model { name, version, sha256, .. } = model;
    let sha = sha256.get(..12).unwrap_or(sha256);
    format!("{}/{}/{}/{name}/{version}/{sha}/{}", origin.topic, event.partition, event.offset, origin.run_id)
}
