//! How far two sets of decisions, or two scores, say the same.

mod bland_altman;
mod rank;
mod table;

pub use bland_altman::{BlandAltman, bland_altman};
pub use rank::{Spearman, spearman};
pub use table::{AgreementTable, Kappa, Weighting};
