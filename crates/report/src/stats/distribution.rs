//! Beta, Student t and fair-coin distributions to full double precision, also at ten million trials, where
//! `statrs`'s quantiles lose digits or do not end: Loader's saddle-point form of the density ("Fast and accurate
//! computation of binomial probabilities", 2000) and the continued fraction of DLMF 8.17.22.

use super::numeric::stirling_remainder;
use std::f64::consts::TAU;

/// P(X ≤ k) of n fair coins.
pub(crate) fn fair_coins_cdf(k: u64, n: u64) -> f64 {
    if k >= n { 1.0 } else { beta_cdf(0.5, (n - k) as f64, k as f64 + 1.0) }
}

/// The t with `confidence` of a Student t between −t and t. `degrees` > 0.
pub(crate) fn student_two_sided(confidence: f64, degrees: f64) -> f64 {
    // With x = ν / (ν + t²): x ~ Beta(ν/2, 1/2). The side that is not near 1 keeps its digits.
    if degrees < 30.0 {
        let x = beta_quantile(1.0 - confidence, degrees / 2.0, 0.5);
        (degrees * (1.0 - x) / x).sqrt()
    } else {
        let y = beta_quantile(confidence, 0.5, degrees / 2.0);
        (degrees * y / (1.0 - y)).sqrt()
    }
}

/// The regularised incomplete beta function I_x(a, b), for 0 ≤ x ≤ 1 and a, b > 0.
fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        beta_power(x, a, b) * beta_fraction(x, a, b) / a
    } else {
        1.0 - beta_power(x, a, b) * beta_fraction(1.0 - x, b, a) / b
    }
}

/// The x with I_x(a, b) = `probability`: Newton's method, held inside a bracket.
pub(crate) fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = a / (a + b);
    for _ in 0..400 {
        let excess = beta_cdf(x, a, b) - probability;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - excess * x * (1.0 - x) / beta_power(x, a, b);
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - x).abs() <= 2.0 * f64::EPSILON * x {
            return next;
        }
        x = next;
    }
    x
}

/// xᵃ (1 − x)ᵇ / B(a, b).
fn beta_power(x: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    let exponent = stirling_remainder(n)
        - stirling_remainder(a)
        - stirling_remainder(b)
        - deviance(a, n * x)
        - deviance(b, n * (1.0 - x));
    (a / n * b / TAU).sqrt() * exponent.exp()
}

/// The continued fraction of I_x(a, b), by Lentz's method.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let tiny = 1e-300;
    let guard = |value: f64| if value.abs() < tiny { tiny } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..200_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}

/// x ln(x / mean) + mean − x, without cancellation where the two are close.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let v = (x - mean) / (x + mean);
    let mut sum = (x - mean) * v;
    let mut term = 2.0 * x * v;
    for odd in (3..200).step_by(2) {
        term *= v * v;
        let next = sum + term / f64::from(odd);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}
