//! One column: where its value comes from, what missing means, and its element type.

use super::plan::FeatureBinding;
use crate::contract::{Feature, FeatureSource, InputLayout, Missing};
use crate::extract::{FieldTreeBuilder, Fields, LONGEST_NUMBER, Slot, SlotId, as_word, locate};
use crate::input::{Column, ElementType};
use crate::money::{AmountReading, CurrencyBinding, MoneyReading};
use crate::problem::Problem;
use crate::rejection::{Code, Rejection, Stage};
use crate::time;
use half::f16;
use jiff::tz::TimeZone;

/// A feature compiled against a tree.
#[derive(Debug, Clone)]
pub(super) struct ColumnPlan {
    reader: Reader,
    at: SlotId,
    missing: Fallback,
    pub(super) element: ElementType,
}

#[derive(Debug, Clone)]
enum Reader {
    Number,
    Amount(MoneyReading, CurrencyBinding),
    Boolean,
    Category { vocabulary: Vec<(Box<str>, f64)>, unknown: Fallback },
    SecondsBetween { from: SlotId },
    HourOfDay(TimeZone),
    DayOfWeek(TimeZone),
    Length,
    Text,
}

#[derive(Debug, Clone)]
enum Fallback {
    Reject,
    Number(f64),
    Text(Box<str>),
}

impl ColumnPlan {
    pub(super) fn compile(
        feature: &Feature,
        layout: &InputLayout,
        binding: &FeatureBinding<'_>,
        tree: &mut FieldTreeBuilder,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = check_shape(feature, layout.matrix());
        let element = layout.element(feature);
        let mut path = |key: &str, pointer: &Option<String>| match pointer {
            None => {
                problems.push(Problem::new(
                    key,
                    format!("feature `{}` has no {key}", feature.name),
                    "name it",
                ));
                None
            }
            Some(pointer) => {
                locate(pointer, key, binding.names).map_err(|problem| problems.push(problem)).ok()
            }
        };
        let two = Self::needs_two_times(feature.source);
        let from = if two { path("from", &feature.from) } else { None };
        let at = if two { path("to", &feature.to) } else { path("field", &feature.field) };
        let missing =
            fallback(&feature.missing, "missing", element).map_err(|problem| problems.push(problem)).ok();
        let unknown =
            feature.unknown.as_ref().map(|unknown| fallback(unknown, "unknown", element)).transpose();
        let unknown = unknown.map_err(|problem| problems.push(problem)).ok().flatten();
        let zone = calendar_zone(feature).map_err(|problem| problems.push(problem)).unwrap_or(TimeZone::UTC);
        let (Some(at), Some(missing), true) = (at, missing, problems.is_empty()) else {
            return Err(problems);
        };
        let is_time = two || matches!(feature.source, FeatureSource::HourOfDay | FeatureSource::DayOfWeek);
        let at = if is_time { tree.time(&at) } else { tree.slot(&at) };
        let reader = match feature.source {
            FeatureSource::Number | FeatureSource::Decimal => Reader::Number,
            FeatureSource::Amount => amount(feature, binding).map_err(|problem| vec![problem])?,
            FeatureSource::Boolean => Reader::Boolean,
            FeatureSource::HourOfDay => Reader::HourOfDay(zone),
            FeatureSource::DayOfWeek => Reader::DayOfWeek(zone),
            FeatureSource::Length => Reader::Length,
            FeatureSource::String => Reader::Text,
            FeatureSource::SecondsBetween => {
                Reader::SecondsBetween { from: from.map_or(at, |from| tree.time(&from)) }
            }
            FeatureSource::Category => Reader::Category {
                vocabulary: index(feature.vocabulary.as_deref().unwrap_or_default()),
                unknown: unknown.unwrap_or(Fallback::Reject),
            },
        };
        Ok(Self { reader, at, missing, element })
    }

