//! Models that change while the service runs: every offset is scored once, by the models that the checkpoints name.

use crate::support::{Dice, Fed, Job, Plan, Running, eventually, full, metric, status_page};
use bystander_testkit::{Isolation, KafkaCluster, kafka_or_skip};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(300);
const ADOPTED: &str = r#"bystander_model_changes_total{result="adopted"}"#;
const REFUSED: &str = r#"bystander_model_changes_total{result="refused"}"#;

/// A repository of the job's own: the shipped versions of fraud, the first one once more as version 3, and pricing.
fn repository(job_folder: &Path) -> PathBuf {
    let (shipped, own) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("models"), job_folder.join("models"));
    let version = |from: &str, to: &str| {
        let to = own.join(to);
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(shipped.join(from)).unwrap() {
            let file = file.unwrap().path();
            fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
        }
    };
    let versions =
        [("fraud/1", "fraud/1"), ("fraud/2", "fraud/2"), ("fraud/1", "fraud/3"), ("pricing/1", "pricing/1")];
    versions.into_iter().for_each(|(from, to)| version(from, to));
    own
}

/// A job whose orders are scored by the champion alone; the file is looked at every second.
fn job(cluster: &KafkaCluster) -> (Job<'_>, PathBuf) {
    let mut job = Job::of(cluster, cluster, Plan::new(cluster, 4));
    let models = repository(&job.beside(""));
    job.plan.models = models.display().to_string();
    promote(&models, 1);
    job.write_config();
    let text = fs::read_to_string(job.config_file()).unwrap();
    let text = text.replace("[live]", "refresh = \"1s\"\n[live]");
    let text = text.replace(r#"["fraud@champion", "fraud@challenger"]"#, r#"["fraud@champion"]"#);
    fs::write(job.config_file(), text).unwrap();
    job.create_inputs(4);
    job.command(&["init", "--execute"]).ok();
    (job, models)
}

/// Puts another version under the alias, as an editor with atomic writes does.
fn promote(models: &Path, version: u32) {
    let text = format!("[fraud]\nchampion = {version}\n\n[pricing]\nchampion = 1\n");
    fs::write(models.join("aliases.new"), text).unwrap();
    fs::rename(models.join("aliases.new"), models.join("aliases.toml")).unwrap();
}

fn adopted(instance: &Running) -> f64 {
    metric(instance, ADOPTED).unwrap_or(-1.0)
}

/// By partition of the orders topic, which version scored each offset; no offset has two comparisons.
fn scored(job: &Job<'_>) -> BTreeMap<i32, BTreeMap<i64, u64>> {
    let mut scored: BTreeMap<i32, BTreeMap<i64, u64>> = BTreeMap::new();
    for record in job.shadow().consume(&job.plan.comparisons, Isolation::Committed).unwrap() {
        let value: Value = serde_json::from_str(record.value.as_deref().unwrap()).unwrap();
        let comparison = value.get("data").unwrap_or(&value);
        let source = &comparison["source"];
        if source["topic"] != job.plan.orders.as_str() {
            continue;
        }
        let (partition, offset) =
            (source["partition"].as_i64().unwrap() as i32, source["offset"].as_i64().unwrap());
        let version = comparison["model"]["version"].as_u64().unwrap();
        let before = scored.entry(partition).or_default().insert(offset, version);
        assert_eq!(before, None, "partition {partition} offset {offset} has two comparisons");
    }
    scored
}

/// Every checkpoint of the orders topic in the order of the log: next offset, models and from which offset they score.
fn checkpoints(job: &Job<'_>) -> BTreeMap<i32, Vec<(i64, Vec<String>, i64)>> {
    let mut found: BTreeMap<i32, Vec<_>> = BTreeMap::new();
    for record in job.shadow().consume(&job.plan.checkpoints, Isolation::Committed).unwrap() {
        let Some(value) = record.value.as_deref() else { continue };
        let value: Value = serde_json::from_str(value).unwrap();
        if value["topic"] != job.plan.orders.as_str() || value["scored_by"].is_null() {
            continue;
        }
        let by = &value["scored_by"];
        let models = by["models"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        found.entry(value["partition"].as_i64().unwrap() as i32).or_default().push((
            value["next_offset"].as_i64().unwrap(),
            models.collect(),
            by["from_offset"].as_i64().unwrap(),
        ));
    }
    // A shard that moves writes to the partition of its new owner, so that the log of one shard isn't in order by itself.
    found.values_mut().for_each(|of| of.sort_by_key(|(next, ..)| *next));
    found
}

/// Fails unless each comparison is by the version that the checkpoint of its commit names; gives how often versions changed.
fn assert_scored_as_the_checkpoints_say(job: &Job<'_>) -> usize {
    let (scored, checkpoints) = (scored(job), checkpoints(job));
    let mut changes = 0;
    for (partition, offsets) in &scored {
        let commits = &checkpoints[partition];
        let mut last = None;
        for (offset, version) in offsets {
            let (_, models, from) = commits.iter().find(|(next, ..)| next > offset).unwrap();
            assert_eq!(models, &[format!("fraud/{version}")], "partition {partition} offset {offset}");
            assert!(from <= offset, "partition {partition} offset {offset} was scored before {from}");
            changes += usize::from(last.replace(*version).is_some_and(|last| last != *version));
        }
    }
    changes
}

fn assert_every_order_once(job: &Job<'_>, fed: &Fed) {
    let comparisons: usize = scored(job).values().map(BTreeMap::len).sum();
    assert_eq!(comparisons as u64, fed.good_orders, "{fed:?}");
    let status = job.status();
    assert_eq!((&status["lag"], &status["balanced"]), (&Value::from(0), &Value::from(true)), "{status}");
}

#[test]
fn models_change_while_running_and_each_offset_is_scored_once_by_those_that_its_checkpoint_names() {
    let name =
        "models_change_while_running_and_each_offset_is_scored_once_by_those_that_its_checkpoint_names";
    let cluster = kafka_or_skip!(name);
    let (job, models) = job(cluster);
    let mut dice = Dice::new();
    let rounds = if full() { 60 } else { 12 };
    let feed = job.feed(4_000 * rounds / 12, 0, &["--seed", "5", "--rate", "100"]);
    let instances = [job.run(), job.run()];
    eventually("both instances are ready", SOON, || {
        instances.iter().all(|one| metric(one, "bystander_ready") == Some(1.0))
    });
    let mut version = 1;
    for _ in 0..rounds {
        let before = instances.each_ref().map(adopted);
        version = 1 + (version + dice.below(2) as u32) % 3;
        promote(&models, version);
        // Half of them by the signal, the other half by the next look.
        if dice.below(2) == 0 {
            instances.iter().for_each(|one| one.signal("HUP"));
        }
        eventually("both instances adopted the version", SOON, || {
            instances.iter().zip(before).all(|(one, before)| adopted(one) > before)
        });
    }
    let fed = Fed::read(&feed.wait(SOON).ok().out);
    job.terminate(instances);
    job.drain(1);
    assert_every_order_once(&job, &fed);
    let changes = assert_scored_as_the_checkpoints_say(&job);
    assert!(
        changes >= rounds as usize,
        "{changes} changes of version in the comparisons of {rounds} promotions"
    );
}

#[test]
fn a_refused_version_changes_nothing_and_the_next_change_of_the_aliases_is_tried() {
    let name = "a_refused_version_changes_nothing_and_the_next_change_of_the_aliases_is_tried";
    let cluster = kafka_or_skip!(name);
    let (job, models) = job(cluster);
    let feed = job.feed(2_000, 0, &["--seed", "6", "--rate", "60"]);
    let mut instance = job.run();
    eventually("it is ready", SOON, || metric(&instance, "bystander_ready") == Some(1.0));
    // Each is wrong in a way of its own: no folder, half a copy, cut off, another model's contract, text that is no TOML.
    let of = |version: &str, file: &str| models.join("fraud").join(version).join(file);
    let copy = |from: &str, to: &str, file: &str| {
        fs::create_dir_all(models.join("fraud").join(to)).unwrap();
        fs::copy(of(from, file), of(to, file)).unwrap();
    };
    copy("1", "5", "model.onnx");
    ["contract.toml", "golden.jsonl"].into_iter().for_each(|file| copy("2", "6", file));
    let whole = fs::read(of("2", "model.onnx")).unwrap();
    fs::write(of("6", "model.onnx"), &whole[..whole.len() / 2]).unwrap();
    copy("1", "7", "model.onnx");
    ["contract.toml", "golden.jsonl"].into_iter().for_each(|file| copy("2", "7", file));
    let reasons = [(4, "isn't there"), (5, "contract.toml"), (6, "fraud/6 refused"), (7, "fraud/7 refused")];
    for (version, reason) in reasons {
        let before = metric(&instance, REFUSED).unwrap();
        promote(&models, version);
        eventually("it is refused", SOON, || metric(&instance, REFUSED).unwrap_or(before) > before);
        instance.must_run();
        assert!(instance.log().contains(reason), "{reason}: {}", instance.log());
        let page = status_page(&instance);
        assert!(page.contains("was refused") && page.contains("the former models go on"), "{page}");
    }
    fs::write(models.join("aliases.toml"), "[fraud\n").unwrap();
    eventually("it is refused", SOON, || instance.log().contains("aliases.toml can't be read"));
    assert_eq!(metric(&instance, "bystander_ready"), Some(1.0), "it goes on with the former models");
    let before = adopted(&instance);
    promote(&models, 2);
    eventually("a sound version is adopted", SOON, || adopted(&instance) > before);
    assert!(!status_page(&instance).contains("was refused"), "nothing is said of what is over");
    // What was half a copy is complete by now, and the signal has it tried again without a change of the file.
    promote(&models, 5);
    let before = (metric(&instance, REFUSED).unwrap(), adopted(&instance));
    eventually("it is refused", SOON, || metric(&instance, REFUSED).unwrap_or(before.0) > before.0);
    ["contract.toml", "golden.jsonl"].into_iter().for_each(|file| copy("1", "5", file));
    instance.signal("HUP");
    eventually("it is adopted once it is complete", SOON, || adopted(&instance) > before.1);
    let fed = Fed::read(&feed.wait(SOON).ok().out);
    job.terminate([instance]);
    job.drain(1);
    assert_every_order_once(&job, &fed);
    assert_scored_as_the_checkpoints_say(&job);
    let versions: std::collections::BTreeSet<u64> =
        scored(&job).into_values().flat_map(BTreeMap::into_values).collect();
    assert!(versions.is_subset(&[1, 2, 5].into()), "no refused version scored anything: {versions:?}");
}

#[test]
fn an_instance_starts_with_the_version_that_was_promoted_meanwhile_and_the_config_is_the_same() {
    let name = "an_instance_starts_with_the_version_that_was_promoted_meanwhile_and_the_config_is_the_same";
    let cluster = kafka_or_skip!(name);
    let (job, models) = job(cluster);
    let mut fed = job.fed(200, 0, 1);
    job.drain(1);
    promote(&models, 2);
    fed = fed + job.fed(200, 0, 2);
    let ended = job.drain(2);
    assert!(ended.iter().all(|one| !one.log.contains("--accept-config")), "no one has to accept anything");
    assert_every_order_once(&job, &fed);
    assert!(assert_scored_as_the_checkpoints_say(&job) >= 1);
}

#[test]
fn a_disabled_model_stops_within_seconds_and_its_events_are_counted_until_it_is_enabled() {
    let name = "a_disabled_model_stops_within_seconds_and_its_events_are_counted_until_it_is_enabled";
    let cluster = kafka_or_skip!(name);
    let (job, models) = job(cluster);
    let feed = job.feed(2_000, 400, &["--seed", "7", "--rate", "60"]);
    let instance = job.run();
    eventually("it is ready", SOON, || metric(&instance, "bystander_ready") == Some(1.0));
    let switch = |word: &str| {
        let folder = models.display().to_string();
        let words =
            ["models", word, "fraud@champion", "--reason", "drill", "--execute", "--repository", &folder];
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_bystander")).args(words).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let skips = r#"bystander_skips_total{reason="disabled",stream="orders"}"#;
    let orders = r#"bystander_records_total{result="scored",stream="orders"}"#;
    let prices = r#"bystander_records_total{result="scored",stream="prices"}"#;
    let count = |name: &str| metric(&instance, name).unwrap_or(0.0);
    eventually("orders are scored", SOON, || count(orders) > 0.0);
    switch("disable");
    eventually("orders are left aside", SOON, || count(skips) > 0.0);
    assert!(status_page(&instance).contains("Model fraud@champion is disabled"));
    let before = (count(orders), count(prices), count(skips));
    eventually("prices are scored, and orders are not", SOON, || {
        assert_eq!(count(orders), before.0, "no order is scored any more");
        count(prices) > before.1 && count(skips) > before.2
    });
    // An instance that starts meanwhile takes part: to disable a model is no change of the config.
    job.terminate([instance]);
    let instance = job.run();
    let count = |name: &str| metric(&instance, name).unwrap_or(0.0);
    eventually("orders are left aside by the next instance", SOON, || count(skips) > 0.0);
    switch("enable");
    eventually("orders are scored again", SOON, || count(orders) > 0.0);
    let fed = Fed::read(&feed.wait(SOON).ok().out);
    job.terminate([instance]);
    job.drain(1);
    let (comparisons, status) =
        (scored(&job).values().map(BTreeMap::len).sum::<usize>() as u64, job.status());
    let left = status["totals"]["skipped"]["disabled"].as_u64().unwrap();
    assert_eq!((&status["lag"], &status["balanced"]), (&Value::from(0), &Value::from(true)), "{status}");
    // Malformed orders are skipped before anything is found wrong with what a model would read.
    assert!(
        comparisons + left >= fed.good_orders && comparisons < fed.good_orders,
        "{comparisons} and {left} of {fed:?}"
    );
}

/// Adds a version whose graph, on one of its own golden events, takes hours.
fn add_hanging_version(models: &Path, version: u32) {
    let (slow, to) = ("crates/onnx/tests/fixtures/slow/slow_loop/1", models.join(format!("fraud/{version}")));
    fs::create_dir_all(&to).unwrap();
    for file in ["model.onnx", "contract.toml"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(slow).join(file), to.join(file)).unwrap();
    }
    fs::write(
        to.join("golden.jsonl"),
        "{\"case\": \"hours\", \"score\": 1.0, \"event\": {\"rounds\": 1e12}}\n",
    )
    .unwrap();
}

#[test]
fn a_version_that_hangs_at_the_gate_is_refused_scoring_goes_on_and_a_signal_meanwhile_is_heard() {
    let name = "a_version_that_hangs_at_the_gate_is_refused_scoring_goes_on_and_a_signal_meanwhile_is_heard";
    let cluster = kafka_or_skip!(name);
    let (job, models) = job(cluster);
    add_hanging_version(&models, 8);
    let feed = job.feed(2_000, 0, &["--seed", "8", "--rate", "60"]);
    let instance = job.run();
    eventually("it is ready", SOON, || metric(&instance, "bystander_ready") == Some(1.0));
    let orders = r#"bystander_records_total{result="scored",stream="orders"}"#;
    let scored_now = || metric(&instance, orders).unwrap_or(0.0);
    promote(&models, 8);
    instance.signal("HUP");
    let before = scored_now();
    eventually("it is refused", SOON, || metric(&instance, REFUSED) == Some(1.0));
    assert!(scored_now() > before, "orders are scored while the gate waits");
    assert!(instance.log().contains("fraud/8 refused (too_slow)"), "{}", instance.log());
    let before = adopted(&instance);
    promote(&models, 3);
    eventually("the next version is adopted", SOON, || adopted(&instance) > before);
    promote(&models, 8);
    instance.signal("HUP");
    // The gate looks at it within a slice of the watch, and would take ten seconds.
    std::thread::sleep(Duration::from_millis(500));
    instance.terminate();
    let ended = instance.wait(SOON).ok();
    assert_eq!(
        ended.log.matches("models are refused").count(),
        1,
        "it did not wait for the gate: {}",
        ended.log
    );
    promote(&models, 3);
    let fed = Fed::read(&feed.wait(SOON).ok().out);
    job.drain(1);
    assert_every_order_once(&job, &fed);
    assert_scored_as_the_checkpoints_say(&job);
}

#[test]
fn instances_killed_while_models_change_lose_and_double_nothing_and_go_on_with_what_the_aliases_name() {
    let name =
        "instances_killed_while_models_change_lose_and_double_nothing_and_go_on_with_what_the_aliases_name";
    let cluster = kafka_or_skip!(name);
    let (job, models) = job(cluster);
    let (mut dice, rounds) = (Dice::new(), if full() { 40 } else { 6 });
    eprintln!("BYSTANDER_TEST_SEED={}", dice.seed());
    let feed = job.feed(3_000 * rounds / 6, 0, &["--seed", "9", "--rate", "60"]);
    let stays = job.run();
    let mut other = job.run();
    let of = |version: u32| {
        format!(
            "bystander_model_info{{alias=\"champion\",model=\"fraud\",sha256=\"{}\",stream=\"orders\",version=\"{version}\"}}",
            sha256(&models, version)
        )
    };
    let mut version = 1;
    for _ in 0..rounds {
        eventually("both take part", SOON, || {
            [&stays, &other].iter().all(|one| metric(one, "bystander_ready") == Some(1.0))
        });
        version = 1 + (version + dice.below(2) as u32) % 3;
        promote(&models, version);
        [&stays, &other].iter().for_each(|one| one.signal("HUP"));
        std::thread::sleep(dice.millis(0, 300));
        other.kill();
        other = job.run();
        for one in [&stays, &other] {
            eventually("it scores with what the alias names", SOON, || {
                metric(one, &of(version)) == Some(1.0)
            });
        }
    }
    let fed = Fed::read(&feed.wait(SOON).ok().out);
    job.terminate([stays, other]);
    job.drain(1);
    assert_every_order_once(&job, &fed);
    assert_scored_as_the_checkpoints_say(&job);
}

/// As the metrics show it.
fn sha256(models: &Path, version: u32) -> String {
    use sha2::{Digest as _, Sha256};
    let bytes = fs::read(models.join(format!("fraud/{version}/model.onnx"))).unwrap();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
