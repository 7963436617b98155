//! Rights that are taken away and given back while instances run.

use crate::feeder::Feeder;
use crate::instances::Instances;
use crate::recovery::{Positions, Progress};
use crate::support::{Job, Plan, eventually, log_in};
use crate::verdict::assert_exact;
use bystander_testkit::{Acl, KafkaCluster, KafkaOptions, kafka_or_skip};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
const LIVE: &str = "bystander-live";
const SHADOW: &str = "bystander-shadow";

/// A refusal that wins over what is allowed, until it is lifted.
fn refuse(cluster: &KafkaCluster, user: &str, (resource, name): (&str, &str), operation: &str) {
    let acl = Acl { allow: false, ..Acl::allow(resource, name, operation) };
    cluster.add_acls(&format!("User:{user}"), &[acl]).unwrap();
}

fn lift(cluster: &KafkaCluster, user: &str, (resource, name): (&str, &str), operation: &str) {
    let (brokers, user, resource) =
        (cluster.bootstrap(), format!("User:{user}"), format!("--{}", resource.replace('_', "-")));
    let words = ["--bootstrap-server", &brokers, "--remove", "--force", "--deny-principal", &user];
    let words = [&words[..], &["--operation", operation, &resource, name]].concat();
    let done = cluster.kafka_tool("org.apache.kafka.tools.AclCommand", &words).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

/// What the service needs, and no more.
fn allow(cluster: &KafkaCluster, plan: &Plan) {
    let live = [
        Acl::allow("topic", &plan.orders, "read"),
        Acl::allow("topic", &plan.quotes, "read"),
        Acl::allow("group", "*", "describe"),
    ];
    cluster.add_acls(&format!("User:{LIVE}"), &live).unwrap();
    let topics = [&plan.comparisons, &plan.dead_letters, &plan.checkpoints];
    let of = |topic: &&String| ["write", "read"].map(|operation| Acl::allow("topic", topic, operation));
    let mut shadow: Vec<Acl> = topics.iter().flat_map(of).collect();
    shadow.extend([Acl::allow("group", "*", "read"), Acl::allow("transactional_id", "*", "write")]);
    cluster.add_acls(&format!("User:{SHADOW}"), &shadow).unwrap();
}

/// Whether the log says since then that something isn't allowed.
fn told(log: &str, since: usize) -> bool {
    let log = log[since..].to_lowercase();
    ["authoriz", "permission", "denied"].iter().any(|word| log.contains(word))
}

#[test]
fn rights_that_are_taken_away_under_load_are_told_and_all_goes_on_once_they_are_back() {
    let name = "rights_that_are_taken_away_under_load_are_told_and_all_goes_on_once_they_are_back";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&[LIVE, SHADOW]));
    let plan = Plan::new(&cluster, 2);
    let administrator = Job::planned(&cluster, 2, plan.clone());
    allow(&cluster, &plan);
    let service = Plan {
        live_brokers: cluster.sasl_bootstrap(),
        live_properties: log_in(&cluster, LIVE),
        shadow_brokers: cluster.sasl_bootstrap(),
        shadow_properties: log_in(&cluster, SHADOW),
        ..plan.clone()
    };
    let service = Job::of(&cluster, &cluster, service);
    let feeder = Feeder::start(&administrator);
    let mut instances = Instances::start(&service, 1);
    let progress = Progress::new(&administrator, 4);
    progress.everywhere("work begins", &mut instances, &Positions::new());

    for (user, resource, operation) in [
        (LIVE, ("topic", plan.orders.as_str()), "read"),
        (SHADOW, ("topic", plan.comparisons.as_str()), "write"),
        (SHADOW, ("topic", plan.checkpoints.as_str()), "write"),
        (SHADOW, ("transactional_id", "*"), "write"),
        (LIVE, ("topic", plan.quotes.as_str()), "read"),
    ] {
        let before = instances.all()[0].log().len();
        refuse(&cluster, user, resource, operation);
        eventually("it is told", LIMIT, || {
            instances.look();
            told(&instances.all()[0].log(), before)
        });
        eprintln!("{user} may not {operation} {resource:?}");
        lift(&cluster, user, resource, operation);
        let since = progress.now();
        progress.everywhere("work with all rights", &mut instances, &since);
    }
    feeder.stop();
    instances.end();
    assert_exact(&administrator);
}
