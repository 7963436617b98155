//! What may leave the live side: identifiers as keyed pseudonyms, card numbers never.

mod card;
mod pseudonym;

pub use card::holds_card_number;
pub use pseudonym::{Pseudonymiser, SHORTEST_KEY, write_hex};
