//! Two configs under one job: the accounts would balance whichever of them scored a record, so only one may.

use crate::support::{Job, Running, at, eventually, metric};
use bystander_testkit::kafka_or_skip;
use serde_json::Value;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

const SOON: Duration = Duration::from_secs(180);
const FIRST: &str = r#"where = { "/type" = "order.placed" }"#;
const OTHER: &str = r#"where = { "/type" = ["order.placed", "order.updated"] }"#;

/// Writes the config file with another `where`; processes that run have read it already.
fn write_where(job: &Job<'_>, line: &str) {
    job.write_config();
    let text = fs::read_to_string(job.config_file()).unwrap();
    assert!(text.contains(FIRST), "{text}");
    fs::write(job.config_file(), text.replace(FIRST, line)).unwrap();
}

fn page(instance: &Running) -> String {
    at(instance, "/").unwrap_or_default()
}

fn status(instance: &Running) -> Value {
    let answer = at(instance, "/status").unwrap_or_default();
    answer.split_once("\r\n\r\n").map_or(Value::Null, |(_, body)| serde_json::from_str(body).unwrap())
}

fn runs_all(instance: &Running) -> bool {
    metric(instance, "bystander_config_agrees") == Some(1.0)
        && page(instance).contains("All is well: all 2 shards run here")
}

/// That it has no shard, and says why by page, readiness and metric.
fn stands_aside(instance: &Running) -> bool {
    let ready = at(instance, "/readyz").unwrap_or_default();
    metric(instance, "bystander_config_agrees") == Some(0.0)
        && metric(instance, "bystander_ready") == Some(0.0)
        && page(instance).contains("This instance takes no shards: its config is ")
        && ready.starts_with("HTTP/1.1 503")
        && ready.contains("is not the one that job")
        && status(instance)["shards"].as_array().is_some_and(Vec::is_empty)
}

/// That it is told to restart, and never to take the job back to its own config.
fn has_the_former_config(instance: &Running) -> bool {
    let (page, log) = (page(instance), instance.log());
    page.contains("an older one")
        && log.contains("restart this instance with the job's current config")
        && !page.contains("--accept-config")
        && !log.contains("--accept-config")
}

fn read(job: &Job<'_>) -> u64 {
    job.status()["totals"]["read"].as_u64().unwrap()
}

#[test]
fn an_instance_with_another_config_takes_no_shard_until_a_person_accepts_it() {
    let name = "an_instance_with_another_config_takes_no_shard_until_a_person_accepts_it";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 4, 2);
    let mut events = job.fed(300, 100, 1).events();
    let first = job.run();
    eventually("the first instance runs all shards", SOON, || runs_all(&first));

    write_where(&job, OTHER);
    let mut other = job.run();
    eventually("the other instance stands aside", SOON, || stands_aside(&other));
    assert_eq!(other.shards(), Vec::<u32>::new());
    assert!(page(&other).contains("Either restart it with the job's config or, if its own is intended"));
    assert!(other.log().contains("bystander resume --accept-config"), "{}", other.log());
    let (own, agreed) = (status(&other)["config"].clone(), status(&first)["config"].clone());
    assert_eq!((&own["agreed"], &agreed["agreed"]), (&agreed["hash"], &agreed["hash"]));
    assert_ne!(own["hash"], agreed["hash"]);
    let checked = job.command(&["check"]).ok().out;
    assert!(checked.contains("runs with another config"), "{checked}");
    let ended = job.start(&["run", "--until-caught-up"]).wait(SOON).code(1);
    assert!(ended.log.contains("bystander resume --accept-config"), "{}", ended.log);
    events += job.fed(200, 100, 2).events();
    eventually("the first instance reads on", SOON, || read(&job) == events);
    assert!(runs_all(&first), "{}", first.log());

    let said = job.command(&["resume", "--accept-config"]).ok().out;
    assert!(said.contains("nothing was done") && !said.contains("warning"), "{said}");
    File::options()
        .write(true)
        .open(job.config_file())
        .unwrap()
        .set_modified(SystemTime::UNIX_EPOCH)
        .unwrap();
    let said = job.command(&["resume", "--accept-config"]).ok().out;
    assert!(said.contains("was last written before that"), "{said}");
    assert_eq!(job.status()["config"]["hash"], agreed["hash"]);
    job.command(&["resume", "--accept-config", "--execute"]).ok();
    eventually("the other instance takes all shards", SOON, || runs_all(&other));
    eventually("the first one gives its shards up", SOON, || stands_aside(&first));
    assert!(has_the_former_config(&first), "{}", page(&first));
    events += job.fed(200, 100, 3).events();
    eventually("the other instance reads on", SOON, || read(&job) == events);
    other.must_run();

    // A rollout of the former config, by the flag of its instances.
    write_where(&job, FIRST);
    let third = job.start(&["run", "--accept-config-change"]);
    eventually("those with the former config share the shards", SOON, || {
        let shards = |one: &Running| status(one)["shards"].as_array().map_or(0, Vec::len);
        shards(&first) + shards(&third) == 2 && stands_aside(&other)
    });
    events += job.fed(100, 50, 4).events();
    eventually("they read on", SOON, || read(&job) == events);
    job.terminate([first, other, third]);
    job.drain(1);
    let status = job.status();
    assert_eq!((&status["totals"]["read"], &status["balanced"]), (&events.into(), &Value::Bool(true)));
    assert_eq!((&status["config"]["hash"], &status["config"]["number"]), (&agreed["hash"], &3.into()));
    let account = job.account();
    assert_eq!(account.duplicates, 0, "{account:?}");
}
