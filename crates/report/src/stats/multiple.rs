//! Many tests at once: adjusted p-values, in the order they came in.

use super::cases::{Unusable, all_in};

/// Benjamini and Hochberg's (1995): rejecting those at or below q keeps the expected share of false discoveries at
/// q, for independent or positively dependent tests.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, Unusable> {
    let order = by_size(p_values)?;
    let n = p_values.len();
    let mut adjusted = vec![1.0; n];
    let mut least: f64 = 1.0;
    for (rank, &test) in order.iter().enumerate().rev() {
        least = least.min(p_values[test] / ((rank + 1) as f64 / n as f64));
        adjusted[test] = least;
    }
    Ok(adjusted)
}

/// Indices of the p-values from the least.
fn by_size(p_values: &[f64]) -> Result<Vec<usize>, Unusable> {
    all_in("p-value", p_values, 0.0, 1.0)?;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_unstable_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    Ok(order)
}