    pub(super) fn push_f32<'a>(&self, fields: &Fields<'a>, out: &mut Vec<f32>) -> Result<(), Rejection<'a>> {
        out.push(narrow(self.number(fields)?).ok_or_else(|| self.reject(fields, Code::NumberOutOfRange))?);
        Ok(())
    }

    pub(super) fn push_f64<'a>(&self, fields: &Fields<'a>, out: &mut Vec<f64>) -> Result<(), Rejection<'a>> {
        out.push(self.number(fields)?);
        Ok(())
    }

    pub(super) fn push<'a>(&self, fields: &Fields<'a>, out: &mut Column) -> Result<(), Rejection<'a>> {
        match out {
            Column::F32(values) => self.push_f32(fields, values)?,
            Column::F64(values) => self.push_f64(fields, values)?,
            Column::I64(values) => {
                let value = self.number(fields)?;
                // Beyond this, another whole number may have been rounded to this double.
                let whole = value.fract() == 0.0 && value.abs() < 9.007_199_254_740_992e15;
                values.push(if whole {
                    value as i64
                } else {
                    return Err(self.reject(fields, Code::WrongType));
                });
            }
            Column::I32(values) => {
                let value = self.number(fields)?;
                let whole =
                    value.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value);
                values.push(if whole {
                    value as i32
                } else {
                    return Err(self.reject(fields, Code::WrongType));
                });
            }
            Column::F16(values) => {
                let narrow = narrow16(self.number(fields)?);
                values.push(narrow.ok_or_else(|| self.reject(fields, Code::NumberOutOfRange))?);
            }
            Column::Bool(values) => values.push(self.number(fields)? != 0.0),
            Column::Text(values) => {
                let mut digits = [0; LONGEST_NUMBER];
                match (as_word(fields, self.at, &mut digits), &self.missing) {
                    (Ok(Some(value)), _) => values.push(value),
                    (Ok(None), Fallback::Text(value)) => values.push(value),
                    (Ok(None), _) => return Err(self.reject(fields, Code::MissingField)),
                    (Err(code), _) => return Err(self.reject(fields, code)),
                }
            }
        }
        Ok(())
    }

    fn number<'a>(&self, fields: &Fields<'a>) -> Result<f64, Rejection<'a>> {
        let value = self.read(fields).map_err(|code| self.reject(fields, code))?;
        value.map_or_else(|| self.fall_back(fields, &self.missing, Code::MissingField), Ok)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<Option<f64>, Code> {
        let local = |zone: &TimeZone, of: fn(i64) -> i64| {
            Ok(fields.feature_time(self.at)?.map(|instant| of(time::local_ms(instant, zone)) as f64))
        };
        match &self.reader {
            Reader::Number => fields.number(self.at),
            Reader::Amount(money, currency) => {
                // That the currency is one of its time was looked at with the event's own amount.
                let currency = currency.of(fields).map_err(|rejection| rejection.code)?;
                Ok(money.amount(fields, self.at, currency)?.map(|amount| amount as f64))
            }
            Reader::Boolean => Ok(fields.boolean(self.at)?.map(f64::from)),
            Reader::HourOfDay(zone) => local(zone, time::hour_of_day),
            Reader::DayOfWeek(zone) => local(zone, time::day_of_week),
            Reader::SecondsBetween { from } => {
                let both = fields.feature_time(*from)?.zip(fields.feature_time(self.at)?);
                Ok(both.map(|(from, to)| (i128::from(to) - i128::from(from)) as f64 / 1_000.0))
            }
            Reader::Length => match fields.slot(self.at) {
                Slot::Missing | Slot::Null => Ok(None),
                Slot::Array(length) => Ok(Some(length as f64)),
                _ => Err(Code::WrongType),
            },
            Reader::Category { vocabulary, unknown } => {
                let mut digits = [0; LONGEST_NUMBER];
                let Some(word) = as_word(fields, self.at, &mut digits)? else { return Ok(None) };
                match (vocabulary.binary_search_by(|(known, _)| (**known).cmp(word)), unknown) {
                    (Ok(found), _) => Ok(Some(vocabulary[found].1)),
                    (Err(_), Fallback::Number(value)) => Ok(Some(*value)),
                    (Err(_), _) => Err(Code::UnknownCategory),
                }
            }
            Reader::Text => Err(Code::WrongType),
        }
    }

    fn fall_back<'a>(
        &self,
        fields: &Fields<'a>,
        fallback: &Fallback,
        code: Code,
    ) -> Result<f64, Rejection<'a>> {
        match fallback {
            Fallback::Number(value) => Ok(*value),
            Fallback::Reject | Fallback::Text(_) => Err(self.reject(fields, code)),
        }
    }

    fn reject<'a>(&self, fields: &Fields<'a>, code: Code) -> Rejection<'a> {
        Rejection::new(Stage::Feature, code, fields.path(self.at))
    }
}

/// To float32; `None` when a finite value would become infinite.
fn narrow(value: f64) -> Option<f32> {
    let narrow = value as f32;
    (narrow.is_finite() || !value.is_finite()).then_some(narrow)
}

/// To float16; `None` when a finite value would become infinite.
fn narrow16(value: f64) -> Option<f16> {
    let narrow = f16::from_f64(value);
    (narrow.is_finite() || !value.is_finite()).then_some(narrow)
}

