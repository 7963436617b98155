//! The health machine, with time as a parameter.

use bystander_metrics::health::{HealthLimits, HealthMachine, Liveness, Readiness, ShardEvent, ShardState};
use std::time::{Duration, Instant};

const LIMITS: HealthLimits = HealthLimits {
    starting: Duration::from_secs(120),
    running: Duration::from_secs(60),
    draining: Duration::from_secs(30),
    failed: Duration::from_secs(45),
};

/// A machine on a clock that only the test moves.
struct Scene {
    machine: HealthMachine,
    start: Instant,
}

impl Scene {
    fn new() -> Self {
        let mut machine = HealthMachine::new(LIMITS);
        machine.assigned();
        Self { machine, start: Instant::now() }
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn on(mut self, seconds: u64, shard: i32, event: ShardEvent) -> Self {
        self.machine.apply(shard, event, self.at(seconds));
        self
    }

    fn healthy(&self, seconds: u64) -> bool {
        self.machine.verdict(self.at(seconds)) == Liveness::Healthy
    }

    fn waits_for(&self) -> Option<String> {
        match self.machine.readiness() {
            Readiness::Ready => None,
            Readiness::NotReady(reason) => Some(reason),
        }
    }
}

fn running_shard() -> Scene {
    Scene::new().on(0, 3, ShardEvent::Starting).on(5, 3, ShardEvent::Running).on(5, 3, ShardEvent::Progressed)
}

#[test]
fn a_process_without_shards_is_healthy_and_ready_once_it_was_assigned_none() {
    let mut machine = HealthMachine::new(LIMITS);
    assert_eq!(machine.verdict(Instant::now()), Liveness::Healthy);
    assert!(matches!(machine.readiness(), Readiness::NotReady(reason) if reason.contains("assignment")));
    machine.assigned();
    assert_eq!(machine.readiness(), Readiness::Ready);
}

#[test]
fn a_running_shard_is_healthy_as_long_as_it_progresses() {
    let scene = running_shard();
    assert!(scene.healthy(65));
    assert!(!scene.healthy(66));
    let scene = scene.on(100, 3, ShardEvent::Progressed);
    assert!(scene.healthy(160), "progress heals");
    assert!(!scene.healthy(161));
}

#[test]
fn the_reason_names_shard_state_time_limit_and_last_error() {
    let scene = running_shard().on(10, 3, ShardEvent::Failed("broker gone; check it".to_owned()));
    let Liveness::Unhealthy(reasons) = scene.machine.verdict(scene.at(60)) else { panic!("unhealthy") };
    assert_eq!(reasons.len(), 1);
    assert_eq!((reasons[0].shard, reasons[0].state), (3, ShardState::Failed));
    assert_eq!((reasons[0].seconds, reasons[0].limit_seconds), (55, 45));
    assert_eq!(reasons[0].last_error.as_deref(), Some("broker gone; check it"));
}

#[test]
fn a_start_may_take_longer_than_a_turn_but_not_for_ever() {
    let scene = Scene::new().on(0, 0, ShardEvent::Starting);
    assert!(scene.healthy(120));
    assert!(!scene.healthy(121));
}

#[test]
fn a_shard_that_fails_and_restarts_without_progress_is_found_out() {
    let mut scene = running_shard();
    for turn in 1..15 {
        let now = 5 + turn * 10;
        scene = scene
            .on(now, 3, ShardEvent::Failed("poison".to_owned()))
            .on(now + 1, 3, ShardEvent::Starting)
            .on(now + 2, 3, ShardEvent::Running);
    }
    assert!(!scene.healthy(148));
    let scene = scene.on(149, 3, ShardEvent::Progressed);
    assert!(scene.healthy(149));
}

#[test]
fn draining_has_its_own_time_and_progress_does_not_prolong_it() {
    let scene = running_shard().on(60, 3, ShardEvent::Draining).on(85, 3, ShardEvent::Progressed);
    assert!(scene.healthy(90));
    assert!(!scene.healthy(91));
    assert_eq!(scene.machine.count(ShardState::Draining), 1);
}

#[test]
fn a_released_shard_is_forgotten_and_its_late_words_change_nothing() {
    let scene = running_shard().on(10, 3, ShardEvent::Released).on(11, 3, ShardEvent::Progressed).on(
        12,
        3,
        ShardEvent::Draining,
    );
    assert!(scene.healthy(10_000));
    assert!(ShardState::ALL.into_iter().all(|state| scene.machine.count(state) == 0));
}

#[test]
fn a_shard_that_comes_back_starts_with_a_clean_slate() {
    let scene = running_shard()
        .on(6, 3, ShardEvent::Failed("gone".to_owned()))
        .on(7, 3, ShardEvent::Released)
        .on(1000, 3, ShardEvent::Starting);
    assert!(scene.healthy(1000));
}

#[test]
fn one_stuck_shard_among_sound_ones_is_the_only_reason() {
    let scene = running_shard().on(0, 4, ShardEvent::Starting).on(100, 4, ShardEvent::Progressed);
    let Liveness::Unhealthy(reasons) = scene.machine.verdict(scene.at(110)) else { panic!("unhealthy") };
    assert_eq!(reasons.iter().map(|reason| reason.shard).collect::<Vec<_>>(), [3]);
}

#[test]
fn ready_means_that_every_assigned_shard_runs() {
    let scene = running_shard().on(6, 1, ShardEvent::Starting);
    assert_eq!(scene.waits_for().as_deref(), Some("shard 1 is starting"));
    let scene = scene.on(7, 1, ShardEvent::Running);
    assert_eq!(scene.waits_for(), None);
    let scene = scene.on(8, 3, ShardEvent::Failed("gone".to_owned()));
    assert_eq!(scene.waits_for().as_deref(), Some("shard 3 is failed"));
}

#[test]
fn a_process_that_ends_is_not_ready_whatever_comes_after() {
    let mut scene = running_shard();
    scene.machine.draining();
    scene.machine.assigned();
    assert_eq!(scene.waits_for().as_deref(), Some("draining"));
    assert!(scene.healthy(6), "it is healthy still: nothing must kill it while it drains");
}

#[test]
fn a_process_whose_shards_were_lost_is_not_ready_until_it_is_assigned_some_or_none() {
    let mut scene = running_shard();
    scene.machine.lost();
    let scene = scene.on(20, 3, ShardEvent::Draining).on(21, 3, ShardEvent::Released);
    assert!(scene.waits_for().expect("it waits").contains("took its shards away"), "{:?}", scene.waits_for());
    assert!(scene.healthy(10_000), "to be killed would help nobody");
    let mut machine = scene.machine;
    machine.assigned();
    assert_eq!(machine.readiness(), Readiness::Ready);
    machine.draining();
    machine.lost();
    machine.assigned();
    assert_eq!(machine.readiness(), Readiness::NotReady("draining".to_owned()));
}
