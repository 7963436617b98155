//! Zero-write: with the authorizer on and nothing but the printed permissions everything works, and the live side
//! is afterwards as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod support;

use bystander_testkit::{Acl, KafkaCluster, KafkaOptions, ProduceOptions, kafka_or_skip, unique};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use support::{Fed, Job, Plan, Running, assert_untouched, eventually, log_in, metric};

// The names that `init` prints permissions for unless told otherwise.
const LIVE: &str = "bystander-live";
const SHADOW: &str = "bystander-shadow";
/// A group of the shop's own, whose positions must stay.
const CHECKOUT: &str = "checkout";

/// The same job seen by its administrator and by the service.
struct Two<'a> {
    administrator: Job<'a>,
    service: Job<'a>,
}

impl<'a> Two<'a> {
    /// Topics, events and a group of the shop's own, and two principals that may do nothing yet.
    fn new(live: &'a KafkaCluster, shadow: &'a KafkaCluster) -> (Self, Fed) {
        let plan = Plan { live_brokers: live.bootstrap(), ..Plan::new(shadow, 2) };
        let logged_in = Plan {
            live_brokers: live.sasl_bootstrap(),
            live_properties: log_in(live, LIVE),
            shadow_brokers: shadow.sasl_bootstrap(),
            shadow_properties: log_in(shadow, SHADOW),
            ..plan.clone()
        };
        let (administrator, service) = (Job::of(live, shadow, plan), Job::of(live, shadow, logged_in));
        administrator.create_inputs(4);
        let fed = administrator.fed(2_000, 1_000, 10);
        let two = Self { administrator, service };
        two.commit_as_checkout();
        (two, fed)
    }

    fn commit_as_checkout(&self) {
        let (brokers, orders) = (self.live().bootstrap(), &self.service.plan.orders);
        let words = ["--bootstrap-server", &brokers, "--group", CHECKOUT, "--topic", orders];
        let words = [&words[..], &["--reset-offsets", "--to-latest", "--execute"]].concat();
        tool(self.live(), "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", &words);
    }

    /// The service reports on outcomes, too.
    fn bind_outcomes(&mut self) {
        let topic = unique("shop.outcomes");
        self.live().create_topic(&topic, 2, &[]).unwrap();
        let outcome =
            json!({ "subject_id": "o-1", "type": "refunded", "occurred_at": "2026-11-20T10:00:00Z" });
        let record = json!({ "topic": topic, "partition": 0, "value": outcome.to_string() });
        self.live().produce([record], &ProduceOptions::default()).unwrap();
        self.live().add_acls(&format!("User:{LIVE}"), &[Acl::allow("topic", &topic, "read")]).unwrap();
        self.service.plan.outcomes = Some(topic);
        self.service.write_config();
    }

    fn live(&self) -> &'a KafkaCluster {
        self.service.live()
    }

    fn shadow(&self) -> &'a KafkaCluster {
        self.service.shadow()
    }

    /// Makes the shadow topics; gives the commands that `init` prints for each side.
    fn init(&self) -> (Vec<String>, Vec<String>) {
        let said = self.administrator.command(&["init", "--execute"]).ok().out;
        let of = |principal: &str| -> Vec<String> {
            let commands = said.lines().filter(|line| line.starts_with("kafka-acls.sh "));
            commands
                .filter(|line| line.contains(&format!("User:{principal} ")))
                .map(ToOwned::to_owned)
                .collect()
        };
        let (live, shadow) = (of(LIVE), of(SHADOW));
        assert!(!live.is_empty() && !shadow.is_empty(), "{said}");
        (live, shadow)
    }

    /// Runs the service until everything is scored, in the order of a first deployment.
    fn use_everything(&self, fed: &Fed) {
        let checked = self.service.command(&["check"]).ok();
        assert!(checked.out.contains("ready: `bystander run` can start"), "{}", checked.out);
        let process = self.service.run();
        eventually("everything is read", Duration::from_secs(90), || {
            self.service.status()["totals"]["read"].as_u64() == Some(fed.events())
        });
        // Statistics, from which requests are told, come every two seconds.
        eventually("isolation and lag are seen", Duration::from_secs(30), || lag_is_served(&process));
        assert_eq!(metric(&process, "bystander_isolation_ok"), Some(1.0));
        let log = process.log();
        assert!(!log.contains("ERROR") && !log.to_lowercase().contains("authoriz"), "{log}");
        self.service.terminate([process]);
        self.service.drain(1);
        self.service.assert_exact(fed);
    }
}

fn lag_is_served(process: &Running) -> bool {
    support::page(process).is_some_and(|page| page.contains("bystander_lag_records{"))
}

