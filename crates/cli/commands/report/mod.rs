//! `bystander report`: shadow decisions beside what turned out to be true.

mod maker;
pub(crate) mod rows;
pub(crate) mod settings;
mod times;
mod watch;

use crate::args::{OutputFormat, ReportArgs};
use crate::exit::Failure;
use crate::logging::print;
use bystander_pipeline::replace;
use bystander_pipeline::{Clock, Stop, SystemClock};
use bystander_report::document::VerdictWord;
use bystander_report::{Report, render};
use maker::Maker;
use std::io::IsTerminal;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Width of the summary for the terminal.
const WIDTH: usize = 80;

pub(crate) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let maker = Maker::new(args)?;
    let files = Files { html: args.html.clone(), json: args.json.clone() };
    match args.watch {
        Some(interval) => watch::watch(maker, files, interval, args.listen),
        None => once(&maker, &files, args.output),
    }
}

fn once(maker: &Maker, files: &Files, output: OutputFormat) -> Result<(), Failure> {
    let report = maker.make(SystemClock::default().now_ms(), &Stop::default())?;
    let forms = Forms::of(&report)?;
    files.write(&forms)?;
    match output {
        OutputFormat::Json => print(forms.json.trim_end()),
        OutputFormat::Text => {
            let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            print(render::terminal(&report, WIDTH, color).trim_end());
        }
    }
    let with = |result: VerdictWord| {
        let gates = report.gates.iter().filter(|gate| gate.result == result);
        gates.map(|gate| gate.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (with(VerdictWord::NotMet), with(VerdictWord::Hold)) {
        (missed, _) if !missed.is_empty() => Err(Failure::NotMet(format!("gates not met: {missed}"))),
        (_, held) if !held.is_empty() => {
            Err(Failure::Held(format!("gates on hold, the evidence says neither yet: {held}")))
        }
        _ => Ok(()),
    }
}

/// A report as page and document.
struct Forms {
    html: String,
    json: String,
}

impl Forms {
    fn of(report: &Report) -> Result<Self, Failure> {
        Ok(Self { html: render::html(report), json: render::json(report).map_err(Failure::other)? })
    }
}

/// Where the command line wants them.
struct Files {
    html: Option<PathBuf>,
    json: Option<PathBuf>,
}

impl Files {
    fn write(&self, forms: &Forms) -> Result<(), Failure> {
        for (path, text) in [(&self.html, &forms.html), (&self.json, &forms.json)] {
            path.as_deref().map(|path| write(path, text)).transpose()?;
        }
        Ok(())
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let shown = path.display();
        Failure::Other(format!("{shown} can't be written: {error}; name a file that this user may write"))
    };
    replace(path, |file| file.write_all(text.as_bytes())).map_err(failed)
}
