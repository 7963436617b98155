//! Tests for paired and unpaired comparisons of two models. All p-values are two-sided.

mod auc_interval;
mod delong;
mod paired;
mod placements;
mod proportions;

pub use delong::{Auc, AucComparison, auc, delong};
pub use paired::{McNemar, McNemarMethod, SignTest, mcnemar, sign_test};
pub use proportions::{TwoProportionZ, two_proportion_z};
