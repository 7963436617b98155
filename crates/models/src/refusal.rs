//! Why a model version may not score.

use bystander_pipeline::OpenError;
use std::fmt;

/// What the load gate found, as a stable word for metrics and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefusalKind {
    /// A folder of the repository that can't be a model or a version.
    VersionFolder,
    /// An alias that is unknown, or names a version that isn't there.
    Alias,
    /// A model or version that isn't there.
    UnknownModel,
    /// The model's file, `contract.toml` or `golden.jsonl` is missing or no regular file.
    MissingFile,
    /// Files of two engines, and the contract pins none of them.
    AmbiguousFile,
    /// A file above its size limit.
    TooLarge,
    /// The contract can't be read or contradicts itself.
    Contract,
    /// The bytes are no whole ONNX model.
    Corrupt,
    /// Weights kept in other files.
    ExternalData,
    /// An operator outside the standard domains.
    CustomDomain,
    /// The output goes through ZipMap.
    ZipMap,
    /// ONNX Runtime can't build a session from it.
    Session,
    /// The graph's inputs are named otherwise than the contract says.
    InputName,
    /// An input has another element type.
    InputType,
    /// An input has another rank or width.
    InputShape,
    /// The batch dimension is a fixed number.
    FixedBatch,
    /// The score isn't where the contract says.
    Output,
    /// A golden event can't be read or made into inputs.
    GoldenInvalid,
    /// A golden event's score differs from the training library's.
    GoldenMismatch,
    /// The same rows scored twice gave other scores.
    NotReproducible,
    /// A call of the model took too long and was ended.
    TooSlow,
}

impl RefusalKind {
    /// The word used as the metrics' `reason` label.
    pub fn name(self) -> &'static str {
        match self {
            Self::VersionFolder => "version_folder",
            Self::Alias => "alias",
            Self::UnknownModel => "unknown_model",
            Self::MissingFile => "missing_file",
            Self::AmbiguousFile => "ambiguous_file",
            Self::TooLarge => "too_large",
            Self::Contract => "contract",
            Self::Corrupt => "corrupt",
            Self::ExternalData => "external_data",
            Self::CustomDomain => "custom_domain",
            Self::ZipMap => "zipmap",
            Self::Session => "session",
            Self::InputName => "input_name",
            Self::InputType => "input_type",
            Self::InputShape => "input_shape",
            Self::FixedBatch => "fixed_batch",
            Self::Output => "output",
            Self::GoldenInvalid => "golden_invalid",
            Self::GoldenMismatch => "golden_mismatch",
            Self::NotReproducible => "not_reproducible",
            Self::TooSlow => "too_slow",
        }
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A refused model version: one line with the reason and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("model {model} refused ({check}): {what}; {fix}")]
pub struct Refusal {
    /// The model, as `name/version` where both are known.
    pub model: String,
    /// What was checked.
    pub check: RefusalKind,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl Refusal {
    /// A refusal of `model`; line breaks in the texts become spaces, so that it stays one line.
    pub fn new(
        model: impl Into<String>,
        check: RefusalKind,
        what: impl AsRef<str>,
        fix: impl AsRef<str>,
    ) -> Self {
        Self { model: model.into(), check, what: one_line(what.as_ref()), fix: one_line(fix.as_ref()) }
    }
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { model, check, what, fix } = refusal;
        Self { model, reason: check.name(), what, fix }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A check that failed, before it is known which model it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure {
    /// What was checked.
    pub check: RefusalKind,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl CheckFailure {
    /// A failure of that check.
    pub fn new(check: RefusalKind, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, what: what.into(), fix: fix.into() }
    }

    pub(crate) fn of(self, model: impl Into<String>) -> Refusal {
        Refusal::new(model, self.check, self.what, self.fix)
    }
}
