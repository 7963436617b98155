//! Sizes of the tests, and chance that can be repeated.

use std::time::Duration;

/// Whether the tests run at the full size (`make test-full`).
pub fn full() -> bool {
    std::env::var("BYSTANDER_FULL").is_ok_and(|value| value == "1")
}

/// `size` at the full size, a tenth of it by default.
pub fn sized(size: u64) -> u64 {
    if full() { size } else { size / 10 }
}

/// A seeded sequence (splitmix64, Steele et al. 2014). What it decides is repeatable; what other processes do
/// meanwhile is not.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    /// From `BYSTANDER_TEST_SEED`, or a fixed seed.
    pub fn new() -> Self {
        let given = std::env::var("BYSTANDER_TEST_SEED");
        let seed = given.map_or(20_261_120, |seed| seed.parse().expect("BYSTANDER_TEST_SEED is a number"));
        Self::seeded(seed)
    }

    /// From a seed of the caller's.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What to set `BYSTANDER_TEST_SEED` to for the same decisions.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// One of `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// One of two.
    pub fn either(&mut self) -> usize {
        usize::from(self.below(2) == 1)
    }

    /// A time in milliseconds, from `least` and below `most`.
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }
}
