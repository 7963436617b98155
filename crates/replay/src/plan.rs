//! What a replay will read and score, pinned to numbers before anything is read.

use crate::bound::{Bound, Extent};
use bystander_core::text::hex;
use bystander_pipeline::Failure;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Version of the plan's form.
pub(crate) const SCHEMA: u32 = 1;

/// A replay, decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this form.
    pub schema: u32,
    /// The run's id: a function of what is asked, so that asking again gives the same ids.
    pub run: String,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the config file.
    pub config_sha256: String,
    /// Name of the live cluster, as comparisons say it.
    pub cluster: String,
    /// The live cluster's own id, where a broker was asked.
    pub cluster_id: Option<String>,
    /// The models, stream by stream in scoring order.
    pub models: Vec<ModelReceipt>,
    /// Only records with these times, if times were asked for.
    pub window: Option<TimeWindow>,
    /// What is read.
    pub inputs: Vec<Input>,
    /// What is written: `parquet`, `jsonl`, `topic <name>` or `nothing`.
    pub output: String,
    /// Offsets or lines that are scored and published together at most.
    pub piece_size: i64,
}

/// A model version and what its decisions come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelReceipt {
    /// The stream it scores.
    pub stream: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// The alias it was named by.
    pub alias: Option<String>,
    /// SHA-256 of the model's file.
    pub sha256: String,
    /// SHA-256 of `contract.toml`: features, thresholds.
    pub contract_sha256: String,
    /// Name and version of the engine that ran it; earlier versions of Bystander didn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

impl ModelReceipt {
    /// Whether it gives the scores that `earlier` gave, as far as that one says.
    pub fn scores_as(&self, earlier: &Self) -> bool {
        let engine = earlier.engine.clone().or_else(|| self.engine.clone());
        *self == Self { engine, ..earlier.clone() }
    }
}

/// Times of records, epoch milliseconds: from inclusive, to exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeWindow {
    /// The first time that counts.
    pub from_ms: Option<i64>,
    /// The first time that doesn't any more.
    pub to_ms: Option<i64>,
}

impl TimeWindow {
    /// Whether a record of that time counts; one without a time doesn't.
    pub fn holds(self, time: Option<i64>) -> bool {
        time.is_some_and(|time| {
            self.from_ms.is_none_or(|from| from <= time) && self.to_ms.is_none_or(|to| time < to)
        })
    }

    /// The window that two bounds make, if either is a time.
    pub fn of(from: Bound, to: Bound) -> Option<Self> {
        let window = Self { from_ms: from.time(), to_ms: to.time() };
        (window != Self::default()).then_some(window)
    }
}

/// How an input is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A partition, by offset.
    Partition,
    /// A file, by line.
    File,
}

/// One partition or one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Topic and partition, or the file's path.
    pub label: String,
    /// How it is walked.
    pub form: Form,
    /// The first offset or line that is read.
    pub start: i64,
    /// The first that isn't any more.
    pub end: i64,
    /// The partitions whose records it holds; of a topic's partition, itself.
    pub accounts: Vec<Account>,
    /// Bytes of it, estimated for a partition.
    pub bytes: Option<u64>,
    /// Time of its first record.
    pub first_ms: Option<i64>,
    /// Time of its last record.
    pub last_ms: Option<i64>,
}

/// The asked range of one topic's partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name of the stream.
    pub stream: String,
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// The first offset asked for.
    pub start: i64,
    /// The first that isn't any more.
    pub end: i64,
    /// The oldest offset kept when the plan was made: what was asked for before it is a gap.
    pub low: i64,
}

impl Account {
    /// The range of a partition between two bounds; `found` are the offsets of those that are times.
    pub fn resolve(
        (stream, topic, partition): (&str, &str, i32),
        (from, to): (Bound, Bound),
        extent: Extent,
        found: (Option<i64>, Option<i64>),
    ) -> Self {
        let start = from.offset(extent, found.0).clamp(0, extent.high.max(0));
        let end = to.offset(extent, found.1).min(extent.high).max(start);
        let (stream, topic) = (stream.to_owned(), topic.to_owned());
        Self { stream, topic, partition, start, end, low: extent.low }
    }

    /// Offsets asked for that retention had removed when the plan was made, from and to.
    pub fn gap(&self) -> Option<(i64, i64)> {
        let to = self.low.min(self.end);
        (self.start < to).then_some((self.start, to))
    }
}

impl Input {
    /// The input that a partition's account makes.
    pub fn partition(account: Account) -> Self {
        let label = format!("{}[{}]", account.topic, account.partition);
        let start = account.gap().map_or(account.start, |(_, to)| to);
        let end = account.end;
        let accounts = vec![account];
        Self {
            label,
            form: Form::Partition,
            start,
            end,
            accounts,
            bytes: None,
            first_ms: None,
            last_ms: None,
        }
    }

    /// Offsets or lines to read.
    pub fn span(&self) -> u64 {
        u64::try_from(self.end - self.start).unwrap_or(0)
    }
}

