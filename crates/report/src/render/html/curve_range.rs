//! How far orders that live declined without a label could move the points of a curve.

use crate::document::{CurvePoint, CurveRange, FraudModel};
use crate::render::charts::{Layer, Series};
use maud::{Markup, html};

/// One band per model whose points have ranges: at each x the lowest and the highest y of every point that can lie there.
pub(super) fn bands(models: &[FraudModel], curve: fn(&FraudModel) -> &[CurvePoint]) -> Vec<Layer> {
    let ranges = |model: &FraudModel| curve(model).iter().filter_map(|point| point.range).collect::<Vec<_>>();
    let each = models.iter().map(ranges).enumerate().filter(|(_, ranges)| !ranges.is_empty());
    each.map(|(place, ranges)| Layer::Band(Series::Model(place), band(&ranges))).collect()
}

fn band(ranges: &[CurveRange]) -> Vec<(f64, f64, f64)> {
    let mut across: Vec<f64> = ranges.iter().flat_map(|range| [range.x_low, range.x_high]).collect();
    across.sort_unstable_by(f64::total_cmp);
    across.dedup();
    let at = |x: f64| {
        let there = ranges.iter().filter(|range| (range.x_low..=range.x_high).contains(&x));
        let ends = there.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), range| {
            (low.min(range.y_low), high.max(range.y_high))
        });
        (ends.0 <= ends.1).then_some((x, ends.0, ends.1))
    };
    across.into_iter().filter_map(at).collect()
}

/// What the bands are.
pub(super) fn says(models: &[FraudModel]) -> Markup {
    let unlabelled = models.iter().any(|model| model.ranking.roc.iter().any(|point| point.range.is_some()));
    html! {
        @if unlabelled {
            p.basis {
                "Lines and figures are about orders that live did not decline. Bands are where the curves over all orders can \
                 lie, from none to all of the declined orders without a label being fraud; sampling error comes on top."
            }
        }
    }
}
