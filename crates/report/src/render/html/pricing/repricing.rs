//! What the model's prices would have brought in at unchanged demand, and at assumed elasticities.

use super::super::figures::refused_block;
use super::super::table::{Row, headed, matrix, picture};
use crate::document::{PricingModel, Repricing};
use crate::render::charts::{Axis, Layer, Plot, Rule, Series, Strip, legend};
use crate::render::text::{Unit, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Arithmetic on past quantities: what the bill would have been had everybody bought the same. \
                              It is not an uplift. The curve shows how fast that melts if buyers answer to price: at an \
                              elasticity of −1 a price one percent higher sells one percent less.";

pub(super) fn body(id: &str, models: &[PricingModel]) -> Markup {
    html! {
        @for (place, model) in models.iter().enumerate() {
            div.model {
                h4 { (model.model.label()) }
                @if model.repricing.is_empty() {
                    (refused_block("Repricing", "no quote has a live price and a quantity"))
                }
                @for (at, repricing) in model.repricing.iter().enumerate() {
                    (one(&format!("{id}-repricing-{}-{}", place + 1, at + 1), repricing))
                }
            }
        }
    }
}

fn one(id: &str, repricing: &Repricing) -> Markup {
    let unit = || Unit::money(&repricing.currency, repricing.exponent);
    let signed = || Unit::signed_money(&repricing.currency, repricing.exponent);
    let rows = [
        Row::new(
            "Change of revenue",
            "of what was sold: Σ quantity bought × (shadow − live price)",
            signed(),
            vec![&repricing.purchased_change],
        ),
        Row::new(
            "… if all quoted had been sold",
            "Σ quantity × (shadow − live price)",
            signed(),
            vec![&repricing.revenue_change],
        ),
        Row::new(
            "Live revenue",
            "what was sold: Σ quantity bought × live price",
            unit(),
            vec![&repricing.live_revenue],
        ),
        Row::new("… quoted", "Σ quantity × live price", unit(), vec![&repricing.live_quoted]),
        Row::new("Live margin", "Σ quantity × (live price − cost)", unit(), vec![&repricing.live_margin]),
        Row::new(
            "Shadow margin",
            "Σ quantity × (shadow price − cost)",
            unit(),
            vec![&repricing.shadow_margin],
        ),
        Row::new(
            "Break-even elasticity",
            "where the margin would not change",
            Unit::Number,
            vec![&repricing.break_even_elasticity],
        ),
    ];
    html! {
        h5 { (repricing.currency) }
        p.finding { (repricing.label) }
        div.pictures {
            (grid(id, repricing))
            div { (matrix(&format!("At unchanged demand, {}", repricing.currency), &["Value".to_owned()], &rows)) }
        }
        @if !repricing.by_segment.is_empty() { (segments(repricing)) }
    }
}

fn grid(id: &str, repricing: &Repricing) -> Markup {
    let points = &repricing.elasticity;
    if points.is_empty() {
        return refused_block("The elasticity grid", "no quote has what it needs");
    }
    let signed = Unit::signed_money(&repricing.currency, repricing.exponent);
    let revenue: Vec<_> = points.iter().map(|point| (point.elasticity, point.revenue_change)).collect();
    let margin: Vec<_> =
        points.iter().filter_map(|point| Some((point.elasticity, point.margin_change?))).collect();
    let values = revenue.iter().chain(&margin).map(|(_, change)| *change);
    let axis = Axis::around(&format!("change, {}", repricing.currency), signed, true, values);
    let mut layers =
        vec![Layer::Rule(Rule::Level(0.0, String::new(), Series::Live)), Layer::Line(Series::Plain, revenue)];
    let mut entries = vec![(Series::Plain, "revenue".to_owned())];
    if !margin.is_empty() {
        layers.push(Layer::Line(Series::Fraud, margin));
        entries.push((Series::Fraud, "margin".to_owned()));
    }
    let (low, high) = points
        .iter()
        .fold((0.0_f64, -100.0_f64), |(low, high), at| (low.min(at.elasticity), high.max(at.elasticity)));
    let break_even = repricing.break_even_elasticity.value().filter(|at| (low..=high).contains(at));
    layers.extend(break_even.map(|at| Layer::Rule(Rule::At(at, "break-even".to_owned(), Series::Fraud))));
    let plot = Plot {
        id: id.to_owned(),
        title: format!("Change by assumed elasticity, {}", repricing.currency),
        describes:
            "Revenue and margin at the model's prices less those at live's, for each assumed elasticity."
                .to_owned(),
        x: Axis::between("assumed elasticity of demand", Unit::Number, low, high),
        y: axis,
        layers,
    };
    let n = repricing.revenue_change.shown().map_or(0, |measured| measured.n);
    let basis = format!(
        "n {}, {}. A scenario, not an estimate: it has no interval.",
        count(n),
        crate::document::Population::QuotesWithQuantity.words()
    );
    picture("If demand answered", &legend(&entries), &plot.svg(), &basis)
}

fn segments(repricing: &Repricing) -> Markup {
    let ends = repricing.by_segment.iter().filter_map(|row| row.break_even.shown());
    let ends = ends.flat_map(|m| {
        let limits = super::super::figures::limits(m).or(m.value.map(|value| (value, value)));
        limits.into_iter().flat_map(|(low, high)| [low, high])
    });
    let strip = Strip {
        axis: Axis::around("", Unit::Number, true, ends),
        rules: vec![(-1.0, true)],
        bands: Vec::new(),
    };
    let heads = [html! { "Segment" }, html! { "Break-even elasticity" (strip.head()) }, html! { "Value" }];
    let rows = html! {
        @for row in &repricing.by_segment {
            tr {
                th scope="row" { (row.value) span.help { (row.segment) } }
                td.drawn {
                    @match row.break_even.shown() {
                        Some(m) => (strip.interval(Series::Plain, m.value, super::super::figures::limits(m), &super::super::figures::line(&row.break_even, &Unit::Number))),
                        None => "–",
                    }
                }
                td.figure { (super::super::figures::cell(&row.break_even, &Unit::Number)) }
            }
        }
    };
    html! {
        (headed(&format!("Break-even elasticity by segment, {}; the line is −1", repricing.currency), &heads, &rows))
        p.basis { (super::super::figures::basis(repricing.by_segment.iter().map(|row| &row.break_even))) }
    }
}
