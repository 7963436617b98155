//! What a person writes about a stream, before it is compiled.

mod guardrails;
pub mod kinds;
mod stream;
mod table;

pub use guardrails::{GuardrailConfig, PricePoints, PricePointsConfig};
pub use stream::{CardNumbers, CardRule, RecordKey, Scalar, StreamConfig, WhereValue};
pub(crate) use stream::{given, plain_name, wrong_key, wrong_size};
pub(crate) use table::event_table;
