//! The instances of the job, and the most memory that any of them has had.

use crate::support::{Job, Running, eventually};
use std::path::PathBuf;
use std::time::Duration;

/// Another binary for the instances, such as one with a fault planted: what finds faults must be seen to find them.
const BINARY: &str = "BYSTANDER_CHAOS_BINARY";

/// How long an instance may take to end in order.
const END: Duration = Duration::from_secs(300);

/// Running instances, in the order in which they were started.
#[derive(Debug)]
pub(crate) struct Instances<'a> {
    job: &'a Job<'a>,
    binary: Option<PathBuf>,
    running: Vec<Running>,
    peak: u64,
}

impl<'a> Instances<'a> {
    /// Starts so many.
    pub(crate) fn start(job: &'a Job<'a>, count: usize) -> Self {
        Self::start_by(job, count, std::env::var_os(BINARY).map(PathBuf::from))
    }

    /// The same by another binary.
    pub(crate) fn start_by(job: &'a Job<'a>, count: usize, binary: Option<PathBuf>) -> Self {
        let mut instances = Self { job, binary, running: Vec::new(), peak: 0 };
        (0..count).for_each(|_| instances.add());
        instances
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.running.len()
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Running] {
        &self.running
    }

    /// The most memory that any had, in MiB.
    pub(crate) fn peak_mib(&self) -> u64 {
        self.peak >> 10
    }

    /// Fails the test when one has ended by itself; notes memory.
    pub(crate) fn look(&mut self) {
        for instance in &mut self.running {
            instance.must_run();
            self.peak = self.peak.max(instance.peak_memory().unwrap_or(0));
        }
    }

    /// One more.
    pub(crate) fn add(&mut self) {
        let started = self.binary.as_ref().map_or_else(|| self.job.run(), |binary| self.job.run_by(binary));
        self.running.push(started);
    }

    /// Takes one out, to be stopped or killed.
    pub(crate) fn take(&mut self, which: usize) -> Running {
        self.look();
        let at = which % self.running.len();
        self.running.remove(at)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self, which: usize) {
        self.take(which).kill();
    }

    /// `kill -TERM`; it must end well.
    pub(crate) fn terminate(&mut self, which: usize) {
        let instance = self.take(which);
        // Before that a signal ends it as any process that has not begun yet.
        eventually("it listens to signals", END, || instance.address().is_some());
        instance.terminate();
        instance.wait(END).ok();
    }

    /// Sends all of them a signal.
    pub(crate) fn signal_all(&self, name: &str) {
        self.running.iter().for_each(|instance| instance.signal(name));
    }

    /// Stops one where it stands.
    pub(crate) fn freeze(&mut self, which: usize) -> Running {
        let instance = self.take(which);
        instance.signal("STOP");
        instance
    }

    /// Lets one go on that stood still.
    pub(crate) fn thaw(&mut self, instance: Running) {
        instance.signal("CONT");
        self.running.push(instance);
    }

    /// Ends all of them in order.
    pub(crate) fn end(mut self) -> u64 {
        self.look();
        self.job.terminate(std::mem::take(&mut self.running));
        self.peak_mib()
    }
}
