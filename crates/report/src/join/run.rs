//! One run of one model over one stream: scores and decisions by event.

use super::column::{Column, NO_AMOUNT};
use super::features::{FeatureRows, FeatureSample};
use super::key::Key;
use super::sample::{Priority, Smallest};
use bystander_core::comparison::{ComparisonRecord, DecisionRecord};
use bystander_core::decision::{Action, GuardrailRule};
use hashbrown::HashSet;

/// Stands for an absent action in a column of actions.
pub(crate) const NO_ACTION: u8 = u8::MAX;
/// Subjects kept per cell of live × shadow where both differ, and of all rows, for live decisions that come later.
const KEPT_PER_CELL: usize = 20;
const KEPT_OF_ALL: usize = 1_000;
/// Stands for an absent latency. One of seven weeks and more is none either: the record was old when it came, or its
/// timestamp isn't that of its arrival.
const NO_LATENCY: u32 = u32::MAX;

/// Bits of a place that its offset takes; the others tell rows of one offset apart. 10¹² records of a partition.
const OFFSET_BITS: u32 = 40;
/// Stands for a place without a row.
const NO_PLACE: u64 = u64::MAX;

/// Where a row's event lies in its partition, then what its comparison is called: of several events of one subject the one
/// with the smallest place counts, in whatever order they are read.
pub(crate) fn place(record: &ComparisonRecord<'_>) -> u64 {
    let offset = record.source.offset.max(0) as u64;
    (offset << (u64::BITS - OFFSET_BITS)) | (Key::of(&record.comparison_id).short() >> OFFSET_BITS)
}

/// The action of a column's byte.
pub(crate) fn action(byte: u8) -> Option<Action> {
    Action::ALL.get(usize::from(byte)).copied()
}

/// What makes a run: everything that a comparison's id says beside the place of the event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RunIdentity {
    pub(crate) model: String,
    pub(crate) version: u32,
    pub(crate) sha256: String,
    pub(crate) mode: String,
    pub(crate) run_id: String,
}

/// Columns of one run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) identity: RunIdentity,
    /// The alias that the latest row named, and when that was.
    pub(crate) alias: Option<String>,
    alias_ms: i64,
    /// NaN: no row for the event.
    pub(crate) score: Column<f64>,
    places: Column<u64>,
    /// Rows that another event of their subject stands before.
    others: HashSet<(u32, u64)>,
    pub(crate) action: Column<u8>,
    /// The number that the model would have decided, where the kind decides one: prices, minor units.
    pub(crate) number: Column<i64>,
    /// Numbers: 1 where the comparison says that both agree, 0 where it says they don't.
    pub(crate) agrees: Column<u8>,
    /// Before any guardrail.
    pub(crate) unguarded: Column<i64>,
    latency_ms: Column<u32>,
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
    pub(crate) repeated: u64,
    pub(crate) scored: Option<(i64, i64)>,
    /// When the latest event happened.
    pub(crate) latest_ms: i64,
    pub(crate) ranges: Vec<Range>,
    steps: Vec<Step>,
    pub(crate) features: FeatureSample,
    pub(crate) kept: Vec<Smallest<Kept>>,
}

/// Offsets of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) cluster: String,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) rows: u64,
}

/// What one guardrail did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RuleTally {
    pub(crate) raised: u64,
    pub(crate) lowered: u64,
    /// Prices that it could not move to where they should be, because of the other rules.
    pub(crate) missed: u64,
    /// Σ and Σ of squares of (after − before) ÷ before.
    pub(crate) moves: f64,
    pub(crate) squares: f64,
}

/// A price that a guardrail moved, or could not move.
#[derive(Debug, Clone, Copy)]
struct Step {
    event: u32,
    rule: u8,
    place: u64,
    /// (after − before) ÷ before; 0 where it could not.
    change: f64,
}

/// A row that is kept with its texts, to be looked at.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) event: u32,
    pub(crate) subject: Box<str>,
    pub(crate) source: Box<str>,
}

