//! Inputs that turn out to be other logs, and checkpoints that are lost: nothing goes on until a person decides.

use crate::support::{Job, at, eventually, page, status_page};
use bystander_testkit::{KafkaCluster, kafka_or_skip};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// Deletes a topic and creates it again.
fn recreate(cluster: &KafkaCluster, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    cluster.delete_topic(topic).unwrap();
    eventually("the topic is there again", LIMIT, || {
        cluster.create_topic(topic, partitions, settings).is_ok()
    });
}

fn read(job: &Job<'_>) -> u64 {
    job.status()["totals"]["read"].as_u64().unwrap()
}

#[test]
fn a_recreated_input_is_halted_everywhere_it_shows_until_a_person_resumes_it() {
    let name = "a_recreated_input_is_halted_everywhere_it_shows_until_a_person_resumes_it";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    let first = job.fed(300, 200, 1);
    job.drain(1);
    recreate(cluster, &job.plan.orders, 1, &[]);
    // More than before, so that the former position lies within.
    let second = job.fed(500, 0, 2);
    // Seen by `status` before anything runs, and by `resume`, which does nothing unasked.
    let waiting = job.command(&["status"]).ok().out;
    assert!(waiting.contains("HALTED") && waiting.contains("deleted and created again"), "{waiting}");
    let process = job.run();
    let series = || {
        let page = page(&process).unwrap_or_default();
        page.lines()
            .filter(|line| line.starts_with("bystander_partition_halted{") && line.contains(&job.plan.orders))
            .map(str::to_owned)
            .next()
    };
    eventually("the metric says so", LIMIT, || series().is_some_and(|series| series.ends_with(" 1")));
    assert!(at(&process, "/readyz").is_none_or(|body| body.contains("is halted")));
    let status = at(&process, "/status").unwrap();
    assert!(status.contains("\"reason\":\"recreated\""), "{status}");
    let page = status_page(&process);
    assert!(
        page.contains("An input partition is halted") && page.contains("resume --accept-recreated"),
        "{page}"
    );
    // The other input goes on meanwhile.
    let third = job.fed(0, 100, 3);
    eventually("quotes are read", LIMIT, || read(&job) == first.events() + third.events());
    let planned = job.command(&["resume", "--accept-recreated"]).ok().out;
    assert!(planned.contains("goes on at offset 0") && planned.contains("nothing was done"), "{planned}");
    assert_eq!(read(&job), first.events() + third.events());
    let done = job.command(&["resume", "--accept-recreated", "--execute"]).ok().out;
    assert!(done.contains("done"), "{done}");
    let all = first.events() + second.events() + third.events();
    eventually("the new log is read by the running process", LIMIT, || read(&job) == all);
    eventually("the metric ends", LIMIT, || series().is_some_and(|series| series.ends_with(" 0")));
    let status = job.status();
    assert_eq!((status["balanced"].as_bool(), status["lag"].as_i64()), (Some(true), Some(0)), "{status}");
    assert_eq!(status["partitions"][0]["former_logs"], 1, "{status}");
    let again = job.command(&["resume", "--accept-recreated"]).ok().out;
    assert!(again.contains("no partition waits for a decision"), "{again}");
    job.terminate([process]);
}

#[test]
fn catching_up_with_a_halted_input_fails_and_says_how_to_go_on() {
    let name = "catching_up_with_a_halted_input_fails_and_says_how_to_go_on";
    let cluster = kafka_or_skip!(name);
    let job = Job::ready(cluster, 1, 1);
    job.fed(100, 100, 1);
    job.drain(1);
    recreate(cluster, &job.plan.orders, 1, &[]);
    job.fed(200, 0, 2);
    let ended = job.start(&["run", "--until-caught-up"]).wait(LIMIT).code(1);
    assert!(
        ended.log.contains("is halted") && ended.log.contains("resume --accept-recreated"),
        "{}",
        ended.log
    );
}

#[test]
fn a_job_whose_checkpoints_are_lost_does_not_start_and_says_how_to_go_on() {
    let name = "a_job_whose_checkpoints_are_lost_does_not_start_and_says_how_to_go_on";
    let cluster = kafka_or_skip!(name);
    let mut job = Job::ready(cluster, 2, 2);
    let fed = job.fed(300, 200, 1);
    job.drain(1);
    let before = cluster.end_offsets(&job.plan.comparisons).unwrap();
    let expires = [("cleanup.policy", "delete"), ("retention.ms", "86400000")];
    recreate(cluster, &job.plan.checkpoints, 2, &expires);
    let refused = job.command(&["check"]).code(78);
    assert!(
        refused.log.contains("cleanup.policy=delete") && refused.log.contains("compact"),
        "{}",
        refused.log
    );
    let ended = job.start(&["run", "--until-caught-up"]).wait(LIMIT).code(1);
    assert!(
        ended.log.contains("has no checkpoint of topic") && ended.log.contains("new job name"),
        "{}",
        ended.log
    );
    // The takeover's own records aside, which no reader sees.
    assert_eq!(job.account().duplicates, 0);
    assert!(
        cluster.end_offsets(&job.plan.comparisons).unwrap().values().sum::<i64>()
            < before.values().sum::<i64>() + 50
    );
    let status = job.start(&["run"]);
    eventually("the page says so", LIMIT, || {
        let page = status_page(&status);
        page.contains("are lost") && page.contains("cleanup.policy=delete")
    });
    job.terminate([status]);
    // Another name goes on, with comparisons of its own.
    job.plan.job = bystander_testkit::unique("job");
    job.write_config();
    job.drain(1);
    assert_eq!(read(&job), fed.events());
}
