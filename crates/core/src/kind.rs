//! The kinds of stream: the one list of them, and their names. What each kind does is in [`kinds`](crate::kinds).

use serde::{Deserialize, Serialize};

/// The kinds of stream, one entry each. The name of a kind's module is its name in configs and records as well.
///
/// `for_each_kind!(make)` calls the macro `make` with all entries. Each crate that does something for every kind declares the
/// kinds' modules with it, in folders named `kinds`, and finds what they hold by the [`Kind`]. The compiler then names every file
/// that a new entry lacks.
///
/// The braces hold what the core alone looks at: the types of outcomes, with their names in configs and records, and before
/// them `keys` with the struct of `[streams.<kind>]`, where the kind has such a table.
#[macro_export]
macro_rules! for_each_kind {
    ($make:ident) => {
        $make! {
            Orders in orders {
                /// The card scheme warns of fraud.
                EarlyFraudWarning = "early_fraud_warning",
                /// The cardholder disputes the payment.
                DisputeOpened = "dispute_opened",
                /// The dispute was decided for the shop.
                DisputeWon = "dispute_won",
                /// The dispute was decided against the shop.
                DisputeLost = "dispute_lost",
                /// The money went back.
                Refunded = "refunded",
                /// A person looked at it.
                ManualReview = "manual_review",
                /// The live system's decision, where it comes on a topic of its own.
                LiveDecision = "live_decision",
            }
            Prices in prices {
                /// A quote was bought.
                Purchased = "purchased",
                /// A quote was left.
                Abandoned = "abandoned",
                /// A quote ran out.
                Expired = "expired",
                /// Bought goods came back.
                Returned = "returned",
            }
        }
    };
}

pub use for_each_kind;

/// Declares the kinds by name.
macro_rules! names {
    ($($kind:ident in $module:ident { $($own:tt)* })+) => {
        /// What a stream's events are about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $(#[doc = concat!("Streams of ", stringify!($module), ".")] $kind,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: [Self; [$(stringify!($kind),)+].len()] = [$(Self::$kind,)+];

            /// The word used in configs and records.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($module),)+
                }
            }
        }
    };
}

for_each_kind!(names);

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn records_have_the_name_that_configs_have() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
