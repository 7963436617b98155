//! Verification: a range scored again beside what the live run recorded of it. Also the A/A check.

use crate::journal::PublishedFile;
use crate::piece::Piece;
use crate::plan::Plan;
use crate::seams::PieceSink;
use bystander_core::checkpoint::Checkpoint;
use bystander_core::comparison::{Comparison, ComparisonRecord, DecisionRecord};
use bystander_core::decision::DecisionValue;
use bystander_pipeline::{Failure, Message, Output, Sink, SinkError, Transaction};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A comparison as far as verification looks at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparedRow {
    /// Offset of the event.
    pub offset: i64,
    /// Index of the model among those that are verified.
    pub model: usize,
    score: f64,
    would_be: DecisionRecord,
    live: Option<DecisionRecord>,
    agrees: Option<bool>,
    delta_amount: Option<i64>,
    amount: Option<i64>,
    occurred_at_ms: i64,
    /// Of the subject, the currency and the model's bytes.
    names: u64,
}

/// A recorded comparison, or why it isn't one to compare with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RecordedRow {
    /// One of the verified models.
    Of(ComparedRow),
    /// By a model that is not verified.
    OtherModel,
}

impl ComparedRow {
    fn of(record: &ComparisonRecord<'_>, model: usize) -> Self {
        Self {
            offset: record.source.offset,
            model,
            score: record.score,
            would_be: record.would_be,
            live: record.live,
            agrees: record.agrees,
            delta_amount: record.delta_amount,
            amount: record.amount,
            occurred_at_ms: record.occurred_at_ms,
            names: names(&record.subject_id, record.currency.as_deref(), &record.model.sha256),
        }
    }

    /// A recorded comparison as a row; `models` are the verified names and versions.
    pub fn recorded(record: &ComparisonRecord<'_>, models: &[(String, u32)]) -> RecordedRow {
        let is =
            |(name, version): &(String, u32)| *name == *record.model.name && *version == record.model.version;
        match models.iter().position(is) {
            Some(model) => RecordedRow::Of(Self::of(record, model)),
            None => RecordedRow::OtherModel,
        }
    }

    fn key(&self) -> (i64, usize) {
        (self.offset, self.model)
    }

    /// Equal to the bit.
    fn is(&self, other: &Self) -> bool {
        self.score.to_bits() == other.score.to_bits()
            && Self { score: 0.0, ..*self } == Self { score: 0.0, ..*other }
    }

    fn decides_as(&self, other: &Self) -> bool {
        self.would_be == other.would_be && self.agrees == other.agrees
    }
}

fn names(subject: &str, currency: Option<&str>, sha256: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (subject, currency, sha256).hash(&mut hasher);
    hasher.finish()
}

/// Rows that were recorded in one piece's range.
#[derive(Debug, Default)]
pub struct Rows {
    /// Of the verified models, in any order.
    pub rows: Vec<ComparedRow>,
    /// Comparisons by other models.
    pub other_models: u64,
}

/// Where recorded comparisons come from.
pub trait RecordedRows {
    /// Those of the events in a partition's offsets from `start` to before `end`. Asked piece by piece in order.
    ///
    /// # Errors
    /// When they can't be read.
    fn rows(&mut self, topic: &str, partition: i32, range: (i64, i64)) -> Result<Rows, Failure>;
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verification {
    /// Comparisons that are equal to the bit.
    pub identical: u64,
    /// Comparisons that differ in anything.
    pub differing: u64,
    /// Of those, the ones whose decisions differ.
    pub decisions_differ: u64,
    /// Replayed, but not recorded.
    pub not_recorded: u64,
    /// Recorded, but not replayed.
    pub not_replayed: u64,
    /// Recorded more than once.
    pub recorded_twice: u64,
    /// Recorded by models that were not verified.
    pub other_models: u64,
    /// The largest difference of two scores.
    pub largest_score_difference: f64,
    /// Differing comparisons by model.
    pub by_model: BTreeMap<String, u64>,
    /// Some that differ, the largest differences of decisions first.
    pub examples: Vec<Difference>,
}

/// One comparison that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Topic, partition and offset.
    pub event: String,
    /// Name and version.
    pub model: String,
    /// Score recorded and replayed.
    pub scores: (f64, f64),
    /// Decision recorded.
    pub recorded: String,
    /// Decision replayed.
    pub replayed: String,
}

/// Examples that are kept.
const EXAMPLES: usize = 10;

impl Verification {
    /// Whether both sides say the same.
    pub fn is_identical(&self) -> bool {
        self.differing + self.not_recorded + self.not_replayed + self.recorded_twice == 0
    }

    fn merge(&mut self, other: Self) {
        self.identical += other.identical;
        self.differing += other.differing;
        self.decisions_differ += other.decisions_differ;
        self.not_recorded += other.not_recorded;
        self.not_replayed += other.not_replayed;
        self.recorded_twice += other.recorded_twice;
        self.other_models += other.other_models;
        self.largest_score_difference = self.largest_score_difference.max(other.largest_score_difference);
        for (model, count) in other.by_model {
            *self.by_model.entry(model).or_default() += count;
        }
        self.examples.extend(other.examples);
        let rank = |one: &Difference| (one.recorded == one.replayed, one.event.clone(), one.model.clone());
        self.examples.sort_by_key(rank);
        self.examples.truncate(EXAMPLES);
    }
}

