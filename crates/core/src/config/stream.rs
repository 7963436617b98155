//! `[[streams]]` as it is written. Everything is optional here, so that all that is missing can be said at once.

use super::guardrails::GuardrailConfig;
use super::table::event_table;
use crate::kind::{Kind, for_each_kind};
use crate::privacy::{IdentifierForm, KeyProblem, OutgoingPolicy, PrivacyKey, Pseudonymiser, SHORTEST_KEY};
use crate::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Declares `[[streams]]` with a table for each kind that has one.
macro_rules! stream_config {
    ($($kind:ident in $module:ident { $(keys $keys:ident;)? $(#[$doc:meta] $outcome:ident = $name:literal,)* })+) => {
        event_table! {
            /// One `[[streams]]` table. Unknown keys are found by whoever reads the file.
            #[derive(Debug, Clone, Default, Deserialize)]
            pub struct StreamConfig {
                /// Name in records and metrics.
                pub name: Option<String>,
                /// What its events are about.
                pub kind: Option<Kind>,
                /// Input topic.
                pub topic: Option<String>,
                /// Pointer to what is decided on: an order id, a quote id.
                pub subject: Option<String>,
                /// Pointer to who it is for: what reports resample by.
                pub customer: Option<String>,
                /// Pointer to when it happened; without it, the record's timestamp.
                pub occurred_at: Option<String>,
                /// Orders: pointer to the total.
                pub amount: Option<String>,
                /// Pointer to the currency, or a fixed ISO 4217 code; codes are read in any letter case.
                pub currency: Option<String>,
                /// Orders: pointer to what the checkout decided.
                pub live_action: Option<String>,
                /// Orders: pointer to the score that the live system logged, a number.
                pub live_score: Option<String>,
                /// Orders: the shop's words for accept, review and reject. Numbers and booleans are matched as JSON writes them.
                #[serde(default)]
                pub actions: BTreeMap<String, String>,
                /// Prices: pointer to the item.
                pub item: Option<String>,
                /// Prices: pointer to the price that was served.
                pub live_price: Option<String>,
                /// Prices: pointer to the chance, above 0 and up to 1, with which live served a price within the guardrails'
                /// tolerance of the one it served. Where live draws prices at random, reports tell an uplift by it.
                pub live_propensity: Option<String>,
                /// Prices: pointer to the price before.
                pub previous_price: Option<String>,
                /// Prices: pointer to the item's cost; comparisons carry it.
                pub cost: Option<String>,
                /// Prices: pointer to how many were asked for, a number.
                pub quantity: Option<String>,
                /// Named values that reports are sliced by: name = pointer.
                #[serde(default)]
                pub segments: BTreeMap<String, String>,
                /// Only events with these values are scored: pointer = value, or a list of values.
                #[serde(default, rename = "where")]
                pub filter: BTreeMap<String, WhereValue>,
                /// Pointer to the subject's consent; without it, or where it is false, the event is skipped.
                pub consent: Option<String>,
                /// Models that score it: `name@alias` or `name/version`.
                #[serde(default)]
                pub models: Vec<String>,
                /// Where this shop holds the fields that models' contracts name: canonical pointer = own pointer.
                #[serde(default)]
                pub fields: BTreeMap<String, String>,
                /// Whether comparisons carry what each model was fed, by the feature's name. So every field that a contract
                /// names leaves the live side: numbers as they are, texts only where the contract itself knows them.
                #[serde(default)]
                pub features: bool,
                /// Prices: what no model's price may break.
                pub guardrails: Option<GuardrailConfig>,
                /// Larger events become dead letters; default 1 MiB.
                pub max_event_bytes: Option<usize>,
                /// What to do with an event that holds a card number in what leaves; default `reject`.
                pub card_numbers: Option<CardNumbers>,
                /// What leaves only as a keyed hash: `subject`, `customer`, `key`, `segments.<name>`.
                #[serde(default)]
                pub pseudonymise: Vec<String>,
                /// How people write what is pseudonymised, so that one customer is one pseudonym: name = form.
                #[serde(default)]
                pub normalise: BTreeMap<String, IdentifierForm>,
                /// Whether the record's key is copied; default `omit`. Where anything is pseudonymised, it leaves as a pseudonym.
                pub record_key: Option<RecordKey>,
                /// Whether the `tracestate` header is passed on beside `traceparent`.
                #[serde(default)]
                pub tracestate: bool,
                $($(
                    #[doc = concat!("`[streams.", stringify!($module), "]`, for a stream of that kind.")]
                    pub $module: Option<super::kinds::$keys>,
                )?)+
            }
        }
    };
}

for_each_kind!(stream_config);

/// One value or several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum WhereValue {
    /// Any of these.
    Any(Vec<Scalar>),
    /// This one.
    One(Scalar),
}

/// A value that an event's field is compared with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
}

/// What to do with card numbers: one rule for all that leaves, or a rule by field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "is neither \"reject\" nor \"allow\" nor a table of fields with one of these")]
pub enum CardNumbers {
    /// For everything.
    All(CardRule),
    /// By field: `subject`, `item`, `customer`, `key`, `segments.<name>`; `reject` for those that aren't named.
    Fields(BTreeMap<String, CardRule>),
}

/// What to do with a card number in a field that would leave the live side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CardRule {
    /// The event becomes a dead letter.
    #[default]
    Reject,
    /// Nothing: the field is an identifier of the shop's own that looks like a card number.
    Allow,
}

