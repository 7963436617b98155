//! The config file: overrides from outside, variables, unknown keys, and what is made of values.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod outcomes;
mod privacy;
mod reference;
mod settings;

use super::read::{Overrides, parse_text};
use super::{Survey, keys, raw};
use bystander_core::config::StreamConfig;
use bystander_core::problem::Problem;
use std::path::Path;
use std::time::Duration;

const SOUND: &str = r#"
job = "test"
[live]
brokers = "live:9092"
[shadow]
brokers = "shadow:9092"
[[streams]]
name = "orders"
kind = "orders"
topic = "shop.orders"
subject = "/order_id"
models = ["fraud@champion"]
"#;

const OUTCOMES: &str = r#"
[[outcomes]]
name = "truth"
topic = "shop.outcomes"
stream = "orders"
"#;

fn survey_with(text: &str, variables: &[(&str, &str)], overrides: &Overrides) -> Survey {
    let mut problems = Vec::new();
    let pairs: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let lookup = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let raw = parse_text(text, pairs.clone().into_iter(), &lookup, overrides, &mut problems);
    Survey::new(Path::new("/etc/bystander/test.toml"), raw, problems)
}

fn survey(text: &str, variables: &[(&str, &str)]) -> Survey {
    survey_with(text, variables, &Overrides::default())
}

fn config(text: &str, variables: &[(&str, &str)]) -> super::Config {
    let survey = survey(text, variables);
    assert_eq!(survey.problems, Vec::<Problem>::new());
    survey.config.unwrap()
}

