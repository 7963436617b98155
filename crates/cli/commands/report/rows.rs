//! Comparisons and outcomes from wherever they are, into one dataset.

use super::times::Window;
use crate::config::Config;
use crate::exit::Failure;
use crate::service::isolation;
use crate::units;
use bystander_archive::{ComparisonFiles, OutcomeFiles, UnreadColumns};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::kind::Kind;
use bystander_core::outcome::{OutcomeBinding, OutcomeRead, OutcomeReader};
use bystander_core::record::RawRecord;
use bystander_core::rejection::{Code, Rejection};
use bystander_kafka::{ShadowTopic, Start, TopicReader};
use bystander_pipeline as pipeline;
use bystander_pipeline::Stop;
use bystander_report::join::DisputeReasons;
use bystander_report::kinds::without_outcomes;
use bystander_report::{Dataset, RowCounts};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Why a line of comparisons is left out.
const NO_COMPARISON: &str = "a line that is not a comparison";

/// Where rows are read from. It is settled once, so that a file that goes away isn't taken for a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// What the config says.
    Bound,
    /// A file or folder.
    Path(PathBuf),
    /// A topic of this name.
    Topic(String),
}

impl Source {
    /// What a name means: a file or folder if there is one, else a topic.
    pub(super) fn of(named: Option<&str>) -> Self {
        match named {
            None => Self::Bound,
            Some(name) if Path::new(name).exists() => Self::Path(name.into()),
            Some(name) => Self::Topic(name.to_owned()),
        }
    }
}

/// Both sides of the join.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) comparisons: Source,
    pub(super) outcomes: Source,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) dataset: Dataset,
    /// Currencies of the comparisons.
    pub(crate) currencies: BTreeSet<String>,
    /// The first line that is not a comparison, and its place.
    first_malformed: Option<String>,
    /// The folder that the comparisons are from, if it is one.
    pub(super) folder: Option<PathBuf>,
}

/// An error of any of the sources.
struct RowsFailure(Failure);

impl From<pipeline::Failure> for RowsFailure {
    fn from(error: pipeline::Failure) -> Self {
        Self(Failure::other(error))
    }
}

/// Reads everything that the command line and the config name.
pub(super) fn gather(
    sources: &Sources,
    config: &Config,
    window: Window,
    stop: &Stop,
) -> Result<Rows, Failure> {
    let reasons = DisputeReasons::with(config.report.dispute_reasons.clone());
    let mut rows = Rows { dataset: Dataset::with_reasons(reasons), ..Rows::default() };
    match &sources.comparisons {
        Source::Path(path) => rows.comparison_files(path, window),
        Source::Topic(name) => shadow_topic(name, config)
            .map_err(RowsFailure)
            .and_then(|topic| rows.comparisons_of(&topic, config, window, stop)),
        Source::Bound => rows.comparisons_of(&config.shadow.comparisons, config, window, stop),
    }
    .map_err(|trouble| trouble.0)?;
    rows.comparisons_were_read(config.report.min_readable)?;
    rows.outcomes(&sources.outcomes, config, stop).map_err(|trouble| trouble.0)?;
    rows.say_what_is_missing(config);
    Ok(rows)
}

fn shadow_topic(name: &str, config: &Config) -> Result<ShadowTopic, Failure> {
    ShadowTopic::new(name, &config.read).map_err(|problem| {
        Failure::Usage(format!(
            "--comparisons: {}; name a folder or file of comparisons, or their topic",
            problem.what
        ))
    })
}

impl Rows {
    /// Figures rest on outcomes; that none was read must not go unsaid.
    fn say_what_is_missing(&self, config: &Config) {
        for stream in &config.streams {
            let unsettled = units::unsettled(stream, |code| self.currencies.contains(code));
            if !unsettled.is_empty() {
                tracing::warn!(
                    stream = stream.name,
                    currencies = unsettled.join(", "),
                    "decimals of minor units differ between ISO 4217 and payment providers: set `exponents` if the amounts are a provider's"
                );
            }
        }
        let types = &self.dataset.counts().outcome_types;
        for kind in Kind::ALL {
            let asked = config.streams.iter().any(|stream| stream.kind == Some(kind));
            if asked && !types.keys().any(|one| one.kind() == kind) {
                let follows = without_outcomes(kind);
                tracing::warn!(kind = kind.name(), "no outcome of this kind was read: {follows}");
            }
        }
    }

    /// An empty report must not come of files that hold something else.
    fn comparisons_were_read(&self, min_readable: f64) -> Result<(), Failure> {
        let counts = self.dataset.counts();
        let (read, malformed) = (counts.comparisons, counts.malformed_comparisons);
        if enough(read, malformed, min_readable) {
            return Ok(());
        }
        let first = self.first_malformed.as_deref().unwrap_or("see the log");
        Err(Failure::Other(format!(
            "{read} of {} comparisons could be read, first wrong one: {first}; name a replay's folder, its files, or \
             the comparisons topic with --comparisons",
            read + malformed
        )))
    }

