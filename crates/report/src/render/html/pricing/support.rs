//! Whether the data can tell anything about demand at the model's prices, and what it tells.

use super::super::figures::{basis, cell, refusal, refused_block};
use super::super::table::{Row, matrix};
use crate::document::{Figure, PricingModel, Uplift, UpliftOf};
use crate::render::text::{Unit, amounts, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Demand is only known at prices that were shown. Shadow prices outside an item's own range \
                              of live prices are guesses. An uplift can be estimated only where live draws prices at random \
                              and logs each chance. Quotes at which live came close to the model's price are then weighted \
                              by 1 ÷ their chance and represent all explored quotes. Quotes whose price was certain \
                              (a chance of 1) say nothing about other prices and are left out.";

pub(super) fn body(model: &PricingModel) -> Markup {
    let support = &model.support;
    html! {
        dl.tiles {
            div { dt { "Shadow prices inside the item's own range" } dd { (cell(&support.inside, &Unit::Share)) } }
            div { dt { "Items with at least two live prices" } dd { span.value { (count(support.items_with_history)) } span.n { "of " (count(support.items)) " items" } } }
            div { dt { "Money in quotes outside the range" } dd { (amounts(&support.outside)) } }
            div { dt { "Live prices drawn at random (explored)" } dd { (cell(&support.explored, &Unit::Share)) } }
            @if let Some(why) = support.uplift.reason() {
                div.wide { dt { "Uplift" } dd { (refusal(why)) } }
            }
        }
        p.basis { (basis([&support.inside, &support.explored])) }
        @if let Some(uplifts) = support.uplift.shown() {
            @for uplift in uplifts { (estimates(uplift)) }
            (overlap(uplifts))
        }
    }
}

fn estimates(uplift: &Uplift) -> Markup {
    let signed = || Unit::signed_money(&uplift.currency, uplift.exponent);
    let unit = || Unit::money(&uplift.currency, uplift.exponent);
    let both = [("Revenue", &uplift.revenue), ("Margin", &uplift.margin)];
    let shown: Vec<(&str, &UpliftOf)> =
        both.into_iter().filter_map(|(name, of)| Some((name, of.shown()?))).collect();
    let of = |figure: fn(&UpliftOf) -> &Figure| shown.iter().map(|(_, of)| figure(of)).collect::<Vec<_>>();
    let rows = [
        Row::new("Live", "what these quotes took in, exploration included", unit(), of(|of| &of.live)),
        Row::new(
            "Model, doubly robust",
            "weighted, corrected by a model of demand",
            unit(),
            of(|of| &of.doubly_robust),
        ),
        Row::new(
            "Uplift, doubly robust",
            "the estimate to go by",
            signed(),
            of(|of| &of.doubly_robust_change),
        ),
        Row::new("Model, SNIPS", "weighted only", unit(), of(|of| &of.snips)),
        Row::new(
            "Uplift, SNIPS",
            "earns live's price, which is within the tolerance of the model's",
            signed(),
            of(|of| &of.snips_change),
        ),
    ];
    let columns: Vec<String> = shown.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut refusals: Vec<(&str, &str)> =
        both.into_iter().filter_map(|(name, of)| Some((name, of.reason()?.trim_end_matches('.')))).collect();
    if let [(_, revenue), (_, margin)] = refusals[..]
        && revenue == margin
    {
        refusals = vec![("Uplift", revenue)];
    }
    html! {
        h5 { (uplift.currency) }
        @if !shown.is_empty() {
            (matrix(&format!("Per 1,000 explored quotes, {}", uplift.currency), &columns, &rows))
        }
        @for (name, reason) in refusals { (refused_block(name, reason)) }
    }
}

/// How much the exploration tells of the model's prices, one column per currency.
fn overlap(uplifts: &[Uplift]) -> Markup {
    let of = |figure: fn(&Uplift) -> &Figure| uplifts.iter().map(figure).collect::<Vec<_>>();
    let rows = [
        Row::new(
            "Explored quotes",
            "share of all that could have been bought",
            Unit::Share,
            of(|one| &one.explored),
        ),
        Row::new(
            "Live came close to the model's price",
            "within the tolerance",
            Unit::Share,
            of(|one| &one.matched),
        ),
        Row::new(
            "Effective sample size",
            "by money; estimates need 100",
            Unit::Number,
            of(|one| &one.effective),
        ),
        Row::new(
            "Mean weight",
            "by money; 1 where live could have drawn every price of the model",
            Unit::Number,
            of(|one| &one.mean_weight),
        ),
        Row::new("Largest weight", "share of all, by money", Unit::Share, of(|one| &one.largest_share)),
    ];
    let columns: Vec<String> = uplifts.iter().map(|one| one.currency.clone()).collect();
    matrix("What the exploration tells of the model's prices", &columns, &rows)
}
