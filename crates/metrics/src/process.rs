//! The process's own metrics, read from `/proc/self` when scraped; elsewhere than on Linux there are none.
//!
//! The collector of the `prometheus` crate (0.14, feature `process`) has the same names, but counts processor time in whole
//! seconds. A quiet instance uses some milliseconds a second, so its rate would be 0 most of the time.

use crate::catalogue::process::{CPU_SECONDS, MAX_FILES, OPEN_FILES, RESIDENT_BYTES, START_TIME, THREADS};
use crate::family::{Definition, MetricType};
use prometheus::core::{Collector, Desc, Describer};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, Opts};
use std::fs;

/// Ticks per second in `/proc`: fixed by the kernel's interface to programs, whatever its own clock.
const TICKS_PER_SECOND: f64 = 100.0;

const METRICS: [Definition; 6] = [CPU_SECONDS, RESIDENT_BYTES, OPEN_FILES, MAX_FILES, THREADS, START_TIME];

/// Reads this process at each scrape.
pub(crate) struct ProcessCollector {
    descriptions: Vec<Desc>,
    boot_time: Option<f64>,
}

impl ProcessCollector {
    pub(crate) fn new() -> prometheus::Result<Self> {
        let descriptions =
            METRICS.iter().map(|metric| options(metric).describe()).collect::<Result<_, _>>()?;
        Ok(Self {
            descriptions,
            boot_time: fs::read_to_string("/proc/stat").ok().as_deref().and_then(boot_time),
        })
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let values = read_values(self.boot_time);
        values.into_iter().filter_map(|(metric, value)| family(&metric, value?)).flatten().collect()
    }
}

fn options(metric: &Definition) -> Opts {
    Opts::new(metric.name, metric.help)
}

fn family(metric: &Definition, value: f64) -> Option<Vec<MetricFamily>> {
    if metric.metric_type == MetricType::Counter {
        let counter = Counter::with_opts(options(metric)).ok()?;
        counter.inc_by(value);
        return Some(counter.collect());
    }
    let gauge = Gauge::with_opts(options(metric)).ok()?;
    gauge.set(value);
    Some(gauge.collect())
}

/// What can't be read is left out: a missing series is honest, a zero isn't.
fn read_values(boot_time: Option<f64>) -> [(Definition, Option<f64>); METRICS.len()] {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    // Reading the folder opens one descriptor itself.
    let open = fs::read_dir("/proc/self/fd").ok().map(|files| files.count().saturating_sub(1) as f64);
    [
        (CPU_SECONDS, cpu_seconds(&stat)),
        (RESIDENT_BYTES, status_value(&status, "VmRSS:").map(|kibibytes| kibibytes * 1024.0)),
        (OPEN_FILES, open),
        (MAX_FILES, max_files(&limits)),
        (THREADS, status_value(&status, "Threads:")),
        (START_TIME, start_time(&stat, boot_time)),
    ]
}

/// Field `number` of `/proc/self/stat`, counted from 1 as in proc(5); the name in field 2 may hold anything.
fn stat_field(stat: &str, number: usize) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    Some((stat_field(stat, 14)? + stat_field(stat, 15)?) / TICKS_PER_SECOND)
}

fn start_time(stat: &str, boot_time: Option<f64>) -> Option<f64> {
    Some(boot_time? + stat_field(stat, 22)? / TICKS_PER_SECOND)
}

fn boot_time(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

fn status_value(status: &str, name: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_ascii_whitespace().next()?.parse().ok()
}

/// The soft limit; `unlimited` has no number.
fn max_files(limits: &str) -> Option<f64> {
    let values = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    values.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const STAT: &str = "42 (a (nasty) name) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 7 18 3000 20 21";

    #[test]
    fn times_are_read_whatever_the_process_is_called() {
        assert_eq!(cpu_seconds(STAT), Some(3.0));
        assert_eq!(start_time(STAT, Some(1_000.0)), Some(1_030.0));
        assert_eq!(start_time(STAT, None), None);
    }

    #[test]
    fn sizes_and_limits_are_read() {
        assert_eq!(status_value("Name:\tx\nVmRSS:\t  2048 kB\nThreads:\t7\n", "VmRSS:"), Some(2048.0));
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files   1024   524288   files\n";
        assert_eq!(max_files(limits), Some(1024.0));
        assert_eq!(max_files("Max open files   unlimited   unlimited   files\n"), None);
        assert_eq!(boot_time("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000.0));
    }

    #[test]
    fn garbage_gives_nothing_instead_of_zero() {
        assert_eq!(cpu_seconds(""), None);
        assert_eq!(status_value("VmRSS:", "VmRSS:"), None);
        assert_eq!(max_files("nothing here"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_can_be_read() {
        let collector = ProcessCollector::new().unwrap();
        let values = read_values(collector.boot_time);
        assert!(values.iter().all(|(metric, value)| value.is_some() || metric.name == MAX_FILES.name));
        assert!(
            values.iter().any(|(metric, value)| metric.name == RESIDENT_BYTES.name && *value > Some(0.0))
        );
    }
}
