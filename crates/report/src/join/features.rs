//! What models were fed: a sample of each week's rows, since all rows of all features would not fit.

use super::intern::Texts;
use super::sample::Smallest;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::features::FeatureValue;
use std::collections::BTreeMap;

/// Rows kept of each week: enough to see a population stability index of 0.01.
pub(crate) const SAMPLED_PER_WEEK: usize = 5_000;
const WEEK_MS: i64 = 7 * bystander_core::time::DAY_MS;

/// Sampled rows of one run.
#[derive(Debug, Default)]
pub(crate) struct FeatureSample {
    features: Vec<Feature>,
    weeks: BTreeMap<i64, Smallest<Row>>,
    categories: Texts,
    pub(crate) mixed: u64,
}

#[derive(Debug)]
struct Feature {
    name: String,
    /// Known with the first value that isn't missing.
    category: Option<bool>,
}

#[derive(Debug)]
struct Row {
    event: u32,
    /// Per feature; categories as indexes, NaN where missing. Features that came later are missing.
    values: Box<[f64]>,
}

/// One feature's sampled values.
#[derive(Debug)]
pub(crate) struct FeatureRows<'a> {
    pub(crate) name: &'a str,
    pub(crate) category: bool,
    /// (event, value); NaN where missing, an index into the categories for a category.
    pub(crate) values: Vec<(u32, f64)>,
}

impl FeatureSample {
    /// Offers a row; `priority` decides whether it is in the sample.
    pub(crate) fn offer(&mut self, event: u32, priority: u64, record: &ComparisonRecord<'_>) {
        if record.features.is_empty() {
            return;
        }
        let week = record.occurred_at_ms.div_euclid(WEEK_MS);
        let Self { features, weeks, categories, mixed } = self;
        let sample = weeks.entry(week).or_insert_with(|| Smallest::new(SAMPLED_PER_WEEK));
        sample.offer(priority, || {
            let mut values = vec![f64::NAN; features.len()];
            for (place, (name, value)) in record.features.iter().enumerate() {
                let place = position(features, place, name);
                if place >= values.len() {
                    values.resize(place + 1, f64::NAN);
                }
                values[place] = coded(&mut features[place], value, categories, mixed);
            }
            Row { event, values: values.into() }
        });
    }

    /// The features with their sampled values, in the records' order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = FeatureRows<'_>> {
        self.features.iter().enumerate().map(|(place, feature)| {
            let rows = self.weeks.values().flat_map(Smallest::iter);
            let value = |row: &Row| row.values.get(place).copied().unwrap_or(f64::NAN);
            let mut values: Vec<_> = rows.map(|(_, row)| (row.event, value(row))).collect();
            values.sort_unstable_by_key(|(event, _)| *event);
            FeatureRows { name: &feature.name, category: feature.category == Some(true), values }
        })
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

/// Records have their features in one order, so the guess is nearly always right.
fn position(features: &mut Vec<Feature>, guess: usize, name: &str) -> usize {
    if features.get(guess).is_some_and(|feature| feature.name == name) {
        return guess;
    }
    features.iter().position(|feature| feature.name == name).unwrap_or_else(|| {
        features.push(Feature { name: name.to_owned(), category: None });
        features.len() - 1
    })
}

fn coded(feature: &mut Feature, value: &FeatureValue<'_>, categories: &mut Texts, mixed: &mut u64) -> f64 {
    let category = match value {
        FeatureValue::Missing => return f64::NAN,
        FeatureValue::Number(_) => false,
        FeatureValue::Category(_) => true,
    };
    if *feature.category.get_or_insert(category) != category {
        *mixed += 1;
        return f64::NAN;
    }
    match value {
        FeatureValue::Category(text) => f64::from(categories.intern(text)),
        FeatureValue::Number(number) => *number,
        FeatureValue::Missing => f64::NAN,
    }
}
