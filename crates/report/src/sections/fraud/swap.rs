//! Live × shadow: where the decisions differ, what is known of those orders, and what isn't.

use super::view::OrderView;
use crate::document::{Amount, Figure, Outcomes, Population, SwapCell, SwapIns, SwapOuts, SwapSets};
use crate::sections::words;
use crate::stats::intervals::proportion;
use crate::stats::money::exposure::OrderTally;
use crate::stats::partial::{Bounds, share_of_all};
use crate::stats::swap as stats;
use bystander_core::decision::Action;
use std::collections::BTreeMap;

/// One table per currency, for money is never added up across; orders without an amount stand under none.
type Tables = BTreeMap<Option<u8>, stats::SwapSets>;

pub(crate) fn section(view: &OrderView<'_>) -> SwapSets {
    let (tables, without_live) = tables(view);
    let mut all = stats::SwapSets::default();
    tables.values().for_each(|table| all.merge(table));
    let pairs = Action::ALL.into_iter().flat_map(|live| Action::ALL.map(|shadow| (live, shadow)));
    let shown = pairs.map(|(live, shadow)| {
        let amounts = amounts(view, &tables, |table| table.cell(live, shadow).all());
        show(view, live, shadow, all.cell(live, shadow), amounts)
    });
    SwapSets {
        cells: shown.collect(),
        without_live,
        outs: outs(view, &tables, all.outs()),
        ins: ins(view, &tables, all.ins()),
    }
}

/// Orders by what both decided, and how many have no live decision.
fn tables(view: &OrderView<'_>) -> (Tables, u64) {
    let (mut tables, mut without_live) = (Tables::new(), 0);
    for event in &view.events {
        let Some(live) = view.live(*event) else {
            without_live += 1;
            continue;
        };
        let money = view.money(*event);
        let table = tables.entry(money.map(|(_, currency)| currency)).or_default();
        let amount = money.map_or(0, |(amount, _)| amount);
        table.add(live, view.shadow(*event), amount, view.state(*event).is_fraud());
    }
    (tables, without_live)
}

/// Money of the orders that `tally` picks, by currency.
fn amounts(
    view: &OrderView<'_>,
    tables: &Tables,
    tally: impl Fn(&stats::SwapSets) -> OrderTally,
) -> Vec<Amount> {
    let by_currency = tables.iter().filter_map(|(currency, table)| Some(((*currency)?, tally(table))));
    let there = by_currency.filter(|(_, tally)| tally.count > 0);
    let amount = |(currency, tally): (u8, OrderTally)| {
        let code = view.chosen.context.currency(currency);
        let minor = i64::try_from(tally.amount).unwrap_or(i64::MAX);
        Amount { currency: code.to_owned(), exponent: words::exponent(code), minor }
    };
    there.map(amount).collect()
}

fn outcomes(cell: &stats::SwapCell) -> Outcomes {
    Outcomes { fraud: cell.fraud.count, good: cell.good.count, undecided: cell.unlabelled.count }
}

fn bad_rate(view: &OrderView<'_>, cell: &stats::SwapCell, population: Population) -> Figure {
    let labelled = cell.labelled();
    Figure::of(proportion(cell.fraud.count, labelled, view.confidence()), labelled, population)
}

/// Over all orders of the cell: those without a label may have been anything.
fn bad_rate_of_declined(view: &OrderView<'_>, cell: &stats::SwapCell, population: Population) -> Figure {
    let (bounds, all, labelled) = (cell.bounds(), cell.all().count as f64, cell.labelled());
    let share = Bounds { least: bounds.least.count as f64, most: bounds.most.count as f64 };
    let ends = share_of_all(share, all, view.confidence());
    Figure::between(ends, (labelled, cell.unlabelled.count), population)
}

fn show(
    view: &OrderView<'_>,
    live: Action,
    shadow: Action,
    cell: &stats::SwapCell,
    amounts: Vec<Amount>,
) -> SwapCell {
    let count = cell.all().count;
    let bad_rate = match cell.labelled() {
        _ if count == 0 => Figure::refused("no order"),
        _ if live == Action::Reject => {
            let population =
                if shadow == Action::Accept { Population::SwapIns } else { Population::LiveRejected };
            bad_rate_of_declined(view, cell, population)
        }
        0 => Figure::refused("none has a mature label"),
        _ => bad_rate(view, cell, Population::WithLive),
    };
    SwapCell { live, shadow, count, amounts, outcomes: outcomes(cell), bad_rate }
}

fn outs(view: &OrderView<'_>, tables: &Tables, cell: &stats::SwapCell) -> SwapOuts {
    let outcomes = outcomes(cell);
    let sentence = format!(
        "Live accepted {} that the model would have rejected: {} turned out to be fraud, {} good, {} are undecided.",
        words::orders(cell.all().count),
        words::count(outcomes.fraud),
        words::count(outcomes.good),
        words::count(outcomes.undecided)
    );
    SwapOuts {
        outcomes,
        caught: amounts(view, tables, |table| table.outs().fraud),
        insulted: amounts(view, tables, |table| table.outs().good),
        precision: bad_rate(view, cell, Population::SwapOuts),
        sentence,
    }
}

fn ins(view: &OrderView<'_>, tables: &Tables, cell: &stats::SwapCell) -> SwapIns {
    let (count, bounds) = (cell.all().count, cell.bounds());
    let sentence = format!(
        "Live declined {} that the model would have accepted. {} of them have no label, so between {} and {} would have \
         been fraud.",
        words::orders(count),
        words::count(cell.unlabelled.count),
        words::count(bounds.least.count),
        words::count(bounds.most.count)
    );
    SwapIns {
        count,
        bad_rate: if count == 0 {
            Figure::refused("no order")
        } else {
            bad_rate_of_declined(view, cell, Population::SwapIns)
        },
        amounts: amounts(view, tables, |table| table.ins().all()),
        fraud_at_least: bounds.least.count,
        fraud_at_most: bounds.most.count,
        sentence,
    }
}
