//! How far two distributions are apart.

use super::Table;

/// Jensen–Shannon distance: the root of the divergence, base 2. 0 when equal, 1 when nothing is shared.
pub fn jensen_shannon(table: &Table) -> f64 {
    let half = |p: f64, middle: f64| if p > 0.0 { p * (p / middle).log2() } else { 0.0 };
    let terms = table.pairs().map(|(then, now)| {
        let middle = f64::midpoint(then, now);
        half(then, middle) + half(now, middle)
    });
    (terms.sum::<f64>() / 2.0).clamp(0.0, 1.0).sqrt()
}

/// Wasserstein-1, the area between the two distribution functions, from the first edge to the last: values beyond
/// count as if they stood on the outermost edge. Between edges both functions are taken as straight. `None` with
/// fewer than two edges.
pub fn wasserstein(edges: &[f64], table: &Table) -> Option<f64> {
    if edges.len() < 2 {
        return None;
    }
    let gaps: Vec<f64> = table.cumulative().map(|(then, now)| now - then).collect();
    let areas =
        edges.windows(2).zip(gaps.windows(2)).map(|(edge, gap)| (edge[1] - edge[0]) * mean_distance(gap));
    Some(areas.sum())
}

/// Mean of |y| along a straight line from the first to the second y.
fn mean_distance(ends: &[f64]) -> f64 {
    let (one, two) = (ends[0], ends[1]);
    let (a, b) = (one.abs(), two.abs());
    if one * two >= 0.0 { f64::midpoint(a, b) } else { (a * a + b * b) / (2.0 * (a + b)) }
}
