//! Who is right when both decide differently: `McNemar`'s test, in words that name both sides.

use crate::document::{Population, Test};
use crate::sections::words;
use crate::stats::hypothesis::{self, McNemar, McNemarMethod};

/// Orders on which two deciders may differ in being right.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Discordant {
    only_first: u64,
    only_second: u64,
    /// Unlabelled declines on which both decide differently: one of the two is right on each.
    open: u64,
    /// Orders with a label.
    n: u64,
    /// Orders without one.
    unlabelled: u64,
}

impl Discordant {
    /// One more order, and who is right on it.
    pub(crate) fn add(&mut self, first: bool, second: bool) {
        self.n += 1;
        self.only_first += u64::from(first && !second);
        self.only_second += u64::from(second && !first);
    }

    /// One more order without a label, and whether both decide differently.
    pub(crate) fn add_unlabelled(&mut self, differ: bool) {
        self.unlabelled += 1;
        self.open += u64::from(differ);
    }

    /// The test of `first` against `second`, both called by name; `None` without an order that has a label.
    pub(crate) fn test(
        &self,
        (first, second): (&str, &str),
        on: &str,
        population: Population,
        confidence: f64,
    ) -> Option<Test> {
        if self.n == 0 {
            return None;
        }
        let found = self.least_favourable(confidence);
        let name = match found.method {
            McNemarMethod::Exact => "McNemar, exact",
            McNemarMethod::ChiSquareCorrected => "McNemar, χ² with continuity correction",
        };
        Some(Test {
            name: name.to_owned(),
            compares: format!("{on} of {second} against those of {first}"),
            statistic: found.statistic,
            p_value: found.p_value,
            n: self.n,
            unlabelled: (self.open > 0).then_some(self.unlabelled),
            population,
            sentence: self.sentence((first, second), &found, confidence),
        })
    }

    /// Of all labels of the open orders those that show least of a difference.
    fn least_favourable(&self, confidence: f64) -> McNemar {
        let Self { only_first, only_second, open, n, unlabelled } = *self;
        // The total is fixed, so the p-value is largest where both counts are nearest to each other.
        let even = ((only_second + open).saturating_sub(only_first) / 2).min(open);
        hypothesis::mcnemar(only_first + even, only_second + open - even, n + unlabelled, confidence)
    }

    fn sentence(&self, (first, second): (&str, &str), found: &McNemar, confidence: f64) -> String {
        let Self { only_first, only_second, open, .. } = *self;
        let counts = |least: u64| {
            if open == 0 {
                words::orders(least)
            } else {
                format!("{} to {}", words::count(least), words::orders(least + open))
            }
        };
        let says = match (found.p_value < 1.0 - confidence, open > 0) {
            (true, false) => "a difference that chance doesn't explain",
            (false, false) => "no clear difference",
            (true, true) => {
                "a difference that chance doesn't explain, whatever the declined orders without a label were"
            }
            (false, true) => {
                "which of the two is right more often depends on the declined orders without a label"
            }
        };
        format!(
            "{second} is right and {first} wrong on {}, {first} is right and {second} wrong on {}: {says}.",
            counts(only_second),
            counts(only_first)
        )
    }
}
