//! `where`: which events of a topic are the stream's own.

use super::config::{Scalar, WhereValue};
use crate::extract::{FieldTreeBuilder, Fields, Slot, SlotId};
use crate::kinds::bind;
use crate::problem::Problem;
use std::collections::BTreeMap;

/// One condition; a field that is missing or of another type doesn't match.
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

    pub(crate) fn matches(&self, fields: &Fields<'_>) -> bool {
        self.any.iter().any(|value| match (value, fields.slot(self.slot)) {
            (Scalar::Boolean(wanted), Slot::Bool(found)) => *wanted == found,
            (Scalar::Integer(wanted), Slot::Integer(found)) => *wanted == found,
            (Scalar::Float(wanted), Slot::Float(found)) => *wanted == found,
            // JSON doesn't tell 1 from 1.0.
            (Scalar::Integer(wanted), Slot::Float(found)) => *wanted as f64 == found,
            (Scalar::Float(wanted), Slot::Integer(found)) => *wanted == found as f64,
            (Scalar::Text(wanted), _) => fields.text(self.slot) == Ok(Some(wanted)),
            _ => false,
        })
    }
}
