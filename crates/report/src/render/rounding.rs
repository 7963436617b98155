//! How many digits of a number mean something: two of half the width of its interval where it begins with 1 to 3.5, else one,
//! which is the rule of the Particle Data Group for errors.

use super::text::{Unit, grouped};
use crate::document::Measured;

/// More digits after the point than this are never written.
const MOST: i32 = 6;
/// At most so many digits more tell a limit from a bound.
const DIGITS_MORE: i32 = 3;

/// The place to which a figure and its limits are rounded; `None` without an interval, and for units that have places of
/// their own.
pub(crate) fn of(measured: &Measured, unit: &Unit) -> Option<i32> {
    measured.interval.and_then(|interval| place(interval.low, interval.high, unit))
}

/// The same, with as many digits more as it takes to tell the limits from a bound that they don't reach.
pub(crate) fn apart(measured: &Measured, unit: &Unit, bound: f64) -> Option<i32> {
    let interval = measured.interval?;
    let place = place(interval.low, interval.high, unit)?;
    let told = |place: &i32| {
        let said = |value| unit.to_place(value, Some(*place));
        [interval.low, interval.high].iter().all(|limit| *limit == bound || said(*limit) != said(bound))
    };
    Some((place..=place + DIGITS_MORE).find(told).unwrap_or(place))
}

/// The same for two limits.
pub(crate) fn place(low: f64, high: f64, unit: &Unit) -> Option<i32> {
    let (scale, most) = match unit {
        Unit::Share | Unit::Change | Unit::Points | Unit::Saving => (100.0, 3),
        Unit::Money { exponent, .. } | Unit::Cost { exponent, .. } => {
            let exponent = i32::try_from(*exponent).unwrap_or(0);
            (10_f64.powi(-exponent), exponent)
        }
        Unit::Number | Unit::Difference => (1.0, MOST),
        _ => return None,
    };
    let half = (high - low) / 2.0 * scale;
    // Limits that float apart by rounding alone say nothing about digits.
    let tells = half.is_finite() && half > low.abs().max(high.abs()) * scale * 1e-9;
    let power = half.log10().floor();
    let leading = half / 10_f64.powf(power);
    let digits = if leading < 3.55 { 2.0 } else { 1.0 };
    let place = (digits - 1.0 - power).clamp(-15.0, 15.0) as i32;
    // Money has all digits of its minor unit, or none.
    let place =
        if matches!(unit, Unit::Money { .. } | Unit::Cost { .. }) && place > 0 { most } else { place };
    tells.then(|| place.min(most))
}

/// With `place` digits after the point, or rounded to tens, hundreds and so on; zero has no sign.
pub(crate) fn rounded(value: f64, place: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    match usize::try_from(place) {
        Ok(decimals) => grouped(value, decimals),
        Err(_) => {
            let step = 10_f64.powi(-place);
            grouped((value / step).round() * step, 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_digits_of_half_the_interval_are_written() {
        let money = Unit::money("EUR", 2);
        let of = |low: f64, high: f64| place(low, high, &money);
        assert_eq!(of(71_200.0, 326_600.0), Some(-2), "half of it is EUR 1,277");
        assert_eq!(of(100.0, 200.0), Some(2), "half of it is EUR 0.50, and there are no more digits");
        assert_eq!(of(4_121_000.0, 5_521_000.0), Some(-3), "half of it is EUR 7,000: one digit");
        assert_eq!(place(0.52, 0.61, &Unit::Share), Some(0));
        assert_eq!(place(0.501, 0.745, &Unit::Share), Some(0));
        assert_eq!(place(0.0052, 0.0094, &Unit::Share), Some(2));
        assert_eq!(place(0.808, 0.828, &Unit::Number), Some(3));
        assert_eq!([place(0.5, 0.5, &Unit::Share), place(1.0, 2.0, &Unit::Days)], [None, None]);
        assert_eq!(
            [rounded(1_673.4, -2), rounded(-1_673.4, -3), rounded(-0.2, 0)],
            ["1,700", "\u{2212}2,000", "0"]
        );
        assert_eq!(money.range_to_place(71_200.0, 326_600.0, Some(-2)), "EUR\u{a0}700 to 3,300");
    }
}
