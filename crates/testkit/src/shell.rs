//! One long-lived Java process that administers, feeds and verifies over JSON lines.

use parking_lot::Mutex;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Serialize;
use serde_json::{Value, json};

use crate::StartError;
use crate::java::Java;

/// Java takes its requests from standard input and halts at its end; then the folder goes.
const JANITOR: &str = r#"
folder=$1
shift
"$@" 2>>"$folder/shell.log"
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"#;

const HEAP: &str = "-Xmx1g";

/// Why a command of the Java side gave no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ShellError {
    /// The command ran and failed; the message names the command and Kafka's own error class.
    #[error("{0}")]
    Command(String),
    /// The Java process is gone or answered nonsense.
    #[error("the java shell does not answer: {0}")]
    Gone(String),
}

/// Runs the commands of `tests/verifier/Tool.java` without a start of Java for each; one at a time.
///
/// Its folder is removed when it is dropped and when the owning process dies, however it dies.
#[derive(Debug)]
pub struct JavaShell {
    child: Child,
    lines: Mutex<Option<Lines>>,
    folder: PathBuf,
}

#[derive(Debug)]
struct Lines {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl JavaShell {
    /// Starts Java.
    ///
    /// # Errors
    /// [`StartError::Unavailable`] where this machine has no Java or no jars.
    pub fn start() -> Result<Self, StartError> {
        let java = Java::find()?;
        let folder = tempfile::Builder::new().prefix("bystander-kafka-").tempdir();
        let folder =
            folder.map_err(|error| StartError::Failed(format!("cannot create a folder: {error}")))?.keep();
        let mut child = Command::new("sh")
            .args(["-c", JANITOR, "janitor"])
            .arg(&folder)
            .arg(&java.program)
            .args([
                HEAP,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            ])
            .args(["-classpath", &java.class_path, "bystander.verifier.Tool", "shell"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| StartError::Failed(format!("cannot start sh: {error}")))?;
        let lines = child.stdin.take().zip(child.stdout.take());
        let lines = lines.map(|(requests, answers)| Lines { requests, answers: BufReader::new(answers) });
        Ok(Self { child, lines: Mutex::new(lines), folder })
    }

    /// A folder for files of the tests, removed with the shell.
    #[must_use]
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// Runs a command of `Tool.java`; `arguments` are those its class documents.
    ///
    /// # Errors
    /// When the command fails, or Java is gone.
    pub fn call(&self, command: &str, arguments: &Value) -> Result<Value, ShellError> {
        let request = Request { command, arguments };
        let request = serde_json::to_string(&request).map_err(|error| ShellError::Gone(error.to_string()))?;
        let mut lines = self.lines.lock();
        let lines = lines.as_mut().ok_or_else(|| ShellError::Gone("it was stopped".to_owned()))?;
        let answer = lines.exchange(&request).map_err(|error| self.gone(&error))?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| self.gone(&error))?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(ShellError::Command(error.to_owned())),
            None => Ok(answer.get_mut("result").map(Value::take).unwrap_or_default()),
        }
    }

    fn gone(&self, error: &dyn std::error::Error) -> ShellError {
        let log = crate::process::tail(&self.folder.join("shell.log"));
        ShellError::Gone(format!("{error}; its log ends:\n{log}"))
    }

    /// Produces records with the Java client: see `tests/verifier/Produce.java` for their shape.
    ///
    /// The records go through a file, so any number of them will do.
    ///
    /// # Errors
    /// When a record is not accepted, or Java is gone.
    pub fn produce(
        &self,
        bootstrap: &str,
        records: impl IntoIterator<Item = Value>,
        options: &ProduceOptions,
    ) -> Result<Produced, ShellError> {
        self.feed(bootstrap, records, *options, false)
    }

    /// Produces records in one transaction that is neither committed nor aborted, as by a producer that died;
    /// the broker aborts it after a minute.
    ///
    /// # Errors
    /// As [`JavaShell::produce`].
    pub fn produce_open(
        &self,
        bootstrap: &str,
        records: impl IntoIterator<Item = Value>,
    ) -> Result<Produced, ShellError> {
        let one_transaction = ProduceOptions { transaction_size: i64::MAX.unsigned_abs(), abort_every: 0 };
        self.feed(bootstrap, records, one_transaction, true)
    }