fn only_problem(text: &str, variables: &[(&str, &str)]) -> Problem {
    let mut problems = survey(text, variables).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn what_is_left_out_has_a_default() {
    let config = config(SOUND, &[]);
    assert_eq!((config.topics.shards, config.cluster.as_str()), (4, "live"));
    assert_eq!(config.shadow.comparisons.name(), "shadow.comparisons");
    assert_eq!(config.models.repository, Path::new("/etc/bystander/models"), "beside the config file");
    assert_eq!(config.shard.commit_interval, Duration::from_millis(200));
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:9464");
    assert!(config.http.any_port, "a further instance on the machine takes one of the next ports");
}

#[test]
fn variables_override_keys_at_every_depth() {
    let config = config(
        &format!("{SOUND}{OUTCOMES}"),
        &[
            ("BYSTANDER__JOB", "2026"),
            ("BYSTANDER__LIVE__BROKERS", "other:9092"),
            ("BYSTANDER__LIVE__START", "2026-11-01T00:00:00Z"),
            ("BYSTANDER__SHADOW__SHARDS", "8"),
            ("BYSTANDER__SHADOW__COMMIT_INTERVAL", "1s"),
            ("BYSTANDER__LIVE__PROPERTIES", "{ \"client.rack\" = \"a\" }"),
            ("BYSTANDER__STREAMS__0__TOPIC", "shop.orders-2"),
            ("BYSTANDER__STREAMS__0__MODELS", "[\"fraud/1\", \"fraud/2\"]"),
            ("BYSTANDER__SCORING__BATCH_ROWS", "64"),
            ("BYSTANDER__DRIFT__WINDOW", "24h"),
            ("BYSTANDER__OUTCOMES__0__TOPIC", "shop.chargebacks"),
            ("BYSTANDER__REPORT__COSTS__MARGIN", "0.4"),
            ("BYSTANDER__REPLAY__LATENESS", "5m"),
            ("UNRELATED", "x"),
        ],
    );
    assert_eq!(config.job, "2026", "a key that holds text goes on holding text");
    assert_eq!((config.live.brokers.as_str(), config.shadow.brokers.as_str()), ("other:9092", "shadow:9092"));
    assert_eq!(format!("{:?}", config.live.start), "At(1793491200000)");
    assert_eq!((config.topics.shards, config.shard.batch_rows), (8, 64));
    assert_eq!(config.drift_window, Duration::from_secs(86_400));
    assert_eq!(config.shard.commit_interval, Duration::from_secs(1));
    assert_eq!(config.live.properties["client.rack"], "a");
    assert_eq!(config.streams[0].topic.as_deref(), Some("shop.orders-2"));
    assert_eq!(config.streams[0].models.len(), 2);
    assert_eq!(config.outcomes[0].topic.as_deref(), Some("shop.chargebacks"));
    assert_eq!((config.report.costs.margin, config.replay.lateness), (0.4, Duration::from_secs(300)));
}

#[test]
fn an_override_to_nowhere_is_a_mistake() {
    for (name, key) in [
        ("BYSTANDER__LIVE__BROKER", "live.broker"),
        ("BYSTANDER__LIEV__BROKERS", "liev"),
        ("BYSTANDER__STREAMS__7__TOPIC", "streams.7.topic"),
        ("BYSTANDER__OUTCOMES__0__TOPIC", "outcomes"),
        ("BYSTANDER__REPORT__MATURE", "report.mature"),
        ("BYSTANDER__JOB__NAME", "job.name"),
        ("BYSTANDER__", ""),
    ] {
        assert_eq!(only_problem(SOUND, &[(name, "x")]).key, key, "{name}");
    }
}

#[test]
fn variables_stand_in_values_with_defaults_and_escapes() {
    let text = SOUND
        .replace("live:9092", "${HOST}:${PORT:-9092}")
        .replace("shadow:9092", "$${not}:9092")
        .replace("shop.orders", "${EMPTY:-shop.orders}");
    let config = config(&text, &[("HOST", "kafka"), ("EMPTY", "")]);
    assert_eq!(config.live.brokers, "kafka:9092");
    assert_eq!(config.shadow.brokers, "${not}:9092");
    assert_eq!(config.streams[0].topic.as_deref(), Some("shop.orders"));
}

#[test]
fn a_variable_that_is_not_set_names_its_key_and_itself() {
    let problem = only_problem(&SOUND.replace("shop.orders", "${TOPIC}"), &[]);
    assert_eq!(problem.key, "streams[0].topic");
    assert!(problem.what.contains("TOPIC") && problem.fix.contains(":-default"), "{problem}");
    assert_eq!(only_problem(&SOUND.replace("live:9092", "${HOST"), &[]).key, "live.brokers");
}

#[test]
fn a_misspelt_key_is_answered_with_the_nearest() {
    for (from, to, key, nearest) in [
        ("job =", "jop = \"x\"\njob =", "jop", "job"),
        ("[live]", "[live]\nbroker = \"x\"", "live.broker", "brokers"),
        ("[shadow]", "[shadow]\ncomit_interval = \"1s\"", "shadow.comit_interval", "commit_interval"),
        ("subject =", "subjekt = \"/x\"\nsubject =", "streams[0].subjekt", "subject"),
        ("subject =", "occured_at = \"/x\"\nsubject =", "streams[0].occured_at", "occurred_at"),
    ] {
        let problem = only_problem(&SOUND.replacen(from, to, 1), &[]);
        assert_eq!(problem.key, key);
        assert_eq!(problem.fix, format!("did you mean `{nearest}`?"));
    }
    let renamed = survey(&SOUND.replace("brokers = \"live:9092\"", "broker = \"live:9092\""), &[]);
    assert_eq!(renamed.problems.len(), 1, "told once: {:?}", renamed.problems);
    let far = only_problem(&SOUND.replace("[live]", "[live]\nzzz = 1"), &[]);
    assert_eq!(far.fix, "remove it");
    let nested = only_problem(&format!("{SOUND}\n[streams.guardrails]\nmin_marge = 0.1"), &[]);
    assert_eq!(nested.key, "streams[0].guardrails.min_marge");
}

#[test]
fn a_wrong_type_names_its_key() {
    for (from, to, key) in [
        ("[shadow]", "[shadow]\nshards = \"four\"", "shadow.shards"),
        ("[shadow]", "[shadow]\nshards = 2.5", "shadow.shards"),
        ("kind = \"orders\"", "kind = \"returns\"", "streams[0].kind"),
        ("models = [\"fraud@champion\"]", "models = \"fraud@champion\"", "streams[0].models"),
        ("job = \"test\"", "job = 7", "job"),
    ] {
        assert_eq!(only_problem(&SOUND.replace(from, to), &[]).key, key);
    }
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for (from, to, key) in [
        ("job = \"test\"", "job = \"a b\"", "job"),
        ("brokers = \"live:9092\"", "brokers = \" \"", "live.brokers"),
        ("[live]", "[live]\nstart = \"yesterday\"", "live.start"),
        ("[live]", "[live]\nbytes_per_second = 1000", "live.bytes_per_second"),
        ("[shadow]", "[shadow]\ncommit_interval = \"soon\"", "shadow.commit_interval"),
        ("[shadow]", "[shadow]\ncommit_interval = \"0s\"", "shadow.commit_interval"),
        ("[shadow]", "[shadow]\ncommit_interval = \"-1s\"", "shadow.commit_interval"),
        ("[shadow]", "[shadow]\ncommit_interval = \"24h\"", "shadow.commit_interval"),
        ("[shadow]", "[shadow]\nshards = 0", "shadow.shards"),
        ("[shadow]", "[shadow]\ncomparisons = \"shop.orders\"", "shadow.comparisons"),
        ("[shadow]", "[shadow]\ncheckpoints = \"shop_orders\"", "shadow.checkpoints"),
        ("[shadow]", "[shadow]\ndead_letters = \"shadow.comparisons\"", "shadow.dead_letters"),
        ("[shadow]", "[shadow]\ncomparisons = \"a topic\"", "shadow.comparisons"),
        ("[live]", "[http]\nlisten = \"9464\"\n[live]", "http.listen"),
        ("[live]", "[log]\nformat = \"xml\"\n[live]", "log.format"),
        ("[live]", "[scoring]\nbatch_rows = 0\n[live]", "scoring.batch_rows"),
        ("[live]", "[drift]\nwindow = \"59s\"\n[live]", "drift.window"),
        ("[live]", "[drift]\nwindow = \"32d\"\n[live]", "drift.window"),
        ("[live]", "[privacy]\nkey_file = \"nowhere\"\n[live]", "privacy.key_file"),
        (
            "[shadow]",
            "[shadow.property_files]\n\"sasl.password\" = \"nowhere\"\n[shadow]",
            "shadow.property_files.sasl.password",
        ),
    ] {
        let text = SOUND.replace(from, to);
        let text = match to.starts_with("[shadow.property_files]") {
            true => SOUND.replace(
                "[[streams]]",
                "[shadow.property_files]\n\"sasl.password\" = \"nowhere\"\n[[streams]]",
            ),
            false => text,
        };
        assert_eq!(only_problem(&text, &[]).key, key, "{to}");
    }
    assert_eq!(only_problem("job = ", &[]).key, "(file)");
    let streams = SOUND.split("[[streams]]").next().unwrap();
    assert_eq!(only_problem(streams, &[]).key, "streams");
}

#[test]
fn a_topic_or_a_name_stands_for_one_stream_only() {
    let (head, stream) = SOUND.split_once("[[streams]]").unwrap();
    let twice = format!("{head}[[streams]]{stream}[[streams]]{stream}");
    let keys: Vec<_> = survey(&twice, &[]).problems.into_iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["streams[1].topic", "streams[1].name"]);
}

