//! Shares then and counts now, bin by bin.

use super::{Counts, DriftRefusal, Reference};

/// Two columns of one length: checked, normalised, the unseen values as a last category where there are any.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The reference's shares, summing to 1.
    pub shares: Vec<f64>,
    /// Counts now.
    pub counts: Vec<u64>,
    /// Sum of the counts, more than 0.
    pub n: u64,
}

impl Table {
    /// Puts both side by side.
    ///
    /// # Errors
    /// [`DriftRefusal::Shape`], [`DriftRefusal::Shares`] or [`DriftRefusal::Empty`].
    pub fn new(reference: &Reference<'_>, now: &Counts) -> Result<Self, DriftRefusal> {
        reference.check()?;
        let Reference { edges, shares, .. } = *reference;
        if shares.len() != now.bins.len() || (!edges.is_empty() && now.unseen > 0) {
            return Err(DriftRefusal::Shape);
        }
        let sum: f64 = shares.iter().sum();
        let n = now.bins.iter().sum::<u64>() + now.unseen;
        if n == 0 {
            return Err(DriftRefusal::Empty);
        }
        let mut table =
            Self { shares: shares.iter().map(|share| share / sum).collect(), counts: now.bins.clone(), n };
        if now.unseen > 0 {
            table.shares.push(0.0);
            table.counts.push(now.unseen);
        }
        Ok(table)
    }

    /// (share then, share now) of each bin.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.shares.iter().zip(&self.counts).map(|(share, count)| (*share, *count as f64 / self.n as f64))
    }

    /// (cumulative share then, now) at each inner edge.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let running = |sum: &mut (f64, f64), (then, now)| {
            *sum = (sum.0 + then, sum.1 + now);
            Some(*sum)
        };
        self.pairs().scan((0.0, 0.0), running).take(self.shares.len().saturating_sub(1))
    }
}
