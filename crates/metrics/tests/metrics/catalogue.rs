//! The catalogue: complete, well named, documented, and there before anything happens.

use crate::drift;
use crate::scrape::{NOW, Scrape, catalogue, scrape};
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, Stage};
use bystander_metrics::catalogue::{DEFINITIONS, report};
use bystander_metrics::health::ShardState;
use bystander_metrics::{Catalogue, Cluster, Definition, InputGauges, MetricType, catalogue_markdown};
use bystander_pipeline::Observer;
use std::collections::BTreeSet;

/// A partition of which everything is known.
const KNOWN: InputGauges = InputGauges { lag: Some(17), blocked: Some((5, 40)), answer_age: 2, halted: true };

/// A catalogue in which every metric has at least one series.
fn full() -> Catalogue {
    let catalogue = catalogue();
    catalogue.set_input("shop.orders", 3, &KNOWN);
    catalogue.set_input_partitions("shop.orders", 4);
    catalogue.set_cluster_answer_age(Cluster::Live, 1);
    catalogue.set_shards_expected(4);
    catalogue.set_config("3f2a91bc07de");
    catalogue.set_config_agrees(Some(true));
    catalogue.set_isolation(true);
    catalogue.load_failure("fraud", "golden_mismatch");
    let mut observer = catalogue.observer();
    observer.dead_lettered(StreamId(0), Stage::Decode, Code::NotJson);
    drift::score(&mut observer, NOW, 1000, drift::usual);
    drop(observer);
    catalogue
}

/// Of both processes.
fn all() -> impl Iterator<Item = &'static Definition> {
    DEFINITIONS.iter().chain(report::DEFINITIONS)
}

#[test]
fn every_metric_shows_with_its_help_type_and_labels() {
    let scrape = scrape(&full());
    for metric in DEFINITIONS {
        assert_eq!(scrape.help.get(metric.name).map(String::as_str), Some(metric.help), "{}", metric.name);
        assert_eq!(scrape.types.get(metric.name).map(String::as_str), Some(metric.metric_type.name()));
        let documented: BTreeSet<&str> = metric.labels.iter().copied().collect();
        let of_metric = |series: &str| Scrape::metric_of(&scrape.types, series) == metric.name;
        let mut seen = 0;
        for (name, labels) in scrape.series.keys().filter(|(name, _)| of_metric(name)) {
            let shown: BTreeSet<&str> =
                labels.keys().map(String::as_str).filter(|label| *label != "le").collect();
            assert_eq!(shown, documented, "labels of {name}");
            seen += 1;
        }
        assert!(seen > 0, "{} has a series", metric.name);
    }
    assert_eq!(scrape.types.len(), DEFINITIONS.len(), "and there are no others");
}

#[test]
fn names_are_snake_case_with_base_units_and_only_counters_end_in_total() {
    for metric in all() {
        let name = metric.name;
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(name.starts_with("bystander_") || name.starts_with("process_"), "{name}");
        assert_eq!(name.ends_with("_total"), metric.metric_type == MetricType::Counter, "{name}");
        let not_base = ["milliseconds", "ms", "minutes", "hours", "kilobytes", "megabytes", "percent"];
        assert!(name.split('_').all(|word| !not_base.contains(&word)), "{name}");
        assert!(!["_sum", "_count", "_bucket"].iter().any(|suffix| name.ends_with(suffix)), "{name}");
        assert!(metric.help.ends_with('.') || metric.help.contains(';'), "a sentence: {}", metric.help);
    }
}

#[test]
fn buckets_rise_and_only_histograms_have_them() {
    for metric in all() {
        assert_eq!(metric.buckets.is_empty(), metric.metric_type != MetricType::Histogram, "{}", metric.name);
        assert!(metric.buckets.windows(2).all(|pair| pair[0] < pair[1]), "{}", metric.name);
    }
}

#[test]
fn no_label_could_hold_something_unbounded_of_an_event() {
    let bounded = [
        "stream",
        "model",
        "version",
        "sha256",
        "alias",
        "live",
        "would_be",
        "rule",
        "result",
        "reason",
        "stage",
        "code",
        "state",
        "topic",
        "partition",
        "cluster",
        // One for each process.
        "config",
        "revision",
        "feature",
        "metric",
        "gate",
        // Codes of ISO 4217: what is none becomes a dead letter.
        "currency",
    ];
    for metric in all() {
        for label in metric.labels {
            assert!(bounded.contains(label), "{} has the label {label}", metric.name);
        }
    }
}

#[test]
fn what_alerts_ask_for_is_0_before_anything_happens() {
    let scrape = scrape(&catalogue());
    for stream in ["orders", "prices"] {
        for result in ["scored", "skipped", "dead_letter"] {
            assert_eq!(
                scrape.value("bystander_records_total", &[("stream", stream), ("result", result)]),
                0.0
            );
        }
        for reason in ["tombstone", "filtered", "no_consent", "disabled"] {
            assert_eq!(scrape.value("bystander_skips_total", &[("stream", stream), ("reason", reason)]), 0.0);
        }
        assert_eq!(scrape.value("bystander_gap_offsets_total", &[("stream", stream)]), 0.0);
        assert_eq!(scrape.value("bystander_event_age_seconds_count", &[("stream", stream)]), 0.0);
    }
    for result in ["committed", "aborted", "failed"] {
        assert_eq!(scrape.value("bystander_transactions_total", &[("result", result)]), 0.0);
    }
    for state in ["starting", "running", "draining", "failed"] {
        assert_eq!(scrape.value("bystander_shards", &[("state", state)]), 0.0);
    }
    let cells = scrape.series.keys().filter(|(name, _)| name == "bystander_comparisons_total").count();
    assert_eq!(cells, 12 + 12 + 4, "two models on orders, one on prices");
}

