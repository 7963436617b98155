//! A real Prometheus with the shipped configuration, on a free port, for as long as a test holds it.

use crate::alerts::seconds;
use crate::shipped::read;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The file of targets, beside the configuration.
const TARGETS: &str = "targets.json";

/// How long the alerts of a test wait before they fire, by the `for` of the shipped ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// As shipped.
    Shipped,
    /// A fifth of it, which keeps their order.
    Fifth,
    /// A second.
    Second,
}

impl Wait {
    /// Seconds for an alert that is shipped with so many.
    fn of(self, seconds: u64) -> u64 {
        match self {
            Self::Shipped => seconds,
            Self::Fifth => seconds / 5,
            Self::Second => 1,
        }
    }

    /// Between two scrapes. Where an alert waits for longer, a busy machine gets more time to answer one.
    fn interval(self) -> &'static str {
        if self == Self::Second { "1s" } else { "3s" }
    }

    /// A line of the shipped alerts.
    fn line(self, line: &str) -> String {
        match line.split_once("for: ").filter(|(before, _)| before.trim().is_empty()) {
            Some((before, time)) => format!("{before}for: {}s\n", self.of(seconds(time))),
            None => format!("{line}\n"),
        }
    }
}

/// What Prometheus scrapes: addresses by job.
type Targets = BTreeMap<String, BTreeSet<String>>;

/// A running Prometheus; killed when dropped.
pub(crate) struct Prometheus {
    child: Child,
    folder: TempDir,
    address: String,
    targets: Mutex<Targets>,
}

impl Prometheus {
    /// Scrapes these targets as one job, with seconds instead of minutes wherever something is waited for.
    pub(crate) fn start(tools: &Path, targets: &[String]) -> Self {
        let prometheus = Self::with(tools, Wait::Second);
        targets.iter().for_each(|target| prometheus.watch("bystander", target));
        prometheus
    }

    /// The shipped configuration, with a file of targets instead of the name of a service, and with a scrape and an
    /// evaluation every few seconds: windows and limits stay as they are.
    pub(crate) fn with(tools: &Path, wait: Wait) -> Self {
        let folder = tempfile::Builder::new().prefix("bystander-prometheus-").tempdir().unwrap();
        let shipped = read("deploy/prometheus/prometheus.yml");
        let (before, _) =
            shipped.split_once("    dns_sd_configs:").expect("the targets are the last thing in it");
        let config = before.replace("15s", wait.interval()).replace("10s", wait.interval());
        let config =
            format!("{config}    file_sd_configs: [{{ files: [{TARGETS}], refresh_interval: 1s }}]\n");
        fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        fs::write(folder.path().join("rules.yml"), read("deploy/prometheus/rules.yml")).unwrap();
        let alerts: String =
            read("deploy/prometheus/alerts.yml").lines().map(|line| wait.line(line)).collect();
        fs::write(folder.path().join("alerts.yml"), alerts).unwrap();
        fs::write(folder.path().join(TARGETS), "[]").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let log = File::create(folder.path().join("log")).unwrap();
        let child = Command::new(tools.join("prometheus"))
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, folder, address, targets: Mutex::default() }
    }

    /// Scrapes this address as an instance of a job.
    pub(crate) fn watch(&self, job: &str, target: &str) {
        self.change(|targets| {
            targets.entry(job.to_owned()).or_default().insert(target.to_owned());
        });
    }

    /// Scrapes it no more, as when an instance was taken out of service.
    pub(crate) fn forget(&self, target: &str) {
        self.change(|targets| {
            for of_job in targets.values_mut() {
                of_job.remove(target);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Targets)) {
        let mut targets = self.targets.lock();
        change(&mut targets);
        let groups =
            targets.iter().map(|(job, targets)| json!({ "targets": targets, "labels": { "job": job } }));
        let (next, file) = (self.folder.path().join("next"), self.folder.path().join(TARGETS));
        // Prometheus must not see half of it.
        fs::write(&next, json!(groups.collect::<Vec<_>>()).to_string()).unwrap();
        fs::rename(next, file).unwrap();
    }

    /// Whether it answers.
    pub(crate) fn ready(&self) -> bool {
        self.get("/-/ready").is_ok_and(|(code, _)| code == 200)
    }

    /// What it logged, for a test that fails.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The series of an instant query.
    ///
    /// # Errors
    /// What Prometheus says against the query.
    pub(crate) fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let (_, body) = self.get(&format!("/api/v1/query?query={}", encoded(expression)))?;
        let answer: Value = serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
        if answer["status"] != "success" {
            return Err(answer["error"].to_string());
        }
        Ok(answer["data"]["result"].as_array().unwrap().clone())
    }

    /// All rules with their state.
    pub(crate) fn rules(&self) -> Vec<Value> {
        let (_, body) = self.get("/api/v1/rules").unwrap();
        let answer: Value = serde_json::from_str(&body).unwrap();
        let groups = answer["data"]["groups"].as_array().unwrap();
        groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
    }

    /// Labels of the alerts of this name that fire.
    pub(crate) fn firing(&self, alert: &str) -> Vec<Value> {
        let found = self
            .query(&format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"}}"))
            .unwrap_or_default();
        found.into_iter().map(|series| series["metric"].clone()).collect()
    }

    /// Names of a job's alerts that fire.
    pub(crate) fn alerts(&self, job: &str) -> BTreeSet<String> {
        self.alert_names(&format!(r#"ALERTS{{alertstate="firing", job="{job}"}}"#))
    }

    /// Names of a job's alerts that have fired at any time.
    pub(crate) fn fired(&self, job: &str) -> BTreeSet<String> {
        self.alert_names(&format!(r#"max_over_time(ALERTS{{alertstate="firing", job="{job}"}}[1d])"#))
    }

    fn alert_names(&self, expression: &str) -> BTreeSet<String> {
        let found = self.query(expression).unwrap_or_else(|error| panic!("{error}: {}", self.log()));
        let name = |series: &Value| series["metric"]["alertname"].as_str().unwrap().to_owned();
        found.iter().map(name).collect()
    }

    /// In HTTP/1.0, whose answers end with the connection.
    fn get(&self, path: &str) -> Result<(u16, String), String> {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(&self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = ask().map_err(|error| error.to_string())?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer has no body")?;
        let code = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).ok_or("no status")?;
        Ok((code, body.to_owned()))
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}
