//! What the shadow topics hold, read back and held against what was sent.

use crate::assembly::Assembly;
use crate::commands::report::rows::Rows;
use crate::config::Config;
use crate::exit::Failure;
use crate::service::job;
use bystander_core::checkpoint::Totals;
use bystander_core::comparison::{ComparisonRecord, DecisionRecord};
use bystander_kafka::live::LiveClient;
use bystander_kafka::{DumpedRecord, dump, read_checkpoints};
use bystander_pipeline::Stop;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A comparison, as far as the summary needs it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Seen {
    pub(super) stream: String,
    pub(super) subject_id: String,
    pub(super) item_id: Option<String>,
    pub(super) model: SeenModel,
    pub(super) score: f64,
    pub(super) would_be: DecisionRecord,
    pub(super) live: Option<DecisionRecord>,
    pub(super) agrees: Option<bool>,
    pub(super) delta_amount: Option<i64>,
    pub(super) amount: Option<i64>,
    pub(super) currency: Option<String>,
    pub(super) guardrails: Vec<SeenStep>,
    source: SeenSource,
}

/// Which model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct SeenModel {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) alias: Option<String>,
}

/// A guardrail that moved a price.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SeenStep {
    pub(super) rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct SeenSource {
    topic: String,
    partition: i32,
    offset: i64,
}

/// The account, as an outsider draws it up.
#[derive(Debug, Default)]
pub(super) struct SeenAccount {
    pub(super) events: u64,
    pub(super) comparisons: u64,
    pub(super) dead_letters: u64,
    pub(super) skipped: u64,
    pub(super) missing: u64,
    pub(super) duplicates: u64,
}

/// Everything that was found.
pub(super) struct Evidence {
    pub(super) comparisons: Vec<Seen>,
    /// The same for the report.
    pub(super) rows: Rows,
    /// Dead letters by stage and code.
    pub(super) dead_letters: BTreeMap<(String, String), u64>,
    /// Skips by reason.
    pub(super) skips: BTreeMap<&'static str, u64>,
    pub(super) account: SeenAccount,
    /// The totals of each stream.
    pub(super) totals: BTreeMap<String, Totals>,
}

impl Evidence {
    /// Reads inputs' ends, comparisons, dead letters and checkpoints.
    pub(super) fn gather(config: &Config, assembly: &Assembly) -> Result<Self, Failure> {
        let stop = Stop::default();
        let mut comparisons = Vec::new();
        let mut rows = Rows::default();
        let mut unreadable = None;
        dump(&config.shadow, &config.shadow.comparisons, &stop, |record| {
            // The embedded broker doesn't hide what was aborted: takeovers leave tombstones.
            let Some(payload) = record.payload else { return };
            let seen = serde_json::from_slice::<Seen>(&payload).map_err(|error| error.to_string());
            match (seen, ComparisonRecord::from_json(&payload).map_err(|error| error.to_string())) {
                (Ok(seen), Ok(record)) => {
                    comparisons.push(seen);
                    rows.take(&record);
                }
                (Err(error), _) | (_, Err(error)) => unreadable = Some(error),
            }
        })
        .map_err(Failure::other)?;
        if let Some(error) = unreadable {
            return Err(Failure::Other(format!("a comparison can't be read back: {error}")));
        }
        let mut letters = Vec::new();
        dump(&config.shadow, &config.shadow.dead_letters, &stop, |record| {
            letters.extend(record.payload.is_some().then(|| letter(&record)));
        })
        .map_err(Failure::other)?;
        let mut evidence = Self {
            comparisons,
            rows,
            dead_letters: BTreeMap::new(),
            skips: BTreeMap::new(),
            account: SeenAccount::default(),
            totals: BTreeMap::new(),
        };
        evidence.account(config, assembly, &letters)?;
        Ok(evidence)
    }

    fn account(&mut self, config: &Config, assembly: &Assembly, letters: &[Letter]) -> Result<(), Failure> {
        let checkpoints = read_checkpoints(&config.shadow, &Stop::default()).map_err(Failure::other)?;
        for (reason, count) in checkpoints.values().flat_map(|checkpoint| &checkpoint.totals.skipped) {
            *self.skips.entry(reason.name()).or_default() += count;
        }
        for checkpoint in checkpoints.values() {
            let stream = assembly.streams.iter().find(|stream| stream.topic == checkpoint.topic);
            let Some(stream) = stream else { continue };
            self.totals.entry(stream.name.clone()).or_default().add(&checkpoint.totals);
        }
        let mut times: BTreeMap<&SeenSource, u64> = BTreeMap::new();
        let mut each = BTreeSet::new();
        for seen in &self.comparisons {
            *times.entry(&seen.source).or_default() += 1;
            if !each.insert((&seen.source, &seen.model)) {
                self.account.duplicates += 1;
            }
        }
        let mut dead = BTreeSet::new();
        for letter in letters {
            *self.dead_letters.entry((letter.stage.clone(), letter.code.clone())).or_default() += 1;
            if !dead.insert(&letter.source) || times.contains_key(&letter.source) {
                self.account.duplicates += 1;
            }
        }
        let mut whole = 0;
        for (source, count) in &times {
            let models = assembly.streams.iter().find(|stream| stream.topic == source.topic);
            let wanted = models.map_or(0, |stream| stream.model_count() as u64);
            whole += u64::from(*count >= wanted);
        }
        self.account.events = events(config, &assembly.inputs())?;
        self.account.comparisons = self.comparisons.len() as u64;
        self.account.dead_letters = letters.len() as u64;
        self.account.skipped = self.skips.values().sum();
        let seen = whole + dead.len() as u64 + self.account.skipped;
        self.account.missing = self.account.events.saturating_sub(seen);
        Ok(())
    }
}

/// Records on the inputs, by their offsets: the demo's producer writes no transactions.
fn events(config: &Config, inputs: &[String]) -> Result<u64, Failure> {
    let job = job(config, inputs.to_vec())?;
    let client = LiveClient::new(job.live(), job.status()).map_err(Failure::other)?;
    let mut events = 0;
    for topic in inputs {
        for partition in 0..client.partitions(topic).map_err(Failure::other)? {
            let (low, high) = client.watermarks(topic, partition).map_err(Failure::other)?;
            events += u64::try_from(high - low).unwrap_or(0);
        }
    }
    Ok(events)
}

struct Letter {
    source: SeenSource,
    stage: String,
    code: String,
}

fn letter(record: &DumpedRecord) -> Letter {
    let header = |name: &str| {
        let found = record.headers.iter().find(|(header, _)| header == name);
        found.and_then(|(_, value)| String::from_utf8(value.clone()?).ok()).unwrap_or_default()
    };
    let number = |name: &str| header(name).parse::<i64>().unwrap_or(-1);
    Letter {
        source: SeenSource {
            topic: header("bystander_topic"),
            partition: i32::try_from(number("bystander_partition")).unwrap_or(-1),
            offset: number("bystander_offset"),
        },
        stage: header("bystander_stage"),
        code: header("bystander_code"),
    }
}
