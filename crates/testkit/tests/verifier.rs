//! The verifier finds what it is there to find: each fault is planted once, in a world that is clean without it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_testkit::{
    Account, Expectation, ExpectedInput, Isolation, KafkaCluster, ProduceOptions, kafka_or_skip, unique,
};
use serde_json::{Value, json};

const INPUTS: i64 = 12;
const MODELS: [&str; 2] = ["1", "2"];

/// Orders on two partitions, of which offset 3 is a dead letter and offset 5 a skip on each.
struct World {
    cluster: &'static KafkaCluster,
    expectation: Expectation,
}

impl World {
    /// Topics with inputs and without outputs.
    fn new(cluster: &'static KafkaCluster) -> Self {
        let topic = |name: &str, partitions: i32| {
            let topic = unique(name);
            cluster.create_topic(&topic, partitions, &[]).unwrap();
            topic
        };
        let orders = topic("orders", 2);
        let models = MODELS.map(|version| format!("fraud/{version}")).to_vec();
        let expectation = Expectation {
            job: "shadow".to_owned(),
            inputs: vec![ExpectedInput { topic: orders, models, removed: Vec::new() }],
            comparisons: topic("comparisons", 1),
            dead_letters: topic("dead-letters", 1),
            checkpoints: topic("checkpoints", 1),
        };
        let world = Self { cluster, expectation };
        let inputs = places().map(|(partition, offset)| {
            world.record(world.orders(), partition, partition, offset, &json!("in"))
        });
        world.put(inputs.collect());
        world
    }

    /// Topics with inputs and exactly the outputs and checkpoints they should have.
    fn complete(cluster: &'static KafkaCluster) -> Self {
        let world = Self::new(cluster);
        world.put(world.comparisons());
        world.put(vec![world.dead_letter(0, 3), world.dead_letter(1, 3)]);
        world.put(vec![world.checkpoint(0, INPUTS, 10), world.checkpoint(1, INPUTS, 10)]);
        world
    }

    /// Topics with inputs, dead letters and checkpoints, and these comparisons.
    fn with_comparisons(cluster: &'static KafkaCluster, change: impl Fn(&mut Vec<Value>)) -> Account {
        let world = Self::new(cluster);
        let mut comparisons = world.comparisons();
        change(&mut comparisons);
        world.put(comparisons);
        world.put(vec![world.dead_letter(0, 3), world.dead_letter(1, 3)]);
        world.put(vec![world.checkpoint(0, INPUTS, 10), world.checkpoint(1, INPUTS, 10)]);
        world.account()
    }

    fn orders(&self) -> &str {
        &self.expectation.inputs[0].topic
    }

    fn put(&self, records: Vec<Value>) {
        self.cluster.produce(records, &ProduceOptions::default()).unwrap();
    }

    fn account(&self) -> Account {
        self.cluster.verify(&self.expectation).unwrap()
    }

    fn record(&self, topic: &str, to: i32, partition: i32, offset: i64, value: &Value) -> Value {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        json!({ "topic": topic, "partition": to, "key": format!("key-{partition}-{offset}"), "value": value })
    }

    fn comparison(&self, partition: i32, offset: i64, version: &str) -> Value {
        let value = json!({
            "comparison_id": format!("{}-{partition}-{offset}-{version}", self.orders()),
            "model": { "name": "fraud", "version": version },
            "source": { "topic": self.orders(), "partition": partition, "offset": offset },
        });
        self.record(&self.expectation.comparisons, 0, partition, offset, &value)
    }

    fn comparisons(&self) -> Vec<Value> {
        let scored = places().filter(|(_, offset)| ![3, 5].contains(offset));
        scored
            .flat_map(|(partition, offset)| MODELS.map(|model| self.comparison(partition, offset, model)))
            .collect()
    }

    fn dead_letter(&self, partition: i32, offset: i64) -> Value {
        let mut record = self.record(&self.expectation.dead_letters, 0, partition, offset, &Value::Null);
        record["headers"] = json!({
            "bystander_topic": self.orders(),
            "bystander_partition": partition,
            "bystander_offset": offset,
            "bystander_stage": "decode",
            "bystander_code": "not_json",
        });
        record
    }

