//! `report --watch` as its users run it: on files that change under it, over HTTP, to its end by a signal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use support::{Running, at, eventually};
use tempfile::TempDir;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/local/bystander.toml");
const SOON: Duration = Duration::from_secs(60);

const GATES: &str = r#"
[[gates]]
name = "ranks at all"
model = "fraud@champion"
metric = "auc"
population = "live_accepted"
bound = 0.6
horizon = 2025-06-01T00:00:00Z

[[gates]]
name = "decides as live does"
model = "fraud@champion"
metric = "agreement"
bound = 0.999
watched = true
"#;

fn command(words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_bystander")).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A shop's archive of long ago, replayed once for all tests: `shop/` and `run/`.
fn world() -> &'static Path {
    static WORLD: OnceLock<TempDir> = OnceLock::new();
    let folder = WORLD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let words = ["simulate", "--orders", "8000", "--quotes", "50000", "--days", "90", "--seed", "9"];
        command(&[&words[..], &["--start", "2024-01-01T00:00:00Z", "--out", &path("shop")]].concat());
        for (stream, file) in [("orders", "shop/orders.jsonl"), ("prices", "shop/price-quotes.jsonl")] {
            let (input, out) = (path(file), path(&format!("run/{stream}")));
            command(&["replay", "-c", CONFIG, "--stream", stream, "--input", &input, "--out", &out]);
        }
        folder
    });
    folder.path()
}

/// Outcomes and gates of its own, on the world's comparisons.
struct Watch {
    folder: TempDir,
}

impl Watch {
    /// The first so many outcomes are known.
    fn new(known: usize) -> Self {
        let watch = Self { folder: tempfile::tempdir().unwrap() };
        watch.know(known);
        fs::write(watch.path("gates.toml"), GATES).unwrap();
        watch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn know(&self, outcomes: usize) {
        let all = fs::read_to_string(world().join("shop/outcomes.jsonl")).unwrap();
        let lines: Vec<&str> = all.lines().take(outcomes).collect();
        fs::write(self.path("outcomes.jsonl"), lines.join("\n") + "\n").unwrap();
    }

    fn start(&self, name: &str, further: &[&str]) -> Running {
        let (run, outcomes) = (world().join("run"), self.path("outcomes.jsonl"));
        let (html, json) = (self.path("r.html"), self.path("r.json"));
        let words: Vec<&str> =
            ["report", "-c", CONFIG, "--watch", "1s", "--listen", "127.0.0.1:0", "--comparisons"]
                .into_iter()
                .chain(
                    [
                        &run,
                        Path::new("--outcomes"),
                        &outcomes,
                        Path::new("--html"),
                        &html,
                        Path::new("--json"),
                        &json,
                    ]
                    .map(|path| path.to_str().unwrap()),
                )
                .chain(further.iter().copied())
                .collect();
        Running::start(self.folder.path(), name, None, &words)
    }
}

/// What a path answers: status and body; none while nobody listens.
fn answer(watch: &Running, path: &str) -> Option<(u16, String)> {
    let answer = at(watch, path)?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// The value of the only series of this name that has all of these labels.
fn sample(watch: &Running, name: &str, labels: &[&str]) -> Option<f64> {
    let (_, page) = answer(watch, "/metrics")?;
    let fits = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    };
    let found: Vec<&str> = page.lines().filter(fits).collect();
    assert!(found.len() < 2, "{found:?}");
    found.first()?.rsplit_once(' ')?.1.parse().ok()
}

fn rounds(watch: &Running, result: &str) -> f64 {
    sample(watch, "bystander_report_rounds_total", &[result]).unwrap_or(0.0)
}

/// How well scores rank the orders that live did not decline: a point, where recall is a range.
fn ranking(watch: &Running) -> Option<f64> {
    let labels = ["stream=\"orders\"", "model=\"fraud\"", "version=\"1\"", "metric=\"auc\""];
    sample(watch, "bystander_report_value", &labels)
}

#[test]
fn a_watched_report_follows_its_inputs_outlives_their_faults_and_ends_well() {
    let watch = Watch::new(6_000);
    let gates = watch.path("gates.toml");
    let mut running = watch.start("watch", &["--gates", gates.to_str().unwrap()]);
    eventually("the first report is there", SOON, || {
        running.must_run();
        answer(&running, "/readyz").is_some_and(|(status, _)| status == 200)
    });
    let (status, page) = answer(&running, "/").unwrap();
    assert!(status == 200 && page.starts_with("<!DOCTYPE html>") && !page.contains("role=\"status\""));
    let (_, document) = answer(&running, "/report.json").unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["schema"], bystander_report::document::SCHEMA);
    assert!(fs::read_to_string(watch.path("r.html")).unwrap().starts_with("<!DOCTYPE html>"));
    let gate = |name, result| sample(&running, "bystander_report_gate", &[name, result]).unwrap();
    assert_eq!(gate("ranks at all", "\"met\""), 1.0);
    assert_eq!((gate("as live does", "\"not_met\""), gate("as live does", "\"hold\"")), (1.0, 0.0));
    let before = ranking(&running).unwrap();
    let low = sample(&running, "bystander_report_low", &["version=\"1\"", "metric=\"auc\""]).unwrap();
    let high = sample(&running, "bystander_report_high", &["version=\"1\"", "metric=\"auc\""]).unwrap();
    assert!(low <= before && before <= high, "{low} {before} {high}");
    let labels = |running: &Running| {
        sample(running, "bystander_report_matured_labels", &["stream=\"orders\""]).unwrap()
    };
    assert!(labels(&running) > 1000.0);

