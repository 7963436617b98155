//! A replay at the pace of its events, into a topic.

use crate::folder::receipt;
use crate::support::Job;
use bystander_testkit::{Isolation, kafka_or_skip, unique};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn a_slow_replay_into_a_topic_outlives_the_transaction_timeout() {
    let name = "a_slow_replay_into_a_topic_outlives_the_transaction_timeout";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    let text = fs::read_to_string(job.config_file()).unwrap();
    let text = text.replace("session_timeout = ", "transaction_timeout = \"1s\"\nsession_timeout = ");
    fs::write(job.config_file(), text).unwrap();
    // A day of events, played in eight seconds, in one piece.
    let words = ["simulate", "--execute", "--orders", "60", "--quotes", "0", "--days", "1"];
    job.command(&words).ok();
    let folder = tempfile::tempdir().unwrap();
    let (topic, out) = (unique("played"), folder.path().join("run"));
    let shown = out.display().to_string();
    let words = ["replay", "--stream", "orders", "--speed", "10800x", "--piece-size", "1000"];
    let began = Instant::now();
    let played = [&words[..], &["--to-topic", &topic, "--out", &shown]].concat();
    let log = job.start(&played).wait(Duration::from_secs(300)).ok().log;
    assert!(began.elapsed() > Duration::from_secs(4), "longer than the timeout: {:?}", began.elapsed());
    assert!(!log.contains("another instance") && !log.contains("tried again"), "{log}");
    let receipt = receipt(Path::new(&out));
    let written = cluster.consume(&topic, Isolation::Committed).unwrap();
    let written = written.iter().filter(|record| record.value.is_some()).count() as u64;
    assert_eq!(Some(written), receipt["comparisons"].as_u64());
    assert!(written > 60, "{written}");
}
