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
}

/// A feature's value in eight bytes: a number's own bits, or a NaN that no computation yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed(u64);

/// What is packed.
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
