//! Random draws. Each part of the world owns one [`Dice`], so that no part disturbs another.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A random stream of one seed. A number once given must keep its meaning; those from 9 on are given by the topics' own modules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream(pub(crate) u64);

impl Stream {
    pub(crate) const CATALOGUE: Self = Self(1);
    pub(crate) const CUSTOMERS: Self = Self(2);
    pub(crate) const ORDERS: Self = Self(3);
    pub(crate) const QUOTES: Self = Self(4);
    pub(crate) const ORDER_OUTCOMES: Self = Self(5);
    pub(crate) const QUOTE_OUTCOMES: Self = Self(6);
    pub(crate) const MALFORMED_ORDERS: Self = Self(7);
    pub(crate) const MALFORMED_QUOTES: Self = Self(8);
}

#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream.0);
        Self(generator)
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in `[low, high)`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..count`; `count` must not be zero.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }

    /// A normal draw by the sum of twelve uniforms: no tails past six deviations, and no logarithms.
    pub(crate) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        mean + deviation * (sum - 6.0)
    }

    pub(crate) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * self.normal(0.0, sigma).exp()
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of `choices`, by weight. Weights must sum to more than zero.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        for (choice, weight) in choices {
            left -= weight;
            if left < 0.0 {
                return *choice;
            }
        }
        choices[choices.len() - 1].0
    }
}

/// Identifiers: a bijection of a number, so that they look random and never collide within a prefix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identifiers(u64);

impl Identifiers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    pub(crate) fn id(self, prefix: &str, number: u64) -> String {
        let salt = prefix.bytes().fold(0, |salt, byte| salt << 8 | u64::from(byte));
        format!("{prefix}{:016x}", mix(self.0 ^ number ^ mix(salt)))
    }

    /// 64 hexadecimal digits, as a hash of an e-mail address looks.
    pub(crate) fn hash(self, number: u64) -> String {
        let first = mix(self.0 ^ number ^ 0x6d61_696c);
        let second = mix(first);
        let third = mix(second);
        format!("{first:016x}{second:016x}{third:016x}{:016x}", mix(third))
    }

    /// A stable number of at most five digits for `number`, as a postal code.
    pub(crate) fn postal_code(self, number: u64) -> String {
        format!("{:05}", mix(self.0 ^ number ^ 0x706f_7374) % 100_000)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection on 64 bits.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draw = |stream| Dice::new(7, stream).unit();
        assert_eq!(draw(Stream::ORDERS), draw(Stream::ORDERS));
        assert_ne!(draw(Stream::ORDERS), draw(Stream::QUOTES));
    }

    #[test]
    fn weights_decide_the_shares() {
        let mut dice = Dice::new(3, Stream::CATALOGUE);
        let hits = (0..10_000).filter(|_| dice.weighted(&[(true, 1.0), (false, 3.0)])).count();
        assert!((2_300..2_700).contains(&hits), "{hits} of 10,000");
    }

    #[test]
    fn identifiers_do_not_collide() {
        let identifiers = Identifiers::new(5);
        let unique: std::collections::HashSet<_> = (0..20_000).map(|n| identifiers.id("ord_", n)).collect();
        assert_eq!(unique.len(), 20_000);
    }
}
