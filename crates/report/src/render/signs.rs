//! Signs as words: a difference saves or costs, is more or less. A reader never has to know what is subtracted from what.

use super::rounding;
use super::text::Unit;
use crate::document::{Figure, Measured};

/// What a difference below zero and one above it are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides {
    /// As a verb, `saves`, and what follows the number.
    pub(crate) below: (&'static str, &'static str),
    /// As a noun, `a saving of`, and what follows the number.
    pub(crate) below_noun: (&'static str, &'static str),
    /// As a verb.
    pub(crate) above: (&'static str, &'static str),
    /// As a noun.
    pub(crate) above_noun: (&'static str, &'static str),
    /// Where the interval holds zero.
    pub(crate) unclear: &'static str,
}

/// Costs, less those of somebody else.
pub(crate) const COST: Sides = Sides {
    below: ("saves", ""),
    below_noun: ("a saving of", ""),
    above: ("costs", " more"),
    above_noun: ("a cost of", ""),
    unclear: "may save or cost",
};

/// Money taken in, less that of somebody else.
pub(crate) const INCOME: Sides = Sides {
    below: ("loses", ""),
    below_noun: ("a loss of", ""),
    above: ("gains", ""),
    above_noun: ("a gain of", ""),
    unclear: "may gain or lose",
};

/// A share that is saved, or lost.
const SAVING: Sides = Sides {
    below: ("loses", ""),
    below_noun: ("a loss of", ""),
    above: ("saves", ""),
    above_noun: ("a saving of", ""),
    unclear: "may save or lose",
};

/// Changes of prices.
pub(crate) const PRICE: Sides = Sides {
    below: ("lowers prices by", ""),
    below_noun: ("a cut of", ""),
    above: ("raises prices by", ""),
    above_noun: ("a rise of", ""),
    unclear: "may raise or lower prices",
};

/// An amount less another one.
const AMOUNT: Sides = plain(" less", " more");

/// A height less another one.
const HEIGHT: Sides = plain(" lower", " higher");

/// Words that follow a number.
const fn plain(below: &'static str, above: &'static str) -> Sides {
    Sides {
        below: ("", below),
        below_noun: ("", below),
        above: ("", above),
        above_noun: ("", above),
        unclear: "no clear difference",
    }
}

const NOTHING: &str = "makes no difference";

/// A difference in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// `saves EUR 1,700`; `may save or cost` where the interval holds zero.
    pub(crate) lead: String,
    /// `between EUR 700 and 3,300`, `between a saving of EUR 900 and a cost of EUR 240`; absent without an interval.
    pub(crate) limits: Option<String>,
    /// Whether the interval lies on one side of zero.
    pub(crate) clear: bool,
    /// The labels of how many declined orders decide where in between it lies.
    pub(crate) unlabelled: Option<u64>,
}

impl Signed {
    /// Whether it rounds to zero.
    pub(crate) fn is_nothing(&self) -> bool {
        self.lead == NOTHING
    }

    /// `saves EUR 1,700 per 1,000 orders, between 700 and 3,300`.
    pub(crate) fn sentence(&self, per: &str) -> String {
        match &self.limits {
            None => format!("{} {per}", self.lead),
            Some(limits) if self.clear => format!("{} {per}, {limits}", self.lead),
            Some(limits) => format!("{} {per}: {limits}", self.lead),
        }
    }
}

