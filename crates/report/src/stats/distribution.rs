//! Beta, Student t and fair-coin distributions to full double precision, also at ten million trials, where
//! `statrs`'s quantiles lose digits or do not end: Loader's saddle-point form of the density ("Fast and accurate
//! computation of binomial probabilities", 2000) and Didonato and Morris's continued fraction (1992, equation 9).

use super::numeric::stirling_remainder;
use std::f64::consts::TAU;

/// P(X ≤ k) of n fair coins.
pub(crate) fn fair_coins_cdf(k: u64, n: u64) -> f64 {
    binomial_cdf(k, n, 0.5)
}

/// P(X ≤ k) of n trials, each a hit with probability 0 < p < 1.
pub(crate) fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { beta_cdf_of(1.0 - p, p, (n - k) as f64, k as f64 + 1.0) }
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

/// P(|T| ≥ |t|) of a Student t. `degrees` > 0.
pub(crate) fn student_tail(t: f64, degrees: f64) -> f64 {
    let sum = degrees + t * t;
    beta_cdf_of(degrees / sum, t * t / sum, degrees / 2.0, 0.5)
}

/// The regularised incomplete beta function I_x(a, b), for 0 ≤ x ≤ 1 and a, b > 0.
fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    beta_cdf_of(x, 1.0 - x, a, b)
}

/// The same with y = 1 − x given, which keeps its digits where x is near 1.
fn beta_cdf_of(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if y <= 0.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        beta_power(x, y, a, b) / beta_fraction(x, y, a, b)
    } else {
        1.0 - beta_power(x, y, a, b) / beta_fraction(y, x, b, a)
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
        let newton = x - excess * x * (1.0 - x) / beta_power(x, 1.0 - x, a, b);
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - x).abs() <= 2.0 * f64::EPSILON * x {
            return next;
        }
        x = next;
    }
    x
}

/// xᵃ yᵇ / B(a, b) with y = 1 − x.
fn beta_power(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    let exponent = stirling_remainder(n)
        - stirling_remainder(a)
        - stirling_remainder(b)
        - deviance(a, n * x)
        - deviance(b, n * y);
    (a / n * b / TAU).sqrt() * exponent.exp()
}

/// xᵃ yᵇ / B(a, b) ÷ I_x(a, b) with y = 1 − x, as a continued fraction by Lentz's method. It takes both x and y:
/// where y is tiny, 1 − x would have lost its digits.
fn beta_fraction(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let tiny = 1e-300;
    let guard = |value: f64| if value.abs() < tiny { tiny } else { value };
    let whole = |m: f64| {
        let odd = (a + m) * (a * y - b * x + 1.0 + m * (1.0 + y)) / (a + 2.0 * m + 1.0);
        let even = if m > 0.0 { m * (b - m) * x / (a + 2.0 * m - 1.0) } else { 0.0 };
        m + even + odd
    };
    let mut fraction = guard(whole(0.0));
    let (mut c, mut d) = (fraction, 0.0);
    for step in 1..200_000 {
        let m = f64::from(step);
        let part = x / (a + 2.0 * m - 1.0);
        let above = (a + m - 1.0) * (a + b + m - 1.0) * m * (b - m) * part * part;
        d = 1.0 / guard(whole(m) + above * d);
        c = guard(whole(m) + above / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() <= 4.0 * f64::EPSILON {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::numeric::critical;
    use std::f64::consts::PI;

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found:e}, expected {expected:e}");
    }

    /// With one degree of freedom t is Cauchy's, with two it has a closed form.
    #[test]
    fn student_keeps_its_digits_far_out_at_few_degrees() {
        for outside in [0.5, 0.05, 1e-4, 1e-8, 1e-12] {
            // The confidence rounds at 1e-16: what is outside of it is known no better.
            let confidence: f64 = 1.0 - outside;
            let outside = 1.0 - confidence;
            close(student_two_sided(confidence, 1.0), 1.0 / (PI * outside / 2.0).tan(), 1e-12);
            let two = confidence * (2.0 / (outside * (1.0 + confidence))).sqrt();
            close(student_two_sided(confidence, 2.0), two, 1e-12);
        }
    }

    /// z + (z³ + z) / 4ν + O(ν⁻²).
    #[test]
    fn student_keeps_its_digits_at_ten_million_degrees() {
        for confidence in [0.5, 0.95, 0.9999] {
            let z: f64 = critical(confidence);
            close(student_two_sided(confidence, 1e7), z + (z.powi(3) + z) / 4e7, 1e-12);
        }
    }

    #[test]
    fn tails_and_quantiles_undo_each_other() {
        for degrees in [0.7, 2.0, 11.3, 60.0, 5_000.0, 1e7] {
            for confidence in [0.01, 0.5, 0.95, 0.9999] {
                let found = student_tail(student_two_sided(confidence, degrees), degrees);
                close(found, 1.0 - confidence, 1e-11);
            }
        }
        assert_eq!(student_tail(0.0, 3.0), 1.0);
    }

    #[test]
    fn coins_are_counted() {
        close(fair_coins_cdf(0, 10), 0.5_f64.powi(10), 1e-14);
        close(fair_coins_cdf(1, 3), 0.5, 1e-14);
        close(fair_coins_cdf(2, 5), 0.5, 1e-14);
        assert_eq!((fair_coins_cdf(0, 0), fair_coins_cdf(7, 7)), (1.0, 1.0));
        // As many heads as tails or fewer: a half and half the probability of a draw.
        let draw = 1.0 / (PI * 5e6_f64).sqrt() * (1.0 - 1.0 / (8.0 * 5e6) + 1.0 / (128.0 * 5e6 * 5e6));
        close(fair_coins_cdf(5_000_000, 10_000_000), 0.5 + draw / 2.0, 1e-12);
    }
}
