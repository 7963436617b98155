//! `bystander report`: shadow decisions beside what turned out to be true.

pub(crate) mod rows;
pub(crate) mod settings;

use crate::args::{OutputFormat, ReportArgs};
use crate::assembly;
use crate::exit::Failure;
use crate::logging::print;
use bystander_pipeline::{Clock, SystemClock};
use bystander_replay::Bound;
use bystander_report::document::VerdictWord;
use bystander_report::{Gates, Report, ReportSettings, render};
use rows::Window;
use std::io::IsTerminal;
use std::path::Path;

/// Width of the summary for the terminal.
const WIDTH: usize = 80;

pub(crate) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let now_ms = SystemClock::default().now_ms();
    let as_of_ms = time("--as-of", args.as_of.as_deref(), now_ms)?.unwrap_or(now_ms);
    let window = Window {
        from_ms: time("--from", args.from.as_deref(), now_ms)?,
        to_ms: time("--to", args.to.as_deref(), now_ms)?,
    };
    let gates = args.gates.as_deref().map(read_gates).transpose()?.unwrap_or_default();
    let (config, assembly) = assembly::prepare(&args.config.config, &args.config.overrides())?;
    let rows = rows::gather(args, &config, &assembly, window)?;
    let receipt = settings::receipt(args, &config, &rows)?;
    let settings = ReportSettings {
        run: args.run.clone(),
        live_model: args.live_model.clone(),
        ..settings::settings(&config, &assembly, &rows, receipt)
    };
    let mut dataset = rows.dataset;
    let report = Report::build(&mut dataset, as_of_ms, &settings, &gates);
    if let Some(path) = &args.html {
        write(path, &render::html(&report))?;
    }
    let json = || render::json(&report).map_err(Failure::other);
    if let Some(path) = &args.json {
        write(path, &json()?)?;
    }
    match args.output {
        OutputFormat::Json => print(json()?.trim_end()),
        OutputFormat::Text => {
            let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            print(render::terminal(&report, WIDTH, color).trim_end());
        }
    }
    let missed: Vec<_> = report
        .gates
        .iter()
        .filter(|gate| gate.result == VerdictWord::NotMet)
        .map(|gate| gate.name.as_str())
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(Failure::NotMet(format!("gates not met: {}", missed.join(", "))))
}

/// A point in time; offsets mean nothing here.
fn time(flag: &str, text: Option<&str>, now_ms: i64) -> Result<Option<i64>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let time = Bound::parse(text, now_ms).ok().and_then(Bound::time);
    let wrong = || {
        Failure::Usage(format!(
            "{flag}: `{text}` is no time; write it as 2026-11-01T00:00:00Z, 2026-11-01, epoch milliseconds or -24h"
        ))
    };
    time.map(Some).ok_or_else(wrong)
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

/// Writes a file whole or not at all.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let shown = path.display();
        Failure::Other(format!("{shown} can't be written: {error}; name a file that this user may write"))
    };
    let name = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
    let pending = path.with_file_name(format!(".{name}.pending"));
    std::fs::write(&pending, text).map_err(failed)?;
    std::fs::rename(&pending, path).map_err(failed)
}