/// The zone of a calendar feature; no other feature has one.
fn calendar_zone(feature: &Feature) -> Result<TimeZone, Problem> {
    match &feature.time_zone {
        None => Ok(TimeZone::UTC),
        Some(name) if feature.source.is_calendar() => time::zone("time_zone", name),
        Some(_) => {
            let what = format!("feature `{}` is not a function of the calendar", feature.name);
            Err(Problem::new(
                "time_zone",
                what,
                "remove it, or use source = \"hour_of_day\" or \"day_of_week\"",
            ))
        }
    }
}

/// Minor units are numbers as they stand; anything else is converted, which takes a currency.
fn amount(feature: &Feature, binding: &FeatureBinding<'_>) -> Result<Reader, Problem> {
    let AmountReading { money, currency } = &binding.amounts;
    match currency {
        _ if money.is_plain() => Ok(Reader::Number),
        Some(currency) => Ok(Reader::Amount(money.clone(), currency.clone())),
        None => Err(Problem::new(
            "source",
            format!("feature `{}` is an amount, and the stream's money has no currency", feature.name),
            "bind `amount` and `currency`",
        )),
    }
}

fn index(vocabulary: &[String]) -> Vec<(Box<str>, f64)> {
    let mut entries: Vec<_> =
        vocabulary.iter().enumerate().map(|(index, word)| (word.as_str().into(), index as f64)).collect();
    entries.sort_by(|left: &(Box<str>, f64), right| left.0.cmp(&right.0));
    entries
}

fn fallback(written: &Missing, key: &str, element: ElementType) -> Result<Fallback, Problem> {
    match (written, element) {
        (Missing::Word(word), ElementType::String) if word != "reject" => {
            Ok(Fallback::Text(word.as_str().into()))
        }
        (Missing::Word(word), _) if word == "reject" => Ok(Fallback::Reject),
        (Missing::Word(word), ElementType::Float16 | ElementType::Float32 | ElementType::Float64)
            if word == "nan" =>
        {
            Ok(Fallback::Number(f64::NAN))
        }
        (Missing::Number(number), ElementType::Float32) if narrow(*number).is_some() => {
            Ok(Fallback::Number(*number))
        }
        (Missing::Number(number), ElementType::Float64) => Ok(Fallback::Number(*number)),
        (Missing::Number(number), ElementType::Float16) if narrow16(*number).is_some() => {
            Ok(Fallback::Number(*number))
        }
        (Missing::Number(number), ElementType::Int32)
            if number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX) =>
        {
            Ok(Fallback::Number(*number))
        }
        (Missing::Number(number), ElementType::Int64) if number.fract() == 0.0 => {
            Ok(Fallback::Number(*number))
        }
        (Missing::Boolean(value), kind) if kind != ElementType::String => {
            Ok(Fallback::Number(f64::from(*value)))
        }
        _ => Err(Problem::new(
            key,
            format!("{written:?} is not a value of a {} column", element.name()),
            "write \"reject\", a value of the column's type, or \"nan\" for floats",
        )),
    }
}

fn check_shape(feature: &Feature, matrix: Option<ElementType>) -> Vec<Problem> {
    let name = &feature.name;
    let mut problems = Vec::new();
    let mut wrong = |key: &str, what: &str, fix: &str| {
        problems.push(Problem::new(key, format!("feature `{name}` {what}"), fix));
    };
    if name.is_empty() {
        wrong("name", "has no name", "name it");
    }
    match (matrix, feature.element) {
        (Some(_), Some(_)) => wrong("type", "has a type inside a matrix", "remove it: input.type says it"),
        (None, None) => {
            wrong("type", "has no type", "add float16, float32, float64, int32, int64, bool or string");
        }
        _ => {}
    }
    if matrix.is_some() && feature.input.is_some() {
        wrong("input", "names an input inside a matrix", "remove it: input.name says it");
    }
    let category = feature.source == FeatureSource::Category;
    if category != feature.vocabulary.is_some() || category != feature.unknown.is_some() {
        wrong(
            "vocabulary",
            "has the wrong keys",
            "`vocabulary` and `unknown` go with source = \"category\", both",
        );
    }
    let vocabulary = feature.vocabulary.as_deref().unwrap_or_default();
    if (1..vocabulary.len()).any(|index| vocabulary[..index].contains(&vocabulary[index])) {
        wrong("vocabulary", "lists a value twice", "list each once: its place is what the model sees");
    }
    let text = feature.source == FeatureSource::String;
    if text != (matrix.or(feature.element) == Some(ElementType::String)) {
        wrong(
            "source",
            "mixes text and numbers",
            "source = \"string\" goes with type = \"string\", and only with it",
        );
    }
    let two = ColumnPlan::needs_two_times(feature.source);
    if two && feature.field.is_some() || !two && (feature.from.is_some() || feature.to.is_some()) {
        wrong(
            "field",
            "has the wrong keys",
            "seconds_between takes `from` and `to`, all others take `field`",
        );
    }
    problems
}
