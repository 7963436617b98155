//! What a reader does with records and positions that nobody asked for; it needs no broker.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::LiveSettings;
use bystander_core::checkpoint::{Attempts, InputLog, Totals};

fn checkpoint(partition: i32) -> Checkpoint {
    Checkpoint {
        job: "job".into(),
        topic: "orders".into(),
        partition,
        next_offset: 7,
        shard: 0,
        shards: 1,
        initial_partitions: 1,
        totals: Totals::default(),
        log: InputLog::default(),
        attempts: Attempts::default(),
        config: None,
        scored_by: None,
    }
}

fn reader(checkpoints: &[(StreamId, Checkpoint)]) -> Result<LiveReader, Failure> {
    let settings = LiveSettings::new("127.0.0.1:1", "job");
    let (inputs, status) = (["orders".to_owned()], Arc::default());
    let watch = Arc::new(InputWatch::start(&settings, &inputs, &status).unwrap());
    let client = LiveClient::of_shard(&settings, &status).unwrap();
    LiveReader::open(client, (&inputs, vec![None], &watch), Share { shard: 0, shards: 1 }, checkpoints)
}

fn arrived(partition: i32) -> Arrived {
    let position = Position { partition, offset: 7 };
    Arrived { stream: StreamId(0), position, timestamp_ms: None, leader_epoch: None }
}

#[test]
fn a_record_of_a_partition_that_is_not_read_is_an_error_that_names_it_and_is_not_dropped() {
    let mut reader = reader(&[(StreamId(0), checkpoint(0))]).unwrap();
    assert_eq!(reader.accept(&arrived(0)), Ok(true));
    let failure = reader.accept(&arrived(5)).unwrap_err();
    assert!(failure.what.contains("topic orders partition 5 offset 7"), "{failure}");
}

#[test]
fn a_position_of_a_stream_or_partition_that_can_not_be_is_an_error_and_not_left_unread() {
    for (stream, partition) in [(StreamId(1), 0), (StreamId(0), -1)] {
        assert!(reader(&[(stream, checkpoint(partition))]).is_err(), "{stream:?} {partition}");
    }
}
