//! What may leave the live side: identifiers as keyed pseudonyms, card numbers never, trace context by its grammar.

mod card;
mod form;
mod outgoing;
mod personal;
mod pseudonym;
mod trace;

pub use card::holds_card_number;
pub(crate) use card::is_card_number;
pub use form::IdentifierForm;
pub use outgoing::LONGEST_IDENTIFIER;
pub(crate) use outgoing::{Outgoing, OutgoingField, OutgoingPolicy};
pub(crate) use personal::holds_address;
pub use pseudonym::{KeyProblem, LONGEST_KEY_ID, PrivacyKey, PrivacyKeys, Pseudonymiser, SHORTEST_KEY};
pub use trace::{traceparent, tracestate};
