//! Values as small as they can be kept.

use super::words::Word;
use std::ops::Range;

/// A range of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    pub(crate) fn from(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }

    pub(crate) fn bits(self) -> u64 {
        u64::from(self.start) << 32 | u64::from(self.len)
    }

    pub(crate) fn of_bits(bits: u64) -> Self {
        Self { start: (bits >> 32) as u32, len: bits as u32 }
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

    pub(crate) fn bits(self) -> u64 {
        self.0.cast_unsigned()
    }

    pub(crate) fn of_bits(bits: u64) -> Self {
        Self(bits.cast_signed())
    }
}

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

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn of_bits(bits: u64) -> Self {
        Self(bits)
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
    fn numbers_and_spans_are_what_they_were_and_none_is_none() {
        for number in [None, Some(0), Some(-5), Some(i64::MAX), Some(i64::MIN + 1)] {
            assert_eq!(Whole::of_bits(Whole::new(number).bits()).get(), number);
        }
        for span in
            [Span::from(0, 0), Span::from(7, 19), Span::from(u32::MAX as usize - 1, u32::MAX as usize)]
        {
            assert_eq!(Span::of_bits(span.bits()), span);
        }
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
