//! Java processes that cannot outlive the process that started them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::StartError;
use crate::java::Java;

/// Runs its arguments in the background and kills them when standard input ends, which it does however
/// the owner dies: the kernel closes the pipe. Ends by itself when the program ends. Standard output is the
/// program's process id.
const GUARD: &str = r#"
exec 3<&0 2>/dev/null
"$@" </dev/null >>"$LOG" 2>&1 3<&- &
program=$!
echo "$program"
exec >/dev/null
{ cat <&3 >/dev/null; kill -9 "$program" 2>/dev/null; } &
watch=$!
exec 3<&-
wait "$program"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
"#;

/// A Java program under guard.
#[derive(Debug)]
pub(crate) struct GuardedJava {
    guard: Child,
    pid: u32,
}

impl GuardedJava {
    /// Starts `java` with these arguments; both its outputs are appended to `log`.
    pub(crate) fn start(java: &Java, arguments: &[&str], log: &Path) -> Result<Self, StartError> {
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(&java.program)
            .args(arguments)
            .env("LOG", log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: an interrupt meant for the tests must not reach the broker first.
            .process_group(0)
            .spawn()
            .map_err(|error| StartError::Failed(format!("cannot start sh: {error}")))?;
        let mut line = String::new();
        if let Some(stdout) = guard.stdout.take() {
            let read = BufReader::new(stdout).read_line(&mut line);
            read.map_err(|error| StartError::Failed(format!("cannot read from the guard: {error}")))?;
        }
        let pid = line.trim().parse();
        let pid =
            pid.map_err(|_| StartError::Failed(format!("the guard answered {line:?}, not a process id")))?;
        Ok(Self { guard, pid })
    }

    /// The process id of Java itself.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether Java has ended.
    pub(crate) fn ended(&mut self) -> bool {
        self.guard.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Sends a signal by its name (`TERM`, `KILL`, `STOP`, `CONT`); does nothing when Java has ended.
    pub(crate) fn signal(&mut self, name: &str) -> std::io::Result<()> {
        if self.ended() {
            return Ok(());
        }
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid.to_string()]).status()?;
        if status.success() || self.ended() {
            return Ok(());
        }
        Err(std::io::Error::other(format!("kill -{name} {} failed", self.pid)))
    }

    /// Waits until Java has ended; false when it still runs after `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while !self.ended() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }
}

impl Drop for GuardedJava {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard kills at once when its input ends; a failure to wait leaves nothing to do.
        let _ = self.guard.wait();
    }
}

/// The last lines of a log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
