//! The k×k table of two sets of decisions, and Cohen's κ.

use crate::stats::cases::share;
use crate::stats::intervals::{Interval, Method, proportion};
use crate::stats::numeric::critical;
use serde::Serialize;

/// Cases by what the first said (row) and the second said (column). Categories are numbers from 0 in their order,
/// for example accept, review, reject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementTable {
    categories: usize,
    /// Row-major, categories × categories.
    counts: Vec<u64>,
}

/// How much a disagreement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// All alike.
    Nominal,
    /// By the distance of the categories: accept against reject is twice accept against review.
    Linear,
}

/// Cohen's κ: agreement beyond chance, 1 where all agree and 0 where it is what chance gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kappa {
    /// How disagreements count.
    pub weighting: Weighting,
    /// (observed − expected) ÷ (1 − expected).
    pub kappa: f64,
    /// Agreement there was, by `weighting`.
    pub observed: f64,
    /// Agreement that independent decisions with the same shares would have.
    pub expected: f64,
    /// Fleiss, Cohen and Everitt's large-sample interval (1969).
    pub interval: Option<Interval>,
}

impl AgreementTable {
    /// An empty table, to be filled with [`AgreementTable::add`].
    pub fn new(categories: usize) -> Self {
        Self { categories, counts: vec![0; categories * categories] }
    }

    /// Adds cases; `false`, and nothing added, where there is no such category.
    pub fn add(&mut self, first: usize, second: usize, cases: u64) -> bool {
        let known = first < self.categories && second < self.categories;
        if known {
            self.counts[first * self.categories + second] += cases;
        }
        known
    }

    /// Cases of which the first said `first` and the second `second`; 0 where there is no such category.
    pub fn count(&self, first: usize, second: usize) -> u64 {
        let known = first < self.categories && second < self.categories;
        if known { self.counts[first * self.categories + second] } else { 0 }
    }

    /// All cases.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Share of cases on which both agree. `None` without cases.
    pub fn raw_agreement(&self, confidence: f64) -> Option<Interval> {
        let agreed = (0..self.categories).map(|category| self.count(category, category)).sum();
        proportion(agreed, self.total(), confidence)
    }

    /// Cohen's κ. `None` without cases, or where chance alone gives full agreement, as when both always say the
    /// same one thing.
    pub fn kappa(&self, weighting: Weighting, confidence: f64) -> Option<Kappa> {
        let k = self.categories;
        let n = self.total() as f64;
        let shares: Vec<f64> =
            self.counts.iter().map(|&count| share(count as f64, n)).collect::<Option<_>>()?;
        let rows: Vec<f64> = (0..k).map(|i| shares[i * k..][..k].iter().sum()).collect();
        let columns: Vec<f64> = (0..k).map(|j| (0..k).map(|i| shares[i * k + j]).sum()).collect();
        let credit = |i: usize, j: usize| weighting.credit(i, j, k);
        let sum = |term: &dyn Fn(usize, usize) -> f64| -> f64 {
            (0..k).flat_map(|i| (0..k).map(move |j| (i, j))).map(|(i, j)| term(i, j)).sum()
        };

        let observed = sum(&|i, j| credit(i, j) * shares[i * k + j]);
        let expected = sum(&|i, j| credit(i, j) * rows[i] * columns[j]);
        // What chance disagrees on, without the cancellation of 1 − expected.
        let chance = sum(&|i, j| (1.0 - credit(i, j)) * rows[i] * columns[j]);
        let disagreed = sum(&|i, j| (1.0 - credit(i, j)) * shares[i * k + j]);
        let kappa = 1.0 - share(disagreed, chance)?;

        let row_credit: Vec<f64> = (0..k).map(|i| (0..k).map(|j| credit(i, j) * columns[j]).sum()).collect();
        let column_credit: Vec<f64> = (0..k).map(|j| (0..k).map(|i| credit(i, j) * rows[i]).sum()).collect();
        // The mean of the terms whose variance is wanted, so that full agreement gives exactly 0.
        let middle = observed * chance - 2.0 * expected * disagreed;
        let variance = sum(&|i, j| {
            let term = credit(i, j) * chance - (row_credit[i] + column_credit[j]) * disagreed;
            shares[i * k + j] * (term - middle).powi(2)
        });
        let error = (variance / n).sqrt() / (chance * chance);
        let half = critical(confidence) * error;
        let interval = Interval::new(kappa - half, kappa, kappa + half, confidence, Method::Normal);
        Some(Kappa { weighting, kappa, observed, expected, interval })
    }
}

impl Weighting {
    /// Credit for saying `i` and `j`, from 0 to 1.
    fn credit(self, i: usize, j: usize, categories: usize) -> f64 {
        match self {
            Self::Nominal => f64::from(i == j),
            Self::Linear => 1.0 - i.abs_diff(j) as f64 / (categories.max(2) - 1) as f64,
        }
    }
}