fn tool(cluster: &KafkaCluster, class: &str, words: &[&str]) {
    let output = cluster.kafka_tool(class, words).unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{class} {words:?}: {}", String::from_utf8_lossy(&said));
}

/// Runs printed commands with Kafka's own tool, word for word.
fn apply(cluster: &KafkaCluster, commands: &[String]) {
    std::thread::scope(|scope| {
        for command in commands {
            scope.spawn(move || {
                assert!(!command.contains(['\'', '"', '\\']), "plain words need no shell: {command}");
                let words: Vec<&str> = command.split_whitespace().skip(1).collect();
                tool(cluster, "org.apache.kafka.tools.AclCommand", &words);
            });
        }
    });
    // Returns when the authorizer knows it, and so all that came before.
    cluster.add_acls("User:nobody", &[Acl::allow("topic", "nothing", "describe")]).unwrap();
}

/// A snapshot without what the shadow side may change.
fn without_shadow(mut snapshot: Value, plan: &Plan) -> Value {
    let topics = snapshot["topics"].as_object_mut().unwrap();
    for topic in [&plan.comparisons, &plan.dead_letters, &plan.checkpoints] {
        topics.remove(topic);
    }
    topics.remove("__consumer_offsets");
    topics.remove("__transaction_state");
    snapshot["groups"].as_object_mut().unwrap().remove(&plan.job);
    snapshot["states"].as_object_mut().unwrap().remove(&plan.job);
    let transactions = snapshot["transactions"].as_object_mut().unwrap();
    transactions.retain(|id, _| !id.starts_with(&format!("{}-", plan.job)));
    snapshot
}

#[test]
fn the_printed_permissions_suffice_and_the_live_side_is_left_as_it_was() {
    let name = "the_printed_permissions_suffice_and_the_live_side_is_left_as_it_was";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&[LIVE, SHADOW]));
    let (two, fed) = Two::new(&cluster, &cluster);
    let (live, shadow) = two.init();
    for line in live.iter().filter(|line| line.contains("--allow-principal")) {
        let reads = two.service.plan.orders == named(line) || two.service.plan.quotes == named(line);
        let operation = if reads { "--operation Read " } else { "--operation Describe --group " };
        assert!(line.contains(operation) && line.matches("--operation").count() == 1, "{line}");
    }
    apply(&cluster, &[live, shadow].concat());
    let before = cluster.snapshot().unwrap();
    assert!(before["groups"][CHECKOUT].as_object().is_some_and(|offsets| offsets.len() == 4), "{before}");
    two.use_everything(&fed);
    let after = cluster.snapshot().unwrap();
    assert!(after["groups"].get(&two.service.plan.job).is_some(), "shards are shared by a group: {after}");
    assert_ne!(before, after);
    let plan = &two.service.plan;
    assert_untouched(&cluster, &without_shadow(before, plan), &without_shadow(after, plan));
}

fn named(line: &str) -> &str {
    line.split_whitespace().last().unwrap()
}

/// What a client that only reads asks of a broker.
const READS: [&str; 9] = [
    "API_VERSIONS",
    "SASL_HANDSHAKE",
    "SASL_AUTHENTICATE",
    "METADATA",
    "DESCRIBE_CLUSTER",
    "FIND_COORDINATOR",
    "LIST_OFFSETS",
    "FETCH",
    "OFFSET_FOR_LEADER_EPOCH",
];

/// The kinds of requests that the cluster's own log has of a principal.
fn asked(cluster: &KafkaCluster, principal: &str) -> BTreeSet<String> {
    let principal = format!("User:{principal}");
    let requests = cluster.requests().unwrap().into_iter();
    requests.filter(|request| request.principal == principal).map(|request| request.api).collect()
}

