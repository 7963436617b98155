//! What all sections are read with: brokers, durations, properties, secrets, and a list of what is wrong.

use super::super::read::UNKNOWN_KEY;
use bystander_core::problem::Problem;
use bystander_core::time::duration;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub(super) struct Resolver<'a> {
    pub(super) folder: &'a Path,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Resolver<'_> {
    pub(super) fn wrong(&mut self, key: &str, what: impl Into<String>, fix: &str) {
        self.problems.push(Problem::new(key, what, fix));
    }

    /// Whether something is wrong there already: a section that couldn't be read isn't said to lack keys.
    pub(super) fn said(&self, section: &str) -> bool {
        let within = |problem: &Problem| problem.key.split('.').next() == Some(section);
        self.problems.iter().any(|problem| within(problem) && problem.what != UNKNOWN_KEY)
    }

    pub(super) fn brokers(&mut self, key: &str, brokers: Option<String>) -> Option<String> {
        let given = brokers.filter(|brokers| !brokers.trim().is_empty());
        let section = key.split('.').next().unwrap_or_default();
        if given.is_none() && !self.said(section) {
            self.wrong(key, "is missing", "name at least one broker, such as \"localhost:9092\"");
        }
        given
    }

    pub(super) fn duration(&mut self, key: &str, text: Option<&str>) -> Option<Duration> {
        let text = text?;
        let parsed = duration(text);
        if parsed.is_none_or(|duration| duration.is_zero()) {
            self.wrong(
                key,
                format!("`{text}` is not a duration"),
                "write one such as \"200ms\", \"5s\", \"24h\" or \"90d\"",
            );
        }
        parsed
    }

    /// Properties, with those that stand in files read.
    pub(super) fn properties(
        &mut self,
        section: &str,
        mut properties: BTreeMap<String, String>,
        files: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        for (property, path) in files {
            let key = format!("{section}.property_files.{property}");
            if let Some(secret) = self.secret(&key, path) {
                let text = String::from_utf8_lossy(&secret).trim_end().to_owned();
                properties.insert(property.clone(), text);
            }
        }
        properties
    }

    /// What to add to a fix where a path is relative: a config that was copied elsewhere names other files.
    pub(super) fn origin(&self, path: &str) -> String {
        if Path::new(path).is_absolute() {
            return String::new();
        }
        let folder = std::path::absolute(self.folder.join(".")).unwrap_or_else(|_| self.folder.to_owned());
        format!("; relative paths start at the folder of the config file, {}", folder.display())
    }

    pub(super) fn secret(&mut self, key: &str, given: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(given);
        match std::fs::read(&path) {
            Ok(secret) => Some(secret),
            Err(error) => {
                let what = format!("{} can't be read: {error}", path.display());
                self.wrong(key, what, &format!("name a file that this user may read{}", self.origin(given)));
                None
            }
        }
    }
}
