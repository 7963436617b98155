//! The columns of comparisons, in order: this is all that files know of a comparison's fields.

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use bystander_core::comparison::{ComparisonRecord, DecisionRecord};
use bystander_core::decision::{Action, Decides, DecisionValue};
use bystander_core::kind::Kind;
use bystander_core::text::Text;
use std::sync::{Arc, LazyLock};

type Record<'r> = ComparisonRecord<'r>;
type Get<T> = fn(&Record<'_>) -> Option<T>;
type GetNumber = fn(&Record<'_>, Kind) -> Option<i64>;
type SetNumber = fn(&mut Record<'_>, Kind, i64);
type Set<T> = fn(&mut Record<'_>, T);
type GetText = for<'r> fn(&'r Record<'r>) -> Option<&'r str>;
type SetText = for<'r> fn(&mut Record<'r>, Text<'r>);

/// Type of a column, and how its value is taken from a record and put into one.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    /// Text that many rows share.
    Text(GetText, SetText),
    /// Text that most rows have alone.
    Id(GetText, SetText),
    /// One of a few words; putting in another fails and says so.
    Word(fn(&Record<'_>) -> Option<&'static str>, fn(&mut Record<'_>, &str) -> Result<(), String>),
    Whole(Get<i64>, Set<i64>),
    /// What streams of this kind decide.
    Number(Kind, GetNumber, SetNumber),
    Small(Get<i32>, Set<i32>),
    Real(Get<f64>, Set<f64>),
    Flag(Get<bool>, Set<bool>),
    Time(Get<i64>, Set<i64>),
    Guardrails,
    Segments,
    Features,
}

/// What a column says something about. What belongs to a run, a model or an event is the same in many comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// The stream in one run.
    Run,
    Model,
    Event,
    Decision,
    /// Follows from other columns.
    Others,
}

/// A column; required ones are never null.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) of: Of,
    pub(crate) cell: Cell,
}

const fn required(name: &'static str, of: Of, cell: Cell) -> Column {
    Column { name, required: true, of, cell }
}

const fn optional(name: &'static str, of: Of, cell: Cell) -> Column {
    Column { name, required: false, of, cell }
}

/// The cell of a field that is always there.
macro_rules! always {
    ($cell:ident, $($field:ident).+) => {
        Cell::$cell(|one| Some(one.$($field).+), |one, value| one.$($field).+ = value)
    };
}

/// The cell of a field that may be missing.
macro_rules! maybe {
    ($cell:ident, $($field:ident).+) => {
        Cell::$cell(|one| one.$($field).+, |one, value| one.$($field).+ = Some(value))
    };
}

/// The cell of a text that is always there.
macro_rules! text {
    ($cell:ident, $($field:ident).+) => {
        Cell::$cell(|one| Some(&one.$($field).+), |one, text| one.$($field).+ = text)
    };
}

/// The cell of a text that may be missing.
macro_rules! maybe_text {
    ($cell:ident, $($field:ident).+) => {
        Cell::$cell(|one| one.$($field).+.as_deref(), |one, text| one.$($field).+ = Some(text))
    };
}

const KIND: Cell = Cell::Word(
    |one| Some(one.kind.name()),
    |one, word| {
        one.kind = kind(word)?;
        Ok(())
    },
);
const MODEL_VERSION: Cell = Cell::Small(
    |one| Some(one.model.version.cast_signed()),
    |one, version| one.model.version = version.cast_unsigned(),
);
const WOULD_BE_ACTION: Cell = Cell::Word(
    |one| one.would_be.action().map(Action::name),
    |one, word| {
        one.would_be = DecisionValue::Action(action(word)?).into();
        Ok(())
    },
);
const LIVE_ACTION: Cell = Cell::Word(
    |one| one.live?.action().map(Action::name),
    |one, word| {
        one.live = Some(DecisionValue::Action(action(word)?).into());
        Ok(())
    },
);

/// The columns of what was decided, one for each field that decisions have. A number doesn't replace an action.
fn decided(side: &str, of: Of, action: Cell, number: (GetNumber, SetNumber)) -> Vec<Column> {
    let column = |kind: Kind| {
        let cell = match kind.decides() {
            Decides::Action => action,
            Decides::Number(_) => Cell::Number(kind, number.0, number.1),
        };
        // Few, and made once.
        optional(format!("{side}_{}", kind.decides().field()).leak(), of, cell)
    };
    let mut columns: Vec<Column> = Kind::ALL.into_iter().map(column).collect();
    columns.dedup_by_key(|column| column.name);
    columns
}

fn would_be() -> Vec<Column> {
    decided(
        "would_be",
        Of::Decision,
        WOULD_BE_ACTION,
        (|one, kind| one.would_be.number(kind), |one, kind, number| note(&mut one.would_be, kind, number)),
    )
}

fn live() -> Vec<Column> {
    decided(
        "live",
        Of::Event,
        LIVE_ACTION,
        (
            |one, kind| one.live?.number(kind),
            |one, kind, number| {
                note(one.live.get_or_insert_default(), kind, number);
            },
        ),
    )
}

fn note(verdict: &mut DecisionRecord, kind: Kind, number: i64) {
    if verdict.action().is_none() {
        *verdict = DecisionValue::Number(kind, number).into();
    }
}

pub(crate) static COLUMNS: LazyLock<Vec<Column>> =
    LazyLock::new(|| [BEFORE_DECISIONS, &would_be(), &live(), AFTER_DECISIONS].concat());

const BEFORE_DECISIONS: &[Column] = &[
    required("comparison_id", Of::Others, text!(Id, comparison_id)),
    required("run_id", Of::Run, text!(Text, run_id)),
    required("mode", Of::Run, text!(Text, mode)),
    required("stream", Of::Run, text!(Text, stream)),
    required("kind", Of::Run, KIND),
    required("subject_id", Of::Event, text!(Id, subject_id)),
    optional("item_id", Of::Event, maybe_text!(Text, item_id)),
    optional("customer_id", Of::Event, maybe_text!(Id, customer_id)),
    required("occurred_at", Of::Event, always!(Time, occurred_at_ms)),
    optional("scored_at", Of::Event, maybe!(Time, scored_at_ms)),
    required("model_name", Of::Model, text!(Text, model.name)),
    required("model_version", Of::Model, MODEL_VERSION),
    required("model_sha256", Of::Model, text!(Text, model.sha256)),
    optional("model_alias", Of::Model, maybe_text!(Text, model.alias)),
    required("score", Of::Decision, always!(Real, score)),
];

const AFTER_DECISIONS: &[Column] = &[
    optional("live_score", Of::Event, maybe!(Real, live_score)),
    optional("live_propensity", Of::Event, maybe!(Real, live_propensity)),
    optional("agrees", Of::Decision, maybe!(Flag, agrees)),
    optional("delta_amount", Of::Decision, maybe!(Whole, delta_amount)),
    optional("amount", Of::Event, maybe!(Whole, amount)),
    optional("cost_amount", Of::Event, maybe!(Whole, cost_amount)),
    optional("quantity", Of::Event, maybe!(Real, quantity)),
    optional("currency", Of::Event, maybe_text!(Text, currency)),
    required("guardrails", Of::Decision, Cell::Guardrails),
    required("segments", Of::Event, Cell::Segments),
    optional("features", Of::Decision, Cell::Features),
    required("source_cluster", Of::Run, text!(Text, source.cluster)),
    required("source_topic", Of::Run, text!(Text, source.topic)),
    required("source_partition", Of::Event, always!(Small, source.partition)),
    required("source_offset", Of::Event, always!(Whole, source.offset)),
    optional("source_timestamp", Of::Event, maybe!(Time, source.timestamp_ms)),
];

/// The action of that name.
///
/// # Errors
/// When there is none.
fn action(name: &str) -> Result<Action, String> {
    let found = Action::ALL.into_iter().find(|action| action.name() == name);
    found.ok_or_else(|| format!("`{name}` is not an action"))
}

/// The kind of that name.
///
/// # Errors
/// When there is none.
fn kind(name: &str) -> Result<Kind, String> {
    Kind::from_name(name).ok_or_else(|| format!("`{name}` is not a kind of stream"))
}

/// The time zone of all timestamps.
pub(super) const UTC: &str = "UTC";

pub(super) fn schema() -> Arc<Schema> {
    let field = |column: &Column| Field::new(column.name, column.cell.data_type(), !column.required);
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

impl Cell {
    fn data_type(self) -> DataType {
        match self {
            Self::Text(..) | Self::Id(..) | Self::Word(..) => DataType::Utf8,
            Self::Whole(..) | Self::Number(..) => DataType::Int64,
            Self::Small(..) => DataType::Int32,
            Self::Real(..) => DataType::Float64,
            Self::Flag(..) => DataType::Boolean,
            Self::Time(..) => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
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
