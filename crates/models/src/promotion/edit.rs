//! Entries of `aliases.toml`; comments and all other entries stay as they are.

use super::{AliasMove, ChangeError};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

const DISABLED: &str = "disabled";
const UNREADABLE: &str =
    "correct aliases.toml first: one table per model, such as `[fraud]` and below it `champion = 1`";

/// The version that an alias names.
pub(super) fn version(text: &str, model: &str, alias: &str) -> Result<Option<u32>, ChangeError> {
    let document = parse(text)?;
    let named = document.get(model).and_then(|table| table.get(alias)).and_then(Item::as_integer);
    Ok(named.and_then(|version| u32::try_from(version).ok()))
}

/// The text after the moves of a model's aliases.
pub(super) fn set(text: &str, model: &str, moves: &[AliasMove]) -> Result<String, ChangeError> {
    let mut document = parse(text)?;
    let table = document.entry(model).or_insert(Item::Table(Table::new()));
    let Some(table) = table.as_table_like_mut() else {
        return Err(ChangeError::new(format!("`{model}` is not a table in aliases.toml"), UNREADABLE));
    };
    for AliasMove { alias, to, .. } in moves {
        match (to, table.get_mut(alias).and_then(Item::as_value_mut)) {
            (Some(version), Some(value)) => {
                // A comment behind the number belongs to it.
                let decor = value.decor().clone();
                *value = Value::from(i64::from(*version));
                *value.decor_mut() = decor;
            }
            (Some(version), None) => {
                drop(table.insert(alias, Item::Value(Value::from(i64::from(*version)))));
            }
            (None, _) => drop(table.remove(alias)),
        }
    }
    Ok(document.to_string())
}

/// The text in which a model is disabled, or no longer disabled.
pub(super) fn switch(text: &str, reference: &str, disabled: bool) -> Result<String, ChangeError> {
    let mut document = parse(text)?;
    let list = document.entry(DISABLED).or_insert(Item::Value(Value::Array(Array::new())));
    let Some(list) = list.as_array_mut() else {
        return Err(ChangeError::new("`disabled` is not a list in aliases.toml", UNREADABLE));
    };
    list.retain(|one| one.as_str() != Some(reference));
    if disabled {
        list.push(reference);
    }
    if list.is_empty() {
        document.remove(DISABLED);
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, ChangeError> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        ChangeError::new(format!("aliases.toml can't be read: {}", error.message()), UNREADABLE)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BEFORE: &str =
        "# Who scores what.\n[fraud]\nchampion = 1 # since May\nchallenger = 2\n\n[pricing]\nchampion = 1\n";

    fn to(alias: &str, to: Option<u32>) -> AliasMove {
        AliasMove { alias: alias.to_owned(), from: None, to }
    }

    #[test]
    fn only_the_numbers_change() {
        let after = set(BEFORE, "fraud", &[to("champion", Some(12)), to("challenger", Some(1))]).unwrap();
        let expected = BEFORE.replace("champion = 1 #", "champion = 12 #");
        assert_eq!(after, expected.replace("challenger = 2", "challenger = 1"));
        assert_eq!(version(&after, "fraud", "champion").unwrap(), Some(12));
        assert_eq!(version(&after, "pricing", "champion").unwrap(), Some(1));
    }

    #[test]
    fn aliases_and_models_that_were_not_there_are_added_and_aliases_removed() {
        let added = set(BEFORE, "fraud", &[to("next", Some(3))]).unwrap();
        assert_eq!(version(&added, "fraud", "next").unwrap(), Some(3));
        let removed = set(&added, "fraud", &[to("next", None)]).unwrap();
        assert_eq!(removed, BEFORE);
        let first = set("", "fraud", &[to("champion", Some(1))]).unwrap();
        assert_eq!(first, "[fraud]\nchampion = 1\n");
        assert_eq!(version(&first, "fraud", "next").unwrap(), None);
    }

    #[test]
    fn a_model_is_disabled_above_the_tables_and_enabled_without_a_trace() {
        let disabled = switch(BEFORE, "fraud@challenger", true).unwrap();
        let list = disabled.parse::<DocumentMut>().unwrap()["disabled"].as_array().unwrap().to_string();
        assert_eq!(list.trim(), "[\"fraud@challenger\"]");
        assert_eq!(version(&disabled, "fraud", "champion").unwrap(), Some(1));
        let both = switch(&disabled, "pricing/1", true).unwrap();
        assert_eq!(switch(&both, "pricing/1", false).unwrap(), disabled);
        assert_eq!(
            switch(&disabled, "fraud@challenger", true).unwrap(),
            disabled,
            "disabling twice is disabling"
        );
        let enabled = switch(&disabled, "fraud@challenger", false).unwrap();
        assert_eq!(enabled.replace("# Who scores what.\n", ""), BEFORE.replace("# Who scores what.\n", ""));
    }

    #[test]
    fn a_file_that_is_no_toml_and_a_model_that_is_no_table_are_refused() {
        assert!(set("[fraud", "fraud", &[to("champion", Some(1))]).is_err());
        assert!(set("fraud = 1\n", "fraud", &[to("champion", Some(1))]).is_err());
    }
}