    fn take_within(&mut self, record: &ComparisonRecord<'_>, window: Window) {
        if window.holds(record.occurred_at_ms) {
            self.take(record);
        }
    }

    /// Takes a comparison in.
    pub(crate) fn take(&mut self, record: &ComparisonRecord<'_>) {
        if let Some(currency) = record.currency.as_deref().filter(|code| !self.currencies.contains(*code)) {
            self.currencies.insert(currency.to_owned());
        }
        self.dataset.push_comparison(record);
    }

    fn comparison_files(&mut self, path: &Path, window: Window) -> Result<(), RowsFailure> {
        self.folder = path.is_dir().then(|| path.to_owned());
        let files =
            ComparisonFiles::open(path)?.without(UnreadColumns { ids: false, ..UnreadColumns::default() });
        say_left_out(path, files.left_out());
        let from = window.from_ms.unwrap_or(i64::MIN);
        let files = files.between(from, window.to_ms.unwrap_or(i64::MAX));
        let back = files.for_each(|record| {
            self.take_within(&record, window);
            Ok::<(), RowsFailure>(())
        })?;
        for example in &back.examples {
            tracing::warn!(example, "not a comparison");
        }
        self.first_malformed = back.examples.into_iter().next();
        (0..back.malformed).for_each(|_| self.dataset.count_malformed_comparison(NO_COMPARISON));
        Ok(())
    }

    fn comparisons_of(
        &mut self,
        topic: &ShadowTopic,
        config: &Config,
        window: Window,
        stop: &Stop,
    ) -> Result<(), RowsFailure> {
        let mut reader = TopicReader::of_shadow(&config.shadow, topic, stop)?;
        reader.for_each(Start::Earliest, |record| {
            // A takeover leaves tombstones.
            let Some(payload) = record.payload else { return Ok(()) };
            match ComparisonRecord::from_json(payload) {
                Ok(comparison) => self.take_within(&comparison, window),
                Err(error) => {
                    let (partition, offset) = (record.position.partition, record.position.offset);
                    tracing::warn!(%topic, partition, offset, %error, "no comparison");
                    self.dataset.count_malformed_comparison(NO_COMPARISON);
                }
            }
            Ok::<(), RowsFailure>(())
        })
    }

    fn outcomes(&mut self, source: &Source, config: &Config, stop: &Stop) -> Result<(), RowsFailure> {
        let bindings = bindings(config).map_err(RowsFailure)?;
        if bindings.is_empty() {
            if *source != Source::Bound {
                let what = "--outcomes needs a binding: add an [[outcomes]] table to the config".to_owned();
                return Err(RowsFailure(Failure::Usage(what)));
            }
            tracing::warn!("no [[outcomes]] are bound: the report can't say what was true");
            return Ok(());
        }
        let all: Vec<_> = bindings.iter().map(|(_, binding)| binding).collect();
        let mut read = Reading::default();
        match source {
            Source::Path(path) => {
                let files = OutcomeFiles::open(path)?;
                say_left_out(path, files.left_out());
                let bound = |name: &str| all.iter().any(|binding| binding.reads(name));
                files.for_each(bound, |record, place| {
                    read.take(&record, &all, &mut self.dataset, place);
                    Ok::<(), RowsFailure>(())
                })?;
            }
            Source::Topic(topic) => self.outcomes_of(topic, &all, &mut read, config, stop)?,
            Source::Bound => {
                let topics: BTreeSet<_> = bindings.iter().map(|(topic, _)| topic.as_str()).collect();
                for topic in topics {
                    let own: Vec<_> =
                        bindings.iter().filter(|(of, _)| of == topic).map(|(_, binding)| binding).collect();
                    self.outcomes_of(topic, &own, &mut read, config, stop)?;
                }
            }
        }
        read.conclude(self.dataset.counts(), config.report.min_readable)
    }

    fn outcomes_of(
        &mut self,
        topic: &str,
        bindings: &[&OutcomeBinding],
        read: &mut Reading,
        config: &Config,
        stop: &Stop,
    ) -> Result<(), RowsFailure> {
        isolation::admit(config, &std::sync::Arc::default()).map_err(RowsFailure)?;
        let mut reader = TopicReader::of_live(&config.live, topic, &std::sync::Arc::default(), stop)?;
        reader.for_each(Start::Earliest, |record| {
            let place = record.position;
            let at = || format!("{topic} partition {} offset {}", place.partition, place.offset);
            read.take(&record, bindings, &mut self.dataset, &at);
            Ok::<(), RowsFailure>(())
        })
    }
}

