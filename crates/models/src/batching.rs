//! How rows are put together for the runtime so that a row's score never depends on its neighbours.
//!
//! Tree kernels add up row by row, so any batch will do. Matrix products may pick another kernel, and so
//! another order of additions, for another number of rows; those models are scored in batches of one size.

use crate::refusal::{CheckFailure, RefusalKind};
use crate::rows::pick;
use crate::scorer::{BatchedScorer, MAX_ROWS};
use bystander_core::input::ModelInput;
use bystander_pipeline::Scorer;
use std::fmt;

const FIXED_ROWS: usize = 64;

/// Numbers of rows at which kernels are known to change: small ones, vector widths and their neighbours.
const SIZES: [usize; 18] = [1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 17, 31, 33, 64, 100, 255, 256];

/// The number of rows per call that keeps scores independent of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Batching {
    /// Any number of rows.
    Any,
    /// Exactly this many rows, short batches padded.
    Fixed(usize),
    /// One row per call.
    Single,
}

impl fmt::Display for Batching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Fixed(rows) => write!(f, "fixed {rows}"),
            Self::Single => f.write_str("single"),
        }
    }
}

impl Batching {
    pub(crate) fn rows_per_call(self) -> usize {
        match self {
            Self::Any => MAX_ROWS,
            Self::Fixed(rows) => rows.max(1),
            Self::Single => 1,
        }
    }
}

/// Finds the widest batching under which every row of `input` scores the same to the bit alone, in batches of
/// many sizes, and in other places of them; gives it with each row's score.
///
/// # Errors
/// When a row can't be scored, or scores differ even one row at a time.
pub(crate) fn choose(
    scorer: &mut BatchedScorer,
    input: &ModelInput,
) -> Result<(Batching, Vec<f64>), CheckFailure> {
    for batching in [Batching::Any, Batching::Fixed(FIXED_ROWS), Batching::Single] {
        scorer.set_batching(batching);
        let alone = one_by_one(scorer, input)?;
        if is_steady(scorer, input, &alone)? {
            return Ok((batching, alone));
        }
    }
    let what = "the same event scored twice gives different scores";
    let fix = "remove random operators (such as dropout in training mode) from the graph and export it anew";
    Err(CheckFailure::new(RefusalKind::NotReproducible, what, fix))
}

fn one_by_one(scorer: &mut BatchedScorer, input: &ModelInput) -> Result<Vec<f64>, CheckFailure> {
    let mut scores = Vec::with_capacity(input.rows());
    for row in 0..input.rows() {
        score(scorer, &input.slice(row..row + 1), &mut scores)?;
    }
    Ok(scores)
}

fn is_steady(scorer: &mut BatchedScorer, input: &ModelInput, alone: &[f64]) -> Result<bool, CheckFailure> {
    let mut scores = Vec::new();
    for rows in orders(input.rows()) {
        scores.clear();
        score(scorer, &pick(input, rows.iter().copied()), &mut scores)?;
        if !rows.iter().zip(&scores).all(|(&row, score)| same(alone[row], *score)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Batches of row numbers below `rows`: all in order, all reversed, and each size from another start.
fn orders(rows: usize) -> impl Iterator<Item = Vec<usize>> {
    let sized = SIZES.into_iter().enumerate().flat_map(move |(turn, size)| {
        let forward: Vec<usize> = (0..size).map(|place| (place + turn * 7) % rows).collect();
        let backward = forward.iter().rev().copied().collect();
        [forward, backward]
    });
    [(0..rows).collect(), (0..rows).rev().collect()].into_iter().chain(sized)
}

fn same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
}

fn score(scorer: &mut BatchedScorer, input: &ModelInput, scores: &mut Vec<f64>) -> Result<(), CheckFailure> {
    scorer.score(input, scores).map_err(|error| {
        if error.timed_out {
            let what = format!("{} golden events can't be scored: {}", input.rows(), error.reason);
            let fix = "export a smaller model, or remove the loop that does not end from its graph";
            return CheckFailure::new(RefusalKind::TooSlow, what, fix);
        }
        let what = format!("golden events can't be scored: {}", error.reason);
        let fix = "make `output.name` and `output.column` of the contract name one score per row";
        CheckFailure::new(RefusalKind::Output, what, fix)
    })
}
