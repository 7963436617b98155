//! Makes a report, as often as it is asked to: everything that is settled before the first row is read.

use super::rows::{self, Source, Sources};
use super::settings;
use super::times::Times;
use crate::args::ReportArgs;
use crate::assembly::{self, Assembly};
use crate::config::Config;
use crate::exit::Failure;
use bystander_core::text::hex;
use bystander_pipeline::Stop;
use bystander_report::{Gates, Report, ReportSettings};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// What stays the same from one report to the next.
pub(super) struct Maker {
    pub(super) times: Times,
    pub(super) gates: Gates,
    config: Config,
    assembly: Assembly,
    sources: Sources,
    config_sha256: String,
    run: Option<String>,
    live_model: Option<String>,
}

impl Maker {
    /// Reads command line, gates and config, and loads the models.
    ///
    /// # Errors
    /// Wrong usage, or everything that is wrong in the config.
    pub(super) fn new(args: &ReportArgs) -> Result<Self, Failure> {
        let times = Times::of(args)?;
        let gates = args.gates.as_deref().map(read_gates).transpose()?.unwrap_or_default();
        let (mut config, assembly) = assembly::prepare(&args.config.config, &args.config.overrides())?;
        // For quotas of its own: it reads whole topics.
        config.live.client_id = format!("bystander-{}-report", config.job);
        let text = std::fs::read(&args.config.config).map_err(Failure::other)?;
        Ok(Self {
            times,
            gates,
            config,
            assembly,
            sources: Sources {
                comparisons: Source::of(args.comparisons.as_deref()),
                outcomes: Source::of(args.outcomes.as_deref()),
            },
            config_sha256: hex(&Sha256::digest(&text)),
            run: args.run.clone(),
            live_model: args.live_model.clone(),
        })
    }

    /// Reads all rows anew and reports on them; they are forgotten again.
    ///
    /// # Errors
    /// When something can't be read, or on a stop.
    pub(super) fn make(&self, now_ms: i64, stop: &Stop) -> Result<Report, Failure> {
        let window = self.times.window(now_ms);
        let rows = rows::gather(&self.sources, &self.config, window, stop)?;
        let receipt =
            settings::receipt(&self.sources, self.config_sha256.clone(), &self.config, &rows, stop)?;
        let settings = ReportSettings {
            run: self.run.clone(),
            live_model: self.live_model.clone(),
            ..settings::settings(&self.config, &self.assembly, &rows, receipt)
        };
        let mut dataset = rows.dataset;
        let report = Report::build(&mut dataset, self.times.as_of_ms(now_ms), &settings, &self.gates);
        say_when_nothing_joins(&report);
        Ok(report)
    }
}

/// Outcomes of other subjects than those compared leave every order good: a wrong key must not go unnoticed.
fn say_when_nothing_joins(report: &Report) {
    let count =
        |name: &str| report.data.counts.iter().find(|one| one.name == name).map_or(0, |one| one.count);
    let (outcomes, orphans) = (count("outcomes") - count("duplicate_outcomes"), count("orphan_outcomes"));
    if outcomes > 0 && orphans == outcomes {
        tracing::warn!(
            outcomes,
            "no outcome is about an order or quote that was compared: check `subject` of [[outcomes]], and that both sides are \
             pseudonymised with the same key"
        );
    }
}

fn read_gates(path: &Path) -> Result<Gates, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let shown = path.display();
        Failure::Usage(format!("--gates: {shown} can't be read: {error}; name a file of gates"))
    })?;
    Gates::parse(&text).map_err(|problems| {
        let lines = problems.0.iter().map(|problem| format!("{}: {problem}", path.display()));
        Failure::Usage(lines.collect::<Vec<_>>().join("\n"))
    })
}