/// A sink that writes nothing and compares.
pub struct Verifier<R> {
    recorded: R,
    models: Vec<(String, u32)>,
    found: Arc<Mutex<Verification>>,
    place: Option<(String, i32, (i64, i64))>,
    rows: Vec<ComparedRow>,
}

impl<R: RecordedRows> Verifier<R> {
    /// A verifier of `models`; what it finds is added to `found`.
    pub fn new(recorded: R, models: Vec<(String, u32)>, found: &Arc<Mutex<Verification>>) -> Self {
        Self { recorded, models, found: Arc::clone(found), place: None, rows: Vec::new() }
    }

    fn compare(&mut self, topic: &str, partition: i32, recorded: Rows) -> Verification {
        let mut found = Verification { other_models: recorded.other_models, ..Verification::default() };
        let mut recorded = recorded.rows;
        recorded.sort_by_key(ComparedRow::key);
        self.rows.sort_by_key(ComparedRow::key);
        let (mut left, mut right) = (self.rows.iter().peekable(), recorded.iter().peekable());
        loop {
            let (mine, theirs) = match (left.peek(), right.peek()) {
                (None, None) => break,
                (mine, theirs) => (mine.map(|row| row.key()), theirs.map(|row| row.key())),
            };
            let first = mine.into_iter().chain(theirs).min();
            let replayed = left.next_if(|row| Some(row.key()) == first);
            let known = right.next_if(|row| Some(row.key()) == first);
            while right.next_if(|row| Some(row.key()) == first).is_some() {
                found.recorded_twice += 1;
            }
            match (replayed, known) {
                (Some(replayed), Some(known)) if replayed.is(known) => found.identical += 1,
                (Some(replayed), Some(known)) => self.differ(&mut found, (topic, partition), known, replayed),
                (Some(_), None) => found.not_recorded += 1,
                (None, _) => found.not_replayed += 1,
            }
        }
        found
    }

    fn differ(
        &self,
        found: &mut Verification,
        at: (&str, i32),
        recorded: &ComparedRow,
        replayed: &ComparedRow,
    ) {
        let (name, version) = &self.models[replayed.model];
        let model = format!("{name}/{version}");
        found.differing += 1;
        found.decisions_differ += u64::from(!recorded.decides_as(replayed));
        let difference = (recorded.score - replayed.score).abs();
        found.largest_score_difference = found.largest_score_difference.max(difference);
        *found.by_model.entry(model.clone()).or_default() += 1;
        if found.examples.len() == EXAMPLES {
            // A differing decision takes the place of one that is the same.
            let same = || found.examples.iter().position(|one| one.recorded == one.replayed);
            let place = if recorded.decides_as(replayed) { None } else { same() };
            let Some(place) = place else { return };
            found.examples.swap_remove(place);
        }
        found.examples.push(Difference {
            event: format!("{}/{}/{}", at.0, at.1, replayed.offset),
            model,
            scores: (recorded.score, replayed.score),
            recorded: shown(&recorded.would_be),
            replayed: shown(&replayed.would_be),
        });
    }
}

fn shown(verdict: &DecisionRecord) -> String {
    match verdict.0 {
        Some(DecisionValue::Action(action)) => action.name().to_owned(),
        Some(DecisionValue::Number(_, number)) => number.to_string(),
        None => "nothing".to_owned(),
    }
}

impl<R: RecordedRows> PieceSink for Verifier<R> {
    fn start(&mut self, plan: &Plan, piece: &Piece) -> Result<(), Failure> {
        let account = plan.inputs[piece.input].accounts.first();
        self.place =
            account.map(|account| (account.topic.clone(), account.partition, (piece.start, piece.end)));
        self.rows.clear();
        Ok(())
    }

    fn publish(&mut self) -> Result<Vec<PublishedFile>, Failure> {
        if let Some((topic, partition, range)) = self.place.take() {
            let recorded = self.recorded.rows(&topic, partition, range)?;
            let found = self.compare(&topic, partition, recorded);
            self.found.lock().merge(found);
        }
        Ok(Vec::new())
    }
}

impl<R: RecordedRows> Sink for Verifier<R> {
    type Transaction<'a>
        = Collecting<'a>
    where
        R: 'a;

    fn begin(&mut self) -> Result<Collecting<'_>, SinkError> {
        let from = self.rows.len();
        Ok(Collecting { rows: &mut self.rows, models: &self.models, from })
    }
}

/// Comparisons on their way to be verified.
pub struct Collecting<'a> {
    rows: &'a mut Vec<ComparedRow>,
    models: &'a [(String, u32)],
    from: usize,
}

impl Transaction for Collecting<'_> {
    fn take(&mut self, comparison: &Comparison<'_>) -> Result<bool, SinkError> {
        let is = |(name, version): &(String, u32)| {
            *name == comparison.model.name && *version == comparison.model.version
        };
        if let Some(model) = self.models.iter().position(is) {
            self.rows.push(ComparedRow::of(&comparison.record(""), model));
        }
        Ok(true)
    }

    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        debug_assert_eq!(message.output, Output::DeadLetters, "comparisons are taken");
        Ok(())
    }

    fn commit(self, _: &[Checkpoint]) -> Result<(), SinkError> {
        Ok(())
    }

    fn abort(self) -> Result<(), SinkError> {
        self.rows.truncate(self.from);
        Ok(())
    }
}
