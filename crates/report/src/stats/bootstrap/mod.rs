//! Paired cluster bootstrap: whole customers are drawn with replacement, because their orders hang together
//! (fraud comes in bursts), and every figure of a resample uses the same draw, so differences are paired.
//!
//! A resample is a vector of weights: how often each cluster was drawn in as many draws as there are clusters
//! (multinomial). Poisson(1) weights are cheaper to draw, but they also vary the number of customers, which
//! widens the interval of a total: its variance becomes Σ x² in place of Σ (x − mean)². The draws cost little beside
//! the statistic, so the exact scheme is used. Rows are never copied: sums work on totals per cluster
//! ([`totals`]), ranking figures on one sort that all resamples share ([`ranking`]).
//!
//! Resample i draws from stream i of the seed, so the result does not depend on the number of threads.

pub(crate) mod generator;
pub mod interval;
pub mod ranking;
pub mod totals;

use generator::Generator;
use serde::Serialize;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Groups of the jackknife behind BCa's acceleration. Its skewness needs no more: the error of the acceleration is
/// about 0.4 ÷ groups.
const JACKKNIFE_GROUPS: usize = 200;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Plan {
    /// Same seed, same result.
    pub seed: u64,
    /// How many resamples; 1,000 or more for 95 % intervals.
    pub resamples: usize,
    /// Coverage aimed at, for example 0.95.
    pub confidence: f64,
    /// At most this many threads; `None`: as many as there are cores.
    pub threads: Option<usize>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { seed: 1, resamples: 1_000, confidence: 0.95, threads: None }
    }
}

/// Why there is no bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
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
/// See [`Refusal`].
pub fn resample<const K: usize>(
    clusters: usize,
    plan: &Plan,
    statistic: impl Fn(&[u32]) -> Option<[f64; K]> + Sync,
) -> Result<Bootstrap<K>, Refusal> {
    if plan.resamples < 2 || !(plan.confidence > 0.0 && plan.confidence < 1.0) {
        return Err(Refusal::Plan);
    }
    if clusters < 2 {
        return Err(Refusal::TooFewClusters);
    }
    let finite = |weights: &[u32]| statistic(weights).filter(|all| all.iter().all(|one| one.is_finite()));
    let estimate = finite(&vec![1; clusters]).ok_or(Refusal::Undefined)?;
    let groups = JACKKNIFE_GROUPS.min(clusters);
    // Tasks 0..groups leave a group out, the others draw.
    let replicates = in_parallel(groups + plan.resamples, plan.threads, clusters, |task, weights| {
        if task < groups {
            leave_out(weights, task, groups);
        } else {
            draw(weights, &mut Generator::new(plan.seed, (task - groups) as u64));
        }
        finite(weights)
    });
    let (left_out, drawn) = replicates.split_at(groups);
    let defined: Vec<_> = drawn.iter().flatten().collect();
    let undefined = drawn.len() - defined.len();
    if undefined * 20 > drawn.len() {
        return Err(Refusal::Fragile);
    }
    let column =
        |rows: &mut dyn Iterator<Item = &[f64; K]>, k: usize| rows.map(|row| row[k]).collect::<Vec<_>>();
    let sorted = (0..K).map(|k| {
        let mut values = column(&mut defined.iter().copied(), k);
        values.sort_unstable_by(f64::total_cmp);
        values
    });
    Ok(Bootstrap {
        estimate,
        resamples: defined.len(),
        undefined,
        clusters,
        confidence: plan.confidence,
        sorted: sorted.collect(),
        jackknife: (0..K).map(|k| column(&mut left_out.iter().flatten(), k)).collect(),
    })
}

/// Multinomial weights: as many draws as there are clusters.
fn draw(weights: &mut [u32], generator: &mut Generator) {
    weights.fill(0);
    for _ in 0..weights.len() {
        weights[generator.below(weights.len())] += 1;
    }
}

/// All clusters but each `groups`-th, from `group` on.
fn leave_out(weights: &mut [u32], group: usize, groups: usize) {
    weights.fill(1);
    weights.iter_mut().skip(group).step_by(groups).for_each(|weight| *weight = 0);
}

/// `work(task, scratch)` for each task, in order of the tasks; the scratch weights belong to a thread.
fn in_parallel<T: Send>(
    tasks: usize,
    threads: Option<usize>,
    clusters: usize,
    work: impl Fn(usize, &mut [u32]) -> T + Sync,
) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or(cores).clamp(1, cores.max(1)).min(tasks);
    let next = AtomicUsize::new(0);
    let one = || {
        let mut weights = vec![0; clusters];
        let mut done = Vec::new();
        loop {
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= tasks {
                return done;
            }
            done.push((task, work(task, &mut weights)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
        let mut done = one();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(task, _)| *task);
    done.into_iter().map(|(_, result)| result).collect()
}
