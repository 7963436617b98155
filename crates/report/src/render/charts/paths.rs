//! Paths in the coordinates of a picture.

use super::coordinate;
use std::fmt::Write;

/// A line through points, without those that fall on the one before.
pub(super) fn line(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    let mut last = None;
    for (x, y) in points {
        let next = (coordinate(x), coordinate(y));
        if last.as_ref() == Some(&next) {
            continue;
        }
        let letter = if path.is_empty() { 'M' } else { 'L' };
        // Writing to a string can't fail.
        let _ = write!(path, "{letter}{} {}", next.0, next.1);
        last = Some(next);
    }
    path
}

/// The area between an upper and a lower line over the same horizontal places.
pub(super) fn band(points: &[(f64, f64, f64)]) -> String {
    let there = points.iter().map(|(x, low, _)| (*x, *low));
    let back = points.iter().rev().map(|(x, _, high)| (*x, *high));
    let path = line(there.chain(back));
    if path.is_empty() { path } else { path + "Z" }
}