#[test]
fn a_live_cluster_of_its_own_gets_no_group_no_topic_and_no_offset_and_its_request_log_shows_reads_only() {
    let name =
        "a_live_cluster_of_its_own_gets_no_group_no_topic_and_no_offset_and_its_request_log_shows_reads_only";
    let live = kafka_or_skip!(name, KafkaOptions { request_log: true, ..KafkaOptions::authorized(&[LIVE]) });
    let shadow = kafka_or_skip!(name, KafkaOptions::authorized(&[SHADOW]));
    let (mut two, fed) = Two::new(&live, &shadow);
    let (live_commands, shadow_commands) = two.init();
    apply(&live, &live_commands);
    apply(&shadow, &shadow_commands);
    two.bind_outcomes();
    let before = live.snapshot().unwrap();
    two.use_everything(&fed);
    crash_and_rebalance(&two.service);
    every_command_that_looks(&two.service);
    assert_untouched(&live, &before, &live.snapshot().unwrap());
    let asked = asked(&live, LIVE);
    let others: Vec<_> = asked.iter().filter(|api| !READS.contains(&api.as_str())).collect();
    assert!(asked.contains("FETCH") && others.is_empty(), "{asked:?}");

    let plan = &two.service.plan;
    let attempts = live.attempts(LIVE, &plan.orders, &format!("bystander-{}", plan.job)).unwrap();
    let denied = |error: &str| error.ends_with("AuthorizationException");
    assert!(attempts.len() >= 17 && attempts.values().all(|error| denied(error)), "{attempts:?}");
    assert_untouched(&live, &before, &live.snapshot().unwrap());
    // And the attempts can succeed, where a right allows it.
    let scratch = unique("scratch");
    live.create_topic(&scratch, 1, &[]).unwrap();
    live.add_acls(&format!("User:{LIVE}"), &[Acl::allow("topic", &scratch, "write")]).unwrap();
    let attempts = live.attempts(LIVE, &scratch, &scratch).unwrap();
    let allowed: Vec<_> =
        attempts.iter().filter(|(_, error)| *error == "allowed").map(|(name, _)| name).collect();
    assert_eq!(allowed, ["produce", "produce idempotently"], "{attempts:?}");
}

/// One instance is killed while it runs, two others share the shards, one leaves in order and the other is killed.
fn crash_and_rebalance(service: &Job<'_>) {
    let runs = |process: &Running| process.log().contains("the shard runs");
    let mut process = service.run();
    eventually("shards run", Duration::from_secs(120), || runs(&process));
    process.kill();
    let (one, mut other) = (service.run(), service.run());
    eventually("both have shards", Duration::from_secs(120), || runs(&one) && runs(&other));
    service.terminate([one]);
    let taken_over = || other.log().matches("the shard runs").count() >= 2;
    eventually("the other has both shards", Duration::from_secs(120), taken_over);
    other.kill();
    service.drain(2);
}

/// Replays of every kind, a report, and all commands that show something.
fn every_command_that_looks(service: &Job<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, json, topic) = (path("replay"), path("report.json"), path("topic"));
    let replayed = unique("shadow.replayed");
    let may = [Acl::allow_prefix("topic", &replayed, "all"), Acl::allow("transactional_id", "*", "all")];
    service.shadow().add_acls(&format!("User:{SHADOW}"), &may).unwrap();
    for words in [
        &["check"][..],
        &["replay", "--dry-run"],
        &["replay", "--out", &out],
        &["replay", "--from", "-1h", "--verify", "--out", &path("verified")],
        &["replay", "--to-topic", &replayed, "--out", &topic],
        &["report", "--json", &json],
        &["status"],
        &["init"],
    ] {
        service.start(words).wait(Duration::from_secs(300)).ok();
    }
}

/// A config in which rights are asked for every second, with further keys under `[live]`.
fn with_live_keys(job: &Job<'_>, keys: &str) {
    job.write_config();
    let text = std::fs::read_to_string(job.config_file()).unwrap();
    let text = text.replace("[live]\n", &format!("[live]\nisolation_interval = \"1s\"\n{keys}\n"));
    std::fs::write(job.config_file(), text).unwrap();
}

#[test]
fn a_live_principal_that_may_do_more_than_read_starts_nothing_unless_that_is_asked_for() {
    let name = "a_live_principal_that_may_do_more_than_read_starts_nothing_unless_that_is_asked_for";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&[LIVE, SHADOW]));
    let (two, fed) = Two::new(&cluster, &cluster);
    let (_, shadow) = two.init();
    apply(&cluster, &shadow);
    let plan = &two.service.plan;
    let principal = format!("User:{LIVE}");
    let allow = |acls: &[Acl]| cluster.add_acls(&principal, acls).unwrap();
    let group = format!("bystander-{}", plan.job);
    allow(&[
        Acl::allow("topic", &plan.orders, "read"),
        Acl::allow("topic", &plan.quotes, "read"),
        Acl::allow("group", &group, "describe"),
    ]);
    with_live_keys(&two.service, "");
    let checked = two.service.command(&["check"]).ok().out;
    assert!(checked.contains("rights of the live principal (isolation = enforce)"), "{checked}");
    assert!(checked.contains("reads only") && !checked.contains("TOO MUCH"), "{checked}");

    // A right that comes while it runs is told within the interval.
    let process = two.service.run();
    eventually("isolation holds", Duration::from_secs(90), || {
        metric(&process, "bystander_isolation_ok") == Some(1.0) && lag_is_served(&process)
    });
    allow(&[Acl::allow("topic", &plan.orders, "write")]);
    eventually("the right to write is seen", Duration::from_secs(90), || {
        metric(&process, "bystander_isolation_ok") == Some(0.0)
    });
    assert!(process.log().contains(&format!("Write on topic {}", plan.orders)), "{}", process.log());
    two.service.terminate([process]);

    let too_much = format!("the live principal may do more than read: Write on topic {}", plan.orders);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    for words in [&["run"][..], &["run", "--until-caught-up"], &["replay", "--out", &out]] {
        let refused = two.service.start(words).wait(Duration::from_secs(120)).code(1).log;
        assert!(refused.contains(&too_much) && refused.contains("live.isolation"), "{words:?}: {refused}");
    }
    let checked = two.service.command(&["check"]).code(78);
    assert!(checked.out.contains("TOO MUCH (Write)") && checked.log.contains(&too_much), "{}", checked.log);

    with_live_keys(&two.service, "isolation = \"warn\"");
    let checked = two.service.command(&["check"]).ok().out;
    assert!(checked.contains("warning: the live principal may do more than read"), "{checked}");
    let drained = two.service.drain(1);
    assert!(drained[0].log.contains("may do more than read"), "{}", drained[0].log);
    two.service.assert_exact(&fed);
}

