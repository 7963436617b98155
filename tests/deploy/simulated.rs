//! What an instance exports before, during and after an outage, second by second, as input of promtool.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long everything takes, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// Between two scrapes.
    pub(crate) step: i64,
    /// Ordinary work before the outage.
    pub(crate) before: i64,
    /// The outage.
    pub(crate) lasts: i64,
    /// Ordinary work after it.
    pub(crate) after: i64,
}

impl Course {
    pub(crate) fn end(self) -> i64 {
        self.before + self.lasts + self.after
    }
}

const SHARDS: usize = 4;
const TOPICS: [(&str, &str); 2] = [("orders", "shop.orders"), ("prices", "shop.price-quotes")];
/// Events per second and partition.
const ARRIVE: i64 = 5;
/// Events per second and partition that are scored while there is a backlog.
const SCORE: i64 = 500;
/// Seconds after which the group takes a silent member's shards away.
const SESSION: i64 = 10;
/// Seconds without an answer after which an instance says that it isn't ready.
const SILENT: i64 = 30;

/// An outage of the runbook's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    Shadow,
    Live,
    Both,
    Broker,
    Group,
    Shards,
    Config,
    Transaction,
}

impl Outage {
    /// By the first cell of its row.
    pub(crate) fn of(row: &str) -> Self {
        match row {
            "shadow cluster away" => Self::Shadow,
            "live cluster away" => Self::Live,
            "both away" => Self::Both,
            "one of several brokers hangs" => Self::Broker,
            "group lost" => Self::Group,
            "shards without an instance" => Self::Shards,
            "different config from the job's" => Self::Config,
            "hung transaction of a producer" => Self::Transaction,
            other => panic!("nothing is known of the outage {other}"),
        }
    }

    fn hits(self, cluster: &str) -> bool {
        self == Self::Both
            || (self == Self::Live && cluster == "live")
            || (self == Self::Shadow && cluster == "shadow")
    }

    /// Shards that run so many seconds after its beginning.
    fn running(self, seconds: i64) -> usize {
        match self {
            Self::Group => 0,
            Self::Shadow | Self::Both if seconds >= SESSION => 0,
            Self::Shards => SHARDS / 2,
            _ => SHARDS,
        }
    }

    fn ready(self, seconds: i64) -> bool {
        match self {
            Self::Shadow | Self::Live | Self::Both => seconds < SILENT,
            Self::Group => false,
            Self::Broker | Self::Shards | Self::Config | Self::Transaction => true,
        }
    }

    /// Whether a partition is read meanwhile.
    fn reads(self, topic: usize, partition: usize) -> bool {
        match self {
            Self::Shadow | Self::Live | Self::Both | Self::Group => false,
            Self::Broker => partition >= SHARDS / 2,
            Self::Shards => partition < SHARDS / 2,
            Self::Config => true,
            Self::Transaction => (topic, partition) != (0, 0),
        }
    }

    /// Whether no broker says where a partition ends.
    fn silences(self, partition: usize) -> bool {
        self.hits("live") || (self == Self::Broker && partition < SHARDS / 2)
    }

    /// Whether no instance shows a partition.
    fn hides(self, partition: usize) -> bool {
        self == Self::Shards && partition >= SHARDS / 2
    }
}

/// Values of each series, one for each scrape; nothing where it was not exported.
struct Scrapes {
    job: String,
    series: BTreeMap<String, Vec<Option<i64>>>,
}

impl Scrapes {
    fn add(&mut self, metric: &str, labels: &str, value: Option<i64>) {
        self.of("a:9464", metric, labels, value);
    }

    /// Of another instance, of which only that it is there matters.
    fn of_other(&mut self, metric: &str, labels: &str, value: Option<i64>) {
        self.of("b:9464", metric, labels, value);
    }