    fn checkpoint(&self, partition: i32, next_offset: i64, compared: u64) -> Value {
        let value = json!({
            "job": self.expectation.job,
            "topic": self.orders(),
            "partition": partition,
            "next_offset": next_offset,
            "totals": { "read": INPUTS, "compared": compared, "dead_lettered": 1, "skipped": { "where": 1 } },
        });
        let mut record = self.record(&self.expectation.checkpoints, 0, partition, 0, &value);
        record["key"] = json!(format!("{}/{partition}", self.orders()));
        record
    }
}

fn places() -> impl Iterator<Item = (i32, i64)> {
    (0..2).flat_map(|partition| (0..INPUTS).map(move |offset| (partition, offset)))
}

/// All counts of faults, so that a test can say that only its own fault was found.
fn faults(account: &Account) -> [u64; 10] {
    [
        account.missing,
        account.duplicates,
        account.unknown,
        account.unexpected_models,
        account.order_violations,
        account.key_mismatches,
        account.repeated_ids,
        account.unreadable,
        account.checkpoint_regressions,
        account.undecided,
    ]
}

#[test]
fn a_consistent_world_is_clean_and_fully_counted() {
    let cluster = kafka_or_skip!("a_consistent_world_is_clean_and_fully_counted");
    let account = World::complete(cluster).account();
    assert!(account.clean, "{account:?}");
    assert_eq!(faults(&account), [0; 10]);
    let counts = (account.events, account.comparisons, account.dead_letters, account.skipped);
    assert_eq!(counts, (24, 40, 2, 2));
    assert_eq!(account.models, [("fraud/1".to_owned(), 20), ("fraud/2".to_owned(), 20)].into());
    assert_eq!(account.dead_letter_codes, [("decode/not_json".to_owned(), 2)].into());
    assert_eq!(account.skip_reasons, [("where".to_owned(), 2)].into());
}

#[test]
fn a_missing_comparison_is_reported() {
    let cluster = kafka_or_skip!("a_missing_comparison_is_reported");
    let account = World::with_comparisons(cluster, |comparisons| {
        comparisons.remove(7);
    });
    assert_eq!(faults(&account), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "{account:?}");
    assert!(!account.clean && account.examples[0].starts_with("missing: no comparison by fraud/2"));
}

#[test]
fn a_record_without_any_output_is_missing_unless_a_checkpoint_counts_it_as_skipped() {
    let name = "a_record_without_any_output_is_missing_unless_a_checkpoint_counts_it_as_skipped";
    let cluster = kafka_or_skip!(name);
    let account = World::with_comparisons(cluster, |comparisons| {
        comparisons.drain(0..2);
    });
    assert_eq!(faults(&account), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "{account:?}");
    assert!(!account.accounts_match);
}

#[test]
fn a_record_that_a_person_left_out_is_expected_nowhere_else() {
    let cluster = kafka_or_skip!("a_record_that_a_person_left_out_is_expected_nowhere_else");
    let world = World::new(cluster);
    // Both comparisons of partition 0, offset 7.
    let mut comparisons = world.comparisons();
    let left_out: Vec<_> = comparisons.drain(10..12).collect();
    let mut checkpoint = world.checkpoint(0, INPUTS, 9);
    let mut value: Value = serde_json::from_str(checkpoint["value"].as_str().unwrap()).unwrap();
    value["totals"]["read"] = json!(INPUTS - 1);
    // Gaps of a former log are about other records.
    value["log"]["declared_gaps"] = json!([
        { "generation": 1, "first_offset": 0, "last_offset": 2 },
        { "first_offset": 7, "last_offset": 7 }
    ]);
    checkpoint["value"] = json!(value.to_string());
    world.put(comparisons);
    world.put(vec![world.dead_letter(0, 3), world.dead_letter(1, 3)]);
    world.put(vec![checkpoint, world.checkpoint(1, INPUTS, 10)]);
    let account = world.account();
    assert!(account.clean, "{account:?}");
    assert_eq!((account.events, account.left_out, account.partitions[0].left_out), (23, 1, 1));
    world.put(left_out);
    let account = world.account();
    assert_eq!(faults(&account), [0, 1, 0, 0, 2, 0, 0, 0, 0, 0], "{account:?}");
    assert!(!account.clean && account.examples.iter().any(|example| example.contains("left out")));
}