#[test]
fn one_principal_on_one_cluster_may_write_shadow_topics_and_must_not_write_inputs() {
    let name = "one_principal_on_one_cluster_may_write_shadow_topics_and_must_not_write_inputs";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&[SHADOW]));
    let plan = Plan::new(&cluster, 1);
    let administrator = Job::planned(&cluster, 2, plan.clone());
    administrator.fed(200, 100, 11);
    let logged_in = log_in(&cluster, SHADOW);
    let plan = Plan {
        live_brokers: cluster.sasl_bootstrap(),
        shadow_brokers: cluster.sasl_bootstrap(),
        live_properties: logged_in.clone(),
        shadow_properties: logged_in,
        ..plan
    };
    let allow = |acls: &[Acl]| cluster.add_acls(&format!("User:{SHADOW}"), acls).unwrap();
    allow(&[
        Acl::allow_prefix("topic", "shadow.", "all"),
        Acl::allow("topic", &plan.orders, "read"),
        Acl::allow("topic", &plan.quotes, "read"),
        Acl::allow("group", &plan.job, "all"),
        Acl::allow("group", &format!("bystander-{}", plan.job), "describe"),
        Acl::allow_prefix("transactional_id", &plan.job, "all"),
        Acl::allow("cluster", "kafka-cluster", "create"),
    ]);
    let service = Job::of(&cluster, &cluster, plan.clone());
    let checked = service.command(&["check"]).ok().out;
    assert!(checked.contains("reads only") && !checked.contains("the cluster"), "{checked}");
    service.drain(1);
    allow(&[Acl::allow("topic", &plan.quotes, "delete")]);
    let refused = service.start(&["run"]).wait(Duration::from_secs(120)).code(1).log;
    assert!(refused.contains(&format!("Delete on topic {}", plan.quotes)), "{refused}");
}

#[test]
fn a_missing_live_permission_is_an_error_that_names_it_in_run_and_in_check() {
    let name = "a_missing_live_permission_is_an_error_that_names_it_in_run_and_in_check";
    let cluster = kafka_or_skip!(name, KafkaOptions::authorized(&[LIVE, SHADOW]));
    let (two, fed) = Two::new(&cluster, &cluster);
    let (_, shadow) = two.init();
    apply(two.shadow(), &shadow);
    let plan = &two.service.plan;
    let refused = |permission: &str, of: &str| {
        let ran = two.service.start(&["run", "--until-caught-up"]).wait(Duration::from_secs(60)).code(1);
        let last = ran.log.lines().last().unwrap();
        assert!(last.contains(permission) && last.contains(of), "run without {permission}{of}:\n{}", ran.log);
        let checked = two.service.command(&["check"]).code(78);
        let missing = format!("{permission}{of}");
        assert!(checked.log.contains(&missing), "check without {missing}:\n{}\n{}", checked.out, checked.log);
    };
    let allow = |acl: Acl| cluster.add_acls(&format!("User:{LIVE}"), &[acl]).unwrap();
    refused("READ on topic ", &plan.orders);
    allow(Acl::allow("topic", &plan.orders, "read"));
    allow(Acl::allow("topic", &plan.quotes, "describe"));
    let group = format!("bystander-{}", plan.job);
    refused("DESCRIBE on group ", &group);
    allow(Acl::allow("group", &group, "describe"));
    refused("READ on topic ", &plan.quotes);
    allow(Acl::allow("topic", &plan.quotes, "read"));
    two.service.drain(1);
    two.service.assert_exact(&fed);
}