impl Run {
    pub(crate) fn new(identity: RunIdentity) -> Self {
        let mut kept: Vec<_> = (0..9).map(|_| Smallest::new(KEPT_PER_CELL)).collect();
        kept.push(Smallest::new(KEPT_OF_ALL));
        Self {
            identity,
            alias: None,
            alias_ms: i64::MIN,
            score: Column::new(f64::NAN),
            places: Column::new(NO_PLACE),
            others: HashSet::new(),
            action: Column::new(NO_ACTION),
            number: Column::new(NO_AMOUNT),
            agrees: Column::new(u8::MAX),
            unguarded: Column::new(NO_AMOUNT),
            latency_ms: Column::new(NO_LATENCY),
            rows: 0,
            duplicates: 0,
            repeated: 0,
            scored: None,
            latest_ms: i64::MIN,
            ranges: Vec::new(),
            steps: Vec::new(),
            features: FeatureSample::default(),
            kept,
        }
    }

    /// Where the event's row lies, if it has one.
    pub(crate) fn place(&self, event: u32) -> Option<u64> {
        Some(self.places.get(event)).filter(|place| *place != NO_PLACE)
    }

    /// Whether the row at `place` counts for the event.
    pub(crate) fn counts(&self, event: u32, place: u64) -> bool {
        self.places.get(event) == place
    }

    /// Takes a row; the caller checked its score and decision. `subject` is the number of its subject.
    pub(crate) fn push(&mut self, event: u32, subject: u64, record: &ComparisonRecord<'_>) -> Pushed {
        let place = place(record);
        let standing = self.place(event);
        if standing == Some(place) || self.others.contains(&(event, place)) {
            self.duplicates += 1;
            return Pushed::Duplicate;
        }
        self.note_times(record);
        self.note_range(record);
        self.keep(event, (subject, place), record);
        self.features.offer(event, (subject, place), record);
        let Some(standing) = standing else {
            self.rows += 1;
            self.set(event, place, record);
            return Pushed::New;
        };
        self.repeated += 1;
        self.others.insert((event, standing.max(place)));
        if place < standing {
            self.set(event, place, record);
        }
        Pushed::OtherEvent
    }

    /// What is known of the run as a whole.
    fn note_times(&mut self, record: &ComparisonRecord<'_>) {
        self.latest_ms = self.latest_ms.max(record.occurred_at_ms);
        if let Some(scored) = record.scored_at_ms {
            let (first, last) = self.scored.unwrap_or((scored, scored));
            self.scored = Some((first.min(scored), last.max(scored)));
        }
        let alias = record.model.alias.as_deref();
        let named_ms = record.scored_at_ms.unwrap_or(record.occurred_at_ms);
        if (named_ms, alias) > (self.alias_ms, self.alias.as_deref()) {
            self.alias_ms = named_ms;
            if self.alias.as_deref() != alias {
                self.alias = alias.map(str::to_owned);
            }
        }
    }

    /// Puts a row in the columns, in place of another one of its subject if there is one.
    fn set(&mut self, event: u32, place: u64, record: &ComparisonRecord<'_>) {
        self.score.set(event, record.score);
        self.places.set(event, place);
        let since = record.scored_at_ms.zip(record.source.timestamp_ms).map(|(at, came)| (at - came).max(0));
        let latency = since.map_or(NO_LATENCY, |since| u32::try_from(since).unwrap_or(NO_LATENCY));
        match latency {
            NO_LATENCY => self.latency_ms.unset(event),
            known => self.latency_ms.set(event, known),
        }
        if let Some(number) = record.would_be.number(record.kind) {
            self.number.set(event, number);
            self.unguarded.set(event, record.guardrails.iter().next().map_or(number, |step| step.before));
            self.agrees.set(event, record.agrees.map_or(u8::MAX, u8::from));
            self.note_guardrails(event, place, record);
        }
        if let Some(shadow) = record.would_be.action() {
            self.action.set(event, shadow as u8);
        }
    }