    fn feed(
        &self,
        bootstrap: &str,
        records: impl IntoIterator<Item = Value>,
        options: ProduceOptions,
        leave_open: bool,
    ) -> Result<Produced, ShellError> {
        let file = tempfile::NamedTempFile::new_in(&self.folder).map_err(|error| self.gone(&error))?;
        write_lines(file.as_file(), records).map_err(|error| self.gone(&error))?;
        let arguments = json!({
            "bootstrap": bootstrap,
            "file": file.path(),
            "transaction_size": options.transaction_size,
            "abort_every": options.abort_every,
            "leave_open": leave_open,
        });
        let answer = self.call("produce-lines", &arguments)?;
        serde_json::from_value(answer).map_err(|error| self.gone(&error))
    }

    /// Writes all records of a topic into a file, a JSON object a line.
    ///
    /// # Errors
    /// As [`JavaShell::consume`].
    pub fn consume_into(
        &self,
        file: &Path,
        bootstrap: &str,
        topic: &str,
        isolation: Isolation,
    ) -> Result<(), ShellError> {
        let isolation = match isolation {
            Isolation::Committed => "committed",
            Isolation::Uncommitted => "uncommitted",
        };
        let arguments =
            json!({ "bootstrap": bootstrap, "topic": topic, "isolation": isolation, "file": file });
        self.call("consume", &arguments).map(drop)
    }

    /// All records of a topic, by the Java client.
    ///
    /// # Errors
    /// When the topic cannot be read, or Java is gone.
    pub fn consume(
        &self,
        bootstrap: &str,
        topic: &str,
        isolation: Isolation,
    ) -> Result<Vec<Consumed>, ShellError> {
        let file = tempfile::NamedTempFile::new_in(&self.folder).map_err(|error| self.gone(&error))?;
        self.consume_into(file.path(), bootstrap, topic, isolation)?;
        let text = fs::read_to_string(file.path()).map_err(|error| self.gone(&error))?;
        let records: Result<_, _> = text.lines().map(serde_json::from_str).collect();
        records.map_err(|error| self.gone(&error))
    }
}

impl Lines {
    fn exchange(&mut self, request: &str) -> std::io::Result<String> {
        writeln!(self.requests, "{request}")?;
        self.requests.flush()?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(std::io::Error::other("it ended without an answer"));
        }
        Ok(answer)
    }
}

impl Drop for JavaShell {
    fn drop(&mut self) {
        *self.lines.lock() = None;
        // Java halts when its input ends; a failure to wait leaves nothing to do.
        let _ = self.child.wait();
    }
}

fn write_lines(file: &File, records: impl IntoIterator<Item = Value>) -> std::io::Result<()> {
    let mut lines = std::io::BufWriter::new(file);
    for record in records {
        serde_json::to_writer(&mut lines, &record)?;
        lines.write_all(b"\n")?;
    }
    lines.flush()
}

#[derive(Serialize)]
struct Request<'a> {
    command: &'a str,
    arguments: &'a Value,
}

/// Transactions of the independent producer; the default is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProduceOptions {
    /// Records in a transaction; 0 for no transactions.
    pub transaction_size: u64,
    /// Every n-th transaction is aborted after its records stand in the log; 0 for none.
    pub abort_every: u64,
}

/// What the independent producer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Produced {
    /// Records acknowledged, and committed where there are transactions.
    pub produced: u64,
    /// Records written and aborted.
    pub aborted: u64,
}

/// Which records a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Without those of aborted and open transactions.
    Committed,
    /// All that stand in the log.
    Uncommitted,
}

/// A record as the independent consumer read it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Consumed {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key, where it is UTF-8.
    pub key: Option<String>,
    /// The key in base64, where it is not UTF-8.
    pub key_base64: Option<String>,
    /// The value, where it is UTF-8; neither this nor `value_base64` means a tombstone.
    pub value: Option<String>,
    /// The value in base64, where it is not UTF-8.
    pub value_base64: Option<String>,
    /// Headers in their order; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
}

impl Consumed {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
