//! How often each cluster is drawn in as many draws as there are clusters: a multinomial vector.
//!
//! Counting draws one at a time over millions of counters waits for memory at nearly every draw. So the number of
//! draws that fall into each block of clusters comes first, and each block is then drawn by itself, in the nearest
//! cache. That is the same distribution: of a multinomial's draws, those in one part of the cells are binomial, and
//! given their number the draws within each part are multinomial again, independent of the other's. Nothing is rounded.

use super::generator::Generator;

/// Clusters in a block: 16 KiB of counters, half of a small first-level cache.
pub(super) const BLOCK: usize = 1 << 12;
/// Draws in a block that share one random word.
const SHARED: usize = 5;

/// One resample's draws, by block. `BLOCK` is a power of two.
pub(super) struct Draws<const BLOCK: usize> {
    generator: Generator,
    /// Draws in each block.
    counts: Vec<u32>,
}

impl<const BLOCK: usize> Draws<BLOCK> {
    /// As many draws as clusters.
    pub(super) fn new(clusters: usize, mut generator: Generator) -> Self {
        let mut counts = vec![0; clusters.div_ceil(BLOCK)];
        split::<BLOCK>(&mut counts, clusters, clusters, &mut generator);
        Self { generator, counts }
    }

    /// Fills the weights of a block; each block once, and in their order, or it is another draw.
    pub(super) fn fill(&mut self, block: usize, weights: &mut [u32]) {
        weights.fill(0);
        let draws = self.counts.get(block).map_or(0, |count| *count as usize);
        if let Ok(whole) = <&mut [u32; BLOCK]>::try_from(&mut *weights) {
            scatter(whole, draws, &mut self.generator);
        } else {
            for _ in 0..draws {
                weights[self.generator.below(weights.len())] += 1;
            }
        }
    }

    /// Fills the weights of all blocks.
    pub(super) fn fill_all(mut self, weights: &mut [u32]) {
        weights.chunks_mut(BLOCK).enumerate().for_each(|(block, weights)| self.fill(block, weights));
    }
}

/// Shares `draws` out among blocks with `cells` clusters in all.
fn split<const BLOCK: usize>(counts: &mut [u32], cells: usize, draws: usize, generator: &mut Generator) {
    match counts {
        [] => {}
        [count] => *count = draws as u32,
        _ => {
            // A power of two of blocks on the left, so that most parts are halved, which takes one coin a draw.
            let blocks = counts.len().next_power_of_two() / 2;
            let (left, right) = counts.split_at_mut(blocks);
            let here = binomial(draws, blocks * BLOCK, cells, generator);
            split::<BLOCK>(left, blocks * BLOCK, here, generator);
            split::<BLOCK>(right, cells - blocks * BLOCK, draws - here, generator);
        }
    }
}

/// Adds `draws` draws over a whole block, whose power of two of cells takes random bits as they come.
fn scatter<const BLOCK: usize>(block: &mut [u32; BLOCK], draws: usize, generator: &mut Generator) {
    let bits = const {
        assert!(BLOCK.is_power_of_two() && BLOCK.ilog2() as usize * SHARED <= 64);
        BLOCK.ilog2()
    };
    let mut add = |count: usize| {
        let mut word = generator.next();
        for _ in 0..count {
            block[word as usize % BLOCK] += 1;
            word >>= bits;
        }
    };
    for _ in 0..draws / SHARED {
        add(SHARED);
    }
    add(draws % SHARED);
}

/// How many of `trials` succeed, each with probability `part` ÷ `whole`.
///
/// A trial is a number in [0, 1) whose binary digits are coins, and succeeds when it is below the probability. All
/// trials are compared digit by digit at once: it only matters how many equal the probability so far, and how many
/// of these get which digit next.
fn binomial(trials: usize, mut part: usize, whole: usize, generator: &mut Generator) -> usize {
    let (mut equal, mut below) = (trials, 0);
    // The digits of part ÷ whole, by long division. When nothing is left of it, no equal trial is below any more.
    while equal > 0 && part > 0 {
        let zeros = heads(equal, generator);
        part *= 2;
        if part >= whole {
            part -= whole;
            below += zeros;
            equal -= zeros;
        } else {
            equal = zeros;
        }
    }
    below
}

