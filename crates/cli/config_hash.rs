//! The hash that tells whether two instances of a job would do the same with an event.
//!
//! It covers what decides the outcome: the streams as they are written, with their filters, bindings, thresholds and
//! privacy settings; which models score them, by their bytes; the names that results carry; and the topics. It leaves out
//! what doesn't: addresses, secrets, batching and commit times, HTTP, logging, drift windows, outcomes and reports. The
//! order of streams and keys, comments and white space don't matter.

use crate::assembly::Assembly;
use crate::config::Config;
use bystander_core::checkpoint::ConfigHash;
use bystander_core::dead_letter::PayloadPolicy;
use bystander_core::model::ModelIdentity;
use bystander_core::text::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Hexadecimal digits: enough to tell configs apart, and few enough to compare by eye.
const DIGITS: usize = 12;

/// What the hash is made of. Another number here gives every config another hash: instances of two versions of Bystander
/// would then refuse to work on one job, so it changes only with a reason that is worth that.
const FORM: u32 = 1;

/// The hashes of a config with its models, as hexadecimal digits.
pub(crate) fn config_hash(config: &Config, assembly: &Assembly) -> ConfigHash {
    // A model that is disabled counts like any other: disabling it does not change the config.
    let with = |described: fn(&ModelIdentity) -> Value| {
        let of_stream = |models: &Vec<ModelIdentity>| models.iter().map(described).collect();
        hash(config, assembly.identities.iter().map(of_stream).collect())
    };
    // Instances adopt another version behind an alias one after the other, and each comparison says which one scored it.
    let rules = |model: &ModelIdentity| match &model.alias {
        Some(alias) => json!({ "name": model.name, "alias": alias }),
        None => described(model),
    };
    ConfigHash { whole: with(described), rules: with(rules) }
}

/// `models` are those of each stream.
fn hash(config: &Config, models: Vec<Vec<Value>>) -> String {
    let mut streams: Vec<Value> = config
        .written_streams
        .iter()
        .zip(models)
        .map(|(stream, models)| json!({ "written": stream, "models": models }))
        .map(canonical)
        .collect();
    streams.sort_by_key(Value::to_string);
    let shadow = &config.shadow;
    let whole = json!({
        "form": FORM,
        "cluster": config.cluster,
        "comparisons": shadow.comparisons.name(),
        "dead_letters": shadow.dead_letters.name(),
        "dead_letter_payload": config.shard.payloads == PayloadPolicy::Include,
        "privacy_key_id": config.privacy_keys.as_ref().map(|keys| keys.current.id.clone()),
        "streams": streams,
    });
    let digest = Sha256::digest(canonical(whole).to_string());
    let mut text = hex(&digest);
    text.truncate(DIGITS);
    text
}

fn described(identity: &ModelIdentity) -> Value {
    json!({
        "name": identity.name,
        "version": identity.version,
        "alias": identity.alias,
        "sha256": identity.sha256,
        "contract_sha256": identity.contract_sha256,
    })
}

/// The same with the keys of every table in one order, however the file had them.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(table) => {
            let sorted: BTreeMap<String, Value> =
                table.into_iter().map(|(key, value)| (key, canonical(value))).collect();
            sorted.into_iter().collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(list) => list.into_iter().map(canonical).collect::<Vec<_>>().into(),
        plain => plain,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::load_text;

    const PLAIN: &str = include_str!("../../deploy/local/bystander.toml");

    fn of(text: &str) -> String {
        let config = load_text("bystander.toml", text, &|_| None).unwrap();
        let models =
            config.streams.iter().map(|stream| stream.models.iter().map(|name| json!(name)).collect());
        hash(&config, models.collect())
    }

    fn with(from: &str, to: &str) -> String {
        assert!(PLAIN.contains(from), "{from}");
        of(&PLAIN.replacen(from, to, 1))
    }

    #[test]
    fn what_decides_the_outcome_changes_the_hash() {
        let changes = [
            (r#"{ "/type" = "order.placed" }"#, r#"{ "/type" = "order.updated" }"#),
            (r#"["fraud@champion", "fraud@challenger"]"#, r#"["fraud@champion"]"#),
            (r#"topic = "shop.orders""#, r#"topic = "shop.all-orders""#),
            (r#"subject = "/order_id""#, r#"subject = "/id""#),
            ("min_margin = 0.05", "min_margin = 0.06"),
            (r#"consent = "/consent/analytics""#, ""),
            (r#"customer = "/customer_id""#, "record_key = \"copy\"\ncustomer = \"/customer_id\""),
            (r#"comparisons = "shadow.comparisons""#, r#"comparisons = "shadow.other""#),
            ("shards = 4", "shards = 4\ndead_letter_payload = true"),
            (r#"start = "earliest""#, "start = \"earliest\"\nname = \"europe\""),
        ];
        for (from, to) in changes {
            assert_ne!(with(from, to), of(PLAIN), "{from} -> {to}");
        }
    }

    #[test]
    fn what_does_not_decide_it_leaves_the_hash() {
        let changes = [
            ("localhost:9092", "kafka-1:9092"),
            ("shards = 4", "shards = 6\ncommit_interval = \"1s\""),
            ("[models]", "[scoring]\nbatch_rows = 64\n[http]\nlisten = \"0.0.0.0:9000\"\n[models]"),
            ("[models]", "[live.properties]\n\"security.protocol\" = \"plaintext\"\n[models]"),
            ("subject = \"/order_id\"\n", "# The order.\nsubject = '/order_id'\n\n"),
            ("kind = \"orders\"\ntopic = \"shop.orders\"\n", "topic = \"shop.orders\"\nkind = \"orders\"\n"),
            (r#"[[outcomes]]"#, "[report]\nmin_slice = 50\n[[outcomes]]"),
        ];
        for (from, to) in changes {
            assert_eq!(with(from, to), of(PLAIN), "{from} -> {to}");
        }
        let (head, streams) = PLAIN.split_once("[[streams]]").unwrap();
        let (orders, rest) = streams.split_once("[[streams]]").unwrap();
        let (prices, outcomes) = rest.split_once("# What turned out").unwrap();
        let swapped = format!("{head}[[streams]]{prices}[[streams]]{orders}\n# What turned out{outcomes}");
        assert_eq!(of(&swapped), of(PLAIN));
    }

    #[test]
    fn versions_of_bystander_come_to_the_same_hash_for_the_same_config() {
        let config = r#"job = "shop"
[live]
brokers = "live:9092"
[shadow]
brokers = "shadow:9092"
[[streams]]
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "/order_id"
where = { "/type" = "order.placed", "/test" = false }
models = ["fraud@champion"]
"#;
        assert_eq!(of(config), "583e7b8258ef");
    }
}
