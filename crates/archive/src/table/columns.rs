//! The columns, in order: name, whether it may be null, type and value.

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::decision::Action;
use std::sync::Arc;

type Record<'r> = ComparisonRecord<'r>;

/// Type of a column, and its value of a record.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    Text(for<'r> fn(&'r Record<'r>) -> Option<&'r str>),
    Whole(fn(&Record<'_>) -> Option<i64>),
    Small(fn(&Record<'_>) -> Option<i32>),
    Real(fn(&Record<'_>) -> Option<f64>),
    Flag(fn(&Record<'_>) -> Option<bool>),
    Time(fn(&Record<'_>) -> Option<i64>),
    Guardrails,
    Segments,
    Features,
}

/// A column; required ones are never null.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) cell: Cell,
}

const fn required(name: &'static str, cell: Cell) -> Column {
    Column { name, required: true, cell }
}

const fn optional(name: &'static str, cell: Cell) -> Column {
    Column { name, required: false, cell }
}

pub(super) const COLUMNS: &[Column] = &[
    required("comparison_id", Cell::Text(|one| Some(&one.comparison_id))),
    required("run_id", Cell::Text(|one| Some(&one.run_id))),
    required("mode", Cell::Text(|one| Some(&one.mode))),
    required("stream", Cell::Text(|one| Some(&one.stream))),
    required("kind", Cell::Text(|one| Some(one.kind.name()))),
    required("subject_id", Cell::Text(|one| Some(&one.subject_id))),
    optional("item_id", Cell::Text(|one| one.item_id.as_deref())),
    optional("customer_id", Cell::Text(|one| one.customer_id.as_deref())),
    required("occurred_at", Cell::Time(|one| Some(one.occurred_at_ms))),
    optional("scored_at", Cell::Time(|one| one.scored_at_ms)),
    required("model_name", Cell::Text(|one| Some(&one.model.name))),
    required("model_version", Cell::Small(|one| Some(one.model.version.cast_signed()))),
    required("model_sha256", Cell::Text(|one| Some(&one.model.sha256))),
    optional("model_alias", Cell::Text(|one| one.model.alias.as_deref())),
    required("score", Cell::Real(|one| Some(one.score))),
    optional("would_be_action", Cell::Text(|one| one.would_be.action.map(Action::name))),
    optional("would_be_price_amount", Cell::Whole(|one| one.would_be.price_amount)),
    optional("live_action", Cell::Text(|one| one.live?.action.map(Action::name))),
    optional("live_price_amount", Cell::Whole(|one| one.live?.price_amount)),
    optional("live_score", Cell::Real(|one| one.live_score)),
    optional("live_propensity", Cell::Real(|one| one.live_propensity)),
    optional("agrees", Cell::Flag(|one| one.agrees)),
    optional("delta_amount", Cell::Whole(|one| one.delta_amount)),
    optional("amount", Cell::Whole(|one| one.amount)),
    optional("cost_amount", Cell::Whole(|one| one.cost_amount)),
    optional("quantity", Cell::Real(|one| one.quantity)),
    optional("currency", Cell::Text(|one| one.currency.as_deref())),
    required("guardrails", Cell::Guardrails),
    required("segments", Cell::Segments),
    optional("features", Cell::Features),
    required("source_cluster", Cell::Text(|one| Some(&one.source.cluster))),
    required("source_topic", Cell::Text(|one| Some(&one.source.topic))),
    required("source_partition", Cell::Small(|one| Some(one.source.partition))),
    required("source_offset", Cell::Whole(|one| Some(one.source.offset))),
    optional("source_timestamp", Cell::Time(|one| one.source.timestamp_ms)),
];

/// The time zone of all timestamps.
pub(super) const UTC: &str = "UTC";

pub(super) fn schema() -> Arc<Schema> {
    let field = |column: &Column| Field::new(column.name, column.cell.data_type(), !column.required);
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

impl Cell {
    fn data_type(self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Whole(_) => DataType::Int64,
            Self::Small(_) => DataType::Int32,
            Self::Real(_) => DataType::Float64,
            Self::Flag(_) => DataType::Boolean,
            Self::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
            Self::Guardrails => DataType::List(element()),
            Self::Segments => DataType::Map(entries(segment()), false),
            Self::Features => DataType::Map(entries(feature()), false),
        }
    }
}

// Nested fields have the names that the Parquet format gives them.

pub(super) fn element() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Struct(step_fields()), false))
}

pub(super) fn step_fields() -> Fields {
    Fields::from(vec![
        Field::new("rule", DataType::Utf8, false),
        Field::new("before", DataType::Int64, false),
        Field::new("after", DataType::Int64, false),
    ])
}

pub(super) fn entries(value: Field) -> Arc<Field> {
    Arc::new(Field::new("key_value", DataType::Struct(entry_fields(value)), false))
}

pub(super) fn entry_fields(value: Field) -> Fields {
    Fields::from(vec![Field::new("key", DataType::Utf8, false), value])
}

pub(super) fn segment() -> Field {
    Field::new("value", DataType::Utf8, false)
}

pub(super) fn feature() -> Field {
    Field::new("value", DataType::Struct(feature_fields()), false)
}

pub(super) fn feature_fields() -> Fields {
    Fields::from(vec![
        Field::new("number", DataType::Float64, true),
        Field::new("text", DataType::Utf8, true),
    ])
}