#[test]
fn a_comparison_that_comes_twice_is_a_duplicate() {
    let cluster = kafka_or_skip!("a_comparison_that_comes_twice_is_a_duplicate");
    let account = World::with_comparisons(cluster, |comparisons| {
        comparisons.push(comparisons[4].clone());
    });
    assert_eq!(faults(&account), [0, 1, 0, 0, 0, 0, 1, 0, 0, 0], "{account:?}");
    assert!(!account.clean && account.accounts_match);
}

#[test]
fn a_dead_letter_that_comes_twice_or_beside_a_comparison_is_a_duplicate() {
    let cluster = kafka_or_skip!("a_dead_letter_that_comes_twice_or_beside_a_comparison_is_a_duplicate");
    let world = World::complete(cluster);
    world.put(vec![world.dead_letter(0, 3)]);
    let account = world.account();
    assert_eq!(faults(&account), [0, 1, 0, 0, 0, 0, 0, 0, 0, 0], "{account:?}");
    world.put(vec![world.dead_letter(0, 7)]);
    let account = world.account();
    assert_eq!(faults(&account), [0, 2, 0, 0, 0, 0, 0, 0, 0, 0], "{account:?}");
    assert!(!account.accounts_match);
}

#[test]
fn comparisons_out_of_their_partitions_order_are_reported() {
    let cluster = kafka_or_skip!("comparisons_out_of_their_partitions_order_are_reported");
    let account = World::with_comparisons(cluster, |comparisons| comparisons.swap(0, 2));
    assert_eq!(faults(&account), [0, 0, 0, 0, 1, 0, 0, 0, 0, 0], "{account:?}");
    assert!(!account.clean);
}

#[test]
fn outputs_of_records_that_do_not_exist_or_by_strange_models_are_reported() {
    let cluster = kafka_or_skip!("outputs_of_records_that_do_not_exist_or_by_strange_models_are_reported");
    let world = World::complete(cluster);
    world.put(vec![world.comparison(0, INPUTS, "1"), world.dead_letter(7, 0), world.comparison(1, 11, "3")]);
    let account = world.account();
    assert_eq!(faults(&account), [0, 0, 2, 1, 0, 0, 0, 0, 0, 0], "{account:?}");
}

#[test]
fn a_wrong_key_and_an_unreadable_output_are_reported() {
    let cluster = kafka_or_skip!("a_wrong_key_and_an_unreadable_output_are_reported");
    let account = World::with_comparisons(cluster, |comparisons| {
        comparisons[3]["key"] = json!("another");
        let mut broken = comparisons[0].clone();
        broken["value"] = json!("{\"comparison_id\":");
        comparisons.push(broken);
    });
    assert_eq!(faults(&account), [0, 0, 0, 0, 0, 1, 0, 1, 0, 0], "{account:?}");
}

#[test]
fn a_wrong_total_a_wrong_position_and_no_checkpoint_do_not_match() {
    let cluster = kafka_or_skip!("a_wrong_total_a_wrong_position_and_no_checkpoint_do_not_match");
    let mismatches = |checkpoints: fn(&World) -> Vec<Value>| {
        let world = World::new(cluster);
        world.put(world.comparisons());
        world.put(vec![world.dead_letter(0, 3), world.dead_letter(1, 3)]);
        world.put(checkpoints(&world));
        let account = world.account();
        assert!(!account.accounts_match && !account.clean);
        account.partitions[1].mismatches.join("; ")
    };
    let wrong_total =
        mismatches(|world| vec![world.checkpoint(0, INPUTS, 10), world.checkpoint(1, INPUTS, 9)]);
    assert_eq!(wrong_total, "compared: checkpoint has 9, seen 10");
    let wrong_position =
        mismatches(|world| vec![world.checkpoint(0, INPUTS, 10), world.checkpoint(1, 11, 10)]);
    assert_eq!(wrong_position, "next_offset is 11, the inputs end at 12");
    let none = mismatches(|world| vec![world.checkpoint(0, INPUTS, 10)]);
    assert_eq!(none, "no checkpoint");
}

