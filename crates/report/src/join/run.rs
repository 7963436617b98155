//! One run of one model over one stream: scores and decisions by event.

use super::column::{Column, NO_AMOUNT};
use super::features::FeatureSample;
use super::key::{Key, KeyIndex};
use super::sample::Smallest;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::decision::{Action, GuardrailRule};

/// Stands for an absent action in a column of actions.
pub(crate) const NO_ACTION: u8 = u8::MAX;
/// Subjects kept per cell of live × shadow where both differ, and of all rows, for live decisions that come later.
const KEPT_PER_CELL: usize = 20;
const KEPT_OF_ALL: usize = 1_000;
/// Stands for an absent latency. One of seven weeks and more is none either: the record was old when it came, or its
/// timestamp isn't that of its arrival.
const NO_LATENCY: u32 = u32::MAX;

/// The action of a column's byte.
pub(crate) fn action(byte: u8) -> Option<Action> {
    Action::ALL.get(usize::from(byte)).copied()
}

/// What makes a run: everything that a comparison's id says beside the place of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The alias that the last row named.
    pub(crate) alias: Option<String>,
    /// NaN: no row for the event.
    pub(crate) score: Column<f64>,
    ids: Column<u64>,
    pub(crate) action: Column<u8>,
    pub(crate) price: Column<i64>,
    /// Prices: 1 where the comparison says that both agree, 0 where it says they don't.
    pub(crate) agrees: Column<u8>,
    /// Before any guardrail.
    pub(crate) unguarded: Column<i64>,
    latency_ms: Column<u32>,
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
    pub(crate) repeated: u64,
    pub(crate) scored: Option<(i64, i64)>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) rules: [RuleTally; GuardrailRule::ALL.len()],
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
            score: Column::new(f64::NAN),
            ids: Column::new(0),
            action: Column::new(NO_ACTION),
            price: Column::new(NO_AMOUNT),
            agrees: Column::new(u8::MAX),
            unguarded: Column::new(NO_AMOUNT),
            latency_ms: Column::new(NO_LATENCY),
            rows: 0,
            duplicates: 0,
            repeated: 0,
            scored: None,
            ranges: Vec::new(),
            rules: [RuleTally::default(); GuardrailRule::ALL.len()],
            features: FeatureSample::default(),
            kept,
        }
    }

    /// Whether the event has a row already; counts it as a duplicate or as a repeated subject.
    pub(crate) fn has(&mut self, event: u32, id: Key) -> Option<Again> {
        self.score.number(event)?;
        if self.ids.get(event) == id.short() {
            self.duplicates += 1;
            Some(Again::Duplicate)
        } else {
            self.repeated += 1;
            Some(Again::OtherEvent)
        }
    }

    /// Takes a row for an event that has none; the caller checked its score and decision.
    pub(crate) fn push(&mut self, event: u32, id: Key, record: &ComparisonRecord<'_>, index: &KeyIndex) {
        self.rows += 1;
        self.score.set(event, record.score);
        self.ids.set(event, id.short());
        if self.alias.as_deref() != record.model.alias.as_deref() {
            self.alias = record.model.alias.as_deref().map(str::to_owned);
        }
        if let Some(scored) = record.scored_at_ms {
            let (first, last) = self.scored.unwrap_or((scored, scored));
            self.scored = Some((first.min(scored), last.max(scored)));
            let since = record.source.timestamp_ms.map(|record| (scored - record).max(0));
            if let Some(latency) = since {
                self.latency_ms.set(event, u32::try_from(latency).unwrap_or(NO_LATENCY));
            }
        }
        self.note_range(record);
        self.note_decision(event, record, index);
    }

    fn note_decision(&mut self, event: u32, record: &ComparisonRecord<'_>, index: &KeyIndex) {
        if let Some(price) = record.would_be.price_amount {
            self.price.set(event, price);
            self.unguarded.set(event, record.guardrails.first().map_or(price, |step| step.before));
            self.note_guardrails(record);
            if let Some(agrees) = record.agrees {
                self.agrees.set(event, u8::from(agrees));
            }
        }
        let Some(shadow) = record.would_be.action else { return };
        self.action.set(event, shadow as u8);
        let live = record.live.and_then(|live| live.action);
        let cell = live.map_or(9, |live| live as usize * 3 + shadow as usize);
        if live != Some(shadow) {
            self.kept[cell].offer(index.priority(event), || Kept {
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

    fn note_guardrails(&mut self, record: &ComparisonRecord<'_>) {
        for step in &record.guardrails {
            let Some(rule) = GuardrailRule::ALL.iter().position(|rule| rule.name() == step.rule) else {
                continue;
            };
            let tally = &mut self.rules[rule];
            if step.after == step.before {
                tally.missed += 1;
                continue;
            }
            let change = (step.after - step.before) as f64 / (step.before.max(1)) as f64;
            tally.raised += u64::from(step.after > step.before);
            tally.lowered += u64::from(step.after < step.before);
            tally.moves += change;
            tally.squares += change * change;
        }
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

/// Why a row isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// The same comparison.
    Duplicate,
    /// Another event of the same subject.
    OtherEvent,
}
