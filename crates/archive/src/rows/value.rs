//! Values as small as they can be kept.

use super::words::Word;
use bystander_core::comparison::VerdictRecord;
use bystander_core::decision::Action;
use std::ops::Range;

/// A range of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// Stands for none.
    pub(crate) const NONE: Self = Self { start: u32::MAX, len: 0 };

    pub(crate) fn from(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }

    pub(crate) fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }
}

/// A whole number or none, in eight bytes: no time, no amount and no difference of two amounts is `i64::MIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(i64);

impl Whole {
    pub(crate) fn new(number: Option<i64>) -> Self {
        Self(number.unwrap_or(i64::MIN))
    }

    pub(crate) fn get(self) -> Option<i64> {
        (self.0 != i64::MIN).then_some(self.0)
    }
}

/// A verdict or none, in eight bytes: actions stand just above [`Whole`]'s none, where no price is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict(Whole);

impl Verdict {
    pub(crate) fn new(verdict: Option<VerdictRecord>) -> Self {
        let number =
            |action| Action::ALL.iter().position(|&known| known == action).map(|at| FIRST + at as i64);
        let packed = verdict.and_then(|one| one.action.map_or(one.price_amount, number));
        Self(Whole::new(packed))
    }

    pub(crate) fn get(self) -> Option<VerdictRecord> {
        let number = self.0.get()?;
        let action =
            usize::try_from(number.wrapping_sub(FIRST)).ok().and_then(|at| Action::ALL.get(at)).copied();
        let price_amount = action.is_none().then_some(number);
        Some(VerdictRecord { action, price_amount })
    }
}

/// What the first action is packed as.
const FIRST: i64 = i64::MIN + 1;

/// A feature's value in eight bytes: a number's own bits, or a NaN that no computation yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed(u64);

/// What a feature is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Feature {
    Number(f64),
    Category(Word),
    Missing,
}

/// Marks of the quiet NaNs that stand for something; arithmetic gives 0x7ff8… and 0xfff8….
const MISSING: u64 = 0x7ffa << 48;
const CATEGORY: u64 = 0x7ffb << 48;
const MARK: u64 = 0xffff << 48;

impl Packed {
    pub(crate) fn new(feature: Feature) -> Self {
        Self(match feature {
            Feature::Number(number) if number.is_nan() => f64::NAN.to_bits(),
            Feature::Number(number) => number.to_bits(),
            Feature::Category(Word(word)) => CATEGORY | u64::from(word),
            Feature::Missing => MISSING,
        })
    }

    pub(crate) fn number_or_none(number: Option<f64>) -> Self {
        Self::new(number.map_or(Feature::Missing, Feature::Number))
    }

    pub(crate) fn number(self) -> Option<f64> {
        match self.feature() {
            Feature::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn feature(self) -> Feature {
        match self.0 & MARK {
            MISSING => Feature::Missing,
            CATEGORY => Feature::Category(Word(self.0 as u32)),
            _ => Feature::Number(f64::from_bits(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn verdicts_and_numbers_are_what_they_were_and_none_is_none() {
        for number in [None, Some(0), Some(-5), Some(i64::MAX), Some(i64::MIN + 1)] {
            assert_eq!(Whole::new(number).get(), number);
        }
        for price in [0, 1, i64::MAX] {
            let verdict = VerdictRecord { action: None, price_amount: Some(price) };
            assert_eq!(Verdict::new(Some(verdict)).get(), Some(verdict));
        }
        for action in Action::ALL {
            let verdict = VerdictRecord { action: Some(action), price_amount: None };
            assert_eq!(Verdict::new(Some(verdict)).get(), Some(verdict));
        }
        assert_eq!(Verdict::new(None).get(), None);
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(bits in any::<u64>(), word in any::<u32>()) {
            for feature in [Feature::Category(Word(word)), Feature::Missing] {
                prop_assert_eq!(Packed::new(feature).feature(), feature);
            }
            let number = f64::from_bits(bits);
            match Packed::new(Feature::Number(number)).feature() {
                Feature::Number(same) if number.is_nan() => prop_assert!(same.is_nan()),
                Feature::Number(same) => prop_assert_eq!(same.to_bits(), bits),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