#[test]
fn a_checkpoint_that_goes_back_is_reported() {
    let cluster = kafka_or_skip!("a_checkpoint_that_goes_back_is_reported");
    let world = World::complete(cluster);
    world.put(vec![world.checkpoint(0, 4, 2)]);
    let account = world.account();
    assert_eq!(faults(&account), [0, 0, 0, 0, 0, 0, 0, 0, 1, 0], "{account:?}");
    assert!(account.accounts_match, "the highest checkpoint is still the right one");
}

#[test]
fn what_an_aborted_transaction_left_in_the_log_is_not_counted() {
    let cluster = kafka_or_skip!("what_an_aborted_transaction_left_in_the_log_is_not_counted");
    let world = World::complete(cluster);
    let again = ProduceOptions { transaction_size: 100, abort_every: 1 };
    let done = cluster.produce(world.comparisons(), &again).unwrap();
    assert_eq!((done.produced, done.aborted), (0, 40));
    let account = world.account();
    assert!(account.clean && account.comparisons == 40, "{account:?}");
}

#[test]
fn the_same_outputs_in_committed_transactions_are_clean_too() {
    let cluster = kafka_or_skip!("the_same_outputs_in_committed_transactions_are_clean_too");
    let world = World::new(cluster);
    let thirds = ProduceOptions { transaction_size: 7, abort_every: 0 };
    let mut outputs = world.comparisons();
    outputs.extend([world.dead_letter(0, 3), world.dead_letter(1, 3)]);
    outputs.extend([world.checkpoint(0, INPUTS, 10), world.checkpoint(1, INPUTS, 10)]);
    cluster.produce(outputs, &thirds).unwrap();
    let account = world.account();
    assert!(account.clean, "{account:?}");
}

#[test]
fn records_behind_an_open_transaction_are_undecided() {
    let cluster = kafka_or_skip!("records_behind_an_open_transaction_are_undecided");
    let world = World::complete(cluster);
    let records = [world.comparison(0, 0, "1"), world.comparison(0, 1, "1")];
    cluster.shell().produce_open(&cluster.bootstrap(), records).unwrap();
    let account = world.account();
    assert_eq!(faults(&account), [0, 0, 0, 0, 0, 0, 0, 0, 0, 2], "{account:?}");
    assert!(!account.clean);
}

#[test]
fn a_record_that_was_removed_before_it_was_read_is_missing_unless_a_checkpoint_counts_a_gap() {
    let name = "a_record_that_was_removed_before_it_was_read_is_missing_unless_a_checkpoint_counts_a_gap";
    let cluster = kafka_or_skip!(name);
    let account = |gap_offsets: u64| {
        let mut world = World::new(cluster);
        let (folder, topic) = (tempfile::tempdir().unwrap(), world.orders().to_owned());
        let file = folder.path().join("removed.jsonl");
        cluster.shell().consume_into(&file, &cluster.bootstrap(), &topic, Isolation::Committed).unwrap();
        // Of partition 0 the first two were never read, the third was compared before it was removed.
        cluster.delete_records(&topic, 0, 3).unwrap();
        world.expectation.inputs[0].removed = vec![file];
        let mut comparisons = world.comparisons();
        comparisons.drain(0..4);
        world.put(comparisons);
        world.put(vec![world.dead_letter(0, 3), world.dead_letter(1, 3)]);
        let mut checkpoint = world.checkpoint(0, INPUTS, 8);
        let mut value: Value = serde_json::from_str(checkpoint["value"].as_str().unwrap()).unwrap();
        value["totals"]["read"] = json!(INPUTS - 2);
        value["totals"]["gap_offsets"] = json!(gap_offsets);
        checkpoint["value"] = json!(value.to_string());
        world.put(vec![checkpoint, world.checkpoint(1, INPUTS, 10)]);
        world.account()
    };
    let declared = account(2);
    assert!(declared.clean, "{declared:?}");
    assert_eq!((declared.events, declared.removed, declared.skipped), (22, 2, 2));
    let silent = account(1);
    assert_eq!(faults(&silent), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "{silent:?}");
}