    watch.know(usize::MAX);
    eventually("more outcomes change the figure", SOON, || {
        ranking(&running).is_some_and(|now| now != before)
    });
    let later = ranking(&running);

    // A file that isn't there any more would be taken for a topic, were its name looked up again.
    fs::rename(watch.path("outcomes.jsonl"), watch.path("away")).unwrap();
    eventually("a failed round is counted", SOON, || rounds(&running, "failed") >= 1.0);
    eventually("the page says what failed", SOON, || {
        let (_, page) = answer(&running, "/").unwrap();
        page.contains("role=\"status\"") && page.contains("outcomes.jsonl")
    });
    assert_eq!(ranking(&running), later, "the last report stays");
    assert_eq!(answer(&running, "/readyz").unwrap().0, 200);
    let (made, since) = (rounds(&running, "made"), rounds(&running, "failed"));
    eventually("it is tried again", SOON, || rounds(&running, "failed") > since);
    assert_eq!(rounds(&running, "made"), made);
    assert!(!fs::read_to_string(watch.path("r.html")).unwrap().contains("role=\"status\""));

    fs::rename(watch.path("away"), watch.path("outcomes.jsonl")).unwrap();
    eventually("it recovers", SOON, || rounds(&running, "made") > made);
    assert!(!answer(&running, "/").unwrap().1.contains("role=\"status\""));

    running.terminate();
    let ended = running.wait(Duration::from_secs(30)).code(0);
    assert_eq!(ended.out, "", "a service has nothing to say on standard output");
    assert!(ended.log.contains("could not be made") && ended.log.contains("told to end"), "{}", ended.log);
    let left: BTreeSet<_> = fs::read_dir(watch.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".pending"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn every_documented_figure_is_exported_and_no_other() {
    let watch = Watch::new(usize::MAX);
    let running = watch.start("figures", &[]);
    eventually("the first report is there", SOON, || rounds(&running, "made") >= 1.0);
    let (_, page) = answer(&running, "/metrics").unwrap();
    let exported: BTreeSet<&str> = page
        .lines()
        // A figure that depends on what live declined is a range: it has limits and no value.
        .filter(|line| {
            ["value", "low"].iter().any(|part| line.starts_with(&format!("bystander_report_{part}{{")))
        })
        .map(|line| line.split_once("metric=\"").unwrap().1.split_once('"').unwrap().0)
        .collect();
    let metrics =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/crates/metrics/METRICS.md")).unwrap();
    let table = metrics.split("## Figures of the report").nth(1).unwrap();
    let documented: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0))
        .filter(|word| *word != "metric")
        .collect();
    assert_eq!(exported, documented);
    assert!(!page.contains("NaN"));
}

#[test]
fn what_cannot_be_watched_is_refused_before_anything_is_served() {
    let watch = Watch::new(10);
    let gates = watch.path("gates.toml");
    let gates = gates.to_str().unwrap();
    for (number, (further, says)) in [
        (&["--from", "-30d", "--gates", gates][..], "`ranks at all`, `decides as live does`"),
        (&["--to", "-1d", "--gates", gates], "`ranks at all`"),
        (&["--as-of", "2025-06-01"], "leave --watch out"),
        (&["--output", "json"], "--output"),
    ]
    .into_iter()
    .enumerate()
    {
        let ended = watch.start(&format!("refused-{number}"), further).wait(SOON).code(2);
        assert!(ended.log.contains(says), "{further:?}: {}", ended.log);
        assert!(!ended.log.contains("are served"), "{}", ended.log);
    }
    let words = ["report", "-c", "no/such.toml", "--watch", "1h"];
    drop(Running::start(watch.folder.path(), "config", None, &words).wait(SOON).code(78));
}

#[test]
fn two_watches_do_not_share_a_port_and_one_that_was_asked_for_must_be_free() {
    let watch = Watch::new(10);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (run, outcomes) = (world().join("run"), watch.path("outcomes.jsonl"));
    let words = ["report", "-c", CONFIG, "--comparisons", run.to_str().unwrap(), "--watch", "1h", "--listen"];
    let words = [&words[..], &[&address, "--outcomes", outcomes.to_str().unwrap()]].concat();
    let ended = Running::start(watch.folder.path(), "taken", None, &words).wait(SOON).code(1);
    assert!(ended.log.contains("choose another port"), "{}", ended.log);
}

#[test]
fn a_signal_before_the_first_report_ends_it_too() {
    let watch = Watch::new(usize::MAX);
    let running = watch.start("early", &[]);
    eventually("it listens", SOON, || running.address().is_some());
    running.terminate();
    drop(running.wait(Duration::from_secs(30)).code(0));
}
