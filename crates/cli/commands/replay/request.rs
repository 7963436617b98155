//! What the command line asks for, checked before anything is connected.

use crate::args::{ReplayArgs, ReplayFormat};
use crate::exit::Failure;
use bystander_replay::{Bound, Pace, Plan};
use std::path::{Path, PathBuf};

/// Where results go.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// Files in the run's folder.
    Files(ReplayFormat),
    /// A topic of the shadow cluster.
    Topic(String),
    /// Nowhere: they are compared with what was recorded.
    Verify,
}

impl Target {
    /// As plans say it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Files(ReplayFormat::Parquet) => "parquet".into(),
            Self::Files(ReplayFormat::Jsonl) => "jsonl".into(),
            Self::Topic(name) => format!("topic {name}"),
            Self::Verify => "nothing".into(),
        }
    }

    /// From what a plan says.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "parquet" => Some(Self::Files(ReplayFormat::Parquet)),
            "jsonl" => Some(Self::Files(ReplayFormat::Jsonl)),
            _ => name.strip_prefix("topic ").map(|topic| Self::Topic(topic.into())),
        }
    }
}

/// The range that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) from: Bound,
    pub(super) to: Bound,
    /// Whether `to` was given; verification else ends where the live run stands.
    pub(super) to_given: bool,
}

/// Reads `--from` and `--to`.
pub(super) fn range(args: &ReplayArgs, now_ms: i64) -> Result<Range, Failure> {
    let parse = |flag: &str, text: &str| {
        Bound::parse(text, now_ms).map_err(|error| Failure::Usage(format!("{flag}: {error}")))
    };
    let from = parse("--from", &args.from)?;
    let to = args.to.as_deref().map_or(Ok(Bound::End), |text| parse("--to", text))?;
    Plan::in_order(from, to).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Range { from, to, to_given: args.to.is_some() })
}

/// Reads `--rate`, `--bytes-per-second` and `--speed`.
pub(super) fn pace(args: &ReplayArgs) -> Result<Pace, Failure> {
    let limit = |flag: &str, value: Option<f64>| match value {
        None => Ok(None),
        Some(-1.0) => Ok(None),
        Some(value) if value > 0.0 && value.is_finite() => Ok(Some(value)),
        Some(value) => Err(Failure::Usage(format!(
            "{flag} {value} is not a valid rate; write one above 0, or -1 for none"
        ))),
    };
    let speed = args.speed.as_deref().map(|text| {
        let factor = text.strip_suffix(['x', 'X']).unwrap_or(text).parse::<f64>().ok();
        factor.filter(|factor| *factor > 0.0 && factor.is_finite()).ok_or_else(|| {
            Failure::Usage(format!("--speed {text} is not a valid factor; write one above 0, such as 60x"))
        })
    });
    Ok(Pace {
        records: limit("--rate", args.rate)?,
        bytes: limit("--bytes-per-second", args.bytes_per_second)?,
        speed: speed.transpose()?,
    })
}

/// What is written where.
pub(super) fn target(args: &ReplayArgs) -> Target {
    match (&args.to_topic, args.verify) {
        (_, true) => Target::Verify,
        (Some(topic), false) => Target::Topic(topic.clone()),
        (None, false) => Target::Files(args.format),
    }
}

/// Where runs are kept unless `--out` says otherwise.
pub(super) const RUNS: &str = "replays";

/// The folder that `--resume` means: a path, or an id below [`RUNS`].
pub(super) fn resumed(run: &Path) -> PathBuf {
    let below = Path::new(RUNS).join(run);
    if !run.exists() && below.exists() { below } else { run.to_owned() }
}

/// The folder of a new run.
pub(super) fn folder(args: &ReplayArgs, run: &str) -> PathBuf {
    args.out.clone().unwrap_or_else(|| Path::new(RUNS).join(run))
}