/// Heads among `coins` fair coins.
fn heads(coins: usize, generator: &mut Generator) -> usize {
    let whole: usize = (0..coins / 64).map(|_| generator.next().count_ones() as usize).sum();
    let rest = coins % 64;
    let last = if rest > 0 { generator.next() >> (64 - rest) } else { 0 };
    whole + last.count_ones() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of `clusters` in blocks of `BLOCK`.
    fn weights<const BLOCK: usize>(clusters: usize, stream: u64) -> Vec<u32> {
        let mut weights = vec![0; clusters];
        Draws::<BLOCK>::new(clusters, Generator::new(7, stream)).fill_all(&mut weights);
        weights
    }

    /// Mean, variance and covariance of every weight and pair of weights, within and across blocks, where the last block
    /// is whole, the only one, or of one cluster. A wrong share of one block would show in its means.
    #[test]
    fn draws_are_multinomial() {
        const ROUNDS: u64 = 60_000;
        // Five standard errors: (w − 1)² has a standard deviation below 1.8, the other products and w itself below 1.05.
        let near = |found: f64, wanted: f64, deviation: f64| {
            (found - wanted).abs() < 5.0 * deviation / (ROUNDS as f64).sqrt()
        };
        for clusters in [2, 3, 4, 5, 8, 9, 11, 16, 23] {
            let (mut sums, mut products) = (vec![0_u64; clusters], vec![0_u64; clusters * clusters]);
            for round in 0..ROUNDS {
                let weights = weights::<4>(clusters, round);
                assert_eq!(weights.iter().sum::<u32>() as usize, clusters);
                for (i, one) in weights.iter().enumerate() {
                    sums[i] += u64::from(*one);
                    for (j, other) in weights.iter().enumerate() {
                        products[i * clusters + j] += u64::from(one * other);
                    }
                }
            }
            let each = |sum: u64| sum as f64 / ROUNDS as f64;
            for i in 0..clusters {
                assert!(
                    near(each(sums[i]), 1.0, 1.05),
                    "{clusters} clusters, mean of {i}: {}",
                    each(sums[i])
                );
                for j in 0..clusters {
                    let covariance = each(products[i * clusters + j]) - each(sums[i]) * each(sums[j]);
                    let (own, deviation) = if i == j { (1.0, 1.8) } else { (0.0, 1.05) };
                    let wanted = own - 1.0 / clusters as f64;
                    assert!(
                        near(covariance, wanted, deviation),
                        "{clusters} clusters, {i} and {j}: {covariance}"
                    );
                }
            }
        }
    }

    /// Every vector of five draws over five clusters, four of them in one block, as often as the formula says.
    #[test]
    fn whole_vectors_are_as_likely_as_they_should_be() {
        const ROUNDS: u64 = 200_000;
        let mut found = std::collections::BTreeMap::<Vec<u32>, u64>::new();
        (0..ROUNDS).for_each(|round| *found.entry(weights::<4>(5, round)).or_default() += 1);
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let (mut square, mut likely) = (0.0, 0.0);
        for (weights, count) in &found {
            let share = factorial(5) / weights.iter().map(|n| factorial(*n)).product::<f64>() / 5_f64.powi(5);
            let wanted = share * ROUNDS as f64;
            square += (*count as f64 - wanted).powi(2) / wanted;
            likely += share;
        }
        // 126 vectors, the rarest expected 64 times; χ² with 125 degrees is above 207 once in 10⁵.
        assert_eq!((found.len(), (likely * 1e9).round() as u64), (126, 1_000_000_000));
        assert!(square < 207.0, "{square}");
    }

    #[test]
    fn successes_are_binomial() {
        const ROUNDS: u64 = 100_000;
        for (trials, part, whole) in [(200, 1, 2), (200, 3, 7), (130, 1, 100), (64, 99, 100), (1, 5, 9)] {
            let (n, p) = (f64::from(trials), part as f64 / whole as f64);
            let (mut sum, mut squares) = (0.0, 0.0);
            for round in 0..ROUNDS {
                let mut generator = Generator::new(3, round);
                let off = binomial(trials as usize, part, whole, &mut generator) as f64 - n * p;
                sum += off;
                squares += off * off;
            }
            let variance = n * p * (1.0 - p);
            let rounds = ROUNDS as f64;
            assert!(
                (sum / rounds).abs() < 5.0 * (variance / rounds).sqrt(),
                "{trials} {part} {whole}: {sum}"
            );
            assert!((squares / rounds / variance - 1.0).abs() < 0.03, "{trials} {part} {whole}: {squares}");
        }
        let mut generator = Generator::new(3, 0);
        assert_eq!((binomial(9, 0, 4, &mut generator), binomial(9, 4, 4, &mut generator)), (0, 9));
    }
}