/// The difference that a figure is; `None` where it is refused.
pub(crate) fn signed(figure: &Figure, unit: &Unit, sides: &Sides) -> Option<Signed> {
    let measured = figure.shown()?;
    let place = rounding::of(measured, unit);
    let writer = Writer { unit, place, sides };
    let (low, high) = ends(measured)?;
    let clear = low >= 0.0 || high <= 0.0;
    let interval = measured.interval.map(|interval| (interval.low, interval.high));
    let unlabelled = measured.range.as_ref().map(|range| range.unlabelled);
    let lead = match (clear, measured.value, &measured.range) {
        (false, ..) => sides.unclear.to_owned(),
        (true, Some(value), _) => writer.verb(value),
        (true, None, Some(range)) => writer.verbs(range.low, range.high),
        (true, None, None) => return None,
    };
    let limits = interval.map(|(low, high)| match (clear, measured.value, &measured.range) {
        (true, Some(_), _) => writer.between_sizes(low, high),
        (true, ..) => format!("with sampling error {}", writer.between_sizes(low, high)),
        (false, Some(value), _) => {
            format!("{}; the estimate {}", writer.between_nouns(low, high), writer.verb(value))
        }
        (false, None, Some(_)) => format!("{}, with sampling error", writer.between_nouns(low, high)),
        (false, ..) => writer.between_nouns(low, high),
    });
    let limits = limits.or_else(|| (!clear).then(|| writer.between_nouns(low, high)));
    Some(Signed { lead, limits, clear, unlabelled })
}

/// The outermost values that a figure allows.
fn ends(measured: &Measured) -> Option<(f64, f64)> {
    let interval = measured.interval.map(|interval| (interval.low, interval.high));
    let range = measured.range.as_ref().map(|range| (range.low, range.high));
    interval.or(range).or(measured.value.map(|value| (value, value)))
}

struct Writer<'a> {
    unit: &'a Unit,
    place: Option<i32>,
    sides: &'a Sides,
}

impl Writer<'_> {
    /// Without a sign.
    fn size(&self, value: f64) -> String {
        let size = match self.place {
            Some(place) => self.unit.placed(value.abs(), place, true),
            None => self.unit.written(value.abs(), value.abs(), true),
        };
        size.trim_start_matches('+').to_owned()
    }

    /// Without a sign and without the name of a currency.
    fn bare(&self, value: f64) -> String {
        let size = self.size(value);
        match self.unit {
            Unit::Money { code, .. } => {
                size.trim_start_matches(code.as_str()).trim_start_matches('\u{a0}').to_owned()
            }
            _ => size,
        }
    }

    fn is_zero(&self, value: f64) -> bool {
        !self.size(value).bytes().any(|byte| (b'1'..=b'9').contains(&byte))
    }

    fn verb(&self, value: f64) -> String {
        if self.is_zero(value) {
            let adverb = self.sides.below.0.is_empty();
            return if adverb { "no difference" } else { NOTHING }.to_owned();
        }
        let (verb, after) = if value < 0.0 { self.sides.below } else { self.sides.above };
        format!("{verb} {}{after}", self.size(value)).trim_start().to_owned()
    }

    /// Two values on one side of zero.
    fn verbs(&self, low: f64, high: f64) -> String {
        let below = low < 0.0 || high < 0.0;
        let (verb, after) = if below { self.sides.below } else { self.sides.above };
        let (least, most) = sizes(low, high);
        format!("{verb} {} to {}{after}", without_points(&self.size(least)), self.bare(most))
            .trim_start()
            .to_owned()
    }

    fn between_sizes(&self, low: f64, high: f64) -> String {
        let (least, most) = sizes(low, high);
        format!("between {} and {}", without_points(&self.bare(least)), self.bare(most))
    }

    fn between_nouns(&self, low: f64, high: f64) -> String {
        format!("between {} and {}", self.noun(low), self.noun(high))
    }

    fn noun(&self, value: f64) -> String {
        if self.is_zero(value) {
            return "no difference".to_owned();
        }
        let (noun, after) = if value < 0.0 { self.sides.below_noun } else { self.sides.above_noun };
        format!("{noun} {}{after}", self.size(value)).trim_start().to_owned()
    }
}

/// Of two limits, the first doesn't name its unit.
fn without_points(size: &str) -> &str {
    size.trim_end_matches(" points").trim_end_matches(" point")
}

fn sizes(low: f64, high: f64) -> (f64, f64) {
    (low.abs().min(high.abs()), low.abs().max(high.abs()))
}