impl CardNumbers {
    /// The rule for the field of that name.
    pub(crate) fn of(&self, field: &str) -> CardRule {
        match self {
            Self::All(rule) => *rule,
            Self::Fields(fields) => fields.get(field).copied().unwrap_or_default(),
        }
    }

    /// The names of a table that aren't those of fields that leave.
    pub(crate) fn unknown(&self, leaves: impl Fn(&str) -> bool) -> Vec<&str> {
        match self {
            Self::All(_) => Vec::new(),
            Self::Fields(fields) => fields.keys().map(String::as_str).filter(|name| !leaves(name)).collect(),
        }
    }
}

/// Whether a record's key leaves the live side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKey {
    /// It doesn't.
    #[default]
    Omit,
    /// Comparisons and dead letters have it, too.
    Copy,
}

/// Most that `max_event_bytes` may allow.
const MOST_EVENT_BYTES: usize = 1 << 30;

impl StreamConfig {
    pub(crate) fn missing_keys(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let kind = format!("write {}", Kind::choice(&Kind::ALL));
        for (key, there, fix) in [
            ("name", given(&self.name), "give the stream a name, such as \"orders\""),
            ("kind", self.kind.is_some(), kind.as_str()),
            ("topic", given(&self.topic), "name the input topic"),
            ("subject", given(&self.subject), "point it at the order's or quote's id, such as \"/order_id\""),
            ("models", !self.models.is_empty(), "list at least one model, such as [\"fraud@champion\"]"),
        ] {
            if !there {
                problems.push(Problem::new(key, "is missing", fix));
            }
        }
        problems.extend(wrong_size(self.max_event_bytes));
        problems.extend(self.wrong_names());
        problems
    }

    /// Names end up in metrics' labels, in JSON keys and in ids, which all must stay short and plain.
    fn wrong_names(&self) -> Vec<Problem> {
        let segments = self.segments.keys().map(|name| (format!("segments.{name}"), name.as_str(), 64));
        let own = [("name", self.name.as_deref(), 64), ("topic", self.topic.as_deref(), 249)];
        let own = own.into_iter().filter_map(|(key, name, longest)| Some((key.to_owned(), name?, longest)));
        own.chain(segments).filter_map(|(key, name, longest)| plain_name(key, name, longest).err()).collect()
    }

    pub(crate) fn hides(&self, what: &str) -> bool {
        self.pseudonymise.iter().any(|hidden| hidden == what)
    }

    /// What is done to the field of that name before it leaves.
    pub(crate) fn policy(&self, field: &str) -> OutgoingPolicy {
        let rule = self.card_numbers.as_ref().map_or_else(CardRule::default, |rules| rules.of(field));
        OutgoingPolicy {
            hidden: self.hides(field),
            guarded: rule == CardRule::Reject,
            form: self.normalise.get(field).copied().unwrap_or_default(),
        }
    }

