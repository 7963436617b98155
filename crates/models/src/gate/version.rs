//! The model and the contract of a version: which engine's file is there, and what it holds.

use super::{FileLimits, contract, files};
use crate::engine::ModelFormat;
use crate::refusal::{CheckFailure, RefusalKind};
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::golden::InputBuilder;
use std::path::Path;

/// A version's folder as read.
pub(crate) struct Version {
    pub(crate) format: ModelFormat,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
    pub(crate) contract: Contract,
    pub(crate) inputs: InputBuilder,
}

impl Version {
    /// Reads the contract, and the model of the engine whose file is there. The contract decides between files of several.
    pub(crate) fn read(
        folder: &Path,
        formats: &[ModelFormat],
        stream: Option<&StreamConfig>,
        limits: &FileLimits,
    ) -> Result<Self, CheckFailure> {
        let there = |format: &&ModelFormat| folder.join(format.file).symlink_metadata().is_ok();
        let present: Vec<ModelFormat> = formats.iter().filter(there).copied().collect();
        if present.is_empty() {
            return Err(none(formats));
        }
        let text = files::read_text(folder, "contract.toml", limits.contract)?;
        let (contract, inputs) = contract::parse(&text, stream)?;
        let format = choose(&present, formats, contract.engine.as_deref())?;
        let bytes = files::read(folder, format.file, limits.model)?;
        Ok(Self { format, bytes, text, contract, inputs })
    }
}

fn none(formats: &[ModelFormat]) -> CheckFailure {
    let (what, fix) = match formats {
        [one] => (format!("{} is missing", one.file), files::fix_for_missing(one.file)),
        _ => (
            format!("none of {} is there", names(formats)),
            "put the exported model there under one of these names",
        ),
    };
    CheckFailure::new(RefusalKind::MissingFile, what, fix)
}

fn choose(
    present: &[ModelFormat],
    formats: &[ModelFormat],
    pinned: Option<&str>,
) -> Result<ModelFormat, CheckFailure> {
    let Some(pinned) = pinned else {
        return match present {
            [one] => Ok(*one),
            _ => Err(CheckFailure::new(
                RefusalKind::AmbiguousFile,
                format!("{} are both models, of different engines", names(present)),
                format!("remove all but one, or name the engine in contract.toml: {}", pins(present)),
            )),
        };
    };
    if let Some(format) = present.iter().find(|format| format.engine == pinned) {
        return Ok(*format);
    }
    Err(match formats.iter().find(|format| format.engine == pinned) {
        Some(format) => CheckFailure::new(
            RefusalKind::MissingFile,
            format!(
                "{} is missing, and contract.toml names the engine that runs it, `{pinned}`",
                format.file
            ),
            "put the exported model there under this name, or remove `engine` from contract.toml",
        ),
        None => CheckFailure::new(
            RefusalKind::Contract,
            format!("contract.toml: engine: `{pinned}` is not an engine of this program"),
            format!("write one of these, or remove the key: {}", pins(formats)),
        ),
    })
}

fn names(formats: &[ModelFormat]) -> String {
    formats.iter().map(|format| format.file).collect::<Vec<_>>().join(" and ")
}

fn pins(formats: &[ModelFormat]) -> String {
    formats.iter().map(|format| format!("engine = \"{}\"", format.engine)).collect::<Vec<_>>().join(" or ")
}
