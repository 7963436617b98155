//! Exit codes, and how a command ends.

use crate::config::line_of;
use bystander_core::problem::Problem;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code where a model's call can't be ended, after `sysexits.h` for an internal error.
pub(crate) const STUCK: i32 = 70;

/// How a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration is wrong: everything that is wrong, at once. Exit 78.
    #[error("{}", list(file, problems))]
    Configuration {
        /// The config file.
        file: PathBuf,
        /// What is wrong in it.
        problems: Vec<Problem>,
    },
    /// The command line is wrong in a way that only shows at work. Exit 2.
    #[error("{0}")]
    Usage(String),
    /// What was to be shown does not hold: a verification, a gate. Exit 3.
    #[error("{0}")]
    NotMet(String),
    /// There is too little evidence to say whether it holds: a gate on hold, and none that isn't met. Exit 4.
    #[error("{0}")]
    Held(String),
    /// Anything else. Exit 1.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// Any error, as exit 1.
    pub(crate) fn other(error: impl std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }

    /// Its exit code, after `sysexits.h` for configuration.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Configuration { .. } => ExitCode::from(78),
            Self::Usage(_) => ExitCode::from(2),
            Self::NotMet(_) => ExitCode::from(3),
            Self::Held(_) => ExitCode::from(4),
            Self::Other(_) => ExitCode::FAILURE,
        }
    }
}

fn list(file: &std::path::Path, problems: &[Problem]) -> String {
    // As it is now: a file that was read can be read once more, and what came from elsewhere has no lines.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let place = |problem: &Problem| match line_of(&text, &problem.key) {
        Some(line) => format!("{}:{line}", file.display()),
        None => file.display().to_string(),
    };
    let mut lines: Vec<_> = problems.iter().map(|problem| format!("{}: {problem}", place(problem))).collect();
    lines.push(match problems.len() {
        1 => "1 problem in the configuration".to_owned(),
        many => format!("{many} problems in the configuration"),
    });
    lines.join("\n")
}
