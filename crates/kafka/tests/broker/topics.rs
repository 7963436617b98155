//! Planning and making the shadow topics; looking inputs up.

use crate::world::World;
use bystander_kafka::live::LiveClient;
use bystander_kafka::{ReadTopics, ShadowTopic, ShadowTopics, TopicChange, TopicPlanSettings};
use bystander_testkit::{ProduceOptions, kafka_or_skip};

#[test]
fn missing_topics_are_planned_made_and_then_as_they_should_be() {
    let cluster = kafka_or_skip!("missing_topics_are_planned_made_and_then_as_they_should_be");
    let world = World::with(cluster, &[3], 1, |_, shadow, inputs| {
        let read = ReadTopics::new(inputs.clone());
        let new = |purpose| ShadowTopic::new(&format!("{}.new.{purpose}", shadow.job), &read).unwrap();
        (shadow.comparisons, shadow.dead_letters, shadow.checkpoints) = (new("c"), new("d"), new("k"));
    });
    let name = &world.job.shadow().job;
    let topics = ShadowTopics::new(world.job.shadow()).unwrap();
    let wanted = TopicPlanSettings::new(4, 3);
    let plan = topics.plan(&wanted).unwrap();
    let lines: Vec<String> = plan.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            format!(
                "create topic {name}.new.k: 4 partitions, cleanup.policy=compact, segment.bytes=16777216, \
                 segment.ms=3600000"
            ),
            format!(
                "create topic {name}.new.c: 3 partitions, cleanup.policy=delete, retention.ms=2592000000"
            ),
            format!(
                "create topic {name}.new.d: 3 partitions, cleanup.policy=delete, retention.ms=2592000000"
            ),
        ]
    );
    assert_eq!(topics.partitions(&world.job.shadow().checkpoints).unwrap(), None);
    topics.execute(&plan).unwrap();
    assert_eq!(topics.plan(&wanted).unwrap(), []);
    let fewer = topics.plan(&TopicPlanSettings::new(2, 3)).unwrap_err();
    assert!(fewer.fix.contains("at least 4"), "{fewer}");
}

#[test]
fn a_checkpoints_topic_that_forgets_is_told() {
    let cluster = kafka_or_skip!("a_checkpoints_topic_that_forgets_is_told");
    let name = bystander_testkit::unique("forgetful");
    cluster.create_topic(&name, 1, &[("cleanup.policy", "delete")]).unwrap();
    let world = World::with(cluster, &[1], 1, |_, shadow, inputs| {
        shadow.checkpoints = ShadowTopic::new(&name, &ReadTopics::new(inputs.clone())).unwrap();
    });
    let plan = ShadowTopics::new(world.job.shadow()).unwrap().plan(&TopicPlanSettings::new(1, 2)).unwrap();
    assert!(
        matches!(&plan[..], [TopicChange::Differs { setting, should_be, .. }]
            if setting == "cleanup.policy" && should_be == "compact"),
        "{plan:?}"
    );
}

#[test]
fn inputs_are_looked_up_and_a_missing_one_is_told_and_not_created() {
    let world =
        World::new(kafka_or_skip!("inputs_are_looked_up_and_a_missing_one_is_told_and_not_created"), &[3], 1);
    world.feed(0, 1, 12, &ProduceOptions::default());
    let live = LiveClient::new(world.job.live(), world.job.status()).unwrap();
    assert_eq!(live.partitions(&world.job.inputs()[0]).unwrap(), 3);
    assert_eq!(live.watermarks(&world.job.inputs()[0], 1).unwrap(), (0, 12));
    let missing = format!("{}.nowhere", world.job.shadow().job);
    for _ in 0..2 {
        let failure = live.partitions(&missing).unwrap_err();
        assert!(!failure.is_retriable() && failure.what.contains(&missing), "{failure}");
        assert!(failure.fix.contains("[[streams]]"), "{failure}");
    }
}
