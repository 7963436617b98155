//! The kinds of stream by name. What each kind does is in [`kinds`](crate::kinds).

use serde::{Deserialize, Serialize};

/// Declares the kinds, one line each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// What a stream's events are about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: [Self; [$($name,)+].len()] = [$(Self::$kind,)+];

            /// The word used in configs and records.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// Orders, decided accept, review or reject.
    Orders = "orders",
    /// Price quotes, decided by a price.
    Prices = "prices",
}

impl Kind {
    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// `kind = "orders" or "prices"`, as a fix says what to write.
    pub(crate) fn choice(kinds: &[Self]) -> String {
        let names: Vec<_> = kinds.iter().map(|kind| format!("\"{}\"", kind.name())).collect();
        format!("kind = {}", names.join(" or "))
    }
}
