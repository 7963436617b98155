//! A mean of rows that depend on each other within clusters.

use super::{Interval, Method};
use crate::stats::distribution::student_two_sided;
use std::collections::HashMap;

/// Which rows depend on each other: one cluster a row, or two at once, such as its item and its customer.
#[derive(Debug, Clone)]
pub struct Clusters {
    first: Numbered,
    /// The second way, and both together.
    second: Option<(Numbered, Numbered)>,
}

/// Clusters numbered from 0 without gaps, by row.
#[derive(Debug, Clone)]
struct Numbered {
    of_row: Vec<u32>,
    count: usize,
}

impl Numbered {
    fn new(names: impl Iterator<Item = u64>) -> Self {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut number = |name| {
            let next = numbers.len() as u32;
            *numbers.entry(name).or_insert(next)
        };
        let of_row = names.map(&mut number).collect();
        Self { of_row, count: numbers.len() }
    }

    /// Liang and Zeger's variance of a mean (1986) with the factor G ÷ (G − 1) for G clusters.
    fn variance(&self, influence: &[f64]) -> f64 {
        let mut sums = vec![0.0; self.count];
        for (value, whose) in influence.iter().zip(&self.of_row) {
            sums[*whose as usize] += value;
        }
        let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
        let clusters = self.count as f64;
        squares * clusters / (clusters - 1.0) / (influence.len() as f64).powi(2)
    }
}

impl Clusters {
    /// Rows depend on each other within one kind of cluster.
    pub fn one_way(names: impl Iterator<Item = u32>) -> Self {
        Self { first: Numbered::new(names.map(u64::from)), second: None }
    }

    /// Rows depend on each other within either of two kinds of clusters.
    pub fn two_ways(names: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let both = names.clone().map(|(first, second)| u64::from(first) << 32 | u64::from(second));
        Self {
            first: Numbered::new(names.clone().map(|(first, _)| u64::from(first))),
            second: Some((Numbered::new(names.map(|(_, second)| u64::from(second))), Numbered::new(both))),
        }
    }

    /// How many there are, of the kind that has fewer.
    pub fn fewest(&self) -> usize {
        self.second.as_ref().map_or(self.first.count, |(second, _)| self.first.count.min(second.count))
    }

    /// How many there are of the first kind.
    pub fn of_first(&self) -> usize {
        self.first.count
    }

    /// How many there are of the second kind, if rows have one.
    pub fn of_second(&self) -> Option<usize> {
        self.second.as_ref().map(|(second, _)| second.count)
    }

    /// `estimate` ± t × standard error, where the estimate is a mean over rows or a smooth function of means, and
    /// `influence[i]` is what row i moves it by times the number of rows (its value less the mean, for a plain mean).
    /// Clusters are taken as independent, with t of G − 1 degrees of freedom for G clusters (Cameron and Miller 2015). In two
    /// ways, the variance is that by the first plus that by the second less that by both together, and G is the smaller
    /// number (Cameron, Gelbach and Miller 2011); by chance that can be less than one of its parts, so the largest of the
    /// three is taken. `None` below two clusters, for lists of different lengths, or where a number is not finite.
    pub fn interval(&self, estimate: f64, influence: &[f64], confidence: f64) -> Option<Interval> {
        let same_rows = influence.len() == self.first.of_row.len();
        if !same_rows || self.fewest() < 2 || !(confidence > 0.0 && confidence < 1.0) {
            return None;
        }
        let mut variance = self.first.variance(influence);
        if let Some((second, both)) = &self.second {
            let (first, second) = (variance, second.variance(influence));
            variance = (first + second - both.variance(influence)).max(first).max(second);
        }
        let half = student_two_sided(confidence, self.fewest() as f64 - 1.0) * variance.sqrt();
        Interval::new(estimate - half, estimate, estimate + half, confidence, Method::ClusteredT)
    }
}
