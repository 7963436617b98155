//! Tests for comparisons of two models on the same cases. All p-values are two-sided.

mod auc_interval;
mod delong;
mod paired;
mod placements;

pub use delong::{Auc, AucComparison, auc, delong};
pub use paired::{McNemar, McNemarMethod, SignTest, mcnemar, sign_test};
