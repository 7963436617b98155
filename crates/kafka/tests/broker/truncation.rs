//! A partition whose end was lost in an unclean leader election halts, whatever it has become since; one that only got
//! another leader goes on.

use crate::world::{PATIENCE, TestShard, World};
use bystander_core::checkpoint::{Checkpoint, LogChange, RecordMark};
use bystander_kafka::live::LiveClient;
use bystander_kafka::{changed_inputs, resume};
use bystander_pipeline::{Sink, Transaction};
use bystander_testkit::{KafkaCluster, KafkaOptions, ProduceOptions, kafka_or_skip, unique};
use serde_json::json;
use std::time::{Duration, Instant};

/// Records that both brokers of an input have, and those that only the first one has.
const KEPT: usize = 20;
const LATER: usize = 10;

/// The broker that leads at first, the one that is elected later although it lacks records, and a third one, which keeps
/// the quorum.
const FIRST: usize = 1;
const LAGGING: usize = 2;
const WITNESS: usize = 0;

/// What becomes of a partition.
#[derive(Debug, Clone, Copy)]
struct Case {
    /// Whether the broker that takes over lacks records.
    loses: bool,
    /// Whether a shard reads it meanwhile.
    running: bool,
    /// Records that come after the election.
    again: usize,
    /// Records in a transaction of these; 0 for none.
    transaction_size: u64,
    halt: Option<LogChange>,
}

/// A case's own job, with an input of one partition.
struct Scenario<'a> {
    case: Case,
    world: World<'a>,
    shard: Option<TestShard>,
}

impl<'a> Scenario<'a> {
    fn new(cluster: &'a KafkaCluster, case: Case) -> Self {
        let topic = unique("lossy");
        let unclean = [("unclean.leader.election.enable", "true"), ("min.insync.replicas", "1")];
        cluster.create_topic_on(&topic, 1, &[FIRST, case.next_leader()], &unclean).unwrap();
        let world = World::with(cluster, &[], 1, |_, _, inputs| inputs.push(topic));
        Self { case, world, shard: None }
    }

    fn topic(&self) -> &str {
        &self.world.job.inputs()[0]
    }

    fn feed(&self, what: &str, count: usize, transaction_size: u64) {
        let topic = self.topic();
        let records = (0..count).map(
            |index| json!({ "topic": topic, "partition": 0, "key": "k", "value": format!("{what} {index}") }),
        );
        let options = ProduceOptions { transaction_size, ..ProduceOptions::default() };
        self.world.cluster.produce(records, &options).unwrap();
    }

