//! The columns of some rows, and the records that they make.

use super::arrays::{Cells, Holds, Table};
use super::columns::COLUMNS;
use super::nested::{Pairs, Steps};
use super::read::Leave;
use arrow_array::{Array, RecordBatch};
use bystander_core::comparison::{ComparisonRecord, ModelRecord, SourceRecord, VerdictRecord};
use bystander_core::decision::Action;
use bystander_core::kind::Kind;
use bystander_core::text::Text;
use std::borrow::Cow;

pub(super) struct Columns<'b> {
    leave: Leave,
    comparison_id: Cells<'b>,
    run_id: Cells<'b>,
    mode: Cells<'b>,
    stream: Cells<'b>,
    kind: Cells<'b>,
    subject_id: Cells<'b>,
    item_id: Cells<'b>,
    customer_id: Cells<'b>,
    occurred_at: Cells<'b>,
    scored_at: Cells<'b>,
    model_name: Cells<'b>,
    model_version: Cells<'b>,
    model_sha256: Cells<'b>,
    model_alias: Cells<'b>,
    score: Cells<'b>,
    would_be: Verdicts<'b>,
    live: Verdicts<'b>,
    live_score: Cells<'b>,
    live_propensity: Cells<'b>,
    agrees: Cells<'b>,
    delta_amount: Cells<'b>,
    amount: Cells<'b>,
    cost_amount: Cells<'b>,
    quantity: Cells<'b>,
    currency: Cells<'b>,
    guardrails: Option<Steps<'b>>,
    segments: Option<Pairs<'b>>,
    features: Option<Pairs<'b>>,
    source_cluster: Cells<'b>,
    source_topic: Cells<'b>,
    source_partition: Cells<'b>,
    source_offset: Cells<'b>,
    source_timestamp: Cells<'b>,
}

struct Verdicts<'b> {
    action: Cells<'b>,
    price_amount: Cells<'b>,
}

impl<'b> Columns<'b> {
    /// # Errors
    /// When a required column is missing, or one is of a wrong type.
    pub(super) fn of(table: Table<'b>, leave: Leave) -> Result<Self, String> {
        let there = |name| leave.leaves(name) || table.0.column_by_name(name).is_some();
        if let Some(column) = COLUMNS.iter().find(|column| column.required && !there(column.name)) {
            return Err(format!("column `{}` is missing", column.name));
        }
        let text = |name| table.column(name, Holds::Text);
        let whole = |name| table.column(name, Holds::Whole);
        let real = |name| table.column(name, Holds::Real);
        let time = |name| table.column(name, Holds::Time);
        Ok(Self {
            leave,
            comparison_id: text("comparison_id")?,
            run_id: text("run_id")?,
            mode: text("mode")?,
            stream: text("stream")?,
            kind: text("kind")?,
            subject_id: text("subject_id")?,
            item_id: text("item_id")?,
            customer_id: text("customer_id")?,
            occurred_at: time("occurred_at")?,
            scored_at: time("scored_at")?,
            model_name: text("model_name")?,
            model_version: whole("model_version")?,
            model_sha256: text("model_sha256")?,
            model_alias: text("model_alias")?,
            score: real("score")?,
            would_be: Verdicts {
                action: text("would_be_action")?,
                price_amount: whole("would_be_price_amount")?,
            },
            live: Verdicts { action: text("live_action")?, price_amount: whole("live_price_amount")? },
            live_score: real("live_score")?,
            live_propensity: real("live_propensity")?,
            agrees: table.column("agrees", Holds::Flag)?,
            delta_amount: whole("delta_amount")?,
            amount: whole("amount")?,
            cost_amount: whole("cost_amount")?,
            quantity: real("quantity")?,
            currency: text("currency")?,
            guardrails: nested(table.0, "guardrails", Steps::of)?,
            segments: nested(table.0, "segments", Pairs::of)?,
            features: nested(table.0, "features", Pairs::of)?,
            source_cluster: text("source_cluster")?,
            source_topic: text("source_topic")?,
            source_partition: whole("source_partition")?,
            source_offset: whole("source_offset")?,
            source_timestamp: time("source_timestamp")?,
        })
    }

