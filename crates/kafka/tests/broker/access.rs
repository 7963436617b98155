//! With the authorizer on: what `init` lists is enough, and what the live principal can't do stays undone.

use crate::world::{TestShard, World, poll_until};
use bystander_kafka::{GroupEvent, ShardGroup, ShardHandler, live_acls, shadow_acls, start};
use bystander_pipeline::{Polled, Source};
use bystander_testkit::{Acl, KafkaCluster, KafkaOptions, ProduceOptions, kafka_or_skip};
use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

pub(crate) fn log_in(cluster: &KafkaCluster, user: &str) -> BTreeMap<String, String> {
    [
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "SCRAM-SHA-256"),
        ("sasl.username", user),
        ("sasl.password", cluster.password(user).unwrap()),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// The command's own words, as the testkit takes them.
pub(crate) fn acls(lines: &[String]) -> Vec<Acl> {
    let mut acls = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let after = |flag: &str| words.iter().position(|word| *word == flag).map(|index| words[index + 1]);
        let resources =
            [("--topic", "topic"), ("--group", "group"), ("--transactional-id", "transactional_id")];
        let (resource, name) =
            resources.iter().find_map(|(flag, resource)| after(flag).map(|name| (*resource, name))).unwrap();
        for (index, _) in words.iter().enumerate().filter(|(_, word)| **word == "--operation") {
            acls.push(Acl {
                resource: resource.to_owned(),
                name: name.to_owned(),
                prefixed: after("--resource-pattern-type") == Some("prefixed"),
                operation: words[index + 1].to_lowercase().replace("configs", "_configs"),
                allow: words.contains(&"--allow-principal"),
            });
        }
    }
    acls
}

fn world_of_two_users<'a>(cluster: &'a KafkaCluster, inputs: &[i32]) -> World<'a> {
    World::with(cluster, inputs, 1, |live, shadow, _| {
        live.brokers = cluster.sasl_bootstrap();
        live.properties = log_in(cluster, "reader");
        shadow.brokers = cluster.sasl_bootstrap();
        shadow.properties = log_in(cluster, "writer");
    })
}

#[test]
fn the_listed_permissions_suffice_and_the_live_side_is_left_as_it_was() {
    let name = "the_listed_permissions_suffice_and_the_live_side_is_left_as_it_was";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&["reader", "writer"]));
    let world = world_of_two_users(&cluster, &[2]);
    let live = live_acls(world.job.live(), world.job.inputs(), "reader");
    assert_eq!(live.iter().filter(|line| line.contains("--allow-principal")).count(), 2, "{live:?}");
    cluster.add_acls("User:reader", &acls(&live)).unwrap();
    cluster.add_acls("User:writer", &acls(&shadow_acls(world.job.shadow(), "writer"))).unwrap();
    (0..2).for_each(|partition| world.feed(0, partition, 30, &ProduceOptions::default()));
    let before = cluster.snapshot().unwrap();
    let mut shard = world.start(0);
    assert_eq!(shard.commit().unwrap(), 60);
    poll_until(&mut shard.started.reader, |_| {
        world.job.status().partitions().values().all(|status| status.lag() == Some(0))
    });
    assert_eq!(world.job.status().isolation(), Ok(()));
    drop(shard);
    let after = cluster.snapshot().unwrap();
    assert_eq!(world.compared_at_least(world.expected().len()), world.expected());
    let live_group = &world.job.live().group;
    assert!(!after.to_string().contains(live_group.as_str()), "the live group came to be: {after}");
    for topic in world.job.inputs() {
        let of = |snapshot: &serde_json::Value| snapshot["topics"][topic].clone();
        assert!(!of(&before).is_null(), "{before}");
        assert_eq!(of(&before), of(&after));
    }
    assert_eq!(before["groups"], after["groups"]);
}

#[test]
fn each_missing_permission_is_an_error_that_names_it() {
    let name = "each_missing_permission_is_an_error_that_names_it";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&["reader", "writer"]));
    let world = world_of_two_users(&cluster, &[1]);
    let shadow = acls(&shadow_acls(world.job.shadow(), "writer"));
    let transactional: Vec<Acl> =
        shadow.iter().filter(|acl| acl.resource == "transactional_id").cloned().collect();
    let others: Vec<Acl> = shadow.iter().filter(|acl| acl.resource != "transactional_id").cloned().collect();
    let refused = |expected: &str| {
        let failure = start(&world.job, 0, &world.stop).map(drop).unwrap_err();
        assert!(!failure.is_retriable() && failure.fix.contains(expected), "{expected}: {failure:?}");
    };
    refused(&format!("topic {}", world.job.shadow().checkpoints));
    cluster.add_acls("User:writer", &others).unwrap();
    refused("transactional ids");
    cluster.add_acls("User:writer", &transactional).unwrap();
    refused(&format!("READ on topic {}", world.job.inputs()[0]));
    let live = acls(&live_acls(world.job.live(), world.job.inputs(), "reader"));
    let (group, topics): (Vec<Acl>, Vec<Acl>) = live.into_iter().partition(|acl| acl.resource == "group");
    cluster.add_acls("User:reader", &topics).unwrap();
    let mut shard = TestShard::new(&world.job, start(&world.job, 0, &world.stop).unwrap());
    let deadline = Instant::now() + crate::world::PATIENCE;
    let error = loop {
        match shard.started.reader.poll(Duration::from_millis(50)) {
            Ok(Polled::Idle) => assert!(Instant::now() < deadline, "nothing was told"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert!(!error.is_retriable(), "{error:?}");
    assert!(error.fix.contains(&format!("DESCRIBE on group {}", world.job.live().group)), "{error:?}");
    cluster.add_acls("User:reader", &group).unwrap();
    world.feed(0, 0, 5, &ProduceOptions::default());
    assert_eq!(world.start(0).commit().unwrap(), 5);
}

#[test]
fn a_member_that_the_group_refuses_joins_once_it_may() {
    let name = "a_member_that_the_group_refuses_joins_once_it_may";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&["reader", "writer"]));
    let world = world_of_two_users(&cluster, &[1]);
    let shadow = acls(&shadow_acls(world.job.shadow(), "writer"));
    let (group, others): (Vec<Acl>, Vec<Acl>) = shadow.into_iter().partition(|acl| acl.resource == "group");
    cluster.add_acls("User:writer", &others).unwrap();
    let (sender, events) = channel();
    let handler: ShardHandler = Box::new(move |event| drop(sender.send(event)));
    let member = ShardGroup::join(world.job.shadow(), handler).unwrap();
    let next = || events.recv_timeout(crate::world::PATIENCE).unwrap();
    for _ in 0..2 {
        let GroupEvent::Refused { failure, .. } = next() else { panic!("the group takes it") };
        assert!(!failure.is_retriable() && failure.fix.contains("READ on group"), "{failure:?}");
    }
    cluster.add_acls("User:writer", &group).unwrap();
    let assigned = std::iter::from_fn(|| Some(next())).find(|event| matches!(event, GroupEvent::Assigned(_)));
    assert_eq!(assigned, Some(GroupEvent::Assigned(vec![0])));
    assert!(member.leave(crate::world::PATIENCE));
}
