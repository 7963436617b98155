//! A position that no shard can pass is passed on a person's word, and the accounts say so.

use crate::support::{Fed, Job, at, eventually};
use bystander_testkit::{KafkaCluster, kafka_or_skip};
use serde_json::Value;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);
/// Where a batch's format stands in it, and one that no client knows.
const FORMAT: u64 = 16;
const UNKNOWN_FORMAT: u8 = 9;
const PRESENT_FORMAT: u8 = 2;

/// A batch in a partition's log file.
#[derive(Debug, Clone, Copy)]
struct Batch {
    begins: u64,
    first: i64,
    last: i64,
}

/// The log file of partition 0 of a topic.
struct Segment(PathBuf);

impl Segment {
    fn of(cluster: &KafkaCluster, topic: &str) -> Self {
        let data = cluster.shell().folder().join("node-1/data");
        Self(data.join(format!("{topic}-0/00000000000000000000.log")))
    }

    fn batches(&self) -> Vec<Batch> {
        let bytes = std::fs::read(&self.0).unwrap();
        let number = |at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let (mut batches, mut at) = (Vec::new(), 0);
        while at + 27 <= bytes.len() {
            let first = i64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
            batches.push(Batch { begins: at as u64, first, last: first + i64::from(number(at + 23)) });
            at += 12 + number(at + 8) as usize;
        }
        batches
    }

    fn set_format(&self, batch: Batch, format: u8) {
        let file = OpenOptions::new().write(true).open(&self.0).unwrap();
        file.write_all_at(&[format], batch.begins + FORMAT).unwrap();
    }
}

/// The account of the orders' partition, by `status`.
fn orders(job: &Job<'_>) -> Value {
    let status = job.status();
    let partitions = status["partitions"].as_array().unwrap();
    partitions.iter().find(|partition| partition["topic"] == job.plan.orders.as_str()).unwrap().clone()
}

fn next(job: &Job<'_>) -> i64 {
    orders(job)["next_offset"].as_i64().unwrap()
}

#[test]
fn a_position_that_no_shard_can_pass_is_left_out_on_a_persons_word_and_the_books_balance() {
    let name = "a_position_that_no_shard_can_pass_is_left_out_on_a_persons_word_and_the_books_balance";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    let mut fed = vec![job.fed(100, 100, 1)];
    job.drain(1);
    let position = next(&job);
    fed.extend((2..6).map(|seed| job.fed(40, 10, seed)));
    let segment = Segment::of(cluster, &job.plan.orders);
    let unread: Vec<_> = segment.batches().into_iter().filter(|batch| batch.first >= position).collect();
    assert!(unread.len() >= 4, "{unread:?}");
    let damaged = [unread[1], unread[unread.len() - 2]];
    damaged.iter().for_each(|batch| segment.set_format(*batch, UNKNOWN_FORMAT));

    let skip = |first: i64, last: i64, further: &[&str]| {
        let (first, last) = (first.to_string(), last.to_string());
        let words =
            ["skip", "--topic", &job.plan.orders, "--partition", "0", "--from", &first, "--to", &last];
        job.command(&[&words[..], &["--reason", "a batch of an unknown format"], further].concat())
    };
    let process = job.run();
    let [running, stopped] = damaged;
    eventually("the shard stands at the first batch", LIMIT, || next(&job) == running.first);
    eventually("the log says what can be done", LIMIT, || process.log().contains("bystander skip"));
    // Only what is next, and nothing unasked.
    let decided = skip(0, running.last, &["--execute"]).code(1).log;
    assert!(decided.contains("are decided already"), "{decided}");
    let beyond = skip(running.last, running.last + 1, &["--execute"]);
    assert!(running.first == running.last || beyond.code(1).log.contains("are not read yet"));
    let unwritten = skip(running.first, 1_000_000, &["--execute"]).code(1).log;
    assert!(unwritten.contains("isn't written yet"), "{unwritten}");
    let planned = skip(running.first, running.last, &[]).ok().out;
    assert!(planned.contains("are left out") && planned.contains("nothing was done"), "{planned}");
    assert_eq!(next(&job), running.first);

    let done = skip(running.first, running.last, &["--execute"]).ok().out;
    assert!(done.contains(&format!("offset {} is next", running.last + 1)), "{done}");
    eventually("the running shard goes on up to the second batch", LIMIT, || next(&job) == stopped.first);
    let again = skip(running.first, running.last, &["--execute"]).ok().out;
    assert!(again.contains("nothing to do") && again.contains("unknown format"), "{again}");
    assert!(at(&process, "/healthz").is_some());
    job.terminate([process]);

    skip(stopped.first, stopped.last, &["--execute"]).ok();
    assert_eq!(next(&job), stopped.last + 1);
    job.drain(1);
    let left_out: i64 = damaged.iter().map(|batch| batch.last + 1 - batch.first).sum();
    let account = orders(&job);
    assert_eq!(
        (&account["balanced"], account["totals"]["gap_offsets"].as_i64()),
        (&true.into(), Some(left_out))
    );
    assert_eq!(account["declared_gaps"][1]["first_offset"].as_i64(), Some(stopped.first));
    let shown = job.command(&["status"]).ok().out;
    assert!(shown.contains("were left out by a person") && shown.contains("unknown format"), "{shown}");

    // The other client can read them once they are whole again.
    damaged.iter().for_each(|batch| segment.set_format(*batch, PRESENT_FORMAT));
    let account = job.account();
    assert!(account.clean, "{account:#?}");
    assert_eq!(account.left_out as i64, left_out);
    assert_eq!(account.events + account.left_out, fed.iter().map(Fed::events).sum::<u64>());
}
