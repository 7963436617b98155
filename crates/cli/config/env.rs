//! The environment's part in a config: `BYSTANDER__LIVE__BROKERS` overrides a key, `${VAR}` stands in a value.

use bystander_core::problem::Problem;
use toml::{Table, Value};

/// Prefix of variables that override a key; `__` goes one level down.
const PREFIX: &str = "BYSTANDER__";

/// Sets every key that a variable names. A value that is a TOML literal (number, boolean, array, table,
/// quoted text) is taken as such, anything else as text.
pub(super) fn override_keys(
    table: &mut Table,
    variables: impl Iterator<Item = (String, String)>,
    problems: &mut Vec<Problem>,
) {
    let mut ours: Vec<_> = variables
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), name.clone(), value)))
        .collect();
    ours.sort();
    for (path, name, value) in ours {
        let steps: Vec<_> = path.split("__").collect();
        if !set(table, &steps, &value) {
            let fix = "name a key of the config file, with __ between the levels and a list's number from 0";
            problems.push(Problem::new(path.replace("__", "."), format!("variable {name} fits no key"), fix));
        }
    }
}

/// The value that `text` stands for where `before` stood: a key that holds text goes on holding text, and times
/// are text everywhere in a config.
fn literal(text: &str, before: Option<&Value>) -> Value {
    let plain = || Value::String(text.to_owned());
    if matches!(before, Some(Value::String(_))) && !text.starts_with(['"', '\'']) {
        return plain();
    }
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    match parsed.and_then(|mut table| table.remove("value")) {
        None | Some(Value::Datetime(_)) => plain(),
        Some(value) => value,
    }
}

fn set(table: &mut Table, steps: &[&str], value: &str) -> bool {
    let Some((first, rest)) = steps.split_first() else { return false };
    if first.is_empty() {
        return false;
    }
    if rest.is_empty() {
        let value = literal(value, table.get(*first));
        table.insert((*first).to_owned(), value);
        return true;
    }
    match table.entry(*first).or_insert_with(|| Value::Table(Table::new())) {
        Value::Table(below) => set(below, rest, value),
        Value::Array(list) => {
            let place = rest[0].parse::<usize>().ok().and_then(|index| list.get_mut(index));
            match place {
                Some(Value::Table(below)) if rest.len() > 1 => set(below, &rest[1..], value),
                Some(place) if rest.len() == 1 => {
                    *place = literal(value, Some(place));
                    true
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Replaces `${VAR}` and `${VAR:-default}` in every text value; `$${` stands for `${` itself.
pub(super) fn expand(
    table: &mut Table,
    lookup: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) {
    for (key, value) in table.iter_mut() {
        expand_value(value, key, lookup, problems);
    }
}

fn expand_value(
    value: &mut Value,
    key: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) {
    match value {
        Value::String(text) if text.contains("${") => match expand_text(text, lookup) {
            Ok(expanded) => *text = expanded,
            Err(what) => {
                problems.push(Problem::new(key, what, "set the variable, or write ${NAME:-default}"));
            }
        },
        Value::Table(table) => {
            for (name, below) in table.iter_mut() {
                expand_value(below, &format!("{key}.{name}"), lookup, problems);
            }
        }
        Value::Array(list) => {
            for (index, below) in list.iter_mut().enumerate() {
                expand_value(below, &format!("{key}[{index}]"), lookup, problems);
            }
        }
        _ => {}
    }
}

fn expand_text(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if let Some(escaped) = rest[..start].strip_suffix('$') {
            out.push_str(escaped);
            out.push_str("${");
            rest = &rest[start + 2..];
            continue;
        }
        out.push_str(&rest[..start]);
        let inside = &rest[start + 2..];
        let end = inside.find('}').ok_or("a ${ has no }")?;
        let (name, default) = match inside[..end].split_once(":-") {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (&inside[..end], None),
        };
        let value = lookup(name).filter(|value| !value.is_empty() || default.is_none()).or(default);
        out.push_str(&value.ok_or_else(|| format!("variable {name} is not set"))?);
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}
