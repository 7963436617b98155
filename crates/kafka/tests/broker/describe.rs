//! What a cluster says of topics and of itself.

use crate::access::log_in;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{LiveSettings, Operation};
use bystander_testkit::{Acl, KafkaOptions, kafka_or_skip, unique};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

fn client(bootstrap: &str, properties: BTreeMap<String, String>) -> LiveClient {
    let settings = LiveSettings { properties, ..LiveSettings::new(bootstrap, &unique("describe")) };
    LiveClient::new(&settings, &Arc::default()).unwrap()
}

#[test]
fn a_topic_created_again_has_another_id_and_a_missing_one_is_an_error_in_its_place() {
    let cluster =
        kafka_or_skip!("a_topic_created_again_has_another_id_and_a_missing_one_is_an_error_in_its_place");
    let (topic, other, missing) = (unique("described"), unique("described"), unique("missing"));
    cluster.create_topic(&topic, 1, &[]).unwrap();
    cluster.create_topic(&other, 2, &[]).unwrap();
    let client = client(&cluster.bootstrap(), BTreeMap::new());
    let ids = || {
        let described = client.describe_topics(&[&topic, &missing, &other], false).unwrap();
        assert!(described[1].is_err(), "{described:?}");
        assert_eq!([0, 2].map(|place| described[place].as_ref().unwrap().partitions), [1, 2]);
        [0, 2].map(|place| described[place].as_ref().unwrap().id.clone().unwrap())
    };
    let before = ids();
    assert_ne!(before[0], before[1]);
    assert_eq!(before, ids(), "an id stays");
    assert!(before.iter().all(|id| id.len() == 22), "{before:?}");
    cluster.delete_topic(&topic).unwrap();
    while client.describe_topics(&[&topic], false).unwrap()[0].is_ok() {
        std::thread::sleep(Duration::from_millis(20));
    }
    cluster.create_topic(&topic, 1, &[]).unwrap();
    while client.describe_topics(&[&topic], false).unwrap()[0].is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let after = ids();
    assert_ne!(after[0], before[0]);
    assert_eq!(after[1], before[1]);
    assert_eq!(client.describe_topics(&[], false).unwrap(), []);
}

#[test]
fn the_operations_of_a_principal_are_those_that_its_acls_allow() {
    let cluster = kafka_or_skip!(
        "the_operations_of_a_principal_are_those_that_its_acls_allow",
        KafkaOptions::authorized(&["reader"])
    );
    let topic = unique("described");
    cluster.create_topic(&topic, 1, &[]).unwrap();
    cluster.add_acls("User:reader", &[Acl::allow("topic", &topic, "read")]).unwrap();
    let reader = client(&cluster.sasl_bootstrap(), log_in(&cluster, "reader"));
    let of =
        |client: &LiveClient, asked| client.describe_topics(&[&topic], asked).unwrap()[0].clone().unwrap();
    assert_eq!(of(&reader, false).operations, None);
    let allowed = BTreeSet::from([Operation::Read, Operation::Describe]);
    assert_eq!(of(&reader, true).operations, Some(allowed));
    let cluster_wide = reader.describe_cluster(true).unwrap();
    assert_eq!(
        (cluster_wide.id.as_deref(), cluster_wide.operations),
        (Some(cluster.id()), Some(BTreeSet::new()))
    );
    cluster.add_acls("User:reader", &[Acl::allow("topic", &topic, "write")]).unwrap();
    assert!(of(&reader, true).operations.unwrap().contains(&Operation::Write));
    let everything = client(&cluster.bootstrap(), BTreeMap::new());
    let operations = of(&everything, true).operations.unwrap();
    assert!(
        [Operation::Write, Operation::Delete, Operation::Alter].iter().all(|each| operations.contains(each))
    );
    assert!(everything.describe_cluster(true).unwrap().operations.unwrap().contains(&Operation::Create));
}

#[test]
fn the_embedded_broker_describes_its_topics_too() {
    let broker = bystander_kafka::EmbeddedBroker::start().unwrap();
    broker.create_topic("described", 3).unwrap();
    let client = client(&broker.brokers(), BTreeMap::new());
    let described = client.describe_topics(&["described"], false).unwrap();
    assert_eq!(described[0].as_ref().unwrap().partitions, 3);
    assert_eq!(client.topic_ids(&["described".to_owned()]).unwrap().len(), 1);
}
