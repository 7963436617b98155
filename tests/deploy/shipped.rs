//! The shipped files, as far as tests look into them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A dashboard as it is committed.
pub(crate) struct Dashboard {
    pub(crate) name: String,
    pub(crate) json: Value,
}

/// One query of a panel.
pub(crate) struct Target<'a> {
    pub(crate) panel: &'a Value,
    pub(crate) expression: &'a str,
}

/// A rule of `rules.yml` or `alerts.yml`: its keys with their text, continuation lines joined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) keys: BTreeMap<String, String>,
}

impl Rule {
    pub(crate) fn get(&self, key: &str) -> &str {
        self.keys.get(key).map_or("", String::as_str)
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files of a folder with this ending, in order.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} has no .{ending}");
    files
}

pub(crate) fn dashboards() -> Vec<Dashboard> {
    let dashboard = |path: PathBuf| Dashboard {
        name: name_of(&path),
        json: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
    };
    files("deploy/grafana/dashboards", "json").into_iter().map(dashboard).collect()
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

impl Dashboard {
    /// Panels that show something: all but rows.
    pub(crate) fn panels(&self) -> Vec<&Value> {
        self.json["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row").collect()
    }

    pub(crate) fn targets(&self) -> Vec<Target<'_>> {
        let mut all = Vec::new();
        for panel in self.panels() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                all.push(Target { panel, expression: target["expr"].as_str().unwrap() });
            }
        }
        all
    }

    pub(crate) fn variables(&self) -> &[Value] {
        self.json["templating"]["list"].as_array().unwrap()
    }
}

/// The rules of a file under deploy/prometheus, in its order. It reads the form in which these files are written: two
/// spaces a level, a key a line, `|` and `>-` for longer texts.
pub(crate) fn rules(file: &str) -> Vec<Rule> {
    let text = read(&format!("deploy/prometheus/{file}"));
    let mut rules: Vec<Rule> = Vec::new();
    let mut last: Option<(String, usize)> = None;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        let (begins, words) = match words.strip_prefix("- ") {
            Some(words) if indent == 6 => (true, words),
            _ => (false, words),
        };
        if begins {
            rules.push(Rule::default());
        }
        let Some(rule) = rules.last_mut() else { continue };
        match &last {
            Some((key, from)) if indent > *from && !words.is_empty() => {
                let value = rule.keys.get_mut(key).unwrap();
                *value = format!("{value} {words}").trim().to_owned();
            }
            _ => {
                let Some((key, value)) = words.split_once(':') else { continue };
                if !begins && indent < 8 {
                    last = None;
                    continue;
                }
                let value = value.trim();
                let long = matches!(value, "|" | ">-");
                let from = if begins { indent + 2 } else { indent };
                last = long.then(|| (key.to_owned(), from));
                let value = if long { "" } else { value.trim_matches('\'') };
                rule.keys.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    assert!(rules.len() > 10, "{file} is read in whole");
    rules
}

/// All recording rules' names.
pub(crate) fn recorded() -> BTreeSet<String> {
    rules("rules.yml").iter().map(|rule| rule.get("record").to_owned()).collect()
}

/// Expressions of rules and alerts, with the rule's name.
pub(crate) fn rule_expressions() -> Vec<(String, String)> {
    let named = |rule: Rule| {
        let name = format!("{}{}", rule.get("record"), rule.get("alert"));
        (name, rule.get("expr").to_owned())
    };
    ["rules.yml", "alerts.yml"].into_iter().flat_map(rules).map(named).collect()
}

/// Names of series in an expression: identifiers outside of quotes that can be nothing else, because ours begin with
/// `bystander_` or `process_`, or have a colon, or are `up`.
pub(crate) fn series(expression: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut quoted, mut window) = (false, false);
    let mut characters = expression.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '"' {
            quoted = !quoted;
        }
        // A subquery's window, as in `[1h:5m]`, has a colon, too.
        if !quoted {
            window = (window || character == '[') && character != ']';
        }
        if quoted || window || !(character.is_ascii_alphabetic() || character == '_') {
            continue;
        }
        let mut end = at + 1;
        while let Some(&(next, character)) = characters.peek() {
            if !(character.is_ascii_alphanumeric() || matches!(character, '_' | ':')) {
                break;
            }
            end = next + 1;
            characters.next();
        }
        let name = &expression[at..end];
        let ours = name.starts_with("bystander_") || name.starts_with("process_");
        if ours || name.contains(':') || name == "up" {
            found.push((name.to_owned(), matchers(&expression[end..]).to_owned()));
        }
    }
    found
}

/// What stands between the braces that follow a name; nothing without braces.
fn matchers(rest: &str) -> &str {
    let Some(inside) = rest.strip_prefix('{') else { return "" };
    let mut quoted = false;
    for (at, character) in inside.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '}' if !quoted => return &inside[..at],
            _ => {}
        }
    }
    inside
}

/// A histogram's or summary's series as the metric's name.
pub(crate) fn metric_of(series: &str) -> &str {
    ["_bucket", "_count", "_sum"].iter().find_map(|end| series.strip_suffix(end)).unwrap_or(series)
}

#[test]
fn series_are_found_with_their_matchers_and_nothing_else_is() {
    let found = series(
        r#"sum by (bystander_x) (rate(bystander_a_total{job=~"}", le="bystander_b"}[5m])) / on (job) up{} + a:b:rate5m[1h:5m]"#,
    );
    let found: Vec<_> = found.iter().map(|(name, inside)| (name.as_str(), inside.as_str())).collect();
    let a = r#"job=~"}", le="bystander_b""#;
    assert_eq!(found, [("bystander_x", ""), ("bystander_a_total", a), ("up", ""), ("a:b:rate5m", "")]);
}
