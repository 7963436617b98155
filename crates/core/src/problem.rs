//! What is wrong in something a person wrote (a config, a contract), in a form that can be listed.

use std::fmt;

/// One mistake: where it is, what is wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the key inside its file, such as `streams[0].topic`.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to write or do instead.
    pub fix: String,
}

impl Problem {
    /// A problem at `key`.
    pub fn new(key: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into(), fix: fix.into() }
    }

    /// The same problem seen from the file's root: `prefix` goes before the key.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.key = match self.key.as_str() {
            "" => prefix.to_owned(),
            key if key.starts_with('[') => format!("{prefix}{key}"),
            key => format!("{prefix}.{key}"),
        };
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.key, self.what, self.fix)
    }
}
