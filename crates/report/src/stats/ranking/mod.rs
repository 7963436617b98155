//! How well a score ranks frauds above good cases, whatever the threshold.

mod curves;
mod lift;
mod ranked;

pub use curves::{CurvePoint, precision_recall_curve, roc_curve};
pub use lift::{Lift, lift};
pub use ranked::Ranked;
pub(crate) use ranked::{Step, Totals};

use super::cases::share;
use serde::Serialize;

/// Figures of a whole ranking. Those that need both classes are `None` where one is missing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranking {
    /// Cases of positive weight.
    pub rows: u64,
    /// Frauds among them.
    pub positives: u64,
    /// Weight of frauds ÷ all weight: the average precision of a score that says nothing.
    pub prevalence: Option<f64>,
    /// Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, as scikit-learn's `average_precision_score`.
    pub average_precision: Option<f64>,
    /// Area under the ROC curve: P(a fraud scores higher than a good case), ties half.
    pub roc_auc: Option<f64>,
    /// 2 AUC − 1.
    pub gini: Option<f64>,
    /// Greatest distance between the two classes' score distributions.
    pub ks: Option<KolmogorovSmirnov>,
}

/// The Kolmogorov–Smirnov distance and where it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KolmogorovSmirnov {
    /// max |recall − false-positive rate|.
    pub statistic: f64,
    /// The highest threshold that reaches it.
    pub threshold: f64,
}

impl Ranking {
    /// Reads the ranking once, O(n).
    pub fn of(ranked: &Ranked) -> Self {
        let totals = ranked.totals();
        let mut average_precision = 0.0;
        let mut area = 0.0;
        let mut ks: Option<KolmogorovSmirnov> = None;
        let (mut recall_before, mut insults_before) = (0.0, 0.0);
        for Step { score, above } in ranked.steps() {
            let recall = above.positive.count / totals.positive.count;
            let insults = above.negative.count / totals.negative.count;
            average_precision += (recall - recall_before) * (above.positive.count / above.count());
            area += (insults - insults_before) * f64::midpoint(recall, recall_before);
            let statistic = (recall - insults).abs();
            if ks.is_none_or(|best| statistic > best.statistic) {
                ks = Some(KolmogorovSmirnov { statistic, threshold: score });
            }
            (recall_before, insults_before) = (recall, insults);
        }
        let both = totals.positive.count > 0.0 && totals.negative.count > 0.0;
        let roc_auc = both.then_some(area.min(1.0));
        Self {
            rows: ranked.rows(),
            positives: ranked.positives(),
            prevalence: share(totals.positive.count, totals.count()),
            average_precision: (totals.positive.count > 0.0).then_some(average_precision.min(1.0)),
            roc_auc,
            gini: roc_auc.map(|area| 2.0 * area - 1.0),
            ks: ks.filter(|_| both),
        }
    }
}
