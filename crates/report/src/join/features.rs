//! What models were fed: a sample of each week's rows, since all rows of all features would not fit.

use super::intern::Texts;
use super::sample::{Priority, Smallest};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::features::FeatureValue;
use std::collections::BTreeMap;

/// Rows kept of each week: enough to see a population stability index of 0.01.
pub(crate) const SAMPLED_PER_WEEK: usize = 5_000;
const WEEK_MS: i64 = 7 * bystander_core::time::DAY_MS;

/// Sampled rows of one run.
#[derive(Debug, Default)]
pub(crate) struct FeatureSample {
    names: Vec<String>,
    weeks: BTreeMap<i64, Smallest<Row>>,
    categories: Texts,
}

#[derive(Debug)]
struct Row {
    event: u32,
    /// Per feature. Features that came later are absent.
    values: Box<[Value]>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    /// The record doesn't have the feature.
    Absent,
    Missing,
    Number(f64),
    /// Index of its text.
    Category(u32),
}

/// One feature's sampled values.
#[derive(Debug)]
pub(crate) struct FeatureRows<'a> {
    pub(crate) name: &'a str,
    pub(crate) category: bool,
    /// (event, value); NaN where missing, an index into the categories for a category.
    pub(crate) values: Vec<(u32, f64)>,
    /// Numbers of a feature that has categories, too: taken as missing.
    pub(crate) mixed: u64,
}

impl FeatureSample {
    /// Offers a row; `priority` decides whether it is in the sample.
    pub(crate) fn offer(&mut self, event: u32, priority: Priority, record: &ComparisonRecord<'_>) {
        if record.features.is_empty() {
            return;
        }
        let week = record.occurred_at_ms.div_euclid(WEEK_MS);
        let Self { names, weeks, categories } = self;
        let sample = weeks.entry(week).or_insert_with(|| Smallest::new(SAMPLED_PER_WEEK));
        sample.offer(priority, || {
            let mut values = vec![Value::Absent; names.len()];
            for (place, (name, value)) in record.features.iter().enumerate() {
                let place = position(names, place, name);
                if place >= values.len() {
                    values.resize(place + 1, Value::Absent);
                }
                values[place] = coded(&value, categories);
            }
            Row { event, values: values.into() }
        });
    }

    /// Gives events their present index.
    pub(crate) fn renumber(&mut self, present: &[u32]) {
        self.weeks.values_mut().for_each(|week| week.change(|row| row.event = present[row.event as usize]));
    }

    /// The features with their sampled values, by name; `counts` says whether the row at a place counts for its event. What it
    /// gives depends on the rows alone, not on their order: a feature is a category if any value is one.
    pub(crate) fn columns(&self, counts: impl Fn(u32, u64) -> bool) -> Vec<FeatureRows<'_>> {
        let mut rows: Vec<_> = self
            .weeks
            .values()
            .flat_map(Smallest::iter)
            .filter(|((_, place), row)| counts(row.event, *place))
            .map(|(_, row)| row)
            .collect();
        rows.sort_unstable_by_key(|row| row.event);
        let mut names: Vec<_> = self.names.iter().enumerate().collect();
        names.sort_unstable_by_key(|(_, name)| *name);
        names.into_iter().filter_map(|(place, name)| column(name, place, &rows)).collect()
    }

    /// The text of a category's index.
    pub(crate) fn category(&self, index: f64) -> &str {
        self.categories.text(index as u32)
    }

    /// Rows kept.
    pub(crate) fn rows(&self) -> usize {
        self.weeks.values().map(|week| week.iter().count()).sum()
    }
}

/// The values of one feature; `None` where no row has it.
fn column<'a>(name: &'a str, place: usize, rows: &[&Row]) -> Option<FeatureRows<'a>> {
    let value = |row: &Row| row.values.get(place).copied().unwrap_or(Value::Absent);
    if rows.iter().all(|row| value(row) == Value::Absent) {
        return None;
    }
    let category = rows.iter().any(|row| matches!(value(row), Value::Category(_)));
    let mut mixed = 0;
    let mut number = |value| match value {
        Value::Category(index) => f64::from(index),
        Value::Number(number) if !category => number,
        Value::Number(_) => {
            mixed += 1;
            f64::NAN
        }
        Value::Absent | Value::Missing => f64::NAN,
    };
    let values = rows.iter().map(|row| (row.event, number(value(row)))).collect();
    Some(FeatureRows { name, category, values, mixed })
}

/// Records have their features in one order, so the guess is nearly always right.
fn position(names: &mut Vec<String>, guess: usize, name: &str) -> usize {
    if names.get(guess).is_some_and(|known| known == name) {
        return guess;
    }
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

fn coded(value: &FeatureValue<'_>, categories: &mut Texts) -> Value {
    match value {
        FeatureValue::Missing => Value::Missing,
        FeatureValue::Number(number) => Value::Number(*number),
        FeatureValue::Category(text) => Value::Category(categories.intern(text)),
    }
}
