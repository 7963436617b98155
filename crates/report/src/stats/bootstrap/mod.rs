//! Paired cluster bootstrap: whole customers are drawn with replacement, because their orders hang together
//! (fraud comes in bursts), and every figure of a resample uses the same draw, so differences are paired.
//!
//! A resample is a vector of weights: how often each cluster was drawn in as many draws as there are clusters
//! (multinomial). Poisson(1) weights are cheaper to draw, but they also vary the number of customers, which
//! widens the interval of a total: its variance becomes Σ x² in place of Σ (x − mean)². Drawn block by block the
//! exact scheme is cheap, too (`draw`). Rows are never copied: sums work on totals per cluster ([`totals`]), ranking
//! figures on one sort that all resamples share ([`ranking`]).
//!
//! Resample i draws from stream i of the seed, so the result does not depend on the number of threads.

mod blocks;
mod draw;
pub(crate) mod generator;
pub mod interval;
mod parallel;
pub mod ranking;
mod slots;
pub mod totals;

use draw::{BLOCK, Draws};
use generator::Generator;
use parallel::in_parallel;
use serde::Serialize;

/// Groups of the jackknife behind BCa's acceleration. Its skewness needs no more: the error of the acceleration is
/// about 0.4 ÷ groups.
const JACKKNIFE_GROUPS: usize = 200;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Resampling {
    /// Same seed, same result.
    pub seed: u64,
    /// How many resamples; 1,000 or more for 95 % intervals.
    pub resamples: usize,
    /// Coverage aimed at, for example 0.95.
    pub confidence: f64,
    /// At most this many threads; `None`: as many as there are cores.
    pub threads: Option<usize>,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { seed: 1, resamples: 1_000, confidence: 0.95, threads: None }
    }
}

/// Why there is no bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum BootstrapRefusal {
    /// A single cluster, or none, says nothing about the spread between clusters.
    #[error("fewer than two clusters: nothing to resample")]
    TooFewClusters,
    /// The figure itself can't be computed.
    #[error("the figure is undefined on the data itself")]
    Undefined,
    /// Too many resamples had no figure (for example no fraud among them).
    #[error("the figure is undefined in more than one resample in twenty: too few events")]
    Fragile,
    /// No resamples asked for, or a confidence outside (0, 1).
    #[error("the plan needs at least 2 resamples and a confidence between 0 and 1")]
    Plan,
    /// Slices of different lengths, a cluster index that is out of range, or a number that is not finite.
    #[error("rows don't fit together: lengths differ, a cluster is out of range, or a value is not finite")]
    Rows,
}

/// Replicates of `K` figures that were computed together.
#[derive(Debug, Clone, Serialize)]
pub struct Bootstrap<const K: usize> {
    /// The figures on the data itself.
    #[serde(with = "interval::slice")]
    pub estimate: [f64; K],
    /// Resamples in which the figures were defined.
    pub resamples: usize,
    /// Resamples in which they were not; left out.
    pub undefined: usize,
    /// Clusters drawn from.
    pub clusters: usize,
    /// Coverage the plan asked for.
    pub confidence: f64,
    /// Sorted replicates of each figure.
    #[serde(skip)]
    sorted: Vec<Vec<f64>>,
    /// Each figure without one group of clusters.
    #[serde(skip)]
    jackknife: Vec<Vec<f64>>,
}

/// Draws `plan.resamples` weight vectors over `clusters` and computes `statistic` on each. `statistic` gets how often
/// each cluster counts, and gives finite figures or `None` where they are undefined; all ones is the data itself.
///
/// # Errors
/// See [`BootstrapRefusal`].
pub fn resample<const K: usize>(
    clusters: usize,
    plan: &Resampling,
    statistic: impl Fn(&[u32]) -> Option<[f64; K]> + Sync,
) -> Result<Bootstrap<K>, BootstrapRefusal> {
    Bootstrap::of(
        clusters,
        plan,
        || statistic(&vec![1; clusters]),
        |groups| {
            // Tasks 0..groups leave a group out, the others draw.
            let scratch = || vec![0; clusters];
            let mut all = in_parallel(groups + plan.resamples, plan.threads, scratch, |task, weights| {
                match task.checked_sub(groups) {
                    None => leave_out(weights, task, groups),
                    Some(number) => draws(clusters, plan, number).fill_all(weights),
                }
                statistic(weights)
            });
            let drawn = all.split_off(groups);
            Replicates { left_out: all, drawn }
        },
    )
}

/// Figures without each group of clusters, and of each resample; `None` where they are undefined.
struct Replicates<const K: usize> {
    left_out: Vec<Option<[f64; K]>>,
    drawn: Vec<Option<[f64; K]>>,
}

impl<const K: usize> Bootstrap<K> {
    /// Puts together what `replicates(groups of the jackknife)` gives. Cluster i is in group i modulo their number.
    fn of(
        clusters: usize,
        plan: &Resampling,
        estimate: impl FnOnce() -> Option<[f64; K]>,
        replicates: impl FnOnce(usize) -> Replicates<K>,
    ) -> Result<Self, BootstrapRefusal> {
        if plan.resamples < 2 || !(plan.confidence > 0.0 && plan.confidence < 1.0) {
            return Err(BootstrapRefusal::Plan);
        }
        if clusters < 2 {
            return Err(BootstrapRefusal::TooFewClusters);
        }
        let finite = |figures: &[f64; K]| figures.iter().all(|figure| figure.is_finite());
        let estimate = estimate().filter(finite).ok_or(BootstrapRefusal::Undefined)?;
        let Replicates { left_out, drawn } = replicates(JACKKNIFE_GROUPS.min(clusters));
        let defined: Vec<_> = drawn.iter().flatten().filter(|figures| finite(figures)).collect();
        let undefined = drawn.len() - defined.len();
        if undefined * 20 > drawn.len() {
            return Err(BootstrapRefusal::Fragile);
        }
        let left_out: Vec<_> = left_out.iter().flatten().filter(|figures| finite(figures)).collect();
        let column = |rows: &[&[f64; K]], k: usize| rows.iter().map(|row| row[k]).collect::<Vec<_>>();
        let sorted = (0..K).map(|k| {
            let mut values = column(&defined, k);
            values.sort_unstable_by(f64::total_cmp);
            values
        });
        Ok(Self {
            estimate,
            resamples: defined.len(),
            undefined,
            clusters,
            confidence: plan.confidence,
            sorted: sorted.collect(),
            jackknife: (0..K).map(|k| column(&left_out, k)).collect(),
        })
    }
}

/// Resample `number`, still to be drawn.
fn draws(clusters: usize, plan: &Resampling, number: usize) -> Draws<BLOCK> {
    Draws::new(clusters, Generator::new(plan.seed, number as u64))
}

/// All clusters but each `groups`-th, from `group` on.
fn leave_out(weights: &mut [u32], group: usize, groups: usize) {
    weights.fill(1);
    weights.iter_mut().skip(group).step_by(groups).for_each(|weight| *weight = 0);
}
