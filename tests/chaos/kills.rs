//! `kill -9` at seeded points around produce and commit, with the request of that point lost, delivered, or delivered late.

use crate::feeder::Feeder;
use crate::instances::Instances;
use crate::recovery::{Progress, Recoveries};
use crate::support::Dice;
use crate::verdict::assert_exact;
use crate::world::{PARTITIONS, Report, given, job, options, way};
use bystander_testkit::{HeldRequest, Isolation, KafkaCluster, kafka_or_skip, proxy::api};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const SEED: u64 = 200;
/// Kills of the short run.
const KILLS: u64 = 8;
const SHARDS: i32 = 2;
/// How long to wait for the request at which an instance is killed.
const CATCH: Duration = Duration::from_secs(120);

/// The point at which an instance dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    /// A transaction is about to be known to its coordinator.
    BeforeAdd,
    /// Records are on their way.
    BeforeProduce,
    /// The end of a transaction is on its way.
    BeforeEnd,
    /// Some moment within a few commit intervals.
    Anywhere,
}

/// What becomes of the request that the instance died at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It never reaches the broker.
    Lost,
    /// It reaches the broker after the death, and before another instance can have taken over.
    Delivered,
    /// It reaches the broker once the next instance has committed.
    Late,
}

#[derive(Debug, Clone, Copy)]
struct Death {
    point: Point,
    fate: Fate,
    moment: Duration,
}

impl Death {
    fn draw(dice: &mut Dice) -> Self {
        let point = match dice.below(7) {
            0 => Point::BeforeAdd,
            1 | 2 => Point::BeforeProduce,
            3..=5 => Point::BeforeEnd,
            _ => Point::Anywhere,
        };
        let fate = [Fate::Lost, Fate::Delivered, Fate::Late][usize::try_from(dice.below(3)).unwrap()];
        Self { point, fate, moment: dice.millis(0, 300) }
    }

    /// Waits for the point; gives the request that is under way there.
    fn wait(self, shadow: &KafkaCluster) -> Option<HeldRequest> {
        std::thread::sleep(self.moment);
        let key = match self.point {
            Point::BeforeAdd => api::ADD_PARTITIONS_TO_TXN,
            Point::BeforeProduce => api::PRODUCE,
            Point::BeforeEnd => api::END_TXN,
            Point::Anywhere => return None,
        };
        way(shadow).hold_next(key);
        Some(way(shadow).held(CATCH).expect("the instance comes to that point"))
    }

    fn words(self) -> String {
        match self.point {
            Point::Anywhere => "Anywhere".to_owned(),
            point => format!("{point:?}, {:?}", self.fate),
        }
    }
}

fn release(request: HeldRequest) {
    // The broker may refuse it by closing the connection.
    let _ = request.release();
}

#[test]
fn instances_killed_around_produce_and_commit_lose_and_double_nothing() {
    let name = "instances_killed_around_produce_and_commit_lose_and_double_nothing";
    let cluster = kafka_or_skip!(name, options());
    let seed = given("BYSTANDER_CHAOS_SEED").unwrap_or(SEED);
    let kills = given("BYSTANDER_CHAOS_KILLS").unwrap_or(KILLS);
    let report = Report::begin(format!("make chaos-kills SEED={seed} KILLS={kills}"));
    let job = job(&cluster, &cluster, SHARDS);
    let feeder = Feeder::start(&job);
    let mut instances = Instances::start(&job, 1);
    let progress = Progress::new(&job, 2 * PARTITIONS as usize);
    progress.everywhere("work begins", &mut instances, &BTreeMap::new());

    let (mut dice, mut recoveries) = (Dice::seeded(seed), Recoveries::default());
    for kill in 1..=kills {
        let death = Death::draw(&mut dice);
        let request = death.wait(&cluster);
        instances.kill(0);
        let (since, died) = (progress.now(), Instant::now());
        instances.add();
        let mut late = None;
        match (death.fate, request) {
            (Fate::Delivered, Some(request)) => release(request),
            (Fate::Late, request) => late = request,
            (_, lost) => drop(lost),
        }
        progress.everywhere("the next instance works", &mut instances, &since);
        recoveries.note(&death.words(), died.elapsed());
        report.line(&format!("kill {kill}: {}; works again after {:.1?}", death.words(), died.elapsed()));
        late.into_iter().for_each(release);
    }
    feeder.stop();
    let peak = instances.end();
    let account = assert_exact(&job);
    let in_log = cluster.consume(&job.plan.comparisons, Isolation::Uncommitted).unwrap();
    let in_log = in_log.iter().filter(|record| record.value.is_some()).count();
    let aborted = in_log - usize::try_from(account.comparisons).unwrap();
    report.line(&format!(
        "clean after {kills} kills: {} events, {} comparisons, {aborted} more stand in the log aborted; \
         an instance had at most {peak} MiB",
        account.events, account.comparisons
    ));
    recoveries.lines().iter().for_each(|line| report.line(&format!("recovery after {line}")));
    assert!(aborted > 0, "no kill hit an open transaction");
}
