//! Reference values, and chance that can be repeated.

use serde_json::Value;
use std::ops::RangeInclusive;

/// Whether the simulations run at their full size (`make test-full`).
pub(crate) fn full() -> bool {
    std::env::var("BYSTANDER_FULL").is_ok_and(|value| value == "1")
}

/// `size` at the full size, `reduced` by default.
pub(crate) fn sized(reduced: usize, size: usize) -> usize {
    if full() { size } else { reduced }
}

/// A file that `references/make_b.py` wrote.
pub(crate) fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

pub(crate) fn integers(value: &Value) -> Vec<i64> {
    list(value).iter().map(|one| one.as_i64().unwrap()).collect()
}

pub(crate) fn indices(value: &Value) -> Vec<u32> {
    list(value).iter().map(|one| u32::try_from(one.as_u64().unwrap()).unwrap()).collect()
}

/// Zeros and ones.
pub(crate) fn flags(value: &Value) -> Vec<bool> {
    list(value).iter().map(|one| one.as_u64().unwrap() == 1).collect()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// Equal to 1e-9 relative; near zero absolute.
#[track_caller]
pub(crate) fn close(ours: f64, theirs: f64) {
    within(ours, theirs, 1e-9);
}

#[track_caller]
pub(crate) fn within(ours: f64, theirs: f64, tolerance: f64) {
    let error = (ours - theirs).abs();
    assert!(error <= tolerance * theirs.abs().max(1e-3), "ours {ours:e}, reference {theirs:e}");
}

/// splitmix64 (Steele et al. 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 32) as usize * bound) >> 32
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Share of `repetitions` in which an interval holds the truth. At full size it must lie in 93–97 %; reduced, in that
/// range and four standard errors of the count around it.
#[track_caller]
pub(crate) fn covers(what: &str, repetitions: usize, holds: impl FnMut(u64) -> bool) {
    covers_within(what, 0.93..=0.97, repetitions, holds);
}

/// The same for an interval that may hold the truth more often than it says.
#[track_caller]
pub(crate) fn covers_at_least(what: &str, repetitions: usize, holds: impl FnMut(u64) -> bool) {
    covers_within(what, 0.93..=1.0, repetitions, holds);
}

#[track_caller]
fn covers_within(
    what: &str,
    wanted: RangeInclusive<f64>,
    repetitions: usize,
    mut holds: impl FnMut(u64) -> bool,
) {
    let held = (0..repetitions).filter(|repetition| holds(*repetition as u64)).count();
    let share = held as f64 / repetitions as f64;
    println!("{what}: a 95 % interval held the truth in {:.2} % of {repetitions}", 100.0 * share);
    let slack = if full() { 0.0 } else { 4.0 * (0.95_f64 * 0.05 / repetitions as f64).sqrt() };
    assert!(wanted.start() - slack <= share && share <= wanted.end() + slack, "{what}: {share}");
}
