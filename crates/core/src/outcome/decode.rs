//! A record becomes an outcome, a skip or a rejection: a pure function of its bytes and the binding.

use super::binding::{OutcomeBinding, TimeBinding, TypeBinding};
use super::{Label, Outcome, OutcomeType};
use crate::decision::Action;
use crate::extract::{Captured, Fields, LONGEST_NUMBER, Slot, SlotId, as_word, required, schema};
use crate::kinds::{Words, quantity};
use crate::privacy::{Outgoing, OutgoingField};
use crate::record::RawRecord;
use crate::rejection::{Code, Rejection, SkipReason};
use crate::stream::unread;
use crate::text::Text;
use crate::time;
use std::ops::Range;

/// What became of a record that is not rejected.
#[derive(Debug, Clone, PartialEq)]
pub enum OutcomeRead<'a> {
    /// An outcome.
    Outcome(Outcome<'a>),
    /// The record isn't one of these outcomes.
    Skip(SkipReason),
}

/// Reads outcomes; holds what is reused from one record to the next.
#[derive(Debug, Default)]
pub struct OutcomeReader {
    captured: Captured,
    /// Texts of the outcome, end to end.
    kept: String,
}

impl OutcomeReader {
    /// Reads one record. An outcome of the other kind of stream is skipped as filtered, for both may share a topic.
    ///
    /// # Errors
    /// The stage, the code and the field at fault.
    pub fn read<'a>(
        &'a mut self,
        binding: &'a OutcomeBinding,
        record: &RawRecord<'a>,
    ) -> Result<OutcomeRead<'a>, Rejection<'a>> {
        if let Some(reason) = unread(record, binding.largest_event)? {
            return Ok(OutcomeRead::Skip(reason));
        }
        let Self { captured, kept } = self;
        kept.clear();
        let fields = captured.read(&binding.tree, record)?;
        if !binding.filters.iter().all(|filter| filter.matches(&fields)) {
            return Ok(OutcomeRead::Skip(SkipReason::Filtered));
        }
        let kind = binding.kind.read(&fields)?;
        if kind.kind() != binding.stream_kind {
            return Ok(OutcomeRead::Skip(SkipReason::Filtered));
        }
        let mut texts = Texts { binding, fields, kept };
        let subject = texts.keep(binding.subject)?;
        let subject = required(&fields, binding.subject.slot, Ok(subject))?;
        let former = match &binding.former {
            Some(former) => texts.keep_by(former, binding.subject)?,
            None => None,
        };
        let (outcome_id, reason) = (texts.keep(binding.outcome_id)?, texts.keep(binding.reason)?);
        let source = texts.keep(binding.source)?;
        let occurred_at = binding.occurred_at.read(&fields, record.timestamp_ms)?;
        let reported_at = binding.reported_at.read(&fields, record.timestamp_ms)?;
        let dated = occurred_at.is_some() || reported_at.is_some();
        let occurred_at = occurred_at
            .or(record.timestamp_ms)
            .or(reported_at)
            .ok_or_else(|| schema(&fields, binding.occurred_at.slot, Code::MissingField))?;
        let (amount, currency) = texts.money(occurred_at)?.unzip();
        let label = binding.label(&fields)?;
        let quantity = quantity(&fields, binding.quantity)?;
        let action = binding.action(&fields, kind)?;
        let kept: &'a str = texts.kept;
        let text = |range: Range<usize>| Text::Borrowed(&kept[range]);
        Ok(OutcomeRead::Outcome(Outcome {
            outcome_id: outcome_id.map(text),
            subject_id: text(subject),
            former_subject_id: former.map(text),
            kind,
            label,
            occurred_at_ms: occurred_at,
            reported_at_ms: reported_at.unwrap_or(occurred_at),
            dated,
            amount,
            currency: currency.map(text),
            quantity,
            action,
            reason: reason.map(text),
            source: source.map(text),
        }))
    }
}

/// Where the texts of one outcome are gathered.
struct Texts<'a> {
    binding: &'a OutcomeBinding,
    fields: Fields<'a>,
    kept: &'a mut String,
}

impl<'a> Texts<'a> {
    fn keep(&mut self, field: OutgoingField) -> Result<Option<Range<usize>>, Rejection<'a>> {
        self.keep_by(&self.binding.outgoing, field)
    }

    fn keep_by(
        &mut self,
        outgoing: &Outgoing,
        field: OutgoingField,
    ) -> Result<Option<Range<usize>>, Rejection<'a>> {
        let start = self.kept.len();
        let written = outgoing.write(&self.fields, field, self.kept)?;
        Ok(written.then_some(start..self.kept.len()))
    }

    /// The amount and its currency's code; a currency of no amount says nothing.
    fn money(&mut self, occurred_at_ms: i64) -> Result<Option<(i64, Range<usize>)>, Rejection<'a>> {
        let (binding, fields) = (self.binding, &self.fields);
        if matches!(fields.slot(binding.amount), Slot::Missing | Slot::Null) {
            return Ok(None);
        }
        let currency = binding.currency.read(fields, occurred_at_ms)?;
        let amount = binding.money.amount(fields, binding.amount, currency);
        let amount = required(fields, binding.amount, amount)?;
        if amount < 0 {
            return Err(schema(fields, binding.amount, Code::NegativeAmount));
        }
        let start = self.kept.len();
        self.kept.push_str(currency.code());
        Ok(Some((amount, start..self.kept.len())))
    }
}

impl TimeBinding {
    fn read<'a>(self, fields: &Fields<'a>, record_ms: Option<i64>) -> Result<Option<i64>, Rejection<'a>> {
        let time = fields.time(self.slot).map_err(|code| schema(fields, self.slot, code))?;
        match time {
            None if self.required => Err(schema(fields, self.slot, Code::MissingField)),
            Some(time) if !time::plausible(time, record_ms) => {
                Err(schema(fields, self.slot, Code::TimeOutOfRange))
            }
            time => Ok(time),
        }
    }
}

impl TypeBinding {
    fn read<'a>(&self, fields: &Fields<'a>) -> Result<OutcomeType, Rejection<'a>> {
        match self {
            Self::Fixed(kind) => Ok(*kind),
            Self::Field(slot, words) => required(fields, *slot, meaning(fields, *slot, words)),
        }
    }
}

impl OutcomeBinding {
    fn label<'a>(&self, fields: &Fields<'a>) -> Result<Option<Label>, Rejection<'a>> {
        meaning(fields, self.label, &self.labels).map_err(|code| schema(fields, self.label, code))
    }

    /// Live decisions alone have one.
    fn action<'a>(&self, fields: &Fields<'a>, kind: OutcomeType) -> Result<Option<Action>, Rejection<'a>> {
        if kind != OutcomeType::LiveDecision {
            return Ok(None);
        }
        let mut digits = [0; LONGEST_NUMBER];
        let word = required(fields, self.action, as_word(fields, self.action, &mut digits))?;
        let action = self.actions.meaning(word);
        action.map(Some).ok_or_else(|| schema(fields, self.action, Code::UnknownAction))
    }
}

/// What a scalar means; `None` when missing or null.
fn meaning<T: Copy>(fields: &Fields<'_>, slot: SlotId, words: &Words<T>) -> Result<Option<T>, Code> {
    let mut digits = [0; LONGEST_NUMBER];
    match as_word(fields, slot, &mut digits)? {
        None => Ok(None),
        Some(word) => words.meaning(word).map(Some).ok_or(Code::UnknownCategory),
    }
}
