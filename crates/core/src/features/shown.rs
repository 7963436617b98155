//! What a model was fed, read back from its input: what of it a comparison may show.

use crate::comparison::{FeatureValue, Text};
use crate::contract::{Contract, Feature, FeatureSource, Missing};
use crate::input::{Cell, ElementType};

/// One column, as comparisons show it.
#[derive(Debug, Clone)]
pub(super) struct ShownColumn {
    name: Box<str>,
    form: Form,
}

/// No text leaves but what the contract itself names: an event's own texts may be anything.
#[derive(Debug, Clone)]
enum Form {
    Number,
    /// A place in the vocabulary, or what stands for a missing value or an unknown one.
    Category {
        vocabulary: Box<[Box<str>]>,
        missing: Option<f64>,
    },
    /// A text, known where the reference of the contract lists it.
    Text {
        known: Box<[Box<str>]>,
        missing: Option<Box<str>>,
    },
}

/// Most bytes of a double as JSON: `-2.2250738585072014e-308`.
const LONGEST_NUMBER: usize = 24;

impl ShownColumn {
    pub(super) fn new(feature: &Feature, element: ElementType, contract: &Contract) -> Self {
        let boxed =
            |words: &[String]| words.iter().map(|word| word.as_str().into()).collect::<Box<[Box<str>]>>();
        let form = match (feature.source, element) {
            (FeatureSource::Category, ElementType::Float32 | ElementType::Float64 | ElementType::Int64) => {
                Form::Category {
                    vocabulary: boxed(feature.vocabulary.as_deref().unwrap_or_default()),
                    missing: number(&feature.missing).map(|number| as_fed(number, element)),
                }
            }
            (FeatureSource::String, _) => {
                let reference = contract.reference.features.get(&feature.name);
                let mut known = boxed(reference.map(|one| &one.values[..]).unwrap_or_default());
                known.sort();
                Form::Text { known, missing: text(&feature.missing) }
            }
            _ => Form::Number,
        };
        Self { name: feature.name.as_str().into(), form }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn show(&self, cell: Cell<'_>) -> FeatureValue<'_> {
        let unseen = FeatureValue::Category(Text::Borrowed(FeatureValue::UNSEEN));
        match (&self.form, cell) {
            (Form::Category { vocabulary, missing }, Cell::Number(number)) => {
                let place = (number >= 0.0 && number.fract() == 0.0).then_some(number as usize);
                match place.and_then(|place| vocabulary.get(place)) {
                    Some(word) => FeatureValue::Category(Text::Borrowed(word)),
                    None if missing.is_some_and(|missing| same(missing, number)) => FeatureValue::Missing,
                    None => unseen,
                }
            }
            (Form::Text { missing, .. }, Cell::Text(text)) if missing.as_deref() == Some(text) => {
                FeatureValue::Missing
            }
            (Form::Text { known, .. }, Cell::Text(text)) => {
                match known.binary_search_by(|one| (**one).cmp(text)) {
                    Ok(place) => FeatureValue::Category(Text::Borrowed(&known[place])),
                    Err(_) => unseen,
                }
            }
            (_, Cell::Number(number)) if number.is_finite() => FeatureValue::Number(number),
            (_, Cell::Number(_)) => FeatureValue::Missing,
            // A plan writes text into string columns alone.
            (_, Cell::Text(_)) => unseen,
        }
    }

    /// Most bytes of `"name":value,`.
    pub(super) fn largest_json(&self) -> usize {
        let words = match &self.form {
            Form::Number => &[][..],
            Form::Category { vocabulary: words, .. } | Form::Text { known: words, .. } => words,
        };
        let longest = words.iter().map(|word| quoted(word)).max().unwrap_or(0);
        quoted(&self.name) + 2 + longest.max(LONGEST_NUMBER)
    }
}

/// Bytes of a text as JSON.
fn quoted(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX / 4, |json| json.len())
}

/// What stands for a missing number, as the event's own numbers are written.
fn number(missing: &Missing) -> Option<f64> {
    match missing {
        Missing::Number(number) => Some(*number),
        Missing::Boolean(value) => Some(f64::from(*value)),
        Missing::Word(word) => (word == "nan").then_some(f64::NAN),
    }
}

fn text(missing: &Missing) -> Option<Box<str>> {
    match missing {
        Missing::Word(word) if word != "reject" => Some(word.as_str().into()),
        _ => None,
    }
}

/// The number after a column of that type held it.
fn as_fed(number: f64, element: ElementType) -> f64 {
    if element == ElementType::Float32 { f64::from(number as f32) } else { number }
}

fn same(left: f64, right: f64) -> bool {
    left == right || left.is_nan() && right.is_nan()
}
