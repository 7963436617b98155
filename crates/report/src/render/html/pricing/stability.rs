//! Guardrails, and how restless the prices are.

use super::super::figures::{basis, cell, line, most, refused_block};
use super::super::table::{Row, headed, matrix};
use super::change::spread;
use super::stale;
use crate::document::{Figure, GuardrailRow, Guardrails, PriceSummary, PricingModel, Shown};
use crate::render::charts::{Axis, Series, Strip};
use crate::render::text::{Unit, count, counted};
use maud::{Markup, html};

pub(super) const GUARDRAILS: &str = "Rules that keep a price inside what the shop allows. A rule that binds often says \
                                     that the model and the shop disagree. Above: the change to live before and after \
                                     the rules.";
pub(super) const HOW: &str = "Customers and teams dislike prices that jump. Each figure of the model stands beside \
                              live's own.";

pub(super) fn guardrails(model: &PricingModel) -> Markup {
    let guardrails = &model.guardrails;
    html! {
        (before_after(guardrails))
        dl.tiles {
            div { dt { "Quotes moved by a rule" } dd { (cell(&guardrails.moved, &Unit::Share)) } }
        }
        p.basis { (basis([&guardrails.moved])) }
        @if guardrails.rules.is_empty() {
            (refused_block("A table of rules", "no rule moved a price"))
        } @else {
            (rules(&guardrails.rules))
        }
        (stale::body(guardrails))
    }
}

fn before_after(guardrails: &Guardrails) -> Markup {
    let each = [("Before the rules", &guardrails.before), ("After them", &guardrails.after)];
    let spreads: Vec<_> = each.iter().filter_map(|(_, shown)| spread(shown.shown()?)).collect();
    let ends = spreads.iter().flat_map(|spread| [spread.outer.0, spread.outer.1]);
    let strip = Strip {
        axis: Axis::around("", Unit::Change, true, ends),
        rules: vec![(0.0, true)],
        bands: Vec::new(),
    };
    let drawn = |name: &str, summary: &PriceSummary| match spread(summary) {
        Some(spread) => strip.spread(
            Series::Plain,
            &spread,
            &format!("{name}: median {}", Unit::Change.show(spread.middle)),
        ),
        None => html! { "–" },
    };
    let rows = html! {
        @for (name, shown) in each {
            tr {
                th scope="row" { (name) }
                @match shown {
                    Shown::Shown(summary) => {
                        td.drawn { (drawn(name, summary)) }
                        td.figure { (cell(&summary.median, &Unit::Change)) }
                    },
                    Shown::Refused { refused } => td colspan="2" { (super::super::figures::refusal(refused)) },
                }
            }
        }
    };
    let heads =
        [html! { "Change to live" }, html! { "1st to 99th percentile" (strip.head()) }, html! { "Median" }];
    let medians = each.iter().filter_map(|(_, shown)| shown.shown()).map(|summary| &summary.median);
    html! {
        (headed("Change to the live price before and after the rules", &heads, &rows))
        p.basis { (basis(medians)) }
    }
}

fn rules(rules: &[GuardrailRow]) -> Markup {
    let highest = rules.iter().filter_map(|row| row.share.shown()).map(most);
    let strip =
        Strip { axis: Axis::around("", Unit::Share, true, highest), rules: Vec::new(), bands: Vec::new() };
    let heads = [
        html! { "Rule" },
        html! { "Share of quotes" (strip.head()) },
        html! { "Share" },
        html! { "Raised" },
        html! { "Lowered" },
        html! { "Mean move" },
    ];
    let body = html! {
        @for row in rules {
            tr {
                th scope="row" { (row.rule.replace('_', " ")) }
                td.drawn {
                    @match row.share.value() {
                        Some(share) => (strip.bar(Series::Plain, share, &format!("{}: {}", row.rule, line(&row.share, &Unit::Share)))),
                        None => "–",
                    }
                }
                td.figure { (cell(&row.share, &Unit::Share)) }
                td.figure { (count(row.raised)) }
                td.figure { (count(row.lowered)) }
                td.figure { (cell(&row.mean_move, &Unit::Change)) }
            }
        }
    };
    html! {
        (headed("Guardrails in the order they are applied", &heads, &body))
        @for row in rules.iter().filter(|row| row.missed > 0) {
            p {
                "For " (counted(row.missed, "quote", "quotes")) " there was no " (row.rule.replace('_', " "))
                " near the price that the other rules allow: the price stayed off it."
            }
        }
        p.basis { (basis(rules.iter().flat_map(|row| [&row.share, &row.mean_move]))) }
    }
}

pub(super) fn stability(model: &PricingModel) -> Markup {
    let stability = &model.stability;
    let rows: Vec<(&str, &str, Unit, [&Figure; 2])> = vec![
        (
            "Changes per item and day",
            "",
            Unit::Number,
            [&stability.changes_per_item_day, &stability.live_changes_per_item_day],
        ),
        (
            "Flip-flops",
            "changes that take back the one before",
            Unit::Share,
            [&stability.flip_flops, &stability.live_flip_flops],
        ),
        (
            "Dispersion",
            "(highest − lowest) ÷ lowest of one item within an hour",
            Unit::Share,
            [&stability.dispersion, &stability.live_dispersion],
        ),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, help, unit, figures)| Row::new(name, help, unit, figures.to_vec()))
        .collect();
    matrix("Stability beside live's own", &[model.model.label(), "live".to_owned()], &rows)
}
