//! One file per command.

pub(crate) mod check;
pub(crate) mod completions;
#[cfg(feature = "simulator")]
pub(crate) mod demo;
pub(crate) mod init;
pub(crate) mod models;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod run;
#[cfg(feature = "simulator")]
pub(crate) mod simulate;
pub(crate) mod skip;
pub(crate) mod status;
