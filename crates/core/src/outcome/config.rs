//! `[[outcomes]]` as it is written. What isn't written stands where the canonical names say.

use crate::config::{CardNumbers, WhereValue, event_table, given, plain_name, wrong_size};
use crate::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeMap;

event_table! {
    /// One `[[outcomes]]` table. Unknown keys are found by whoever reads the file.
    #[derive(Debug, Clone, Default, Deserialize)]
    pub struct OutcomeConfig {
        /// Name in reports.
        pub name: Option<String>,
        /// Topic of the live cluster.
        pub topic: Option<String>,
        /// Name of the stream whose subjects these are.
        pub stream: Option<String>,
        /// Pointer to the stream's subject; default `/subject_id`.
        pub subject: Option<String>,
        /// Pointer to what happened, or a fixed type; default `/type`.
        #[serde(rename = "type")]
        pub kind: Option<String>,
        /// The shop's words for types: word = type. Numbers and booleans are matched as JSON writes them.
        #[serde(default)]
        pub types: BTreeMap<String, String>,
        /// Pointer to what the shop concludes; default `/label`.
        pub label: Option<String>,
        /// The shop's words for fraud, legit and unknown. Numbers and booleans are matched as JSON writes them.
        #[serde(default)]
        pub labels: BTreeMap<String, String>,
        /// Pointer to when it happened; default `/occurred_at`. Where that is missing, the record's timestamp; a line of a file
        /// has none, there it is when the shop heard of it.
        pub occurred_at: Option<String>,
        /// Pointer to when the shop heard of it; default `/reported_at`, or when it happened where that is missing.
        pub reported_at: Option<String>,
        /// Pointer to how much money it is about; default `/amount`.
        pub amount: Option<String>,
        /// Pointer to the currency, or a fixed ISO 4217 code; default `/currency`.
        pub currency: Option<String>,
        /// Pointer to how many items it is about, a number; default `/quantity`.
        pub quantity: Option<String>,
        /// Live decisions: pointer to the action; default `/action`.
        pub action: Option<String>,
        /// The shop's words for accept, review and reject. Numbers and booleans are matched as JSON writes them.
        #[serde(default)]
        pub actions: BTreeMap<String, String>,
        /// Pointer to a reason code; default `/reason`.
        pub reason: Option<String>,
        /// Pointer to who says so; default `/source`.
        pub source: Option<String>,
        /// Pointer to the outcome's own id; default `/outcome_id`.
        pub outcome_id: Option<String>,
        /// Only events with these values are read: pointer = value, or a list of values.
        #[serde(default, rename = "where")]
        pub filter: BTreeMap<String, WhereValue>,
        /// What to do with card numbers in `outcome_id`, `reason` and `source`; by default what the stream does. The subject is
        /// held to the stream's rule for it.
        pub card_numbers: Option<CardNumbers>,
        /// Larger events are rejected; default 1 MiB.
        pub max_event_bytes: Option<usize>,
    }
}

impl OutcomeConfig {
    pub(super) fn wrong_keys(&self) -> Vec<Problem> {
        let keys = [
            ("name", &self.name, 64, "give these outcomes a name, such as \"chargebacks\""),
            ("topic", &self.topic, 249, "name the topic"),
            ("stream", &self.stream, 64, "name the stream whose subjects these are"),
        ];
        let wrong = keys.into_iter().filter_map(|(key, text, longest, fix)| match text {
            Some(name) if given(text) => plain_name(key, name, longest).err(),
            _ => Some(Problem::new(key, "is missing", fix)),
        });
        let own = |field: &str| matches!(field, "outcome_id" | "reason" | "source");
        let cards = self.card_numbers.iter().flat_map(|rules| rules.unknown(own)).map(|field| {
            let fix = "write \"outcome_id\", \"reason\" or \"source\"; the subject's rule is the stream's";
            Problem::new("card_numbers", format!("`{field}` isn't one of an outcome's own texts"), fix)
        });
        wrong.chain(cards).chain(wrong_size(self.max_event_bytes)).collect()
    }
}
