//! The kinds of stream by name. What each kind does is in [`kinds`](crate::kinds).

use serde::{Deserialize, Serialize};

/// What a stream's events are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Orders, decided accept, review or reject.
    Orders,
    /// Price quotes, decided by a price.
    Prices,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Orders, Self::Prices];

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The word used in configs and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Prices => "prices",
        }
    }
}
