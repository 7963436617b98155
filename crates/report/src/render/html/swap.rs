//! Swap sets: where live and the model part.

use super::figures::{cell, line, money_lines, refusal};
use crate::document::{FraudModel, Shown, SwapCell};
use crate::render::text::{Unit, amounts, count, counted};
use bystander_core::decision::Action;
use maud::{Markup, html};

pub(super) const HOW: &str = "Rows are what live did, columns what the model would have done. On the diagonal both \
                              agree. Darker cells hold more orders. The bad rate is fraud among orders with a mature \
                              label; what live rejected can't show a label, so there only bounds are known.";

pub(super) fn body(model: &FraudModel) -> Markup {
    let swap = &model.swap;
    let total = swap.cells.iter().map(|cell| cell.count).sum::<u64>().max(1) as f64;
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Swap sets of {}", model.model.label())) {
            table.swap {
                caption { span { "Live (rows) against " (model.model.label()) " (columns)" } }
                thead {
                    tr {
                        td {}
                        @for shadow in Action::ALL { th scope="col" { "would " (shadow.name()) } }
                    }
                }
                tbody {
                    @for live in Action::ALL {
                        tr {
                            th scope="row" { "live " (past(live)) }
                            @for shadow in Action::ALL {
                                @match swap.cells.iter().find(|cell| cell.live == live && cell.shadow == shadow) {
                                    Some(cell) => (square(cell, total)),
                                    None => td { "–" },
                                }
                            }
                        }
                    }
                }
            }
        }
        p.basis {
            (super::figures::basis(swap.cells.iter().map(|cell| &cell.bad_rate)))
            @if swap.without_live > 0 {
                " " (counted(swap.without_live, "order", "orders")) " without a live decision stand in no cell."
            }
        }
        div.pair {
            div.card {
                h5 { "Swap-outs: live accepted, the model would reject" }
                p { (swap.outs.sentence) }
                dl.list {
                    dt { "Fraud caught" } dd { (count(swap.outs.outcomes.fraud)) " orders, " (amounts(&swap.outs.caught)) }
                    dt { "Good customers turned away" } dd { (count(swap.outs.outcomes.good)) " orders, " (amounts(&swap.outs.insulted)) }
                    dt { "Not yet known" } dd { (count(swap.outs.outcomes.undecided)) " orders" }
                    dt { "Fraud among labelled swap-outs" } dd { (line(&swap.outs.precision, &Unit::Share)) }
                }
            }
            div.card {
                h5 { "Swap-ins: live rejected, the model would accept" }
                p { (swap.ins.sentence) }
                dl.list {
                    dt { "Orders" } dd { (count(swap.ins.count)) ", " (amounts(&swap.ins.amounts)) }
                    dt { "Frauds among them" }
                    dd { "between " (count(swap.ins.fraud_at_least)) " and " (count(swap.ins.fraud_at_most)) }
                    dt { "Share of fraud among them" } dd { (line(&swap.ins.bad_rate, &Unit::Share)) }
                }
            }
        }
    }
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Accept => "accepted",
        Action::Review => "reviewed",
        Action::Reject => "rejected",
    }
}

fn square(cell_of: &SwapCell, total: f64) -> Markup {
    // The square root lets small cells differ; 32 % of the accent at most keeps the text readable.
    let share = cell_of.count as f64 / total;
    let tint = (share.sqrt() * 32.0).round();
    let kind = match (cell_of.live, cell_of.shadow) {
        (Action::Accept, Action::Reject) => Some("swap-out"),
        (Action::Reject, Action::Accept) => Some("swap-in"),
        (live, shadow) if live == shadow => Some("agree"),
        _ => None,
    };
    html! {
        td class=(format!("square {}", kind.unwrap_or_default())) style=(format!("--tint:{tint}%")) {
            @if let Some(kind) = kind { span.kind { (kind) } }
            span.would { "would " (cell_of.shadow.name()) }
            span.value { (count(cell_of.count)) }
            span.n { (Unit::Share.show(share)) " of orders" }
            span.n { (money_lines(&cell_of.amounts)) }
            span.rate {
                @match &cell_of.bad_rate {
                    Shown::Shown(_) => { "bad rate " (cell(&cell_of.bad_rate, &Unit::Share)) },
                    Shown::Refused { refused } => (refusal(refused)),
                }
            }
        }
    }
}