/// How many names of files that are left out are written.
const NAMED: usize = 10;

/// A file that isn't read must not go unnoticed.
fn say_left_out(folder: &Path, files: &[PathBuf]) {
    if files.is_empty() {
        return;
    }
    let name = |file: &PathBuf| file.strip_prefix(folder).unwrap_or(file).display().to_string();
    let mut names: Vec<_> = files.iter().take(NAMED).map(name).collect();
    if files.len() > NAMED {
        names.push(format!("and {} more", files.len() - NAMED));
    }
    tracing::warn!(
        folder = %folder.display(),
        files = names.join(", "),
        "left out: their names don't end in .parquet, .jsonl, .ndjson or .json (.gz, .zst, .bz2), or begin with a dot or underscore"
    );
}

/// Every outcome table with its topic.
///
/// # Errors
/// When one can't be compiled.
pub(crate) fn bindings(config: &Config) -> Result<Vec<(String, OutcomeBinding)>, Failure> {
    let mut bindings = Vec::new();
    for outcome in &config.outcomes {
        let stream = config.streams.iter().find(|stream| stream.name == outcome.stream);
        let Some(stream) = stream else { continue };
        let compiled = OutcomeBinding::compile(outcome, stream, config.privacy_keys.as_ref());
        let binding =
            compiled.map_err(|problems| Failure::Configuration { file: config.file.clone(), problems })?;
        bindings.push((outcome.topic.clone().unwrap_or_default(), binding));
    }
    Ok(bindings)
}

/// The code, and the field at fault if it is one.
fn reason(rejection: &Rejection<'_>) -> String {
    let code = rejection.code.name();
    if rejection.at.is_empty() { code.to_owned() } else { format!("{code} at {}", rejection.at) }
}

/// Whether enough was read: something, and the share that is asked for.
fn enough(read: u64, malformed: u64, min_readable: f64) -> bool {
    malformed == 0 || read > 0 && read as f64 / (read + malformed) as f64 >= min_readable
}

/// Reads records by whichever binding takes them.
#[derive(Default)]
pub(crate) struct Reading {
    readers: Vec<OutcomeReader>,
    malformed: u64,
    first_malformed: Option<String>,
}

impl Reading {
    /// Nobody must take orders for good because no outcome could be read.
    fn conclude(&self, counts: &RowCounts, min_readable: f64) -> Result<(), RowsFailure> {
        let (taken, malformed) = (counts.outcomes, self.malformed);
        let Some(first) = &self.first_malformed else { return Ok(()) };
        if enough(taken, malformed, min_readable) {
            tracing::warn!(
                malformed,
                taken,
                first,
                "some outcomes could not be read; the report counts them"
            );
            return Ok(());
        }
        let mut reasons: Vec<_> = counts.malformed.iter().filter(|(why, _)| *why != NO_COMPARISON).collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let most: Vec<_> = reasons.iter().take(3).map(|(why, count)| format!("{count} {why}")).collect();
        let code = reasons.first().and_then(|(why, _)| why.split(' ').next());
        let fix = Code::ALL.into_iter().find(|known| Some(known.name()) == code).map_or("", Code::fix);
        let what = match taken {
            0 => format!("none of {malformed} outcomes could be read"),
            _ => format!(
                "{taken} of {} outcomes could be read, less than report.min_readable",
                taken + malformed
            ),
        };
        Err(RowsFailure(Failure::Other(format!(
            "{what}: {}; first {first}; {fix}; correct the [[outcomes]] binding",
            most.join(", ")
        ))))
    }

    /// Takes an outcome in; one that no binding can read is counted, and the first are told.
    pub(crate) fn take(
        &mut self,
        record: &RawRecord<'_>,
        bindings: &[&OutcomeBinding],
        dataset: &mut Dataset,
        place: &dyn Fn() -> String,
    ) {
        self.readers.resize_with(bindings.len().max(self.readers.len()), OutcomeReader::default);
        let mut rejected = None;
        for (binding, reader) in bindings.iter().zip(&mut self.readers) {
            match reader.read(binding, record) {
                Ok(OutcomeRead::Outcome(outcome)) => {
                    dataset.push_outcome(&outcome);
                    return;
                }
                Ok(OutcomeRead::Skip(_)) => {}
                Err(rejection) => rejected = Some(reason(&rejection)),
            }
        }
        if let Some(why) = rejected {
            self.malformed += 1;
            self.first_malformed.get_or_insert_with(|| format!("{}: {why}", place()));
            dataset.count_malformed_outcome(&why);
        }
    }
}
