//! The schedule of a seed over two instances with load.

use crate::faults::{Round, Schedule};
use crate::feeder::Feeder;
use crate::injection::Field;
use crate::instances::Instances;
use crate::recovery::{Progress, Recoveries};
use crate::verdict::assert_exact;
use crate::world::{PARTITIONS, Report, given, job, options};
use bystander_testkit::{kafka_or_skip, own_kafka};
use std::time::{Duration, Instant};

const SEED: u64 = 11_855;
/// Rounds of the short run.
const ROUNDS: usize = 6;
const SHARDS: i32 = 4;

/// When a run ends: after so many rounds, or after some minutes.
enum Length {
    Rounds(usize),
    Time(Duration),
}

impl Length {
    fn given() -> Self {
        match given("BYSTANDER_CHAOS_MINUTES") {
            Some(minutes) => Self::Time(Duration::from_secs(60 * minutes)),
            None => Self::Rounds(ROUNDS),
        }
    }

    fn is_over(&self, rounds: usize, elapsed: Duration) -> bool {
        match self {
            Self::Rounds(most) => rounds >= *most,
            Self::Time(most) => elapsed >= *most,
        }
    }
}

/// Kinds to choose from, separated by commas; all, where none is named.
const KINDS: &str = "BYSTANDER_CHAOS_KINDS";

fn only() -> Vec<String> {
    let kinds = std::env::var(KINDS).unwrap_or_default();
    kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect()
}

fn command(seed: u64) -> String {
    let minutes = given("BYSTANDER_CHAOS_MINUTES").map(|minutes| format!(" MINUTES={minutes}"));
    let kinds =
        Some(only().join(",")).filter(|kinds| !kinds.is_empty()).map(|kinds| format!(" KINDS={kinds}"));
    format!("make chaos SEED={seed}{}{}", minutes.unwrap_or_default(), kinds.unwrap_or_default())
}

#[test]
fn faults_by_a_seeded_schedule_lose_double_and_change_nothing() {
    let name = "faults_by_a_seeded_schedule_lose_double_and_change_nothing";
    let shadow = kafka_or_skip!(name, options());
    let Some(live) = own_kafka(name, &options()) else { return };
    let seed = given("BYSTANDER_CHAOS_SEED").unwrap_or(SEED);
    let report = Report::begin(command(seed));
    let job = job(&live, &shadow, SHARDS);
    let feeder = Feeder::start(&job);
    let instances = Instances::start(&job, 2);
    let progress = Progress::new(&job, 2 * PARTITIONS as usize);
    let mut field = Field { job: &job, instances, feeder, progress };
    progress.everywhere("work begins", &mut field.instances, &Default::default());
    report.line("every partition is committed once; the faults begin");

    let (mut schedule, length) = (Schedule::new(seed, &only()), Length::given());
    let mut recoveries = Recoveries::default();
    let (mut rounds, began) = (0, Instant::now());
    while !length.is_over(rounds, began.elapsed()) {
        rounds += 1;
        play(&schedule.next(), &mut field, &report, &mut recoveries);
    }
    let Field { instances, feeder, .. } = field;
    feeder.stop();
    let peak = instances.end();
    report.line("all instances have ended; the rest is scored and everything is verified");
    let account = assert_exact(&job);
    report.line(&format!(
        "clean after {rounds} rounds: {} events, {} comparisons, {} dead letters, {} skips; \
         an instance had at most {peak} MiB",
        account.events, account.comparisons, account.dead_letters, account.skipped
    ));
    recoveries.lines().iter().for_each(|line| report.line(&format!("recovery after {line}")));
}

/// One round, from work before it to work everywhere after it.
fn play(round: &Round, field: &mut Field<'_>, report: &Report, recoveries: &mut Recoveries) {
    field.progress.further(&mut field.instances, round.after);
    std::thread::sleep(round.pause);
    let mut wounds = Vec::new();
    for fault in &round.faults {
        report.line(&format!("{:?} begins, instance {}, {:?}", fault.kind, fault.victim, fault.lasts));
        wounds.push(field.inject(*fault));
    }
    // The second begins and ends within the first.
    while let Some(wound) = wounds.pop() {
        field.last(&wound);
        field.heal(wound);
        report.line(&format!("{:?} is over", round.faults[wounds.len()].kind));
    }
    let healed = Instant::now();
    let since = field.progress.now();
    let names: Vec<String> = round.faults.iter().map(|fault| format!("{:?}", fault.kind)).collect();
    let names = names.join(" with ");
    field.progress.everywhere(&format!("work after {names}"), &mut field.instances, &since);
    let took = healed.elapsed();
    // Of two that overlapped, both are what was recovered from.
    round.faults.iter().for_each(|fault| recoveries.note(&format!("{:?}", fault.kind), took));
    report.line(&format!("every partition is committed again after {took:.1?}"));
    field.settle(round.faults[0].victim);
}
