//! The command line, as clap reads it.

#[cfg(feature = "simulator")]
mod records;

use crate::config::{Overrides, duration};
use clap::{Args, Parser, Subcommand, ValueEnum};
#[cfg(feature = "simulator")]
use records::{DemoRecords, SimulateRecords};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Scores a shop's order and pricing events in shadow mode, without ever touching the checkout.
#[derive(Debug, Parser)]
#[command(name = "bystander", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the service: read, score, compare, commit
    Run(RunArgs),
    /// Check config, models, topics and permissions before anything starts
    Check(CheckArgs),
    /// Show what the shadow topics and both principals need; create the topics with --execute
    Init(InitArgs),
    /// Score a range of history with any models: into files, into a topic, or beside what `run` recorded
    Replay(ReplayArgs),
    /// Compare shadow decisions with what turned out to be true, in money, with intervals
    Report(ReportArgs),
    /// Show positions, lag and the account of every input partition
    Status(StatusArgs),
    /// Go on where an input's log, or this config, is another one than before; do it with --execute
    Resume(ResumeArgs),
    /// Leave out offsets of an input that can't be passed; do it with --execute
    Skip(SkipArgs),
    /// List models, or put them through the load gate
    Models(ModelsArgs),
    /// Simulate a shop: into files, or into Kafka with --execute
    #[cfg(feature = "simulator")]
    Simulate(SimulateArgs),
    /// See all of it at work on this machine, with nothing installed
    #[cfg(feature = "simulator")]
    Demo(DemoArgs),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
}

/// What every command with a config takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// Config file
    #[arg(short, long, value_name = "FILE", default_value = "bystander.toml")]
    pub(crate) config: PathBuf,
    /// Brokers of both clusters, instead of the config's
    #[arg(short, long, value_name = "HOST:PORT,…")]
    brokers: Option<String>,
    /// A librdkafka property for both clusters; may be repeated
    #[arg(short = 'X', value_name = "KEY=VALUE", value_parser = key_value)]
    properties: Vec<(String, String)>,
}

impl ConfigArgs {
    /// What these change in the config.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { brokers: self.brokers.clone(), properties: self.properties.clone() }
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Shortest time between two reports.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text).ok_or("no duration; write one such as 15m or 1h")?;
    if interval < SHORTEST_INTERVAL {
        return Err("shorter than a second; write one such as 15m or 1h".to_owned());
    }
    Ok(interval)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "no address; write 127.0.0.1:9465, or 0.0.0.0:9465 for every interface".to_owned())
}

/// Form of what goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Text,
    /// For machines
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Score what is there now, commit, and exit 0
    #[arg(long)]
    pub(crate) until_caught_up: bool,
    /// Make this config the job's, if its instances agreed on another one: those give their shards up
    #[arg(long)]
    pub(crate) accept_config_change: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Streams to replay; all of the config's without
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) stream: Vec<String>,
    /// Partitions to replay; all without
    #[arg(short, long, value_name = "N,…", value_delimiter = ',')]
    pub(crate) partition: Vec<i32>,
    /// Where to begin: a time (2026-11-01T00:00:00Z, 2026-11-01, epoch milliseconds, -24h) or an offset as kcat
    /// writes it (N, -N, beginning, s@MS)
    #[arg(long, value_name = "T|OFFSET", default_value = "beginning", allow_hyphen_values = true)]
    pub(crate) from: String,
    /// Where to end, not included; in the same forms, or `end`
    #[arg(long, value_name = "T|OFFSET", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// Models to score with, as name@alias or name/version; those of the config without
    #[arg(long, value_name = "MODEL,…", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Read these files instead of the live cluster: JSON lines or kcat -J, plain, gzip or zstd
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    /// Folder for the results and the receipt [default: replays/RUN]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the comparisons in the folder
    #[arg(long, value_enum, default_value = "parquet", conflicts_with = "to_topic")]
    pub(crate) format: ReplayFormat,
    /// Write comparisons to this topic of the shadow cluster; dead letters and checkpoints to NAME.dead-letters
    /// and NAME.checkpoints
    #[arg(long, value_name = "NAME", conflicts_with = "verify")]
    pub(crate) to_topic: Option<String>,
    /// Records per second at most; -1 for no limit
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) rate: Option<f64>,
    /// Bytes per second at most that are fetched; -1 for no limit
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) bytes_per_second: Option<f64>,
    /// Event time per time: 60x plays an hour in a minute
    #[arg(long, value_name = "FACTOR")]
    pub(crate) speed: Option<String>,
    /// Only show the plan
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it although the plan is larger than replay.confirm_above
    #[arg(long)]
    pub(crate) execute: bool,
    /// Finish a run that was begun: its folder, or its id below replays/
    #[arg(long, value_name = "RUN", conflicts_with_all = ["from", "to", "stream", "partition", "input", "out", "to_topic", "verify"])]
    pub(crate) resume: Option<PathBuf>,
    /// Write nothing: compare with what `run` recorded; exit 3 if anything differs
    #[arg(long)]
    pub(crate) verify: bool,
    /// Offsets or lines that are scored and published together; a kill loses at most so many per worker [default:
    /// 100000, fewer at slow rates]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub(crate) piece_size: Option<i64>,
    /// Pieces that are scored at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) workers: Option<u16>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Comparisons: a folder or file of `replay`, or a topic of the shadow cluster [default: shadow.comparisons]
    #[arg(long, value_name = "TOPIC|DIR|FILE")]
    pub(crate) comparisons: Option<String>,
    /// Outcomes: a folder or file, or a topic of the live cluster; those that the config binds without
    #[arg(long, value_name = "TOPIC|DIR|FILE")]
    pub(crate) outcomes: Option<String>,
    /// Only events from this time on: RFC 3339, a date, epoch milliseconds, -30d
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Only events before this time
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// Report what was known at this time [default: now]
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(crate) as_of: Option<String>,
    /// Gates that a model must meet; exit 3 when one is not met, else 4 when one is on hold
    #[arg(long, value_name = "FILE")]
    pub(crate) gates: Option<PathBuf>,
    /// Only comparisons of this run; the live run's without, or the only one's
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// The model that the live system runs itself: its differences to the logged scores are the A/A floor
    #[arg(long, value_name = "MODEL")]
    pub(crate) live_model: Option<String>,
    /// Write the report as one HTML file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Form of the summary
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: OutputFormat,
    /// Run on: make the report anew at this interval (15m, 1h), and serve it with its figures as metrics
    #[arg(long, value_name = "INTERVAL", value_parser = interval, conflicts_with = "output")]
    pub(crate) watch: Option<Duration>,
    /// Where --watch serves report and metrics [default: 127.0.0.1:9465]
    #[arg(long, value_name = "HOST:PORT", requires = "watch", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
}

