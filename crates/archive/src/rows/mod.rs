//! The comparisons of one piece in memory: what repeats is kept once, an event once for all its models.
//!
//! A comparison takes 60 bytes, an event 140 beside its identifiers and segments, a feature 8.

mod order;
mod packed;
mod value;
mod words;

pub(crate) use order::Group;

use crate::table::Of;
use bystander_core::comparison::{
    ComparisonId, ComparisonRecord, Features, GuardrailHits, GuardrailRecord, Segments,
};
use bystander_core::features::FeatureValue;
use bystander_core::kind::Kind;
use packed::{PackedTable, Texts};
use std::borrow::Cow;
use value::{Feature, Packed, Span};
use words::Word;

/// Comparisons, in order of arrival.
pub(crate) struct Rows {
    texts: Texts,
    /// What all comparisons of one stream in one run share.
    runs: PackedTable,
    models: PackedTable,
    events: PackedTable,
    decisions: PackedTable,
    /// What belongs to each row of `events` in other tables.
    of_events: Vec<OfEvent>,
    /// What belongs to each row of `decisions` in other tables.
    of_decisions: Vec<OfDecision>,
    segments: Vec<(Word, Word)>,
    steps: Vec<(Word, i64, i64)>,
    /// Lists of feature names: a model's are always the same.
    shapes: Vec<Vec<Word>>,
    features: Vec<Packed>,
}

#[derive(Debug, Clone, Copy)]
struct OfEvent {
    run: u32,
    segments: Span,
}

#[derive(Debug, Clone, Copy)]
struct OfDecision {
    event: u32,
    model: u32,
    steps: Span,
    /// Where its features begin, and the names of each.
    features: u32,
    shape: u32,
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

impl Default for Rows {
    fn default() -> Self {
        Self {
            texts: Texts::default(),
            runs: PackedTable::new(Of::Run),
            models: PackedTable::new(Of::Model),
            events: PackedTable::new(Of::Event),
            decisions: PackedTable::new(Of::Decision),
            of_events: Vec::new(),
            of_decisions: Vec::new(),
            segments: Vec::new(),
            steps: Vec::new(),
            shapes: Vec::new(),
            features: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("comparisons", &self.len()).finish_non_exhaustive()
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.of_decisions.len()
    }

    pub(crate) fn push(&mut self, record: &ComparisonRecord<'_>) {
        let event = self.event(record);
        let model = self.models.place(record, &mut self.texts);
        let steps = self.steps.len();
        for step in record.guardrails.iter() {
            self.steps.push((self.texts.words.keep(&step.rule), step.before, step.after));
        }
        let shape = self.shape(record);
        let features = self.features.len() as u32;
        for (_, value) in record.features.iter() {
            self.features.push(Packed::new(match value {
                FeatureValue::Number(number) => Feature::Number(number),
                FeatureValue::Category(category) => Feature::Category(self.texts.words.keep(&category)),
                FeatureValue::Missing => Feature::Missing,
            }));
        }
        self.decisions.push(record, &mut self.texts);
        let steps = Span::from(steps, self.steps.len());
        self.of_decisions.push(OfDecision { event, model, steps, features, shape });
    }

    /// Comparison number `index` in order of arrival, but its id.
    pub(crate) fn record(&self, index: usize) -> ComparisonRecord<'_> {
        let decision = &self.of_decisions[index];
        let event = &self.of_events[decision.event as usize];
        // Kinds are among the columns of runs, so this one doesn't stay.
        let mut record = ComparisonRecord::empty(Kind::Orders);
        self.runs.fill(event.run, &mut record, &self.texts);
        self.models.fill(decision.model, &mut record, &self.texts);
        self.events.fill(decision.event, &mut record, &self.texts);
        self.decisions.fill(index as u32, &mut record, &self.texts);
        record.guardrails = self.guardrails(decision);
        record.segments = self.segments(event);
        record.features = self.features(decision);
        record.comparison_id = Cow::Owned(id(&record));
        record
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            events: self.of_events.len(),
            decisions: self.of_decisions.len(),
            text: self.texts.own.len(),
            segments: self.segments.len(),
            steps: self.steps.len(),
            features: self.features.len(),
        }
    }

