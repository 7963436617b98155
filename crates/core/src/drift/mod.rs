//! Drift: how far what a model is fed, and what it answers, is from the frozen reference of its contract.
//!
//! While events come in, a [`DriftPlan`] counts a batch's rows, as a [`RowQuota`] allows, into a [`Tally`], in the
//! reference's bins; a [`Window`] adds tallies up over the last while; and the plan reads the figures off the sum. The
//! report counts by the same bins, and both have one [`psi()`].

mod pace;
mod plan;
mod psi;
mod reading;
mod reference;
mod sound;
mod table;
mod window;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use pace::{ROWS_PER_SECOND, RowQuota};
pub use plan::{DriftPlan, Tally};
pub use psi::{psi, psi_by_chance};
pub use reading::{LEAST_ROWS, MOST_BY_CHANCE, Reading};
pub use reference::{Counts, DriftRefusal, Reference};
pub(crate) use sound::problems;
pub use table::Table;
pub use window::{SLOTS, Window};