/// Form of replayed comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// Parquet
    Parquet,
    /// JSON lines, zstd-compressed
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Leave the clusters alone: check only config and models
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Do it; without this, only say what would be done
    #[arg(long)]
    pub(crate) execute: bool,
    /// Principal that reads the live cluster, for the printed ACLs
    #[arg(long, default_value = "bystander-live")]
    pub(crate) live_principal: String,
    /// Principal that writes the shadow cluster, for the printed ACLs
    #[arg(long, default_value = "bystander-shadow")]
    pub(crate) shadow_principal: String,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Form of the answer; scripts use `--output json`
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Accept the logs as they are now: topics that were recreated, and partitions that were truncated
    #[arg(long, required_unless_present = "accept_config")]
    pub(crate) accept_recreated: bool,
    /// Make this config the job's: instances with another one give their shards up
    #[arg(long, conflicts_with_all = ["accept_recreated", "topic", "partition", "from"])]
    pub(crate) accept_config: bool,
    /// Only these topics; all that wait for a decision without
    #[arg(short, long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) topic: Vec<String>,
    /// Only these partitions
    #[arg(short, long, value_name = "N,…", value_delimiter = ',')]
    pub(crate) partition: Vec<i32>,
    /// Where to go on [default: beginning, for a topic that was recreated]
    #[arg(long, value_name = "beginning|end|OFFSET", value_parser = resume_from)]
    pub(crate) from: Option<ResumeFrom>,
    /// Do it; without this, only say what would be done
    #[arg(long)]
    pub(crate) execute: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SkipArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// The input topic
    #[arg(short, long, value_name = "NAME")]
    pub(crate) topic: String,
    /// Its partition
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partition: i32,
    /// First offset to leave out: the next one, as `bystander status` shows it
    #[arg(long, value_name = "OFFSET", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) from: i64,
    /// Last offset to leave out [default: the first]
    #[arg(long, value_name = "OFFSET", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) to: Option<i64>,
    /// Why, for whoever reads the checkpoint later; it is kept in the checkpoint, and `bystander status` shows it
    #[arg(long, value_name = "TEXT", value_parser = skip_reason)]
    pub(crate) reason: String,
    /// Do it; without this, only say what would be done
    #[arg(long)]
    pub(crate) execute: bool,
}

/// Characters of the longest reason: it is kept with the position.
const LONGEST_REASON: usize = 500;

fn skip_reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("say why the offsets are left out".to_owned()),
        1..=LONGEST_REASON => Ok(text.to_owned()),
        _ => Err(format!("keep it within {LONGEST_REASON} characters")),
    }
}

/// Where reading goes on in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResumeFrom {
    Beginning,
    End,
    Offset(i64),
}

