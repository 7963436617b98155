//! `where`: which events of a topic are the stream's own.

use crate::config::{Scalar, WhereValue};
use crate::extract::{FieldTreeBuilder, Fields, LONGEST_NUMBER, SlotId, as_word, bind};
use crate::problem::Problem;
use std::collections::BTreeMap;

/// One condition; a field that is missing or isn't a scalar doesn't match.
#[derive(Debug)]
pub(crate) struct Filter {
    slot: SlotId,
    any: Vec<Scalar>,
}

impl Filter {
    pub(crate) fn compile(
        config: &BTreeMap<String, WhereValue>,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Vec<Self> {
        let compile = |(path, value): (&String, &WhereValue)| {
            let slot = bind(&format!("where.{path}"), Some(path), tree, problems)?;
            if *value == WhereValue::Any(Vec::new()) {
                let what = "names no value, so it would skip every event";
                problems.push(Problem::new(format!("where.{path}"), what, "name one value or several"));
            }
            let any = match value {
                WhereValue::Any(values) => values.clone(),
                WhereValue::One(value) => vec![value.clone()],
            };
            Some(Self { slot, any })
        };
        config.iter().filter_map(compile).collect()
    }

    /// Whether the field has one of the values, in whatever form: `true` and `"true"`, 7, 7.0 and `"7"` are each the same.
    pub(crate) fn matches(&self, fields: &Fields<'_>) -> bool {
        let mut digits = [0; LONGEST_NUMBER];
        let Ok(Some(word)) = as_word(fields, self.slot, &mut digits) else { return false };
        self.any.iter().any(|value| match value {
            Scalar::Text(wanted) => wanted == word,
            Scalar::Boolean(wanted) => word == if *wanted { "true" } else { "false" },
            Scalar::Integer(wanted) => word.parse() == Ok(*wanted),
            Scalar::Float(wanted) => word.parse() == Ok(*wanted),
        })
    }
}
