//! Why a record was not compared: dead letters (something is wrong with it) and skips (it isn't ours).

mod fix;

use serde::{Deserialize, Serialize};

/// Where in the pipeline a record failed. Nothing fails after scoring: what a record may carry is bounded
/// when it is decoded, so every comparison fits into a shadow topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// The bytes are no event.
    Decode,
    /// A bound field is missing or wrong.
    Schema,
    /// A model's feature can't be made.
    Feature,
    /// The model gave no usable score.
    Score,
    /// The process ended while it handled the record.
    Process,
}

impl Stage {
    /// All stages, in the order of the pipeline.
    pub const ALL: [Self; 5] = [Self::Decode, Self::Schema, Self::Feature, Self::Score, Self::Process];

    /// The word used in headers and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Schema => "schema",
            Self::Feature => "feature",
            Self::Score => "score",
            Self::Process => "process",
        }
    }
}

/// What was wrong: a stable code that alerts and queries may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the codes; docs/bad-input.md explains each")]
pub enum Code {
    Empty,
    TooLarge,
    InvalidUtf8,
    SchemaPrefix,
    NotJson,
    NotAnObject,
    UnsupportedEncoding,
    UnreadableBatch,
    NumberOutOfRange,
    DuplicateKey,
    MissingField,
    WrongType,
    TooLong,
    InvalidTime,
    AmbiguousTime,
    TimeOutOfRange,
    InvalidMoney,
    NegativeAmount,
    NotPositive,
    NotAProbability,
    UnknownCurrency,
    UnknownAction,
    CardNumber,
    UnknownCategory,
    InferenceFailed,
    InferenceTimeout,
    NotFinite,
    PriceOutOfRange,
    Crashed,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 29] = [
        Self::Empty,
        Self::TooLarge,
        Self::InvalidUtf8,
        Self::SchemaPrefix,
        Self::NotJson,
        Self::NotAnObject,
        Self::UnsupportedEncoding,
        Self::UnreadableBatch,
        Self::NumberOutOfRange,
        Self::DuplicateKey,
        Self::MissingField,
        Self::WrongType,
        Self::TooLong,
        Self::InvalidTime,
        Self::AmbiguousTime,
        Self::TimeOutOfRange,
        Self::InvalidMoney,
        Self::NegativeAmount,
        Self::NotPositive,
        Self::NotAProbability,
        Self::UnknownCurrency,
        Self::UnknownAction,
        Self::CardNumber,
        Self::UnknownCategory,
        Self::InferenceFailed,
        Self::InferenceTimeout,
        Self::NotFinite,
        Self::PriceOutOfRange,
        Self::Crashed,
    ];

    /// The word used in headers and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::SchemaPrefix => "schema_prefix",
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::UnsupportedEncoding => "unsupported_encoding",
            Self::UnreadableBatch => "unreadable_batch",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::DuplicateKey => "duplicate_key",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::TooLong => "too_long",
            Self::InvalidTime => "invalid_time",
            Self::AmbiguousTime => "ambiguous_time",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::InvalidMoney => "invalid_money",
            Self::NegativeAmount => "negative_amount",
            Self::NotPositive => "not_positive",
            Self::NotAProbability => "not_a_probability",
            Self::UnknownCurrency => "unknown_currency",
            Self::UnknownAction => "unknown_action",
            Self::CardNumber => "card_number",
            Self::UnknownCategory => "unknown_category",
            Self::InferenceFailed => "inference_failed",
            Self::InferenceTimeout => "inference_timeout",
            Self::NotFinite => "not_finite",
            Self::PriceOutOfRange => "price_out_of_range",
            Self::Crashed => "crashed",
        }
    }
}

/// A record's failure: stage, code and the place in the event, never the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection<'a> {
    /// Where it failed.
    pub stage: Stage,
    /// Why.
    pub code: Code,
    /// JSON Pointer, attribute or model concerned; empty when the whole record is.
    pub at: &'a str,
    /// Whether it was clear by then that the subject consents, or the stream asks for no consent. Until then nothing of
    /// the event leaves but where it came from.
    pub consented: bool,
}

impl<'a> Rejection<'a> {
    /// A rejection of the field `at`, before consent was read.
    pub fn new(stage: Stage, code: Code, at: &'a str) -> Self {
        Self { stage, code, at, consented: false }
    }
}

/// Why a sound record was left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The value is null: a deletion in a compacted topic.
    Tombstone,
    /// The stream's `where` didn't match.
    Filtered,
    /// The subject didn't consent.
    NoConsent,
    /// All models of its stream are disabled.
    Disabled,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Tombstone, Self::Filtered, Self::NoConsent, Self::Disabled];

    /// The word used in checkpoints and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tombstone => "tombstone",
            Self::Filtered => "filtered",
            Self::NoConsent => "no_consent",
            Self::Disabled => "disabled",
        }
    }
}