#[test]
fn isolation_is_unknown_until_it_was_checked() {
    let catalogue = catalogue();
    assert!(!scrape(&catalogue).types.contains_key("bystander_isolation_ok"));
    catalogue.set_isolation(true);
    assert_eq!(scrape(&catalogue).value("bystander_isolation_ok", &[]), 1.0);
    catalogue.set_isolation(false);
    assert_eq!(scrape(&catalogue).value("bystander_isolation_ok", &[]), 0.0);
}

#[test]
fn builds_and_models_are_told_by_labels() {
    let scrape = scrape(&catalogue());
    assert_eq!(scrape.value("bystander_build_info", &[("version", "1.2.3"), ("revision", "abcdef0")]), 1.0);
    let sha256 = "ab".repeat(32);
    let fraud = |version, alias| {
        let labels = [
            ("stream", "orders"),
            ("model", "fraud"),
            ("version", version),
            ("sha256", &sha256),
            ("alias", alias),
        ];
        scrape.value("bystander_model_info", &labels)
    };
    assert_eq!((fraud("1", "champion"), fraud("2", "challenger")), (1.0, 1.0));
}

#[test]
fn the_control_plane_sets_lag_shards_and_load_failures() {
    let catalogue = catalogue();
    let lag = [("topic", "shop.orders"), ("partition", "3")];
    catalogue.set_input("shop.orders", 3, &KNOWN);
    catalogue.set_shards(ShardState::Running, 4);
    catalogue.expect_load_failure("fraud", "truncated");
    let failures = [("model", "fraud"), ("reason", "truncated")];
    let before = scrape(&catalogue);
    assert_eq!(before.value("bystander_lag_records", &lag), 17.0);
    assert_eq!(before.value("bystander_partition_halted", &lag), 1.0);
    assert_eq!(before.value("bystander_shards", &[("state", "running")]), 4.0);
    assert_eq!(before.value("bystander_model_load_failures_total", &failures), 0.0);

    catalogue.forget_input("shop.orders", 3);
    catalogue.forget_input("shop.orders", 4);
    catalogue.load_failure("fraud", "truncated");
    let after = scrape(&catalogue);
    assert!(!after.types.contains_key("bystander_partition_halted"));
    assert_eq!(after.sum("bystander_lag_records", &[]), 0.0);
    assert!(!after.types.contains_key("bystander_lag_records"), "a partition read elsewhere has no lag here");
    assert_eq!(after.value("bystander_model_load_failures_total", &failures), 1.0);
}

#[test]
fn a_figure_that_is_not_known_has_no_series_and_the_partition_stays() {
    let catalogue = catalogue();
    let place = [("topic", "shop.orders"), ("partition", "3")];
    catalogue.set_input("shop.orders", 3, &KNOWN);
    let known = scrape(&catalogue);
    assert_eq!(known.value("bystander_blocked_records", &place), 5.0);
    assert_eq!(known.value("bystander_blocked_age_seconds", &place), 40.0);
    catalogue.set_input("shop.orders", 3, &InputGauges { answer_age: 130, ..InputGauges::default() });
    let unknown = scrape(&catalogue);
    for metric in ["bystander_lag_records", "bystander_blocked_records", "bystander_blocked_age_seconds"] {
        assert!(!unknown.types.contains_key(metric), "{metric} would be a guess");
    }
    assert_eq!(unknown.value("bystander_partition_answer_age_seconds", &place), 130.0);
}

#[test]
fn an_instance_is_not_ready_before_it_has_said_so() {
    let scrape = scrape(&catalogue());
    assert_eq!(scrape.value("bystander_ready", &[]), 0.0);
    assert!(!scrape.types.contains_key("bystander_shards_expected"), "it has not been seen");
}

#[test]
fn two_catalogues_in_one_process_do_not_meet() {
    let (one, other) = (catalogue(), catalogue());
    one.load_failure("fraud", "truncated");
    assert_eq!(scrape(&one).sum("bystander_model_load_failures_total", &[]), 1.0);
    assert_eq!(scrape(&other).sum("bystander_model_load_failures_total", &[]), 0.0);
}

#[test]
fn the_documentation_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/METRICS.md");
    if std::env::var_os("BYSTANDER_WRITE_DOCS").is_some() {
        std::fs::write(path, catalogue_markdown()).expect("METRICS.md is writable");
    }
    let written = std::fs::read_to_string(path).expect("METRICS.md");
    assert!(
        written == catalogue_markdown(),
        "METRICS.md is out of date; run BYSTANDER_WRITE_DOCS=1 cargo test -p bystander-metrics --test metrics"
    );
}
