//! Kinds of stream. What is particular to a kind stands in its own file; this is the only dispatch.

use serde::{Deserialize, Serialize};

/// What a stream's events are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Orders, decided accept, review or reject.
    Orders,
    /// Price quotes, decided by a price.
    Prices,
}

impl Kind {
    /// The word used in configs and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Prices => "prices",
        }
    }
}
