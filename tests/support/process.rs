//! A process of the binary: its log in a file, its end within a deadline, and never left behind.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running `bystander`; killed when dropped.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    out: PathBuf,
    log: PathBuf,
}

/// How a process ended and what it said.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub log: String,
}

impl Running {
    /// Starts the binary; its output goes to files in `folder` named by `name`. With `most_bytes` a write that makes a
    /// file larger fails.
    pub fn start(folder: &Path, name: &str, most_bytes: Option<u64>, words: &[&str]) -> Self {
        Self::start_by(Path::new(env!("CARGO_BIN_EXE_bystander")), (folder, name), most_bytes, words)
    }

    /// The same with another binary.
    pub fn start_by(
        binary: &Path,
        (folder, name): (&Path, &str),
        most_bytes: Option<u64>,
        words: &[&str],
    ) -> Self {
        let (out, log) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.log")));
        let mut command = match most_bytes {
            None => Command::new(binary),
            // The signal that comes with the failed write would end the process without a word.
            Some(bytes) => {
                let mut shell = Command::new("bash");
                let blocks = bytes.div_ceil(1024);
                shell
                    .args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")])
                    .arg(binary);
                shell
            }
        };
        let child = command
            .args(words)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { name: name.to_owned(), child, out, log }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// Where it serves metrics, once it does.
    pub fn address(&self) -> Option<String> {
        let log = self.log();
        let line = log.lines().find(|line| line.contains("metrics, health and status are served"))?;
        let (_, address) = line.split_once("address=")?;
        Some(address.split_whitespace().next()?.to_owned())
    }

    /// The shards that it has run so far, in order and once each.
    pub fn shards(&self) -> Vec<u32> {
        let log = self.log();
        let started = log.lines().filter(|line| line.contains("the shard runs"));
        let numbers = started.filter_map(|line| {
            let (_, after) = line.split_once("shard=")?;
            after.split_whitespace().next()?.parse().ok()
        });
        let mut shards: Vec<u32> = numbers.collect();
        shards.sort_unstable();
        shards.dedup();
        shards
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Fails the test when it has ended by itself.
    pub fn must_run(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "{} ended by itself, by {}; its log ends:\n{}",
            self.name,
            ended.unwrap_or_default(),
            tail(&self.log())
        );
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `kill -TERM`.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name (`STOP`, `CONT`, …) to a process that runs.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// The most memory that it has had, in KiB; none once it has ended.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    /// Waits for its end.
    pub fn wait(mut self, limit: Duration) -> Finished {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let out = String::from_utf8_lossy(&fs::read(&self.out).unwrap()).into_owned();
                return Finished { status, out, log: self.log() };
            }
            let late = Instant::now() > deadline;
            assert!(!late, "{} runs longer than {limit:?}; its log ends:\n{}", self.name, tail(&self.log()));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Finished {
    /// Fails the test unless it ended with 0.
    pub fn ok(self) -> Self {
        assert!(self.status.success(), "{}:\n{}\n{}", self.status, self.out, tail(&self.log));
        self
    }

    /// Fails the test unless it ended with this code.
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}:\n{}\n{}", self.status, self.out, tail(&self.log));
        self
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Waits until something is so.
pub fn eventually(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