    /// # Errors
    /// When a required value is missing, or one isn't what its column is for.
    pub(super) fn record(&self, row: usize) -> Result<ComparisonRecord<'b>, String> {
        let text = |name, cells: Cells<'b>| cells.text(row).map(Cow::Borrowed).ok_or_else(|| missing(name));
        let optional = |cells: Cells<'b>| cells.text(row).map(Cow::Borrowed);
        let id: Text<'b> =
            if self.leave.ids { Cow::Borrowed("") } else { text("comparison_id", self.comparison_id)? };
        let steps = self.guardrails.map_or(Some(Vec::new()), |steps| steps.of_row(row));
        let segments = self.segments.map_or(Some(Vec::new()), |pairs| pairs.texts(row));
        let features = self.features.map_or(Some(Vec::new()), |pairs| pairs.features(row));
        Ok(ComparisonRecord {
            comparison_id: id,
            mode: text("mode", self.mode)?,
            run_id: text("run_id", self.run_id)?,
            stream: text("stream", self.stream)?,
            kind: kind(&text("kind", self.kind)?)?,
            subject_id: text("subject_id", self.subject_id)?,
            item_id: optional(self.item_id),
            customer_id: optional(self.customer_id),
            occurred_at_ms: self.occurred_at.time(row).ok_or_else(|| missing("occurred_at"))?,
            scored_at_ms: self.scored_at.time(row),
            model: ModelRecord {
                name: text("model_name", self.model_name)?,
                version: small("model_version", self.model_version, row)?.cast_unsigned(),
                sha256: text("model_sha256", self.model_sha256)?,
                alias: optional(self.model_alias),
            },
            score: self.score.real(row).ok_or_else(|| missing("score"))?,
            would_be: self.would_be.of_row(row)?.ok_or_else(|| missing("would_be_action"))?,
            live: self.live.of_row(row)?,
            live_score: self.live_score.real(row),
            live_propensity: self.live_propensity.real(row),
            agrees: self.agrees.flag(row),
            delta_amount: self.delta_amount.whole(row),
            amount: self.amount.whole(row),
            cost_amount: self.cost_amount.whole(row),
            quantity: self.quantity.real(row),
            currency: optional(self.currency),
            guardrails: steps.ok_or_else(|| missing("guardrails"))?,
            segments: segments.ok_or_else(|| missing("segments"))?,
            features: features.ok_or_else(|| missing("features"))?,
            source: SourceRecord {
                cluster: text("source_cluster", self.source_cluster)?,
                topic: text("source_topic", self.source_topic)?,
                partition: small("source_partition", self.source_partition, row)?,
                offset: self.source_offset.whole(row).ok_or_else(|| missing("source_offset"))?,
                timestamp_ms: self.source_timestamp.time(row),
            },
        })
    }
}

impl Verdicts<'_> {
    /// `None` where neither column says anything.
    fn of_row(&self, row: usize) -> Result<Option<VerdictRecord>, String> {
        let price_amount = self.price_amount.whole(row);
        let action = self.action.text(row).map(action).transpose()?;
        let said = action.is_some() || price_amount.is_some();
        Ok(said.then_some(VerdictRecord { action, price_amount }))
    }
}

/// The action of that name.
///
/// # Errors
/// When there is none.
fn action(name: &str) -> Result<Action, String> {
    let found = Action::ALL.into_iter().find(|action| action.name() == name);
    found.ok_or_else(|| format!("`{name}` is not an action"))
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::from_name(name).ok_or_else(|| format!("`{name}` is not a kind of stream"))
}

fn small(name: &str, cells: Cells<'_>, row: usize) -> Result<i32, String> {
    let number = cells.whole(row).ok_or_else(|| missing(name))?;
    i32::try_from(number).map_err(|_| format!("column `{name}` has {number}, which is out of range"))
}

fn missing(name: &str) -> String {
    format!("column `{name}` has no value")
}

fn nested<'b, T>(
    batch: &'b RecordBatch,
    name: &str,
    of: impl Fn(&'b dyn Array) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(array) = batch.column_by_name(name) else { return Ok(None) };
    let column = of(array).ok_or_else(|| format!("column `{name}` is of type {}", array.data_type()))?;
    Ok(Some(column))
}