    fn of(&mut self, instance: &str, metric: &str, labels: &str, value: Option<i64>) {
        let comma = if labels.is_empty() { "" } else { ", " };
        let name = format!("{metric}{{job=\"{}\", instance=\"{instance}\"{comma}{labels}}}", self.job);
        self.series.entry(name).or_default().push(value);
    }
}

#[derive(Clone, Copy, Default)]
struct Partition {
    arrived: i64,
    read: i64,
    late: i64,
}

/// The series of a job of this name, as promtool takes them. One instance tells of its work.
pub(crate) fn series(job: &str, outage: Outage, course: Course) -> Vec<Value> {
    let mut scrapes = Scrapes { job: job.to_owned(), series: BTreeMap::new() };
    let mut partitions = [[Partition::default(); SHARDS]; TOPICS.len()];
    let mut commit_age = 1;
    for now in (0..=course.end()).step_by(course.step as usize) {
        let seconds = Some(now - course.before).filter(|seconds| (0..course.lasts).contains(seconds));
        let during = seconds.map(|seconds| (outage, seconds));
        let mut committed = false;
        for (topic, of_topic) in partitions.iter_mut().enumerate() {
            for (partition, state) in of_topic.iter_mut().enumerate() {
                let reads = during.is_none_or(|(outage, _)| outage.reads(topic, partition));
                step(state, reads, course.step);
                committed |= reads;
            }
        }
        commit_age = if committed { 1 } else { commit_age + course.step };
        instance(&mut scrapes, during, commit_age);
        for (topic, of_topic) in partitions.iter().enumerate() {
            topic_series(&mut scrapes, during, topic, of_topic);
        }
    }
    let told =
        |(name, values): (String, Vec<Option<i64>>)| json!({ "series": name, "values": notation(&values) });
    scrapes.series.into_iter().map(told).collect()
}

fn step(state: &mut Partition, reads: bool, seconds: i64) {
    let waited = state.arrived - state.read;
    state.arrived += ARRIVE * seconds;
    if reads {
        let read = (state.arrived - state.read).min(SCORE * seconds);
        state.read += read;
        // What waited since before the last scrape.
        state.late += read.min(waited);
    }
}

fn instance(scrapes: &mut Scrapes, during: Option<(Outage, i64)>, commit_age: i64) {
    let running = during.map_or(SHARDS, |(outage, seconds)| outage.running(seconds));
    scrapes.add("up", "", Some(1));
    scrapes.add("bystander_build_info", "version=\"1\", revision=\"a\"", Some(1));
    scrapes.add(
        "bystander_ready",
        "",
        Some(i64::from(during.is_none_or(|(outage, seconds)| outage.ready(seconds)))),
    );
    for (state, count) in [("running", running), ("starting", 0), ("draining", 0), ("failed", 0)] {
        scrapes.add("bystander_shards", &format!("state=\"{state}\""), Some(count as i64));
    }
    scrapes.add("bystander_shards_expected", "", Some(SHARDS as i64));
    scrapes.add("bystander_commit_age_seconds", "", Some(commit_age));
    for cluster in ["live", "shadow"] {
        let age = during.filter(|(outage, _)| outage.hits(cluster)).map_or(1, |(_, seconds)| seconds);
        scrapes.add("bystander_cluster_answer_age_seconds", &format!("cluster=\"{cluster}\""), Some(age));
    }
    // The instance that hangs in the group is a second one, and doesn't answer Prometheus either.
    let hangs = during.is_some_and(|(outage, _)| outage == Outage::Shards);
    scrapes.of_other("up", "", Some(i64::from(!hangs)));
    scrapes.of_other("bystander_build_info", "version=\"1\", revision=\"a\"", (!hangs).then_some(1));
    // The instance with another config is a second one, which never had a shard.
    let other = during.is_some_and(|(outage, _)| outage == Outage::Config);
    scrapes.add("bystander_config_agrees", "", Some(i64::from(!other)));
    scrapes.add("bystander_isolation_ok", "", Some(1));
    for result in ["committed", "aborted", "failed"] {
        let begun = scrapes.series.values().next().map_or(0, Vec::len) as i64;
        let count = if result == "committed" { begun } else { 0 };
        scrapes.add("bystander_transactions_total", &format!("result=\"{result}\""), Some(count));
    }
}

