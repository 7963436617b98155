//! Small numerics that several families share: normal quantiles and tails, sample quantiles, Stirling's remainder.

use statrs::function::{erf, gamma};
use std::f64::consts::{PI, SQRT_2};

/// Φ⁻¹(p) for 0 < p < 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erf::erfc_inv(2.0 * p)
}

/// Φ(x). `statrs`'s erfc is right to ten digits only, libm's to the last.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Two-sided tail of the normal distribution: P(|Z| ≥ |z|).
pub(crate) fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// z with P(|Z| ≤ z) = `confidence`.
pub(crate) fn critical(confidence: f64) -> f64 {
    SQRT_2 * erf::erfc_inv(1.0 - confidence)
}

/// P(χ² ≥ x) with `degrees` of freedom.
pub(crate) fn chi_square_tail(x: f64, degrees: u32) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma::gamma_ur(f64::from(degrees) / 2.0, x / 2.0).clamp(0.0, 1.0) }
}

/// Quantile `p` of sorted values, linear between the two neighbours (type 7 of Hyndman and Fan 1996); `None` of
/// nothing.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    Some(low + (high - low) * (place - below as f64))
}

/// ln Γ(x) less Stirling's formula (x − ½) ln x − x + ½ ln 2π, for x > 0. Taken apart, differences of large ln Γ
/// keep their digits.
pub(crate) fn stirling_remainder(x: f64) -> f64 {
    if x < 10.0 {
        return gamma::ln_gamma(x) - (x - 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln();
    }
    let square = x * x;
    let series = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    series.iter().rev().fold(0.0, |sum, term| sum / square + term) / x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn normal_quantile_and_tail_undo_each_other() {
        for p in [1e-9, 0.025, 0.3, 0.5, 0.975, 1.0 - 1e-9] {
            assert!((normal_cdf(normal_quantile(p)) - p).abs() < 1e-13 * (1.0 + 1.0 / p).min(10.0), "{p}");
        }
        assert!((critical(0.95) - 1.959_963_984_540_054).abs() < 1e-13);
    }

    /// ln Γ(10) = ln 9!, and the series meets the direct formula where they change places.
    #[test]
    fn stirlings_remainder_is_continuous() {
        let direct = 362_880_f64.ln() - 9.5 * 10_f64.ln() + 10.0 - 0.5 * (2.0 * PI).ln();
        assert!((stirling_remainder(10.0) - direct).abs() < 1e-13);
        assert!((stirling_remainder(10.0 - 1e-9) - stirling_remainder(10.0)).abs() < 1e-12);
    }
}
