//! Logs go to standard error; results to standard output.

use crate::config::{LogFormat, LogSettings};
use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts logging. A second call changes nothing.
pub(crate) fn start(settings: &LogSettings) {
    let filter = || EnvFilter::try_new(&settings.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter());
    let started = match settings.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}

/// The last word of a command that failed.
pub(crate) fn error_line(failure: &dyn std::fmt::Display) {
    // Nothing can be done for a closed standard error.
    let _ = writeln!(std::io::stderr(), "bystander: {failure}");
}

/// A line of a command's result.
pub(crate) fn print(text: impl std::fmt::Display) {
    // A reader that has gone (`| head`) has seen enough.
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}