    /// Keeps the row's texts, where it is among those that are shown.
    fn keep(&mut self, event: u32, priority: Priority, record: &ComparisonRecord<'_>) {
        let Some(shadow) = record.would_be.action() else { return };
        let live = record.live.and_then(DecisionRecord::action);
        let cell = live.map_or(9, |live| live as usize * 3 + shadow as usize);
        if live != Some(shadow) {
            self.kept[cell].offer(priority, || Kept {
                event,
                subject: record.subject_id.as_ref().into(),
                source: format!(
                    "{}/{}/{}",
                    record.source.topic, record.source.partition, record.source.offset
                )
                .into(),
            });
        }
    }

    fn note_guardrails(&mut self, event: u32, place: u64, record: &ComparisonRecord<'_>) {
        for step in record.guardrails.iter() {
            let Some(rule) = GuardrailRule::ALL.iter().position(|rule| rule.name() == step.rule) else {
                continue;
            };
            let change = (step.after - step.before) as f64 / (step.before.max(1)) as f64;
            self.steps.push(Step { event, rule: rule as u8, place, change });
        }
    }

    /// What the model was fed, of the rows that count.
    pub(crate) fn features(&self) -> Vec<FeatureRows<'_>> {
        self.features.columns(|event, place| self.counts(event, place))
    }

    /// What each guardrail did, in the order of [`GuardrailRule::ALL`].
    pub(crate) fn rules(&self) -> Vec<RuleTally> {
        let mut tallies = vec![RuleTally::default(); GuardrailRule::ALL.len()];
        for step in self.steps.iter().filter(|step| self.counts(step.event, step.place)) {
            let Some(tally) = tallies.get_mut(usize::from(step.rule)) else { continue };
            if step.change == 0.0 {
                tally.missed += 1;
                continue;
            }
            tally.raised += u64::from(step.change > 0.0);
            tally.lowered += u64::from(step.change < 0.0);
            tally.moves += step.change;
            tally.squares += step.change * step.change;
        }
        tallies
    }

    /// Puts events in another order: `order` says the former index at each place, `present` the place of each former index.
    pub(crate) fn reorder(&mut self, order: &[u32], present: &[u32]) {
        self.score.reorder(order);
        self.places.reorder(order);
        self.action.reorder(order);
        self.number.reorder(order);
        self.agrees.reorder(order);
        self.unguarded.reorder(order);
        self.latency_ms.reorder(order);
        let now = |event: u32| present[event as usize];
        self.others = self.others.iter().map(|(event, place)| (now(*event), *place)).collect();
        self.steps.iter_mut().for_each(|step| step.event = now(step.event));
        // Steps of one row stay in their order.
        self.steps.sort_by_key(|step| (step.event, step.place));
        self.kept.iter_mut().for_each(|sample| sample.change(|kept| kept.event = now(kept.event)));
        self.features.renumber(present);
    }

    fn note_range(&mut self, record: &ComparisonRecord<'_>) {
        let source = &record.source;
        let same = |range: &Range| {
            range.partition == source.partition
                && range.topic == source.topic
                && range.cluster == source.cluster
        };
        let found = match self.ranges.iter_mut().position(|range| same(range)) {
            Some(found) => found,
            None => {
                let (first, last) = (source.offset, source.offset);
                let (cluster, topic) = (source.cluster.to_string(), source.topic.to_string());
                self.ranges.push(Range { cluster, topic, partition: source.partition, first, last, rows: 0 });
                self.ranges.len() - 1
            }
        };
        let range = &mut self.ranges[found];
        range.first = range.first.min(source.offset);
        range.last = range.last.max(source.offset);
        range.rows += 1;
    }

    /// Milliseconds from the record's timestamp to scoring.
    pub(crate) fn latency(&self, event: u32) -> Option<u32> {
        Some(self.latency_ms.get(event)).filter(|latency| *latency != NO_LATENCY)
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The first of its subject.
    New,
    /// The same comparison as before.
    Duplicate,
    /// Another event of the same subject.
    OtherEvent,
}
