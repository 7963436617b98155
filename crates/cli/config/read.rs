//! From the file's text to its raw form: every unknown key and every wrong type, not just the first.

use super::env;
use super::keys;
use super::raw::RawConfig;
use bystander_core::problem::Problem;
use serde::Deserialize;
use std::path::Path;
use toml::{Table, Value};

/// What the command line changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// Brokers of both clusters.
    pub(crate) brokers: Option<String>,
    /// librdkafka properties of both clusters.
    pub(crate) properties: Vec<(String, String)>,
}

/// What is said of a key that leaves the rest of its section readable.
pub(super) const UNKNOWN_KEY: &str = "is not a key that Bystander knows";

const SECTIONS: &[&str] = &[
    "job", "live", "shadow", "models", "scoring", "drift", "privacy", "http", "log", "streams", "outcomes",
    "report", "replay",
];

/// Reads the file; `None` when it isn't even TOML.
pub(super) fn read(file: &Path, overrides: &Overrides, problems: &mut Vec<Problem>) -> Option<RawConfig> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            let fix = "name the config file with -c; `deploy/local/bystander.toml` is one to start from";
            problems.push(Problem::new("(file)", format!("can't be read: {error}"), fix));
            return None;
        }
    };
    parse_text(&text, variables(), &|name| std::env::var(name).ok(), overrides, problems)
}

/// The environment, as far as it is text.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The same for a text; `variables` override keys, `lookup` fills in what values name.
pub(super) fn parse_text(
    text: &str,
    variables: impl Iterator<Item = (String, String)>,
    lookup: &dyn Fn(&str) -> Option<String>,
    overrides: &Overrides,
    problems: &mut Vec<Problem>,
) -> Option<RawConfig> {
    let mut table = match toml::from_str::<Table>(text) {
        Ok(table) => table,
        Err(error) => {
            // The line itself isn't shown: it may hold a secret.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let what = format!("line {line} is not TOML: {}", error.message().replace('\n', " "));
            problems.push(Problem::new("(file)", what, "correct that line"));
            return None;
        }
    };
    env::override_keys(&mut table, variables, problems);
    env::expand(&mut table, lookup, problems);
    overrides.apply(&mut table);
    Some(split(table, problems))
}

impl Overrides {
    fn apply(&self, table: &mut Table) {
        for section in ["live", "shadow"] {
            let Value::Table(section) = table.entry(section).or_insert_with(|| Value::Table(Table::new()))
            else {
                continue;
            };
            if let Some(brokers) = &self.brokers {
                section.insert("brokers".into(), Value::String(brokers.clone()));
            }
            let properties = section.entry("properties").or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(properties) = properties {
                let pairs = self.properties.iter().cloned();
                properties.extend(pairs.map(|(key, value)| (key, Value::String(value))));
            }
        }
    }
}

fn split(mut table: Table, problems: &mut Vec<Problem>) -> RawConfig {
    let written_streams = table.get("streams").and_then(Value::as_array).cloned().unwrap_or_default();
    let raw = RawConfig {
        written_streams,
        job: section(&mut table, "job", problems),
        live: section(&mut table, "live", problems).unwrap_or_default(),
        shadow: section(&mut table, "shadow", problems).unwrap_or_default(),
        models: section(&mut table, "models", problems).unwrap_or_default(),
        scoring: section(&mut table, "scoring", problems).unwrap_or_default(),
        drift: section(&mut table, "drift", problems).unwrap_or_default(),
        privacy: section(&mut table, "privacy", problems).unwrap_or_default(),
        http: section(&mut table, "http", problems).unwrap_or_default(),
        log: section(&mut table, "log", problems).unwrap_or_default(),
        streams: list(&mut table, ("streams", "topic"), problems),
        outcomes: list(&mut table, ("outcomes", "topic of outcomes"), problems),
        report: section(&mut table, "report", problems).unwrap_or_default(),
        replay: section(&mut table, "replay", problems).unwrap_or_default(),
    };
    for key in table.keys() {
        problems.push(unknown(key, key, SECTIONS));
    }
    raw
}

fn section<T: for<'de> Deserialize<'de>>(
    table: &mut Table,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    parse(table.remove(key)?, key, problems)
}

/// The tables of a list; `each` is what each of them is for.
fn list<T: for<'de> Deserialize<'de> + Default>(
    table: &mut Table,
    (key, each): (&str, &str),
    problems: &mut Vec<Problem>,
) -> Vec<T> {
    match table.remove(key) {
        None => Vec::new(),
        Some(Value::Array(tables)) => {
            let place = |(index, one)| parse(one, &format!("{key}[{index}]"), problems).unwrap_or_default();
            tables.into_iter().enumerate().map(place).collect()
        }
        Some(_) => {
            let fix = format!("write [[{key}]] per {each}");
            problems.push(Problem::new(key, "is not a list of tables", fix));
            Vec::new()
        }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(value: Value, at: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let known = keys::known::<T>();
    let mut ignored = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
    let parsed = serde_ignored::deserialize(tracked, |path| ignored.push(path.to_string()));
    for path in ignored {
        let path = path.replace(".?.", ".").trim_start_matches("?.").to_owned();
        let top_level = if path.contains('.') { &[][..] } else { known };
        problems.push(unknown(&path, &format!("{at}.{path}"), top_level));
    }
    let place = track.path();
    parsed
        .map_err(|error| {
            let place_text = place.to_string();
            // What stands under properties may be a secret, so it isn't repeated.
            let key = if place_text.starts_with("propert") {
                Problem::new(place_text, "is not text", "write it in quotes")
            } else {
                let what = error.to_string().replace('\n', " ");
                Problem::new(place_text, what, "write it as docs/configuration.md says")
            };
            problems.push(if place.iter().next().is_none() {
                Problem { key: at.into(), ..key }
            } else {
                key.under(at)
            });
        })
        .ok()
}

fn unknown(key: &str, at: &str, known: &'static [&'static str]) -> Problem {
    let fix = match keys::nearest(key, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "remove it".to_owned(),
    };
    Problem::new(at, UNKNOWN_KEY, fix)
}
