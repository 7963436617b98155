//! Outcomes: what turned out to be true of an order or a quote, and when the shop heard of it.

mod binding;
mod config;
mod decode;

pub use binding::OutcomeBinding;
pub use config::OutcomeConfig;
pub use decode::{OutcomeRead, OutcomeReader};

use crate::decision::Action;
use crate::kind::{Kind, for_each_kind};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// One outcome as its binding reads it. Times are epoch milliseconds, amounts minor units of `currency`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<'a> {
    /// Its own id, if it has one. Several outcomes may share it, such as the events of one dispute.
    pub outcome_id: Option<Text<'a>>,
    /// Order id or quote id, pseudonymised as the comparisons' are.
    pub subject_id: Text<'a>,
    /// The subject's pseudonym with the previous key, while keys are rotated: comparisons from before have it.
    pub former_subject_id: Option<Text<'a>>,
    /// What happened.
    pub kind: OutcomeType,
    /// What the shop concludes from it; `None` leaves that to the type.
    pub label: Option<Label>,
    /// When it happened.
    pub occurred_at_ms: i64,
    /// When the shop heard of it; the same as `occurred_at_ms` where it isn't bound.
    pub reported_at_ms: i64,
    /// Whether it says itself when it happened or was reported; otherwise both times are its record's.
    pub dated: bool,
    /// How much money it is about.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<Text<'a>>,
    /// How many items it is about.
    pub quantity: Option<f64>,
    /// What the live system decided; for [`OutcomeType::LiveDecision`] alone.
    pub action: Option<Action>,
    /// A reason code.
    pub reason: Option<Text<'a>>,
    /// Who says so.
    pub source: Option<Text<'a>>,
}

/// Declares the types of outcomes of all kinds.
macro_rules! outcome_types {
    ($($kind:ident in $module:ident { $(keys $keys:ident;)? $(#[$doc:meta] $one:ident = $name:literal,)* })+) => {
        /// Types of outcomes, after the card schemes' words and a shop's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum OutcomeType {
            $($(#[$doc] #[serde(rename = $name)] $one,)*)+
        }

        impl OutcomeType {
            /// All types, kind by kind.
            pub const ALL: [Self; [$($($name,)*)+].len()] = [$($(Self::$one,)*)+];

            /// The word used in records and configs.
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$one => $name,)*)+
                }
            }

            /// What it is an outcome of.
            pub fn kind(self) -> Kind {
                match self {
                    $($(Self::$one => Kind::$kind,)*)+
                }
            }
        }
    };
}

for_each_kind!(outcome_types);

/// What an outcome says about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// It is fraud.
    Fraud,
    /// It is good.
    Legit,
    /// It doesn't say.
    Unknown,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 3] = [Self::Fraud, Self::Legit, Self::Unknown];

    /// The word used in records and configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Legit => "legit",
            Self::Unknown => "unknown",
        }
    }
}