impl Plan {
    /// Checks that `from` doesn't come after `to`.
    ///
    /// # Errors
    /// When both are of a kind and in the wrong order.
    pub fn in_order(from: Bound, to: Bound) -> Result<(), Failure> {
        let wrong = match (from, to) {
            (Bound::Offset(from), Bound::Offset(to)) | (Bound::Time(from), Bound::Time(to)) => from > to,
            (Bound::Last(from), Bound::Last(to)) => from < to,
            (Bound::End, Bound::Beginning) => true,
            _ => false,
        };
        if wrong {
            return Err(Failure::lasting("--from comes after --to", "swap them"));
        }
        Ok(())
    }

    /// The id that this question has: the same models, config and ranges give the same id.
    pub fn name(&self) -> String {
        let mut asked = Sha256::new();
        let mut add = |text: &str| {
            asked.update(text.len().to_le_bytes());
            asked.update(text);
        };
        add(&self.version);
        add(&self.config_sha256);
        add(&self.cluster);
        add(self.cluster_id.as_deref().unwrap_or_default());
        add(&format!("{:?}", self.window));
        for model in &self.models {
            add(&format!("{model:?}"));
        }
        for input in &self.inputs {
            // What retention removed meanwhile doesn't change the question, only the answer.
            for Account { stream, topic, partition, start, end, .. } in &input.accounts {
                add(&format!("{stream} {topic} {partition} {start} {end}"));
            }
        }
        let hash = asked.finalize();
        format!("replay-{}", hex(&hash[..6]))
    }

    /// Offsets or lines to read in all.
    pub fn span(&self) -> u64 {
        self.inputs.iter().map(Input::span).sum()
    }

    /// Bytes to read in all, as far as they are known.
    pub fn bytes(&self) -> Option<u64> {
        self.inputs.iter().map(|input| input.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    const WHERE: (&str, &str, i32) = ("orders", "shop.orders", 0);

    #[test]
    fn what_retention_removed_is_a_gap_and_not_read() {
        let extent = Extent { low: 40, high: 100 };
        let account = Account::resolve(WHERE, (Bound::Offset(10), Bound::End), extent, (None, None));
        assert_eq!((account.start, account.end, account.gap()), (10, 100, Some((10, 40))));
        let input = Input::partition(account);
        assert_eq!((input.start, input.span()), (40, 60));
        let before = Account::resolve(WHERE, (Bound::Offset(10), Bound::Offset(30)), extent, (None, None));
        assert_eq!(before.gap(), Some((10, 30)));
        assert_eq!(Input::partition(before).span(), 0);
    }

    #[test]
    fn ends_past_the_end_are_the_end_as_it_stood() {
        let extent = Extent { low: 0, high: 100 };
        let bounds = (Bound::Offset(500), Bound::Offset(900));
        let account = Account::resolve(WHERE, bounds, extent, (None, None));
        assert_eq!((account.start, account.end), (100, 100));
    }

    #[test]
    fn a_from_after_its_to_is_refused() {
        for (from, to) in [
            (Bound::Offset(5), Bound::Offset(4)),
            (Bound::Time(5), Bound::Time(4)),
            (Bound::Last(4), Bound::Last(5)),
            (Bound::End, Bound::Beginning),
        ] {
            assert!(Plan::in_order(from, to).is_err(), "{from:?} {to:?}");
        }
        assert!(Plan::in_order(Bound::Offset(4), Bound::Offset(4)).is_ok());
        assert!(Plan::in_order(Bound::Offset(4), Bound::Time(4)).is_ok());
    }

    #[test]
    fn a_model_scores_as_before_where_nothing_that_decides_changed() {
        let now = ModelReceipt {
            stream: "orders".into(),
            name: "fraud".into(),
            version: 1,
            alias: None,
            sha256: "a".into(),
            contract_sha256: "b".into(),
            engine: Some("onnxruntime 1.31".into()),
        };
        let with = |engine: Option<&str>| ModelReceipt { engine: engine.map(str::to_owned), ..now.clone() };
        assert!(now.scores_as(&now));
        assert!(now.scores_as(&with(None)), "an earlier version didn't say");
        assert!(!now.scores_as(&with(Some("onnxruntime 1.30"))));
        assert!(!now.scores_as(&ModelReceipt { contract_sha256: "c".into(), ..now.clone() }));
    }

    #[test]
    fn a_window_takes_its_first_instant_and_not_its_last() {
        let window = TimeWindow::of(Bound::Time(10), Bound::Time(20)).unwrap();
        assert!(window.holds(Some(10)) && window.holds(Some(19)));
        assert!(!window.holds(Some(9)) && !window.holds(Some(20)) && !window.holds(None));
        assert_eq!(TimeWindow::of(Bound::Offset(1), Bound::End), None);
    }

    proptest! {
        #[test]
        fn gap_and_what_is_read_make_the_range(low in 0..100_i64, len in 0..100_i64, from in 0..250_i64, to in 0..250_i64) {
            let extent = Extent { low, high: low + len };
            let account = Account::resolve(WHERE, (Bound::Offset(from), Bound::Offset(to)), extent, (None, None));
            prop_assert!(account.start <= account.end && account.end <= extent.high.max(account.start));
            let gap = account.gap().map_or(0, |(from, to)| to - from);
            let range = account.end - account.start;
            prop_assert_eq!(gap + i64::try_from(Input::partition(account).span()).unwrap(), range);
        }
    }
}