    /// Bytes kept, texts that repeat aside.
    pub(crate) fn bytes(&self) -> usize {
        self.events.bytes()
            + self.decisions.bytes()
            + self.texts.own.len()
            + size_of_val(&*self.of_events)
            + size_of_val(&*self.of_decisions)
            + size_of_val(&*self.segments)
            + size_of_val(&*self.steps)
            + size_of_val(&*self.features)
    }

    /// Forgets what came after `mark`.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.events.truncate(mark.events);
        self.of_events.truncate(mark.events);
        self.decisions.truncate(mark.decisions);
        self.of_decisions.truncate(mark.decisions);
        self.texts.own.truncate(mark.text);
        self.segments.truncate(mark.segments);
        self.steps.truncate(mark.steps);
        self.features.truncate(mark.features);
    }

    /// Forgets everything; capacity stays.
    pub(crate) fn clear(&mut self) {
        self.rewind(Mark::default());
        self.texts.words.clear();
        self.runs.truncate(0);
        self.models.truncate(0);
        self.shapes.clear();
    }

    /// The event of `record`: the last one's models come one after another.
    fn event(&mut self, record: &ComparisonRecord<'_>) -> u32 {
        let run = self.runs.place(record, &mut self.texts);
        if let Some(last) = self.of_events.len().checked_sub(1)
            && self.of_events[last].run == run
            && self.events.is(last, record, &self.texts)
            && record.segments.iter().eq(self.texts_of(self.of_events[last].segments))
        {
            return last as u32;
        }
        let segments = self.segments.len();
        for (name, value) in record.segments.iter() {
            let words = &mut self.texts.words;
            self.segments.push((words.keep(name), words.keep(value)));
        }
        self.of_events.push(OfEvent { run, segments: Span::from(segments, self.segments.len()) });
        self.events.push(record, &mut self.texts)
    }

    fn texts_of(&self, segments: Span) -> impl Iterator<Item = (&str, &str)> {
        let text = |word| self.texts.words.text(word);
        self.segments[segments.range()].iter().map(move |&(name, value)| (text(name), text(value)))
    }

    fn segments(&self, event: &OfEvent) -> Segments<'_> {
        let pairs = self.texts_of(event.segments);
        pairs.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value))).collect()
    }

    fn guardrails(&self, decision: &OfDecision) -> GuardrailHits<'_> {
        let step = |&(rule, before, after): &(Word, i64, i64)| GuardrailRecord {
            rule: Cow::Borrowed(self.texts.words.text(rule)),
            before,
            after,
        };
        self.steps[decision.steps.range()].iter().map(step).collect()
    }

    fn features(&self, decision: &OfDecision) -> Features<'_> {
        let names = &self.shapes[decision.shape as usize];
        let text = |word| Cow::Borrowed(self.texts.words.text(word));
        let value = |packed: Packed| match packed.feature() {
            Feature::Number(number) => FeatureValue::Number(number),
            Feature::Category(word) => FeatureValue::Category(text(word)),
            Feature::Missing => FeatureValue::Missing,
        };
        let named = names.iter().zip(&self.features[decision.features as usize..]);
        named.map(|(&name, &packed)| (text(name), value(packed))).collect()
    }

    fn shape(&mut self, record: &ComparisonRecord<'_>) -> u32 {
        let words = &mut self.texts.words;
        let names = || record.features.iter().map(|(name, _)| name);
        let same = |shape: &Vec<Word>| names().eq(shape.iter().map(|&word| words.text(word)));
        let found = self.shapes.iter().position(same);
        let place = found.unwrap_or_else(|| {
            self.shapes.push(names().map(|name| words.keep(name)).collect());
            self.shapes.len() - 1
        });
        place as u32
    }
}

/// A replay reads the log that is there now, so no log before it counts.
fn id(record: &ComparisonRecord<'_>) -> String {
    let id = ComparisonId {
        topic: &record.source.topic,
        partition: record.source.partition,
        offset: record.source.offset,
        model: &record.model.name,
        version: record.model.version,
        sha256: &record.model.sha256,
        run_id: &record.run_id,
        generation: 0,
    };
    id.to_string()
}
