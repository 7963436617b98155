//! What a model was fed, read back from its input: what of it may be shown, and what can be told apart.

use super::value::FeatureValue;
use crate::contract::{Contract, Feature, FeatureSource, Missing};
use crate::input::{Cell, ElementType};
use crate::privacy::is_card_number;
use crate::text::Text;
use half::f16;

/// One column, as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObservedFeature {
    name: Box<str>,
    form: Form,
    tells_missing: bool,
    tells_unseen: bool,
}

/// A value that was fed. A number stands for the first of these that the contract gives it to: a word of the
/// vocabulary, a missing value, a word outside the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Observed {
    Number(f64),
    /// A place in [`ObservedFeature::words`].
    Word(usize),
    Missing,
    Unseen,
}

/// No text leaves but what the contract itself names: an event's own texts may be anything.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    Number,
    /// A place in the vocabulary, or what stands for a missing value or an unknown one.
    Category {
        vocabulary: Box<[Box<str>]>,
        missing: Option<f64>,
        /// A word that isn't meant where its number stands for a missing value, too: the reference doesn't know it.
        never: Option<usize>,
    },
    /// A text, known where the reference of the contract lists it.
    Text {
        known: Box<[Box<str>]>,
        missing: Option<Box<str>>,
    },
}

/// Most bytes of a double as JSON: `-2.2250738585072014e-308`.
const LONGEST_NUMBER: usize = 24;

impl ObservedFeature {
    pub(crate) fn new(feature: &Feature, contract: &Contract) -> Self {
        let element = contract.input.element(feature);
        let reference = contract.reference.features.get(&feature.name);
        let listed = reference.map(|one| &one.values[..]).unwrap_or_default();
        let form = match (feature.source, element) {
            (FeatureSource::Category, element)
                if !matches!(element, ElementType::Bool | ElementType::String) =>
            {
                let vocabulary = boxed(feature.vocabulary.as_deref().unwrap_or_default());
                let missing = number(&feature.missing).map(|number| as_fed(number, element));
                let unlisted = |word: &str| !listed.is_empty() && listed.iter().all(|one| one != word);
                let never = missing.and_then(|missing| place(&vocabulary, missing));
                let never = never.filter(|never| unlisted(&vocabulary[*never]));
                Form::Category { vocabulary, missing, never }
            }
            (FeatureSource::String, _) => {
                let mut known = boxed(listed);
                known.sort();
                Form::Text { known, missing: text(&feature.missing) }
            }
            _ => Form::Number,
        };
        let fed = |stands_for: &Missing| number(stands_for).map(|number| as_fed(number, element));
        let (tells_missing, tells_unseen) =
            form.tells(fed(&feature.missing), feature.unknown.as_ref().and_then(fed));
        Self { name: feature.name.as_str().into(), form, tells_missing, tells_unseen }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The words of a category or a text; none of a number.
    pub(crate) fn words(&self) -> &[Box<str>] {
        match &self.form {
            Form::Number => &[],
            Form::Category { vocabulary: words, .. } | Form::Text { known: words, .. } => words,
        }
    }

    /// Whether it holds words at all.
    pub(crate) fn is_category(&self) -> bool {
        !matches!(self.form, Form::Number)
    }

    /// Whether a row may have it missing, and that can be told from any value.
    pub(crate) fn tells_missing(&self) -> bool {
        self.tells_missing
    }

    /// Whether a row may have a word that is not among the known ones, and that can be told from any other.
    pub(crate) fn tells_unseen(&self) -> bool {
        self.tells_unseen
    }

    pub(crate) fn read(&self, cell: Cell<'_>) -> Observed {
        match (&self.form, cell) {
            (Form::Category { vocabulary, missing, never }, Cell::Number(number)) => {
                match place(vocabulary, number).filter(|place| Some(*place) != *never) {
                    Some(place) => Observed::Word(place),
                    None if missing.is_some_and(|missing| same(missing, number)) => Observed::Missing,
                    None => Observed::Unseen,
                }
            }
            (Form::Text { missing, .. }, Cell::Text(text)) if missing.as_deref() == Some(text) => {
                Observed::Missing
            }
            (Form::Text { known, .. }, Cell::Text(text)) => {
                known.binary_search_by(|one| (**one).cmp(text)).map_or(Observed::Unseen, Observed::Word)
            }
            (_, Cell::Number(number)) if number.is_finite() => Observed::Number(number),
            (_, Cell::Number(_)) => Observed::Missing,
            // A plan writes text into string columns alone.
            (_, Cell::Text(_)) => Observed::Unseen,
        }
    }

    pub(super) fn show(&self, cell: Cell<'_>) -> FeatureValue<'_> {
        match self.read(cell) {
            // The model was fed it, but it stays here.
            Observed::Number(number) if is_card_number(number) => FeatureValue::Missing,
            Observed::Number(number) => FeatureValue::Number(number),
            Observed::Word(place) => FeatureValue::Category(Text::Borrowed(&self.words()[place])),
            Observed::Missing => FeatureValue::Missing,
            Observed::Unseen => FeatureValue::Category(Text::Borrowed(FeatureValue::UNSEEN)),
        }
    }

    /// Most bytes of `"name":value,`.
    pub(super) fn largest_json(&self) -> usize {
        let longest = self.words().iter().map(|word| quoted(word)).max().unwrap_or(0);
        quoted(&self.name) + 2 + longest.max(LONGEST_NUMBER)
    }
}

impl Form {
    /// Whether missing values, and words that aren't known, can be told from all others, where these numbers stand
    /// for them.
    fn tells(&self, missing: Option<f64>, unknown: Option<f64>) -> (bool, bool) {
        match self {
            // Any other number that stands in for a missing one is a number.
            Self::Number => (missing.is_some_and(f64::is_nan), false),
            Self::Category { vocabulary, never, .. } => {
                let free = |number: f64| place(vocabulary, number).is_none_or(|place| Some(place) == *never);
                let alone = |unknown: f64| !missing.is_some_and(|missing| same(missing, unknown));
                (missing.is_some_and(free), unknown.is_some_and(|unknown| free(unknown) && alone(unknown)))
            }
            Self::Text { known, missing: literal } => (literal.is_some(), !known.is_empty()),
        }
    }
}

fn boxed(words: &[String]) -> Box<[Box<str>]> {
    words.iter().map(|word| word.as_str().into()).collect()
}

/// The place that a number means.
fn place(vocabulary: &[Box<str>], number: f64) -> Option<usize> {
    let place = (number >= 0.0 && number.fract() == 0.0).then_some(number as usize)?;
    (place < vocabulary.len()).then_some(place)
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
    match element {
        ElementType::Float16 => f16::from_f64(number).to_f64(),
        ElementType::Float32 => f64::from(number as f32),
        _ => number,
    }
}

fn same(left: f64, right: f64) -> bool {
    left == right || left.is_nan() && right.is_nan()
}
