//! Which assumptions about costs are used, and which others are tried.

use super::view::OrderView;
use crate::document;
use crate::sections::settings::assumed_costs;
use crate::sections::words;
use crate::stats::money::CostModel;
use crate::stats::money::sensitivity::Assumption;

/// The cost assumptions of a currency, and whether they are the program's own.
pub(crate) fn of(view: &OrderView<'_>, currency: &str) -> (CostModel, bool) {
    match view.chosen.context.settings.costs.get(currency) {
        Some(costs) => (*costs, false),
        None => (assumed_costs(words::exponent(currency)), true),
    }
}

/// Each assumption at two other values, one at a time: half and twice, or for the two shares that are often 0 or 1 two
/// fixed ones.
pub(crate) fn variations(costs: &CostModel) -> Vec<(Assumption, f64, CostModel)> {
    let tried = |assumption: Assumption| {
        let value = assumption.of(costs);
        let values = match assumption {
            Assumption::Recovery => [0.0, 0.5],
            Assumption::ReviewCatches => [0.5, 1.0],
            _ => [value / 2.0, value * 2.0],
        };
        values.map(|value| {
            let changed = assumption.set(costs, value);
            (assumption, assumption.of(&changed), changed)
        })
    };
    Assumption::ALL.into_iter().flat_map(tried).collect()
}

pub(crate) fn show(costs: &CostModel, assumed: bool) -> document::Costs {
    let CostModel { recovery, fee, margin, churn, review, review_catches } = *costs;
    document::Costs { recovery, fee, margin, churn, review, review_catches, assumed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_is_tried_at_two_values_and_the_others_stay() {
        let costs = assumed_costs(2);
        let tried = variations(&costs);
        for assumption in Assumption::ALL {
            let values: Vec<_> = tried.iter().filter(|(one, ..)| *one == assumption).collect();
            assert_eq!(values.len(), 2, "{assumption:?}");
            for (_, value, changed) in values {
                assert_eq!(assumption.of(changed), *value);
                assert_eq!(assumption.set(changed, assumption.of(&costs)), costs);
            }
        }
    }
}