    /// What is done to the record's key; `None` where it doesn't leave. Beside a pseudonym it would often say what that
    /// hides, so then it leaves as one.
    pub(crate) fn key_policy(&self) -> Option<OutgoingPolicy> {
        let policy = OutgoingPolicy { hidden: !self.pseudonymise.is_empty(), ..self.policy("key") };
        self.leaves("key").then_some(policy)
    }

    /// Whether there is a field of that name that leaves.
    fn leaves(&self, field: &str) -> bool {
        match field {
            "subject" => true,
            "item" => self.item.is_some(),
            "customer" => self.customer.is_some(),
            "key" => self.record_key == Some(RecordKey::Copy) || self.hides("key"),
            _ => field.strip_prefix("segments.").is_some_and(|name| self.segments.contains_key(name)),
        }
    }

    /// Names under `card_numbers`, `pseudonymise` and `normalise` that are none.
    pub(crate) fn wrong_fields(&self) -> Vec<Problem> {
        let leaving =
            "write \"subject\", \"customer\" if it is bound, \"segments.<name>\" of a bound segment";
        let nothing = |key: &str, field: &str, further: &str| {
            Problem::new(key, format!("`{field}` is nothing that leaves"), format!("{leaving}{further}"))
        };
        let cards = self.card_numbers.iter().flat_map(|rules| rules.unknown(|field| self.leaves(field)));
        let further = ", \"item\" if it is bound, or \"key\" with record_key = \"copy\"";
        let mut problems: Vec<_> = cards.map(|field| nothing("card_numbers", field, further)).collect();
        let can_hide = |field: &String| field != "item" && self.leaves(field);
        let hidden = self.pseudonymise.iter().filter(|field| !can_hide(field));
        problems.extend(hidden.map(|field| nothing("pseudonymise", field, ", or \"key\"")));
        for field in self.normalise.keys() {
            let as_key = field == "key" && self.key_policy().is_some_and(|policy| policy.hidden);
            if !self.hides(field) && !as_key {
                let what = "isn't pseudonymised, and nothing else is normalised";
                let fix = format!("add \"{field}\" to pseudonymise, or remove it here");
                problems.push(Problem::new(format!("normalise.{field}"), what, fix));
            }
        }
        problems
    }

    pub(crate) fn pseudonymiser(
        &self,
        key: Option<&PrivacyKey>,
        problems: &mut Vec<Problem>,
    ) -> Option<Pseudonymiser> {
        if self.pseudonymise.is_empty() {
            return None;
        }
        let made = key.ok_or(KeyProblem::Short).and_then(Pseudonymiser::new);
        made.map_err(|problem| problems.push(wrong_key("pseudonymise", "pseudonyms need", problem))).ok()
    }
}

/// What is wrong with the key that `who` needs.
pub(crate) fn wrong_key(at: &str, who: &str, problem: KeyProblem) -> Problem {
    match problem {
        KeyProblem::Short => Problem::new(
            at,
            format!("{who} a key of at least {SHORTEST_KEY} bytes"),
            "set privacy.key_file to a file that holds one",
        ),
        KeyProblem::WrongId => Problem::new(
            at,
            format!("{who} a key whose id is short and plain"),
            "write privacy.key_id in at most 16 letters, digits, dots, dashes and underscores",
        ),
    }
}

/// Whether `name` is short and plain.
pub(crate) fn plain_name(key: impl Into<String>, name: &str, longest: usize) -> Result<(), Problem> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.len() <= longest && name.bytes().all(letter) {
        return Ok(());
    }
    let fix = format!("use at most {longest} letters, digits, dots, dashes and underscores");
    Err(Problem::new(key, format!("{name:?} can't be used as a name"), fix))
}

/// Whether a key holds more than blanks.
pub(crate) fn given(text: &Option<String>) -> bool {
    text.as_ref().is_some_and(|text| !text.trim().is_empty())
}

/// What is wrong with `max_event_bytes`.
pub(crate) fn wrong_size(bytes: Option<usize>) -> Option<Problem> {
    let bytes = bytes.filter(|bytes| !(1..=MOST_EVENT_BYTES).contains(bytes))?;
    let fix = format!("write 1 to {MOST_EVENT_BYTES}");
    Some(Problem::new("max_event_bytes", format!("an event can't be limited to {bytes} bytes"), fix))
}