fn topic_series(
    scrapes: &mut Scrapes,
    during: Option<(Outage, i64)>,
    topic: usize,
    partitions: &[Partition; SHARDS],
) {
    let (stream, name) = TOPICS[topic];
    scrapes.add("bystander_input_partitions", &format!("topic=\"{name}\""), Some(SHARDS as i64));
    for (number, state) in partitions.iter().enumerate() {
        let labels = format!("topic=\"{name}\", partition=\"{number}\"");
        let hidden = during.is_some_and(|(outage, _)| outage.hides(number));
        let silent = during.filter(|(outage, _)| outage.silences(number));
        let held = during.filter(|(outage, _)| *outage == Outage::Transaction && (topic, number) == (0, 0));
        let shown = |value: i64| (!hidden).then_some(value);
        let lag = if silent.is_some() { None } else { shown(state.arrived - state.read) };
        scrapes.add("bystander_lag_records", &labels, lag);
        scrapes.add(
            "bystander_partition_answer_age_seconds",
            &labels,
            shown(silent.map_or(1, |(_, seconds)| seconds)),
        );
        scrapes.add("bystander_blocked_age_seconds", &labels, shown(held.map_or(0, |(_, seconds)| seconds)));
        scrapes.add(
            "bystander_blocked_records",
            &labels,
            shown(held.map_or(0, |_| state.arrived - state.read)),
        );
        scrapes.add("bystander_partition_halted", &labels, shown(0));
    }
    let sum = |of: fn(&Partition) -> i64| partitions.iter().map(of).sum::<i64>();
    let (read, late) = (sum(|state| state.read), sum(|state| state.late));
    for (result, count) in [("scored", read), ("dead_letter", 0)] {
        scrapes.add(
            "bystander_records_total",
            &format!("stream=\"{stream}\", result=\"{result}\""),
            Some(count),
        );
    }
    let labels =
        format!("stream=\"{stream}\", model=\"m\", version=\"1\", live=\"accept\", would_be=\"accept\"");
    scrapes.add("bystander_comparisons_total", &labels, Some(read));
    for (bound, count) in [("1.0", read - late), ("30.0", read - late), ("3600.0", read), ("+Inf", read)] {
        scrapes.add(
            "bystander_event_age_seconds_bucket",
            &format!("stream=\"{stream}\", le=\"{bound}\""),
            Some(count),
        );
    }
    scrapes.add("bystander_event_age_seconds_count", &format!("stream=\"{stream}\""), Some(read));
}

/// In promtool's short form: `a+bxn` for a value and n more of them, each b larger. A series that ends is marked as
/// Prometheus marks one that a scrape doesn't have any more.
fn notation(values: &[Option<i64>]) -> String {
    let mut words = Vec::new();
    let mut at = 0;
    while at < values.len() {
        let Some(first) = values[at] else {
            let gap = values[at..].iter().take_while(|value| value.is_none()).count();
            words.push("stale".to_owned());
            words.extend((gap > 1).then(|| format!("_x{}", gap - 1)));
            at += gap;
            continue;
        };
        let by = values.get(at + 1).copied().flatten().map_or(0, |second| second - first);
        let mut more = 0;
        while values.get(at + 1 + more).copied().flatten() == Some(first + by * (more as i64 + 1)) {
            more += 1;
        }
        words.push(format!("{first}{by:+}x{more}"));
        at += more + 1;
    }
    words.join(" ")
}

#[test]
fn a_line_of_values_is_written_short() {
    let values = [Some(1), Some(2), Some(3), Some(3), None, None, Some(0)];
    assert_eq!(notation(&values), "1+1x2 3+0x0 stale _x1 0+0x0");
}
