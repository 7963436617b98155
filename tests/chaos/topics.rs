//! Shadow topics that are missing, or take less than a comparison.

use crate::support::{Job, Plan, Running, eventually};
use crate::verdict::assert_exact;
use bystander_testkit::{KafkaCluster, kafka_or_skip};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

fn read(job: &Job<'_>) -> u64 {
    job.status()["totals"]["read"].as_u64().unwrap_or(0)
}

/// Waits until the instance says so in an error, and sees that it goes on running.
fn says(instance: &mut Running, words: &str) {
    eventually(words, LIMIT, || {
        instance.must_run();
        instance.log().lines().any(|line| line.contains("ERROR") && line.contains(words))
    });
}

#[test]
fn a_shadow_topic_that_is_deleted_is_told_by_its_name_and_all_goes_on_once_it_is_made_again() {
    let name = "a_shadow_topic_that_is_deleted_is_told_by_its_name_and_all_goes_on_once_it_is_made_again";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 2, 2);
    let mut instance = job.run();
    eventually("both shards run", LIMIT, || instance.shards() == [0, 1]);
    // Nothing has been compared yet, so that nothing goes with the topic.
    cluster.delete_topic(&job.plan.comparisons).unwrap();
    let fed = job.fed(600, 300, 31);
    says(&mut instance, &job.plan.comparisons);
    job.command(&["init", "--execute"]).ok();
    eventually("all is read", LIMIT, || read(&job) == fed.events());
    instance.must_run();
    job.terminate([instance]);
    assert_eq!(assert_exact(&job).events, fed.events());
}

#[test]
fn a_topic_that_takes_less_than_a_comparison_is_told_and_all_goes_on_once_it_takes_more() {
    let name = "a_topic_that_takes_less_than_a_comparison_is_told_and_all_goes_on_once_it_takes_more";
    let cluster = kafka_or_skip!(name);
    let plan = Plan::new(cluster, 2);
    cluster.create_topic(&plan.comparisons, 2, &[("max.message.bytes", "700")]).unwrap();
    let job = Job::planned(cluster, 2, plan);
    let mut instance = job.run();
    let fed = job.fed(600, 300, 32);
    says(&mut instance, &job.plan.comparisons);
    assert_eq!(read(&job), 0);
    set(cluster, &job.plan.comparisons, "max.message.bytes=1048576");
    eventually("all is read", LIMIT, || read(&job) == fed.events());
    instance.must_run();
    job.terminate([instance]);
    assert_eq!(assert_exact(&job).events, fed.events());
}

fn set(cluster: &KafkaCluster, topic: &str, setting: &str) {
    let brokers = cluster.bootstrap();
    let words =
        ["--bootstrap-server", &brokers, "--alter", "--entity-type", "topics", "--entity-name", topic];
    let words = [&words[..], &["--add-config", setting]].concat();
    let done = cluster.kafka_tool("org.apache.kafka.tools.ConfigCommand", &words);
    let done = done.ok().filter(|done| done.status.success()).or_else(|| {
        // Where it was before Kafka 4.
        cluster.kafka_tool("kafka.admin.ConfigCommand", &words).ok()
    });
    let done = done.expect("the tool runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