#[test]
fn properties_that_would_break_a_promise_are_refused_with_their_reason() {
    for property in ["enable.auto.commit", "group.id", "isolation.level", "auto.offset.reset"] {
        let text = SOUND.replace("[shadow]", &format!("[live.properties]\n\"{property}\" = \"x\"\n[shadow]"));
        let problems = survey(&text, &[]).problems;
        let named =
            problems.iter().any(|problem| problem.key.starts_with("live.") && problem.key.contains(property));
        assert!(named, "{property}: {problems:?}");
    }
}

#[test]
fn the_command_lines_brokers_and_properties_reach_both_clusters() {
    let overrides =
        Overrides { brokers: Some("both:9092".into()), properties: vec![("client.rack".into(), "a".into())] };
    let survey = survey_with(SOUND, &[], &overrides);
    assert_eq!(survey.problems, Vec::<Problem>::new());
    let config = survey.config.unwrap();
    assert_eq!((config.live.brokers.as_str(), config.shadow.brokers.as_str()), ("both:9092", "both:9092"));
    assert_eq!(config.live.properties["client.rack"], "a");
    assert_eq!(config.shadow.properties["client.rack"], "a");
}

#[test]
fn what_could_be_a_secret_is_never_shown() {
    let secrets = [
        "sasl.password",
        "ssl.key.pem",
        "ssl.key.password",
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config",
    ];
    let lines: Vec<_> = secrets.iter().map(|property| format!("\"{property}\" = \"hunter2\"")).collect();
    let text = SOUND.replace(
        "[shadow]",
        &format!("[live.properties]\n{}\n\"client.rack\" = \"seen\"\n[shadow]", lines.join("\n")),
    );
    let raw = survey(&text, &[]);
    // The client library refuses some of these values; what is shown matters here.
    let shown = format!("{}{:?}", raw.config.unwrap(), raw.problems);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("client.rack=seen"), "{shown}");
}

