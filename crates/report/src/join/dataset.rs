//! The rows that came in, as columns.

use super::column::{NO_AMOUNT, NO_CURRENCY};
use super::counts::RowCounts;
use super::events::{Shared, Stream};
use super::key::Key;
use super::outcomes::{Identity, OutcomeLog, OutcomeRow, Pushed};
use super::reasons::DisputeReasons;
use super::run::Run;
use crate::kinds;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::outcome::{Label, Outcome, OutcomeType};
use std::collections::BTreeSet;

/// Comparisons and outcomes, in whatever order they are given.
#[derive(Debug, Default)]
pub struct Dataset {
    pub(crate) streams: Vec<Stream>,
    pub(crate) shared: Shared,
    pub(crate) outcomes: OutcomeLog,
    reasons: DisputeReasons,
    counts: RowCounts,
}

impl Dataset {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing yet, with other answers to what disputes are about than the default ones.
    pub fn with_reasons(reasons: DisputeReasons) -> Self {
        Self { reasons, ..Self::default() }
    }

    /// Takes one comparison. What can't be used is counted, see [`counts`](Self::counts).
    pub fn push_comparison(&mut self, record: &ComparisonRecord<'_>) {
        self.counts.comparisons += 1;
        if !(kinds::report(record.kind).decided(record) && record.score.is_finite()) {
            self.counts.unusable_comparisons += 1;
            return;
        }
        let same = |stream: &Stream| stream.kind == record.kind && stream.name == record.stream;
        let place = self.streams.iter().position(same).unwrap_or_else(|| {
            self.streams.push(Stream::new(&record.stream, record.kind));
            self.streams.len() - 1
        });
        self.streams[place].push(record, &mut self.shared, &mut self.counts);
    }

    /// Takes one outcome. The same content twice counts once; another content under the same `outcome_id` is another
    /// outcome, and counted as such.
    pub fn push_outcome(&mut self, outcome: &Outcome<'_>) {
        self.counts.outcomes += 1;
        let currency = match outcome.currency.as_deref() {
            None => NO_CURRENCY,
            code => self.shared.currency(code),
        };
        let row = OutcomeRow {
            subject: Key::of(&outcome.subject_id),
            reported_at_ms: outcome.reported_at_ms,
            occurred_at_ms: outcome.occurred_at_ms,
            amount: outcome.amount.unwrap_or(NO_AMOUNT),
            quantity: outcome.quantity.map_or(f32::NAN, |quantity| quantity as f32),
            kind: outcome.kind,
            label: outcome.label.or_else(|| self.label_of_reason(outcome)),
            action: outcome.action,
            currency,
        };
        if let Some(former) = &outcome.former_subject_id {
            self.outcomes.note_former(row.subject, Key::of(former));
        }
        let pushed = self.outcomes.push(identity(outcome), row);
        match pushed {
            Pushed::Duplicate => self.counts.duplicate_outcomes += 1,
            Pushed::New | Pushed::ReusedId => {
                *self.counts.outcome_types.entry(outcome.kind).or_default() += 1;
                self.counts.reused_outcome_ids += u64::from(pushed == Pushed::ReusedId);
            }
        }
    }

    /// The label that a dispute's reason stands for, where it is known.
    fn label_of_reason(&mut self, outcome: &Outcome<'_>) -> Option<Label> {
        let dispute = matches!(outcome.kind, OutcomeType::DisputeOpened | OutcomeType::DisputeLost);
        let reason = outcome.reason.as_deref().filter(|reason| dispute && !reason.trim().is_empty())?;
        match self.reasons.label(reason) {
            // What a dispute says without a label: a later won one takes it back.
            Some(Label::Fraud) => None,
            Some(label) => Some(label),
            None => {
                self.counts.unmapped_reasons += 1;
                None
            }
        }
    }

    /// Counts a line that was no comparison, and why: few words that don't differ from line to line.
    pub fn count_malformed_comparison(&mut self, why: &str) {
        self.counts.malformed_comparisons += 1;
        self.counts.malformed(why);
    }

    /// Counts a line that was no outcome, and why: few words that don't differ from line to line.
    pub fn count_malformed_outcome(&mut self, why: &str) {
        self.counts.malformed_outcomes += 1;
        self.counts.malformed(why);
    }

    /// Name, version and SHA-256 of the models whose scores came in.
    pub fn models(&self) -> BTreeSet<(&str, u32, &str)> {
        let runs = self.streams.iter().flat_map(|stream| &stream.runs);
        let models = runs.map(|Run { identity, .. }| {
            (identity.model.as_str(), identity.version, identity.sha256.as_str())
        });
        models.collect()
    }

    /// What was counted so far.
    pub fn counts(&self) -> &RowCounts {
        &self.counts
    }

    pub(crate) fn currency_code(&self, index: u8) -> &str {
        self.shared.currencies.text(u32::from(index))
    }
}

/// What makes an outcome the same: all that it says. Times that are its record's tell two outcomes apart only where no id
/// does, because a producer that sends an outcome twice gives it two record times.
fn identity(outcome: &Outcome<'_>) -> Identity {
    let Outcome { subject_id, kind, label, amount, action, reason, .. } = outcome;
    let by_time = outcome.dated || outcome.outcome_id.is_none();
    let times = by_time.then_some((outcome.occurred_at_ms, outcome.reported_at_ms));
    let money = (amount, &outcome.currency, outcome.quantity.map(f64::to_bits));
    let content =
        (&outcome.outcome_id, subject_id, kind, label, times, money, action, (reason, &outcome.source));
    Identity {
        content: Key::of(&format!("{content:?}")),
        id: outcome.outcome_id.as_deref().map(Key::of),
        dated: by_time,
    }
}
