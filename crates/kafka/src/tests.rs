//! Promises that need no broker.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::config::{FetchSizes, LiveSettings, ShadowSettings};
use crate::live::Share;
use crate::properties::{LIVE, SHADOW};
use crate::statistics::Statistics;
use crate::{ReadTopics, ShadowTopic, live_acls, replay_settings, shadow_acls};
use std::path::Path;

fn shadow() -> ShadowSettings {
    let topics = ["c", "d", "k"].map(|name| ShadowTopic::new(name, &ReadTopics::new(["orders"])).unwrap());
    ShadowSettings::new("shadow:9092", "job", topics)
}

#[test]
fn no_shadow_topic_can_be_made_of_a_topic_that_is_read_or_of_kafkas_own() {
    let inputs = ReadTopics::new(["shop.orders", "shop.prices", "shop.orders"]);
    assert_eq!(inputs.names(), ["shop.orders", "shop.prices"]);
    for name in ["shop.orders", "shop_orders"] {
        let problem = ShadowTopic::new(name, &inputs).unwrap_err();
        assert!(problem.what.contains("never written to"), "{problem}");
    }
    for name in ["", "..", "a b", "ümlaut", &"x".repeat(250)] {
        assert!(
            ShadowTopic::new(name, &inputs).unwrap_err().what.contains("not a valid topic name"),
            "{name}"
        );
    }
    for name in ["__consumer_offsets", "__transaction_state"] {
        assert!(ShadowTopic::new(name, &inputs).unwrap_err().what.contains("Kafka's own"), "{name}");
    }
    assert_eq!(ShadowTopic::new("shadow.orders", &inputs).unwrap().name(), "shadow.orders");
}

#[test]
fn the_live_code_names_nothing_that_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![folder.join("lookup.rs"), folder.join("recorded.rs")];
    let mut folders = vec![folder.join("live")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > 20, "{files:?}");
    let writing = [
        "rdkafka::producer",
        "rdkafka::admin",
        ".commit",
        "store_offset",
        ".subscribe",
        "ShadowWriter",
        "Feed",
    ];
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        for word in writing {
            assert!(!source.contains(word), "{word} in {}", file.display());
        }
    }
}

#[test]
fn properties_that_a_promise_rests_on_are_refused_and_overruled() {
    for &(name, fix) in LIVE.iter().flat_map(|table| table.iter()) {
        let mut live = LiveSettings::new("live:9092", "job");
        live.properties.insert(name.to_owned(), "1".to_owned());
        let problems = live.problems();
        let key = format!("properties.{name:?}");
        assert!(
            problems.iter().any(|problem| problem.key == key && problem.fix == fix),
            "{name}: {problems:?}"
        );
    }
    for &(name, _) in SHADOW.iter().flat_map(|table| table.iter()) {
        let mut shadow = shadow();
        shadow.properties.insert(name.to_owned(), "1".to_owned());
        assert!(!shadow.problems().is_empty(), "{name}");
    }
    let mut live = LiveSettings::new("live:9092", "job");
    for name in ["enable.auto.commit", "allow.auto.create.topics", "enable.metrics.push"] {
        live.properties.insert(name.to_owned(), "true".to_owned());
    }
    live.properties.insert("isolation.level".to_owned(), "read_uncommitted".to_owned());
    live.properties.insert("bootstrap.servers".to_owned(), "elsewhere:1".to_owned());
    live.properties.insert("auto.offset.reset".to_owned(), "latest".to_owned());
    let config = live.consumer();
    let expected = [
        ("enable.auto.commit", "false"),
        ("allow.auto.create.topics", "false"),
        ("enable.metrics.push", "false"),
        ("isolation.level", "read_committed"),
        ("bootstrap.servers", "live:9092"),
        ("auto.offset.reset", "error"),
        ("check.crcs", "true"),
        ("group.id", "bystander-job"),
    ];
    for (name, value) in expected {
        assert_eq!(config.get(name), Some(value), "{name}");
    }
}