    /// Waits until the partition is led by one broker, and `away` isn't in sync.
    fn settle(&self, leader: usize, away: usize) {
        let deadline = Instant::now() + 6 * PATIENCE;
        loop {
            let found = self.world.cluster.in_sync(self.topic()).unwrap().remove(0);
            if found.leader == Some(leader) && !found.brokers.contains(&away) {
                return;
            }
            assert!(Instant::now() < deadline, "{found:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn shard(&mut self) -> &mut TestShard {
        self.shard.get_or_insert_with(|| self.world.start(0))
    }

    /// Reads and commits until there are so many records, or the partition halts; gives how many were read.
    fn read(&mut self, records: usize) -> usize {
        let deadline = Instant::now() + 6 * PATIENCE;
        let mut read = 0;
        let shard = self.shard();
        while read < records && !shard.events.iter().any(|told| told.starts_with("halted")) {
            assert!(Instant::now() < deadline, "{read} of {records} were read, and {:?}", shard.events);
            read += shard.sole_round(Duration::from_millis(300)).unwrap();
        }
        read
    }

    /// The checkpoint, once it is as wanted: what was committed shows a moment later.
    fn checkpoint(&self, wanted: impl Fn(&Checkpoint) -> bool) -> Checkpoint {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.world.checkpoints().into_values().next().unwrap();
            if wanted(&found) {
                return found;
            }
            assert!(Instant::now() < deadline, "{found:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Case {
    fn next_leader(self) -> usize {
        if self.loses { LAGGING } else { WITNESS }
    }
}

#[test]
fn a_partition_that_lost_its_end_halts_and_one_that_only_changed_its_leader_goes_on() {
    let cluster = &kafka_or_skip!(
        "a_partition_that_lost_its_end_halts_and_one_that_only_changed_its_leader_goes_on",
        KafkaOptions::brokers(3)
    );
    let lost = |running, again, transaction_size, reason| Case {
        loses: true,
        running,
        again,
        transaction_size,
        halt: Some(reason),
    };
    let kept = |running| Case { loses: false, running, again: 60, transaction_size: 9, halt: None };
    let cases = [
        // Shorter than the position, up to the last record read, and past the position; then in transactions, so that
        // the end of one is where the last record read was, without and with a record behind it.
        lost(false, 5, 0, LogChange::Truncated),
        lost(false, 9, 0, LogChange::Truncated),
        lost(false, 60, 0, LogChange::Replaced),
        lost(false, 9, 9, LogChange::Replaced),
        lost(false, 63, 9, LogChange::Replaced),
        kept(false),
        lost(true, 5, 0, LogChange::Truncated),
        lost(true, 60, 0, LogChange::Replaced),
        lost(true, 9, 9, LogChange::Replaced),
        lost(true, 63, 9, LogChange::Replaced),
        kept(true),
    ];
    let mut scenarios: Vec<_> = cases.into_iter().map(|case| Scenario::new(cluster, case)).collect();
    scenarios.iter().for_each(|scenario| scenario.feed("kept", KEPT, 0));
    cluster.kill_broker(LAGGING).unwrap();
    for scenario in &mut scenarios {
        scenario.settle(FIRST, LAGGING);
        scenario.feed("later", LATER, 0);
        assert_eq!(scenario.read(KEPT + LATER), KEPT + LATER);
        scenario.shard = scenario.shard.take().filter(|_| scenario.case.running);
    }
    cluster.kill_broker(FIRST).unwrap();
    cluster.restart_broker(LAGGING).unwrap();
    for scenario in &mut scenarios {
        let Case { again, transaction_size, .. } = scenario.case;
        scenario.settle(scenario.case.next_leader(), FIRST);
        scenario.feed("other", again, transaction_size);
    }
    for scenario in &mut scenarios {
        let case = scenario.case;
        let wanted = if case.halt.is_none() { (case.again, Vec::new()) } else { halted(case.halt) };
        assert_eq!((scenario.read(case.again), told_of_halts(scenario.shard())), wanted, "{case:?}");
        scenario.checkpoint(|checkpoint| checkpoint.log.halt.map(|halt| halt.reason) == case.halt);
        let compared = KEPT + LATER + wanted.0;
        assert_eq!(scenario.world.compared_at_least(compared).len(), compared, "{case:?}");
    }
    let resumed = scenarios.iter_mut().filter(|scenario| scenario.case.again == 63);
    resumed.for_each(resume_behind_what_was_kept);
}

fn halted(reason: Option<LogChange>) -> (usize, Vec<String>) {
    (0, reason.map(|reason| format!("halted 0 {}", reason.name())).into_iter().collect())
}

fn told_of_halts(shard: &TestShard) -> Vec<String> {
    shard.events.iter().filter(|told| told.starts_with("halted")).cloned().collect()
}

/// A person lets a halted partition go on in the log as it is.
fn resume_behind_what_was_kept(scenario: &mut Scenario<'_>) {
    scenario.shard = None;
    let World { job, stop, .. } = &scenario.world;
    let client = LiveClient::new(job.live(), job.status()).unwrap();
    let checkpoints = scenario.world.checkpoints();
    let changed = changed_inputs(&client, job.inputs(), checkpoints.values()).unwrap();
    let accepted: Vec<_> = changed.into_iter().map(|changed| (changed, KEPT as i64)).collect();
    assert_eq!(resume(job, &accepted, stop).unwrap().len(), 1);
    assert_eq!(scenario.read(scenario.case.again), scenario.case.again);
    let read = (KEPT + LATER + scenario.case.again) as u64;
    assert_eq!(scenario.checkpoint(|checkpoint| checkpoint.totals.read == read).log.halt, None);
}

#[test]
fn a_last_record_that_was_compacted_away_before_the_leader_changed_halts_nothing() {
    let cluster = &kafka_or_skip!(
        "a_last_record_that_was_compacted_away_before_the_leader_changed_halts_nothing",
        KafkaOptions::brokers(3)
    );
    let case = Case { loses: false, running: false, again: 9, transaction_size: 9, halt: None };
    let mut scenario = Scenario::new(cluster, case);
    scenario.feed("first", 9, 9);
    assert_eq!(scenario.read(9), 9);
    // As if the last record had been at offset 9, where the transaction ends: compaction leaves as little to see.
    let shard = scenario.shard();
    let mut book = shard.books.values().next().unwrap().clone();
    let last = book.log.last_record.unwrap();
    book.next_offset = 10;
    book.log.last_record = Some(RecordMark { offset: 9, ..last });
    shard.started.writer.begin().unwrap().commit(&[book]).unwrap();
    scenario.shard = None;
    cluster.kill_broker(FIRST).unwrap();
    scenario.settle(WITNESS, FIRST);
    scenario.feed("second", 9, 9);
    assert_eq!((scenario.read(9), told_of_halts(scenario.shard())), (9, Vec::new()));
}
