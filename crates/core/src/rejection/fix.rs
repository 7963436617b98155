//! What usually mends a dead letter of each code: shown in summaries, beside the counts.

use super::Code;

impl Code {
    /// What to look at first, in a few words.
    pub fn fix(self) -> &'static str {
        match self {
            Self::Empty => "the producer sends values of no bytes; leave these records out",
            Self::TooLarge => "raise max_event_bytes where such events are sound",
            Self::InvalidUtf8 => {
                "the values are neither UTF-8 nor UTF-16: they may be Avro, Protobuf or compressed; only JSON is read"
            }
            Self::SchemaPrefix => {
                "the values are Avro or Protobuf behind a schema registry's prefix; have them written as JSON"
            }
            Self::NotJson => {
                "look at the line: the input may be a table, XML, cut off, or a dump of another tool"
            }
            Self::NotAnObject => "an event is one JSON object",
            Self::UnsupportedEncoding => "have the producer send CloudEvents as JSON, one event a record",
            Self::NumberOutOfRange => {
                "look at the field: the number fits no double, or not the feature's type"
            }
            Self::DuplicateKey => "the producer writes this field twice in one object",
            Self::MissingField => {
                "the pointer leads nowhere in these events: correct it in the binding, or filter with `where`"
            }
            Self::WrongType => {
                "the field is written otherwise than the binding says: see `money`, and the contract's `source`"
            }
            Self::TooLong => "bind a shorter identifier or segment",
            Self::InvalidTime => {
                "the field is not a time in any form that is read; bind another, or have it written as RFC 3339"
            }
            Self::AmbiguousTime => {
                "set date_order = \"dmy\" or \"mdy\"; letters such as EST need an offset instead"
            }
            Self::TimeOutOfRange => {
                "numbers are read in time_unit (default ms): set time_unit or time_units to s, ms, us or ns"
            }
            Self::InvalidMoney => "the amount is not what `money` says, or beyond 2^53 minor units",
            Self::NegativeAmount => "filter refunds out with `where`; a total is not negative",
            Self::NotPositive => "a price, cost or quantity is above zero",
            Self::NotAProbability => "a propensity is above 0 and at most 1; percentages are not read",
            Self::UnknownCurrency => {
                "map the shop's words with `currencies`; a former currency is read in events of its time only"
            }
            Self::UnknownAction => "map the shop's words with `actions`",
            Self::CardNumber => {
                "bind another field, or set card_numbers = \"allow\" where identifiers look like card numbers"
            }
            Self::UnknownCategory => "map the word in the binding, or let the contract's `unknown` take it",
            Self::InferenceFailed => "see the log: the model refuses these rows",
            Self::InferenceTimeout => {
                "the model runs longer than scoring.deadline on these rows: look for a loop that doesn't end, or raise the deadline"
            }
            Self::NotFinite => "the model gives NaN or infinity for these rows",
            Self::PriceOutOfRange => "the model's price is not above zero, or a limit is too large",
            Self::Crashed => {
                "see the log of the process that ended: the model's kernel crashes on this record"
            }
            Self::UnreadableBatch => {
                "produce these records again: their batch is damaged, or unpacks beyond its bound"
            }
        }
    }
}