/// A value of a unit whose sign is a word: `saves EUR 412`, `3.1 points less`; `None` for another unit.
pub(crate) fn one(unit: &Unit, value: f64, place: Option<i32>) -> Option<String> {
    let (plain, sides) = worded(unit)?;
    Some(Writer { unit: &plain, place, sides }.verb(value))
}

/// Two limits of it: `a saving of EUR 900 to a cost of EUR 240`, `2 to 4 points less`; `None` for another unit.
pub(crate) fn two(unit: &Unit, low: f64, high: f64, place: Option<i32>) -> Option<String> {
    let (plain, sides) = worded(unit)?;
    let writer = Writer { unit: &plain, place, sides };
    Some(if low < 0.0 && high > 0.0 {
        format!("{} to {}", writer.noun(low), writer.noun(high))
    } else {
        writer.verbs(low, high)
    })
}

/// What the sizes of such a unit are written in, and its words.
fn worded(unit: &Unit) -> Option<(Unit, &'static Sides)> {
    match unit {
        Unit::Cost { code, exponent } => Some((Unit::money(code, *exponent), &COST)),
        Unit::Money { code, exponent, signed: true } => Some((Unit::money(code, *exponent), &AMOUNT)),
        Unit::Difference => Some((Unit::Number, &AMOUNT)),
        Unit::Points => Some((Unit::Points, &AMOUNT)),
        Unit::Change => Some((Unit::Share, &HEIGHT)),
        Unit::Saving => Some((Unit::Share, &SAVING)),
        _ => None,
    }
}

