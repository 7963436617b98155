//! Which model: name, version, the bytes themselves, and what runs them.

/// Identity of a loaded model version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelIdentity {
    /// Name: the repository folder.
    pub name: String,
    /// Version: the numeric folder below.
    pub version: u32,
    /// SHA-256 of the model's file, lower-case hex.
    pub sha256: String,
    /// SHA-256 of its contract, lower-case hex.
    pub contract_sha256: String,
    /// The alias it was named by, if it was.
    pub alias: Option<String>,
    /// Name and version of the engine that runs it: another one may give other scores. No record shows it.
    pub engine: String,
}

impl std::fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}
