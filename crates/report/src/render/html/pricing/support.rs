//! Whether the data can tell anything about demand at the model's prices.

use super::super::figures::{basis, cell};
use crate::document::PricingModel;
use crate::render::text::{Unit, amounts, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Demand is only known at prices that were shown. Shadow prices outside an item's own range \
                              of live prices are guesses, and an uplift is only printed where prices were varied at \
                              random.";

pub(super) fn body(model: &PricingModel) -> Markup {
    let support = &model.support;
    html! {
        dl.tiles {
            div { dt { "Shadow prices inside the item's own range" } dd { (cell(&support.inside, &Unit::Share)) } }
            div { dt { "Items with at least two live prices" } dd { span.value { (count(support.items_with_history)) } span.n { "of " (count(support.items)) " items" } } }
            div { dt { "Money in quotes outside the range" } dd { (amounts(&support.outside)) } }
            div.wide { dt { "Uplift" } dd { (cell(&support.uplift, &Unit::Change)) } }
        }
        p.basis { (basis([&support.inside, &support.uplift])) }
    }
}
