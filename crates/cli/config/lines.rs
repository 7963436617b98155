//! On which line of a config file a key is.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line, from 1, of the key that a problem names, such as `streams[0].where./type`. Where the key is missing it is
/// that of the table that lacks it, and nothing where the file doesn't have that either.
pub(crate) fn line_of(text: &str, key: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let key: String = key.chars().filter(|letter| *letter != '"').collect();
    let at = in_table(document.get_ref(), &key)?;
    Some(text.get(..at)?.matches('\n').count() + 1)
}

/// Where the longest part of `path` that there is begins.
fn in_table(table: &DeTable<'_>, path: &str) -> Option<usize> {
    // Keys may have dots in them, so the longest one that fits counts.
    let fitting = table.iter().filter_map(|(key, value)| {
        let rest = path.strip_prefix(key.get_ref().as_ref())?;
        let ends = rest.is_empty() || rest.starts_with(['.', '[']);
        ends.then_some((key, value, rest))
    });
    let (key, value, rest) = fitting.max_by_key(|(key, ..)| key.get_ref().len())?;
    in_value(value, rest).or(Some(key.span().start))
}

/// The same below a value; nothing where no more of the path is found there.
fn in_value(value: &Spanned<DeValue<'_>>, path: &str) -> Option<usize> {
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, path.strip_prefix('.')?),
        DeValue::Array(list) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            let item = list.get(index.parse::<usize>().ok()?)?;
            in_value(item, rest).or(Some(item.span().start))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"job = "shop"

[live]
brokers = "a:9092"
properties = { "enable.auto.commit" = "true" }

[[streams]]
name = "orders"
where = { "/type" = "order.placed" }
models = [
  "fraud@champion",
  "fraud@chalenger",
]

[[streams]]
name = "prices"
[streams.guardrails]
min_margin = 5
"#;

    #[test]
    fn a_key_is_found_on_its_line_at_every_depth() {
        for (key, line) in [
            ("job", 1),
            ("live.brokers", 4),
            ("live.properties.\"enable.auto.commit\"", 5),
            ("streams[0].where./type", 9),
            ("streams[0].models[1]", 12),
            ("streams[1].name", 16),
            ("streams[1].guardrails.min_margin", 18),
        ] {
            assert_eq!(line_of(TEXT, key), Some(line), "{key}");
        }
    }

    #[test]
    fn a_missing_key_is_on_the_line_of_the_table_that_lacks_it() {
        assert_eq!(line_of(TEXT, "live.start"), Some(3));
        assert_eq!(line_of(TEXT, "streams[0].topic"), Some(7));
        assert_eq!(line_of(TEXT, "streams[1].topic"), Some(15));
    }

    #[test]
    fn what_the_file_does_not_have_has_no_line() {
        for key in ["shadow.brokers", "(file)", "--models[0]", ""] {
            assert_eq!(line_of(TEXT, key), None, "{key}");
        }
        assert_eq!(line_of("no toml", "job"), None);
    }
}
