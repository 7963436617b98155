//! Money, one currency at a time.

mod cost;
mod declined;
mod rows;
mod thresholds;
pub(crate) mod total;

pub(crate) use cost::Costs;
pub(crate) use rows::{Rows, by_currency};

use super::costs;
use super::view::{OrderView, clusters};
use crate::document::{Figure, MoneySection, Population, Sensitivity};
use crate::sections::words;
use crate::stats::intervals::total;
use crate::stats::partial::cost::difference;
use bystander_core::decision::Action;
use declined::model_less_live;
use rows::Row;

/// Labelled orders a currency needs.
const LEAST: usize = 30;

/// One section per currency, and a sentence for each currency that has none.
pub(crate) fn sections(view: &OrderView<'_>) -> (Vec<MoneySection>, Vec<String>) {
    let (mut shown, mut refused) = (Vec::new(), Vec::new());
    let currencies = by_currency(view, |event| view.live(event).is_some());
    if currencies.is_empty() {
        refused.push("No order with a mature label, a live decision, an amount and a currency.".to_owned());
    }
    for (currency, rows) in currencies {
        let labelled = rows.only(|row| is_labelled(view, row));
        let frauds = labelled.frauds();
        if labelled.len() < LEAST || frauds == 0 {
            let n = words::orders(labelled.len() as u64);
            refused.push(format!(
                "{currency}: {n} with a mature label, {frauds} of them fraud: too few for money."
            ));
        } else {
            shown.push(section(view, currency, &rows, &labelled));
        }
    }
    (shown, refused)
}

/// Whether an order is among those whose label doesn't select itself, see [`OrderView::labelled`].
fn is_labelled(view: &OrderView<'_>, row: &Row) -> bool {
    view.mature.unlabelled == 0 || view.live(row.event) != Some(Action::Reject)
}

/// `rows`: all mature orders; `labelled`: those whose label doesn't select itself.
fn section(view: &OrderView<'_>, currency: &str, rows: &Rows, labelled: &Rows) -> MoneySection {
    let (model, assumed) = costs::of(view, currency);
    let plan = view.chosen.context.plan();
    let costs = Costs::new(view, rows, model, plan, Population::Labelled);
    let on_labelled = Costs::new(view, labelled, model, plan, view.population());
    let live = |event: u32| view.live(event).unwrap_or(Action::Accept);
    let shadow = |event: u32| view.shadow(event);
    let [model_per_1000, live_per_1000, delta_per_1000] = costs.per_1000::<3, 7>(|row| {
        [costs.of(shadow(row.event), row), costs.of(live(row.event), row), model_less_live(&costs, row)]
    });
    let (cheapest, by_threshold) = thresholds::curve(view, labelled, &model);
    let sensitivity = costs::variations(&model).into_iter().map(|(assumption, value, model)| Sensitivity {
        assumption: assumption.name().to_owned(),
        value,
        delta_per_1000: costs
            .plain(|row| difference(&model, view.shadow(row.event), live(row.event), row.amount)),
    });
    let sum = |wanted: &dyn Fn(Action, Action, bool) -> bool| {
        sum(view, labelled, |event, fraud| wanted(live(event), view.shadow(event), fraud))
    };
    let passes = |action: Action| action != Action::Reject;
    MoneySection {
        currency: currency.to_owned(),
        exponent: words::exponent(currency),
        costs: costs::show(&model, assumed),
        caught: sum(&|live, model, fraud| fraud && passes(live) && !passes(model)),
        insulted: sum(&|live, model, fraud| !fraud && passes(live) && !passes(model)),
        missed: sum(&|live, model, fraud| fraud && passes(live) && passes(model)),
        model_per_1000,
        live_per_1000,
        delta_per_1000,
        declined: declined::section(&costs, &on_labelled),
        accept_all_per_1000: costs.plain(|row| costs.of(Action::Accept, row)),
        reject_all_per_1000: costs.plain(|row| costs.of(Action::Reject, row)),
        savings: costs.savings(shadow),
        cheapest,
        break_even: thresholds::break_even(view, rows, &model),
        sensitivity: sensitivity.collect(),
        by_threshold,
        curve_live_per_1000: on_labelled.plain(|row| on_labelled.of(live(row.event), row)),
        curve_accept_all_per_1000: on_labelled.plain(|row| on_labelled.of(Action::Accept, row)),
    }
}

/// Money of the labelled orders that `counts`, with an interval over customers.
fn sum(view: &OrderView<'_>, rows: &Rows, counts: impl Fn(u32, bool) -> bool) -> Figure {
    let mut events = Vec::new();
    let mut amounts = Vec::new();
    for Row { event, label, amount } in rows.iter() {
        if label.is_some_and(|fraud| counts(event, fraud)) {
            events.push(event);
            amounts.push(amount as f64);
        }
    }
    let (cluster, count) = clusters(view.chosen.joined, &events);
    let mut sums = vec![0.0; count];
    cluster.iter().zip(&amounts).for_each(|(whose, amount)| sums[*whose as usize] += amount);
    sums.retain(|sum| *sum > 0.0);
    let interval = total(&sums, rows.len(), view.confidence());
    Figure::new(amounts.iter().sum(), events.len() as u64, view.population()).with(interval)
}

/// Second model's cost less the first's per 1,000 orders, by currency, on labelled orders that both scored.
pub(crate) fn differences(first: &OrderView<'_>, second: &OrderView<'_>) -> Vec<(String, Figure)> {
    let both = |event: u32| second.chosen.run.score.number(event).is_some();
    let plan = first.chosen.context.plan();
    let difference = |(currency, rows): (&str, Rows)| {
        let rows = rows.only(|row| is_labelled(first, row));
        let costs = Costs::new(second, &rows, costs::of(second, currency).0, plan, first.population());
        let [figure] = costs.per_1000::<1, 3>(|row| {
            [costs.difference(second.shadow(row.event), first.shadow(row.event), row)]
        });
        (currency.to_owned(), figure)
    };
    by_currency(first, both).into_iter().map(difference).collect()
}