fn resume_from(text: &str) -> Result<ResumeFrom, String> {
    match text {
        "beginning" => Ok(ResumeFrom::Beginning),
        "end" => Ok(ResumeFrom::End),
        _ => match text.parse() {
            Ok(offset @ 0..) => Ok(ResumeFrom::Offset(offset)),
            _ => Err("not a place in a log; write beginning, end, or an offset such as 1200".to_owned()),
        },
    }
}

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List models, versions and aliases
    List(ModelsTarget),
    /// Put every version through the load gate
    Verify(ModelsTarget),
    /// Take ZipMap out of a model and mend the declared shapes of its outputs, into another file
    Fix(ModelsFix),
    /// Let aliases name other versions: shows what would change; --execute does it
    Promote(ModelsPromote),
    /// Take a model's last promotion back: shows what would change; --execute does it
    Rollback(ModelsRollback),
    /// Stop a model and leave the others scoring: shows what would change; --execute does it
    Disable(ModelsSwitch),
    /// Let a disabled model score again: shows what would change; --execute does it
    Enable(ModelsSwitch),
    /// Show who changed which alias, when, from what, to what and why
    History(ModelsHistory),
    /// Show how the contracts of two versions differ
    Diff(ModelsDiff),
}

#[derive(Debug, Args)]
pub(crate) struct ModelsPromote {
    /// The model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Aliases, and the versions that they are to name; all of them change at once
    #[arg(value_name = "ALIAS=VERSION", value_parser = alias_version, num_args = 1.., required = true)]
    pub(crate) aliases: Vec<(String, u32)>,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsRollback {
    /// The model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsSwitch {
    /// The model as the config names it: name@alias or name/version
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

/// What a change of an alias takes.
#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    #[command(flatten)]
    pub(crate) repository: RepositoryArgs,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who, for the history [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Change nothing unless aliases.toml has this revision
    #[arg(long, value_name = "REVISION")]
    pub(crate) if_revision: Option<String>,
    /// Do it
    #[arg(long)]
    pub(crate) execute: bool,
}

/// Which repository.
#[derive(Debug, Args)]
pub(crate) struct RepositoryArgs {
    /// Model repository, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub(crate) repository: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsHistory {
    /// Only of this model
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) repository: RepositoryArgs,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsDiff {
    /// The model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// One version
    #[arg(value_name = "VERSION")]
    pub(crate) from: u32,
    /// The other version
    #[arg(value_name = "VERSION")]
    pub(crate) to: u32,
    #[command(flatten)]
    pub(crate) repository: RepositoryArgs,
}

fn alias_version(text: &str) -> Result<(String, u32), String> {
    let (alias, version) = text.split_once('=').ok_or("write it as alias=version, such as champion=3")?;
    let version = version.parse().map_err(|_| format!("`{version}` is not a version number"))?;
    Ok((alias.to_owned(), version))
}

#[derive(Debug, Args)]
pub(crate) struct ModelsFix {
    /// The model, an .onnx file; it is left as it is
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// File for the mended model [default: MODEL with .fixed.onnx at its end]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsTarget {
    /// Model repository, instead of the config's
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: OutputFormat,
}

#[cfg(feature = "simulator")]
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) records: SimulateRecords,
    /// Seed: the same seed gives the same events
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Share of malformed events, 0 to 1
    #[arg(long, default_value_t = 0.0)]
    pub(crate) malformed: f64,
    /// Days that the events spread over [default: 30]; with --rate, end after so many days at the latest
    #[arg(long)]
    pub(crate) days: Option<f64>,
    /// Event time of the beginning: RFC 3339, or `now` [default: 2026-01-01T00:00:00Z; with --rate, now]
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// Events per second on average; event time then goes on with the clock. Without it, as fast as possible
    #[arg(long, value_name = "N", conflicts_with = "out")]
    pub(crate) rate: Option<f64>,
    /// Write JSON lines files into this folder instead of Kafka
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Create topics and send to them; without this, only say what would be done
    #[arg(long)]
    pub(crate) execute: bool,
    /// Partitions of topics that aren't there yet and are created
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) partitions: i32,
    /// Topic for outcomes; without it they are left out in Kafka
    #[arg(long, value_name = "TOPIC")]
    pub(crate) outcomes: Option<String>,
}

#[cfg(feature = "simulator")]
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Run against this real broker instead of the embedded one
    #[arg(short, long, value_name = "HOST:PORT,…")]
    pub(crate) brokers: Option<String>,
    #[command(flatten)]
    pub(crate) records: DemoRecords,
    /// Seed of the simulation
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Model repository
    #[arg(long, value_name = "DIR", default_value = "models")]
    pub(crate) models: PathBuf,
    /// Where the report goes
    #[arg(long, value_name = "FILE", default_value = "bystander-demo.html")]
    pub(crate) report: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
