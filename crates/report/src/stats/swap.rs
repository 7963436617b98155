//! Swap sets: live × shadow over accept, review, reject, in counts and in money.
//!
//! Orders that live rejected have no label, and never will: what the shadow would have let in is bounded, not
//! guessed. Every cell keeps frauds, good orders and those without a label apart, so that a bad rate's population is
//! clear: frauds ÷ (frauds + good), whose interval is [`crate::stats::intervals::proportion`]'s.

use super::money::exposure::OrderTally;
use bystander_core::decision::Action;
use serde::Serialize;

/// Orders of one cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SwapCell {
    /// Known frauds.
    pub fraud: OrderTally,
    /// Known to be good.
    pub good: OrderTally,
    /// Without a label: pending, refunded, or never to be known.
    pub unlabelled: OrderTally,
}

impl SwapCell {
    /// All orders.
    pub fn all(&self) -> OrderTally {
        self.fraud.and(self.good).and(self.unlabelled)
    }

    /// Orders with a label: the bad rate's population.
    pub fn labelled(&self) -> u64 {
        self.fraud.count + self.good.count
    }

    /// What is known of the frauds in it.
    pub fn bounds(&self) -> FraudRange {
        let most = self.fraud.and(self.unlabelled);
        FraudRange { least: self.fraud, most }
    }

    fn and(self, other: Self) -> Self {
        Self {
            fraud: self.fraud.and(other.fraud),
            good: self.good.and(other.good),
            unlabelled: self.unlabelled.and(other.unlabelled),
        }
    }
}

/// At least and at most: with no label at all [0, n] orders and [0, amount].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FraudRange {
    /// Known frauds.
    pub least: OrderTally,
    /// If every order without a label were fraud.
    pub most: OrderTally,
}

/// The table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SwapSets {
    /// `cells[live][shadow]`, in the order of [`Action::ALL`].
    pub cells: [[SwapCell; 3]; 3],
}

impl SwapSets {
    /// One more order. `label`: whether it was fraud, if known.
    pub fn add(&mut self, live: Action, shadow: Action, amount: i64, label: Option<bool>) {
        let cell = &mut self.cells[live as usize][shadow as usize];
        let tally = match label {
            Some(true) => &mut cell.fraud,
            Some(false) => &mut cell.good,
            None => &mut cell.unlabelled,
        };
        tally.add(amount);
    }

    /// The cell of one pair of decisions.
    pub fn cell(&self, live: Action, shadow: Action) -> &SwapCell {
        &self.cells[live as usize][shadow as usize]
    }

    /// Swap-outs: live accepted, the shadow rejects. `fraud` is caught, `good` is newly insulted.
    pub fn outs(&self) -> &SwapCell {
        self.cell(Action::Accept, Action::Reject)
    }

    /// Swap-ins: live rejected, the shadow accepts. No label is to be expected: see [`SwapCell::bounds`].
    pub fn ins(&self) -> &SwapCell {
        self.cell(Action::Reject, Action::Accept)
    }

    /// Adds another table's orders, for example another currency's: their amounts mean nothing then, their counts do.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.cells.iter_mut().flatten().zip(other.cells.iter().flatten()) {
            *mine = mine.and(*theirs);
        }
    }
}
