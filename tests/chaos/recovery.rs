//! How far the job has committed, and how long it takes to go on after a fault.

use crate::instances::Instances;
use crate::support::Job;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a job may take to work again once nothing is wrong any more.
const LIMIT: Duration = Duration::from_secs(300);

/// The next offset of each input partition, by `topic/partition`.
pub(crate) type Positions = BTreeMap<String, i64>;

/// Committed positions, as the other client reads them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress<'a> {
    job: &'a Job<'a>,
    partitions: usize,
}

impl<'a> Progress<'a> {
    /// Of a job with so many input partitions in all.
    pub(crate) fn new(job: &'a Job<'a>, partitions: usize) -> Self {
        Self { job, partitions }
    }

    /// What is committed, as far as that can be read now.
    pub(crate) fn now(&self) -> Positions {
        let (shadow, plan) = (self.job.shadow(), &self.job.plan);
        let arguments =
            json!({ "bootstrap": shadow.bootstrap(), "checkpoints": plan.checkpoints, "job": plan.job });
        serde_json::from_value(shadow.shell().call("progress", &arguments).unwrap()).unwrap()
    }

    /// Waits until the positions are as wanted; meanwhile every instance must run.
    pub(crate) fn until(
        &self,
        what: &str,
        instances: &mut Instances<'_>,
        mut wanted: impl FnMut(&Positions) -> bool,
    ) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let now = self.now();
            if wanted(&now) {
                return;
            }
            instances.look();
            assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}; committed is {now:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until every input partition is committed further than in `since`, and beyond its beginning.
    pub(crate) fn everywhere(&self, what: &str, instances: &mut Instances<'_>, since: &Positions) {
        self.until(what, instances, |now| {
            let before = |partition: &String| since.get(partition).copied().unwrap_or(0);
            let further = |(partition, next): (&String, &i64)| before(partition) < *next;
            now.len() == self.partitions && now.iter().all(further)
        });
    }

    /// Waits for so many more offsets in all.
    pub(crate) fn further(&self, instances: &mut Instances<'_>, offsets: u64) {
        let sum = |positions: &Positions| positions.values().sum::<i64>();
        let aim = sum(&self.now()) + i64::try_from(offsets).unwrap();
        self.until("work goes on", instances, |now| sum(now) >= aim);
    }
}

/// Recovery times by what had gone wrong.
#[derive(Debug, Default)]
pub(crate) struct Recoveries(BTreeMap<String, Vec<Duration>>);

impl Recoveries {
    /// Notes one.
    pub(crate) fn note(&mut self, what: &str, took: Duration) {
        self.0.entry(what.to_owned()).or_default().push(took);
    }

    /// A line for each kind and one for all.
    pub(crate) fn lines(&self) -> Vec<String> {
        let all: Vec<Duration> = self.0.values().flatten().copied().collect();
        let one = |(what, times): (&String, &Vec<Duration>)| line(what, times);
        self.0.iter().map(one).chain([line("all", &all)]).collect()
    }
}

fn line(what: &str, times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort_unstable();
    // The nearest rank.
    let rank = |share: f64| {
        let at = (share * times.len() as f64).ceil() as usize;
        times.get(at.saturating_sub(1)).copied().unwrap_or_default()
    };
    format!("{what}: {} times, p50 {:.1?}, p99 {:.1?}", times.len(), rank(0.5), rank(0.99))
}