#[test]
fn sound_settings_have_no_problems_and_unsound_ones_are_told_without_their_values() {
    assert_eq!(LiveSettings::new("live:9092", "job").problems(), []);
    assert_eq!(shadow().problems(), []);
    let mut live = LiveSettings::new(" ", "job");
    live.properties.insert("sasl.pasword".to_owned(), "secret".to_owned());
    let problems = live.problems();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().all(|problem| !problem.to_string().contains("secret")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.key.contains("sasl.pasword")), "{problems:?}");
    let mut live = LiveSettings::new("live:9092", "job");
    live.properties.insert("security.protocol".to_owned(), "secret".to_owned());
    let problems = live.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].what.contains("value") && !problems[0].to_string().contains("secret"),
        "{problems:?}"
    );
    let mut twice = shadow();
    twice.checkpoints = twice.comparisons.clone();
    assert_eq!(
        twice.problems().iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(),
        ["checkpoints"]
    );
}

#[test]
fn every_partition_has_exactly_one_owner_in_every_layout() {
    for shards in 1..20 {
        for partition in 0..100 {
            let owners = (0..shards).filter(|&shard| Share { shard, shards }.owns(partition));
            assert_eq!(owners.count(), 1, "partition {partition} among {shards}");
        }
    }
}

#[test]
fn any_request_but_a_read_is_noticed() {
    let statistics = |requests: &str| -> Statistics {
        serde_json::from_str(&format!(r#"{{"brokers": {{"b": {{"req": {{{requests}}}}}}}}}"#)).unwrap()
    };
    let reads = r#""Fetch": 9, "ListOffsets": 1, "Metadata": 2, "ApiVersion": 1, "FindCoordinator": 3,
        "SaslHandshake": 1, "SaslAuthenticate": 1, "OffsetCommit": 0, "JoinGroup": 0"#;
    assert_eq!(statistics(reads).offending(), None);
    for request in
        ["OffsetCommit", "JoinGroup", "Heartbeat", "CreateTopics", "Produce", "GetTelemetrySubscriptions"]
    {
        assert_eq!(statistics(&format!(r#"{reads}, "{request}": 1"#)).offending(), Some(request));
    }
}

#[test]
fn a_replay_gets_no_topic_of_the_live_run_and_not_its_name() {
    let inputs = ReadTopics::new(["shop.orders"]);
    let topics = ["shadow.comparisons", "shadow.dead-letters", "shadow.checkpoints"];
    let live = ShadowSettings::new("b:1", "job", topics.map(|name| ShadowTopic::new(name, &inputs).unwrap()));
    let replay = replay_settings(&live, &inputs, "backtest", "job-replay-1").unwrap();
    let names = [&replay.comparisons, &replay.dead_letters, &replay.checkpoints].map(ShadowTopic::name);
    assert_eq!(names, ["backtest", "backtest.dead-letters", "backtest.checkpoints"]);
    assert_eq!((replay.group.as_str(), replay.transactional_id(2).as_str()), ("job", "job-replay-1-2"));
    assert_ne!(replay.client_id, live.client_id);
    assert_eq!(replay.problems(), []);
    for (name, what) in [
        ("shadow.comparisons", "live run"),
        ("shadow_checkpoints", "live run"),
        ("shadow", "live run"),
        ("shop.orders", "never written to"),
        ("", "not a valid topic name"),
    ] {
        let problem = replay_settings(&live, &inputs, name, "run").unwrap_err();
        assert!(problem.what.contains(what), "{name}: {problem}");
    }
    assert!(replay_settings(&live, &inputs, "backtest", "job").unwrap_err().what.contains("job"));
}

#[test]
fn a_paced_reader_holds_little_of_a_second() {
    for (rate, readers) in [(1_000_000, 1), (10_000_000, 2), (100_000_000, 8), (u64::MAX, 1), (1, 0)] {
        let FetchSizes { queued, response, partition } = FetchSizes::for_rate(rate, readers);
        let ahead = (queued + response) as u64 * readers.max(1) as u64;
        assert!(ahead <= rate / 10 || response == 16 << 10, "{rate} by {readers}: {ahead}");
        let usual = FetchSizes::default();
        assert!(queued <= usual.queued && response <= usual.response && partition <= response);
    }
}

#[test]
fn the_permissions_are_the_least_that_suffice() {
    let live = LiveSettings::new("live:9092", "job");
    assert_eq!(
        live_acls(&live, &["shop.orders".to_owned()], "it's"),
        [
            r"kafka-acls.sh --bootstrap-server live:9092 --add --allow-principal 'User:it'\''s' --operation Read --topic shop.orders",
            r"kafka-acls.sh --bootstrap-server live:9092 --add --deny-principal 'User:it'\''s' --operation Write --operation Create --operation Delete --operation Alter --topic shop.orders",
            r"kafka-acls.sh --bootstrap-server live:9092 --add --allow-principal 'User:it'\''s' --operation Describe --group bystander-job",
        ]
    );
    let lines = shadow_acls(&shadow(), "writer");
    assert_eq!(lines.len(), 5);
    assert_eq!(
        lines[4],
        "kafka-acls.sh --bootstrap-server shadow:9092 --add --allow-principal User:writer --operation Write \
         --operation Describe --transactional-id job- --resource-pattern-type prefixed"
    );
}

fn with(pairs: &[(&str, &str)]) -> Vec<bystander_core::problem::Problem> {
    let mut live = LiveSettings::new("localhost:9092", "job");
    live.properties = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    live.problems()
}

#[test]
fn what_the_client_library_was_not_built_with_is_named_as_that() {
    let sasl = ("security.protocol", "SASL_SSL");
    for (pairs, key, words) in [
        (&[sasl, ("sasl.mechanism", "GSSAPI")][..], "sasl.mechanism", "GSSAPI is not in the client library"),
        (&[sasl][..], "sasl.mechanism", "GSSAPI, is not built into this program"),
        (
            &[sasl, ("sasl.mechanism", "OAUTHBEARER"), ("sasl.oauthbearer.method", "oidc")][..],
            "sasl.oauthbearer.method",
            "libcurl",
        ),
        (
            &[sasl, ("sasl.oauthbearer.token.endpoint.url", "secret")][..],
            "sasl.oauthbearer.token.endpoint.url",
            "libcurl",
        ),
    ] {
        let problems = with(pairs);
        let [problem] = problems.as_slice() else { panic!("{pairs:?}: {problems:?}") };
        assert_eq!(problem.key, format!("properties.{key:?}"));
        assert!(problem.what.contains(words), "{problem:?}");
        assert!(problem.fix.contains("SCRAM-SHA-512") || problem.fix.contains("token_file"), "{problem:?}");
        assert!(!format!("{problem:?}").contains("secret"), "values may be secrets: {problem:?}");
    }
}

#[test]
fn what_the_library_was_built_with_is_accepted_and_files_that_are_missing_are_named() {
    let user = [("sasl.username", "me"), ("sasl.password", "secret")];
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let pairs = [&[("security.protocol", "SASL_SSL"), ("sasl.mechanism", mechanism)][..], &user].concat();
        assert_eq!(with(&pairs), [], "{mechanism}");
    }
    for key in ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location"] {
        let problems = with(&[("security.protocol", "SSL"), (key, "/nowhere/file.pem")]);
        assert!(problems.iter().any(|problem| problem.key.contains(key)), "{key}: {problems:?}");
    }
    let problems = with(&[("security.protocol", "SASL_SSL"), ("sasl.mechanism", "SCRAM-SHA-512")]);
    assert!(format!("{problems:?}").contains("sasl.username"), "{problems:?}");
    let problems = with(&[("security.protocol", "SASL_SSL"), ("sasl.mechanism", "OAUTHBEARER")]);
    assert!(format!("{problems:?}").contains("token_file="), "{problems:?}");
}
