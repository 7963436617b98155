//! Statuses to look at: an instance with any number of shards, and text that would like to be more than text.

use bystander_core::time::Rfc3339;
use bystander_metrics::health::{ShardState, ShardStatus};
use bystander_metrics::status::{
    AgreementCounts, ConfigStatus, DeadLetterKind, DeadLetterStatus, GroupStatus, InputStatus, ModelStatus,
    RecordCounts, Status, StreamStatus,
};
use bystander_metrics::{Cluster, ClusterStatus};

/// What an attacker would call things.
pub(crate) const HOSTILE: &str =
    "</title></script><script>alert(1)</script><img src=x onerror=\"alert(1)\">'&\u{202E}\u{1b}[31m";

pub(crate) const NOW: i64 = 1_790_000_000_000;

pub(crate) fn shard(shard: i32, state: ShardState) -> ShardStatus {
    ShardStatus { shard, state, seconds: 1, limit_seconds: 60, overdue: false, last_error: None }
}

/// An instance with so many shards, of as many partitions per topic; all of them run and nothing is wrong.
pub(crate) fn well(shards: i32) -> Status {
    let inputs = |topic: &'static str| {
        (0..shards).map(move |partition| input(topic, partition, i64::from(partition % 7) * 31))
    };
    Status {
        job: "checkout-shadow".to_owned(),
        version: "1.2.3".to_owned(),
        revision: "abcdef0".to_owned(),
        started_at: Rfc3339(NOW - 93_000_000),
        now: Rfc3339(NOW),
        window_seconds: 300,
        not_ready: None,
        config: ConfigStatus {
            hash: "3f2a91bc07de".to_owned(),
            agreed: Some("3f2a91bc07de".to_owned()),
            agreed_since: None,
            agreed_number: None,
        },
        offending_request: None,
        clusters: vec![cluster(Cluster::Live), cluster(Cluster::Shadow)],
        commit_seconds: 1,
        shards_expected: Some(shards),
        group: Some(GroupStatus { instances: 1, settled: true, unsettled_seconds: 0, unowned: Vec::new() }),
        group_name: "checkout-shadow".to_owned(),
        group_seconds: 2,
        risks: Vec::new(),
        refused_models: None,
        disabled_models: Vec::new(),
        shards: (0..shards).map(|number| shard(number, ShardState::Running)).collect(),
        streams: vec![
            stream(
                ("orders", "shop.orders"),
                vec![model("fraud", 1, Some("champion")), model("fraud", 2, Some("challenger"))],
            ),
            stream(("prices", "shop.price-quotes"), vec![model("pricing", 1, None)]),
        ],
        inputs: inputs("shop.orders").chain(inputs("shop.price-quotes")).collect(),
        dead_letters: Vec::new(),
    }
}

/// The same on a bad night: shards that fail and move, a topic that is far behind, a flood of dead letters.
pub(crate) fn ill(shards: i32) -> Status {
    let mut status = well(shards);
    let error = "can't commit within 10 s: broker 2 is down; check the shadow cluster";
    for (index, shard) in status.shards.iter_mut().enumerate() {
        match index {
            0 => {
                (shard.state, shard.seconds, shard.overdue, shard.last_error) =
                    (ShardState::Failed, 190, true, Some(error.to_owned()));
            }
            3 => {
                (shard.state, shard.seconds, shard.last_error) =
                    (ShardState::Failed, 7, Some(error.to_owned()));
            }
            11 | 12 => shard.state = ShardState::Draining,
            13..=16 => shard.state = ShardState::Starting,
            _ => {}
        }
    }
    for input in status.inputs.iter_mut().take(3) {
        (input.next_offset, input.end_offset, input.lag) = (10, Some(9_000_010), Some(9_000_000));
    }
    status.not_ready = Some("shard 0 is failed".to_owned());
    status.offending_request = Some("a Produce request".to_owned());
    status.streams[0].recent = RecordCounts { scored: 400, skipped: 2, dead_letters: 600, gap_offsets: 1200 };
    (status.streams[0].records.gap_offsets, status.streams[0].records.dead_letters) = (1200, 2_688);
    status.dead_letters = vec![
        letters("orders", "schema", "missing_field", 600, NOW - 2_000),
        letters("orders", "decode", "not_json", 0, NOW - 7_200_000),
    ];
    status
}

/// A cluster that answers.
pub(crate) fn cluster(cluster: Cluster) -> ClusterStatus {
    let brokers = format!("{}-1:9092,{}-2:9092", cluster.name(), cluster.name());
    ClusterStatus { cluster, brokers, seconds: 2, ever: true, silent: false, cause: None }
}

pub(crate) fn input(topic: &str, partition: i32, lag: i64) -> InputStatus {
    InputStatus {
        topic: topic.to_owned(),
        partition,
        next_offset: 1_200_000 - lag,
        end_offset: Some(1_200_000),
        stable_offset: Some(1_200_000),
        lag: Some(lag),
        lag_before: Some(lag),
        blocked: Some(0),
        blocked_seconds: 0,
        answer_seconds: 1,
        halted: None,
    }
}

fn stream((name, topic): (&'static str, &str), models: Vec<ModelStatus>) -> StreamStatus {
    StreamStatus {
        name: name.to_owned(),
        kind: name,
        topic: topic.to_owned(),
        records: RecordCounts { scored: 1_234_567, skipped: 3_210, dead_letters: 0, gap_offsets: 0 },
        recent: RecordCounts { scored: 36_000, skipped: 90, dead_letters: 0, gap_offsets: 0 },
        models,
    }
}

fn model(name: &str, version: u32, alias: Option<&str>) -> ModelStatus {
    ModelStatus {
        name: name.to_owned(),
        version,
        alias: alias.map(str::to_owned),
        sha256: "3f2a9c1b0d7e".repeat(5) + "3f2a",
        engine: "onnxruntime 1.31".into(),
        agreement: AgreementCounts { comparisons: 1_234_567, with_live: 1_200_000, agreeing: 1_141_200 },
        recent: AgreementCounts { comparisons: 36_000, with_live: 35_000, agreeing: 31_500 },
    }
}

pub(crate) fn letters(
    stream: &str,
    stage: &str,
    code: &str,
    recent: u64,
    last_seen: i64,
) -> DeadLetterStatus {
    let kind = DeadLetterKind { stream: stream.to_owned(), stage: stage.to_owned(), code: code.to_owned() };
    DeadLetterStatus { kind, count: recent + 1_044, recent, last_seen: Rfc3339(last_seen) }
}