#[test]
fn a_mistake_never_repeats_what_could_be_a_secret() {
    let number = SOUND.replace("[shadow]", "[live.properties]\n\"sasl.password\" = 73111137\n[shadow]");
    let problem = only_problem(&number, &[]);
    assert_eq!(problem.key, "live.properties.sasl.password");
    assert!(!problem.to_string().contains("73111137"), "{problem}");
    let unquoted = SOUND.replace("[shadow]", "[live.properties]\n\"sasl.password\" = hunter2\n[shadow]");
    let problem = only_problem(&unquoted, &[]);
    assert!(problem.what.starts_with("line 6 "), "{problem}");
    assert!(!problem.to_string().contains("hunter2"), "{problem}");
}

#[test]
fn models_and_streams_can_be_looked_at_though_something_else_is_wrong() {
    let survey = survey(&SOUND.replace("job = \"test\"", "").replace("live:9092", ""), &[]);
    assert!(survey.config.is_none());
    assert_eq!(survey.problems.len(), 2);
    assert_eq!(survey.scoring.unwrap().streams[0].models, ["fraud@champion"]);
}

#[test]
fn a_mistake_in_one_key_is_told_there_and_nowhere_else() {
    let sound = format!("{SOUND}{OUTCOMES}");
    assert_eq!(survey(&sound, &[]).problems, []);
    for (from, to, key) in [
        ("kind = \"orders\"", "kind = \"order\"", "streams[0].kind"),
        ("subject =", "occurred_at = 3\nsubject =", "streams[0].occurred_at"),
        ("name = \"orders\"", "nam = \"orders\"", "streams[0].nam"),
        ("models = [", "model = [", "streams[0].model"),
        ("brokers = \"live:9092\"", "broker = \"live:9092\"", "live.broker"),
        ("[shadow]", "[shadows]", "shadows"),
        ("job =", "jobs =", "jobs"),
    ] {
        assert!(sound.contains(from), "{from}");
        assert_eq!(only_problem(&sound.replacen(from, to, 1), &[]).key, key);
    }
}

#[test]
fn known_keys_are_those_of_the_sections_themselves() {
    assert!(keys::known::<raw::RawLive>().contains(&"property_files"));
    assert!(
        keys::known::<StreamConfig>().contains(&"where"),
        "as it is written, not as it is called in code"
    );
    assert_eq!(keys::nearest("broker", keys::known::<raw::RawLive>()), Some("brokers"));
    assert_eq!(keys::nearest("completely_else", keys::known::<raw::RawLive>()), None);
}
