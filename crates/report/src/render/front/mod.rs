//! The first page: at most six figures of each model, all models side by side, and what they say in a sentence. The page
//! and the terminal are both written from these values.

mod better;
mod fraud;
mod pricing;

use better::better;
pub(crate) use fraud::{fraud, leading, means};
pub(crate) use pricing::pricing;

use super::signs::Signed;
use super::text::{self, Unit, count, counted};
use crate::document::{Figure, FraudStream, Report, Shown, VerdictWord};
use crate::sections::verdict;

/// One figure, of every model.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// What a fraud manager calls it.
    pub(crate) name: &'static str,
    /// The term of the glossary that defines it.
    pub(crate) term: &'static str,
    /// What it is, in a few words.
    pub(crate) means: &'static str,
    /// What live's is, where it has one.
    pub(crate) live: Option<Entry>,
    /// One per model.
    pub(crate) entries: Vec<Entry>,
    /// How it is drawn.
    pub(crate) picture: Picture,
}

/// How the small pictures of a line are drawn.
#[derive(Debug, Clone)]
pub(crate) enum Picture {
    /// The interval on one axis for all models, with values to compare with.
    Interval(Unit, Vec<f64>),
    /// A bar that is full at 1.
    Part,
}

/// A figure of one model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    /// The number, or what stands in its place.
    pub(crate) lead: String,
    /// Its interval in words.
    pub(crate) limits: Option<String>,
    /// What else must be known of it.
    pub(crate) note: Option<String>,
    /// The labels of how many declined orders it depends on.
    pub(crate) unlabelled: Option<u64>,
    /// In a sentence about the model; absent where there is nothing to say.
    pub(crate) phrase: Option<String>,
    /// Where it stands on the axis.
    pub(crate) value: Option<f64>,
    /// Its interval on the axis.
    pub(crate) ends: Option<(f64, f64)>,
}

impl Entry {
    /// Why there is no figure.
    fn refused(why: &str) -> Self {
        Self { lead: "Not shown".to_owned(), note: Some(why.to_owned()), ..Self::default() }
    }

    /// A share, or another number whose sign needs no words. `says`: what the model does to it, `catches 62% of fraud`.
    fn plain(figure: &Figure, unit: &Unit, says: impl Fn(&str) -> String) -> Self {
        let measured = match figure {
            Shown::Refused { refused } => return Self::refused(refused),
            Shown::Shown(measured) => measured,
        };
        let lead = text::value(measured, unit);
        let limits = text::limits(measured, unit);
        let between = limits.as_ref().map(|limits| between(limits, measured.range.is_some()));
        let spoken = limits.map_or(String::new(), |limits| format!(" ({limits})"));
        Self {
            phrase: Some(format!("{}{spoken}", says(&lead))),
            lead,
            limits: between,
            unlabelled: measured.range.as_ref().map(|range| range.unlabelled),
            note: None,
            value: measured.value,
            ends: measured
                .interval
                .map(|interval| (interval.low, interval.high))
                .or(measured.range.as_ref().map(|range| (range.low, range.high))),
        }
    }

    /// A difference whose sign is a word.
    fn signed(figure: &Figure, found: Option<Signed>, per: &str, flip: bool) -> Self {
        let (Some(found), Some(measured)) = (found, figure.shown()) else {
            return Self::refused(figure.reason().unwrap_or("it has no value"));
        };
        let phrase = Some(found.sentence(per));
        let sign = if flip { -1.0 } else { 1.0 };
        let ends = measured.interval.map(|interval| (interval.low * sign, interval.high * sign));
        Self {
            lead: capital(&found.lead),
            limits: found.limits.as_deref().map(shortened),
            unlabelled: found.unlabelled,
            note: None,
            phrase,
            value: measured.value.map(|value| value * sign),
            ends: ends.map(|(one, two)| (one.min(two), one.max(two))),
        }
    }

    fn noted(mut self, note: String) -> Self {
        self.note = Some(match self.note {
            Some(before) => format!("{note}; {before}"),
            None => note,
        });
        self
    }
}

/// `between 50 and 74%`; `interval 33 to 72%` where labels that nobody has widen it.
fn between(limits: &str, range: bool) -> String {
    let words = limits.replacen("% to ", " to ", 1);
    if range {
        format!("interval {words}")
    } else {
        format!("between {}", words.replacen(" to ", " and ", 1))
    }
}

/// Limits that hold sampling error on top of unknown labels, as [`between`] writes those of a share.
fn shortened(limits: &str) -> String {
    if let Some(rest) = limits.strip_prefix("with sampling error between ") {
        return format!("interval {}", rest.replacen(" and ", " to ", 1));
    }
    let sides = limits.strip_suffix(", with sampling error").and_then(|both| both.strip_prefix("between "));
    sides.map_or_else(|| limits.to_owned(), |both| format!("interval: {}", both.replacen(" and ", " to ", 1)))
}

/// Why figures are ranges, where some are, by one that the page shows, and what narrows them.
pub(crate) fn why_ranges(lines: &[Line]) -> Option<String> {
    let ranges = lines.iter().flat_map(|line| line.entries.iter().map(move |entry| (line, entry)));
    let (line, entry, unlabelled) = ranges
        .filter_map(|(line, entry)| Some((line, entry, entry.unlabelled?)))
        .min_by_key(|found| std::cmp::Reverse(found.2))?;
    let declined = counted(unlabelled, "order", "orders");
    let was = if unlabelled == 1 { "was" } else { "were" };
    Some(format!(
        "{}, {}, is a range because nobody knows whether {declined} that live declined {was} fraud; the interval beside it \
         adds sampling error. Looking at some of these orders, or letting a few through, narrows it.",
        line.name,
        lower(&entry.lead)
    ))
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// The answer for each model with its result, or the one headline where there are too many models.
pub(crate) fn answers(report: &Report) -> Vec<(VerdictWord, String)> {
    let verdict = &report.header.verdict;
    let each = verdict::answers(&report.gates);
    let joined = each.iter().map(|(_, said)| said.as_str()).collect::<Vec<_>>().join(" ");
    if joined == verdict.headline { each } else { vec![(verdict.word, verdict.headline.clone())] }
}

/// Which of the stream's models is better, a sentence for each pair.
pub(crate) fn comparisons(stream: &FraudStream) -> Vec<String> {
    let total = stream.models.iter().find_map(|model| model.total.shown());
    let currency = leading(&stream.models);
    let currencies = (total.map(|total| total.currency.as_str()), currency.as_deref());
    stream.pairs.iter().map(|pair| better(pair, currencies)).collect()
}

/// With a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A model in one sentence: what its figures say, most important first, but for those of some terms.
pub(crate) fn sentence(lines: &[Line], place: usize, without: &[&str]) -> String {
    let said: Vec<_> = lines
        .iter()
        .filter(|line| !without.contains(&line.term))
        .filter_map(|line| line.entries.get(place).and_then(|entry| entry.phrase.as_deref()))
        .collect();
    if said.is_empty() {
        "nothing can be said of it yet.".to_owned()
    } else {
        format!("{}.", said.join(", "))
    }
}

/// `12 of 148 frauds`.
fn of(part: u64, all: u64, what: &str) -> String {
    format!("{} of {} {what}", count(part), count(all))
}