/// `3.1 points more, between 0.2 and 6.4 more`; `None` where the figure is no number.
pub(crate) fn more_or_less(
    figure: &Figure,
    unit: &Unit,
    words: (&'static str, &'static str),
) -> Option<Signed> {
    let (less, more) = words;
    let sides = Sides {
        below: ("", less),
        below_noun: ("", less),
        above: ("", more),
        above_noun: ("", more),
        unclear: "no clear difference",
    };
    let mut found = signed(figure, unit, &sides)?;
    let tidy = |text: &str| text.replace("  ", " ").trim().to_owned();
    found.lead = tidy(&found.lead);
    found.limits = found.limits.map(|limits| tidy(&limits).replace("the estimate ", "estimated "));
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Population;
    use crate::stats::intervals::{Interval, Method};

    fn figure(low: f64, value: f64, high: f64) -> Figure {
        Figure::new(value, 100, Population::Labelled).with(Interval::new(
            low,
            value,
            high,
            0.95,
            Method::ClusterBootstrap,
        ))
    }

    fn said(figure: &Figure) -> String {
        let unit = Unit::money("EUR", 2);
        signed(figure, &unit, &COST).map(|found| found.sentence("per 1,000 orders")).unwrap_or_default()
    }

    #[test]
    fn what_saves_and_what_costs_is_a_word_in_both_directions() {
        assert_eq!(
            said(&figure(-326_600.0, -167_300.0, -71_200.0)),
            "saves EUR\u{a0}1,700 per 1,000 orders, between 700 and 3,300"
        );
        assert_eq!(
            said(&figure(71_200.0, 167_300.0, 326_600.0)),
            "costs EUR\u{a0}1,700 more per 1,000 orders, between 700 and 3,300"
        );
    }

    #[test]
    fn an_interval_on_both_sides_of_zero_names_both_and_claims_neither() {
        assert_eq!(
            said(&figure(-90_000.0, -30_000.0, 24_000.0)),
            "may save or cost per 1,000 orders: between a saving of EUR\u{a0}900 and a cost of EUR\u{a0}200; the \
             estimate saves EUR\u{a0}300"
        );
        assert_eq!(
            said(&figure(-24_000.0, 30_000.0, 90_000.0)),
            "may save or cost per 1,000 orders: between a saving of EUR\u{a0}200 and a cost of EUR\u{a0}900; the \
             estimate costs EUR\u{a0}300 more"
        );
    }

    #[test]
    fn a_range_over_labels_is_told_from_sampling_error() {
        let of = |range: (f64, f64), ends: (f64, f64)| {
            let figure = Figure::spanning(range.0, range.1, (100, 40), Population::Labelled);
            let interval = Interval::new(ends.0, range.0, ends.1, 0.95, Method::LabelRange);
            said(&figure.with(interval))
        };
        assert_eq!(
            of((-50_000.0, -20_000.0), (-60_000.0, -10_000.0)),
            "saves EUR\u{a0}200 to 500 per 1,000 orders, with sampling error between 100 and 600"
        );
        assert_eq!(
            of((20_000.0, 50_000.0), (10_000.0, 60_000.0)),
            "costs EUR\u{a0}200 to 500 more per 1,000 orders, with sampling error between 100 and 600"
        );
        assert_eq!(
            of((-50_000.0, 20_000.0), (-60_000.0, 30_000.0)),
            "may save or cost per 1,000 orders: between a saving of EUR\u{a0}600 and a cost of EUR\u{a0}300, with \
             sampling error"
        );
    }

    #[test]
    fn shares_are_more_or_less_in_points() {
        let of = |figure: &Figure| {
            more_or_less(figure, &Unit::Points, (" less", " more")).map(|found| found.sentence("of fraud"))
        };
        let more = of(&figure(0.02, 0.031, 0.042)).unwrap_or_default();
        assert_eq!(more, "3.1 points more of fraud, between 2.0 and 4.2 points");
        let less = of(&figure(-0.042, -0.031, -0.02)).unwrap_or_default();
        assert_eq!(less, "3.1 points less of fraud, between 2.0 and 4.2 points");
        let unclear = of(&figure(-0.01, 0.031, 0.072)).unwrap_or_default();
        assert_eq!(
            unclear,
            "no clear difference of fraud: between 1 point less and 7 points more; estimated 3 points more"
        );
    }

    #[test]
    fn what_rounds_to_nothing_has_no_side() {
        assert_eq!(said(&Figure::new(0.0, 1, Population::Labelled)), "makes no difference per 1,000 orders");
        assert_eq!(said(&Figure::refused("no order")), "");
    }

    #[test]
    fn every_unit_of_a_difference_says_in_words_which_side_it_is_on() {
        let all = [
            (Unit::Points, "3 points less", "2 to 4 points more", "4 points less to 2 points more"),
            (Unit::Change, "3% lower", "2% to 4% higher", "4% lower to 2% higher"),
            (Unit::Saving, "loses 3%", "saves 2% to 4%", "a loss of 4% to a saving of 2%"),
        ];
        for (unit, below, above, both) in all {
            assert_eq!(unit.to_place(-0.03, Some(0)), below);
            assert_eq!(unit.range_to_place(0.02, 0.04, Some(0)), above);
            assert_eq!(unit.range_to_place(-0.04, 0.02, Some(0)), both);
        }
        let (money, number) = (Unit::signed_money("EUR", 2), Unit::Difference);
        assert_eq!(money.to_place(-12_345.0, Some(0)), "EUR\u{a0}123 less");
        assert_eq!(money.range_to_place(100.0, 200.0, Some(0)), "EUR\u{a0}1 to 2 more");
        assert_eq!([number.show(-0.02), number.show(0.0)], ["0.020 less", "no difference"]);
        let signs = ['+', '-', '\u{2212}'];
        for unit in [Unit::Points, Unit::Change, Unit::Saving, money, number, Unit::cost("EUR", 2)] {
            for (low, high) in [(-0.4, -0.1), (-0.4, 0.1), (0.1, 0.4), (-0.4, 0.0)] {
                let said = [unit.show(low), unit.show(high), unit.range(low, high)].concat();
                assert!(!said.contains(signs), "{unit:?}: {said}");
            }
        }
    }
}
