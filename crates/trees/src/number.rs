//! The two number types that ensembles compute in.

use crate::kernel::Wide;
use std::fmt::Debug;
use std::ops::{Add, Div, Neg, Sub};

/// float32 or float64.
pub(crate) trait Number:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Wide
    + 'static
{
    const NAN: Self;
    const INFINITY: Self;
    const NEG_INFINITY: Self;
    const ONE: Self;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    fn from_f32(value: f32) -> Self;
    /// The nearest float32.
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    /// The nearest number above it.
    fn up(self) -> Self;
    /// The nearest number below it.
    fn down(self) -> Self;
    /// The product with a float32, in this type.
    fn times(self, factor: f32) -> Self;
    fn is_nan(self) -> bool;
    fn is_finite(self) -> bool;
}

macro_rules! number {
    ($type:ty) => {
        impl Number for $type {
            const NAN: Self = <$type>::NAN;
            const INFINITY: Self = <$type>::INFINITY;
            const NEG_INFINITY: Self = <$type>::NEG_INFINITY;
            const ONE: Self = 1.0;

            fn from_f64(value: f64) -> Self {
                value as Self
            }

            fn from_f32(value: f32) -> Self {
                Self::from(value)
            }

            fn to_f32(self) -> f32 {
                self as f32
            }

            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            fn up(self) -> Self {
                self.next_up()
            }

            fn down(self) -> Self {
                self.next_down()
            }

            fn times(self, factor: f32) -> Self {
                self * Self::from(factor)
            }

            fn is_nan(self) -> bool {
                <$type>::is_nan(self)
            }

            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }
        }
    };
}

number!(f32);
number!(f64);
