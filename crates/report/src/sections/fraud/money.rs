//! Money, one currency at a time.

use super::costs;
use super::view::{OrderView, clusters};
use crate::document::{Figure, MoneyPoint, MoneySection, Population, Sensitivity};
use crate::sections::words;
use crate::stats::bootstrap::Plan;
use crate::stats::bootstrap::totals::Totals;
use crate::stats::intervals::{Interval, total};
use crate::stats::money::CostModel;
use crate::stats::money::exposure::Exposure;
use crate::stats::money::sweep::Sweep;
use bystander_core::decision::Action;
use std::collections::BTreeMap;

/// Points of the curve over thresholds.
const POINTS: usize = 80;
/// Labelled orders a currency needs.
const LEAST: usize = 30;

/// Labelled orders of one currency with a live decision.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) events: Vec<u32>,
    labels: Vec<bool>,
    amounts: Vec<i64>,
}

/// Labelled orders by currency; live decisions are needed when `with_live` says so.
pub(crate) fn by_currency<'a>(view: &OrderView<'a>, with_live: bool) -> BTreeMap<&'a str, Rows> {
    let mut found: BTreeMap<&str, Rows> = BTreeMap::new();
    for (event, fraud) in view.labelled.events.iter().zip(&view.labelled.labels) {
        let decided = !with_live || view.live(*event).is_some();
        if let Some((amount, currency)) = view.money(*event).filter(|_| decided) {
            let rows = found.entry(view.chosen.context.currency(currency)).or_default();
            rows.events.push(*event);
            rows.labels.push(*fraud);
            rows.amounts.push(amount);
        }
    }
    found
}

/// One section per currency, and a sentence for each currency that has none.
pub(crate) fn sections(view: &OrderView<'_>) -> (Vec<MoneySection>, Vec<String>) {
    let (mut shown, mut refused) = (Vec::new(), Vec::new());
    let currencies = by_currency(view, true);
    if currencies.is_empty() {
        refused.push("No order with a mature label, a live decision, an amount and a currency.".to_owned());
    }
    for (currency, rows) in currencies {
        let frauds = rows.labels.iter().filter(|fraud| **fraud).count();
        if rows.events.len() < LEAST || frauds == 0 {
            let n = words::orders(rows.events.len() as u64);
            refused.push(format!(
                "{currency}: {n} with a mature label, {frauds} of them fraud: too few for money."
            ));
        } else {
            shown.push(section(view, currency, &rows));
        }
    }
    (shown, refused)
}

fn section(view: &OrderView<'_>, currency: &str, rows: &Rows) -> MoneySection {
    let (costs, assumed) = costs::of(view, currency);
    let n = rows.events.len() as u64;
    let live = |event: u32| view.live(event).unwrap_or(Action::Accept);
    let exposure = |decide: &dyn Fn(u32) -> Action| {
        let mut exposure = Exposure::default();
        rows.each(|event, fraud, amount| exposure.add(decide(event), fraud, amount));
        exposure
    };
    let (model, paid) = (exposure(&|event| view.shadow(event)), exposure(&live));
    let figure = |value: f64| Figure::new(value, n, Population::Labelled);
    let per_1000 = |exposure: &Exposure, costs: &CostModel| exposure.cost(costs) / n as f64 * 1_000.0;
    let savings = match model.savings(&costs) {
        Some(savings) => figure(savings),
        None => Figure::refused("accepting or rejecting everything costs nothing here: nothing to save"),
    };
    let [model_interval, live_interval, delta_interval, savings_interval] = intervals(view, rows, &costs);
    let (cheapest, break_even, by_threshold) = thresholds(view, rows, &costs, paid.cost(&costs));
    let sensitivity = costs::variations(&costs).into_iter().map(|(assumption, value, costs)| Sensitivity {
        assumption: assumption.name().to_owned(),
        value,
        delta_per_1000: per_1000(&model, &costs) - per_1000(&paid, &costs),
    });
    let sum = |wanted: &dyn Fn(Action, Action, bool) -> bool| {
        sum(view, rows, |event, fraud| wanted(live(event), view.shadow(event), fraud))
    };
    let passes = |action: Action| action != Action::Reject;
    MoneySection {
        currency: currency.to_owned(),
        exponent: words::exponent(currency),
        costs: costs::show(&costs, assumed),
        caught: sum(&|live, model, fraud| fraud && passes(live) && !passes(model)),
        insulted: sum(&|live, model, fraud| !fraud && passes(live) && !passes(model)),
        missed: sum(&|live, model, fraud| fraud && passes(live) && passes(model)),
        model_per_1000: figure(per_1000(&model, &costs)).with(model_interval),
        live_per_1000: figure(per_1000(&paid, &costs)).with(live_interval),
        delta_per_1000: figure(per_1000(&model, &costs) - per_1000(&paid, &costs)).with(delta_interval),
        accept_all_per_1000: figure(per_1000(&model.all(Action::Accept), &costs)),
        reject_all_per_1000: figure(per_1000(&model.all(Action::Reject), &costs)),
        savings: savings.with(savings_interval),
        cheapest,
        break_even,
        sensitivity: sensitivity.collect(),
        by_threshold,
    }
}

impl Rows {
    fn keep(&mut self, wanted: impl Fn(u32) -> bool) {
        let kept: Vec<bool> = self.events.iter().map(|event| wanted(*event)).collect();
        let mut rows = kept.iter();
        self.events.retain(|_| rows.next() == Some(&true));
        let mut rows = kept.iter();
        self.labels.retain(|_| rows.next() == Some(&true));
        let mut rows = kept.iter();
        self.amounts.retain(|_| rows.next() == Some(&true));
    }

    fn each(&self, mut visit: impl FnMut(u32, bool, i64)) {
        for ((event, fraud), amount) in self.events.iter().zip(&self.labels).zip(&self.amounts) {
            visit(*event, *fraud, *amount);
        }
    }
}

/// Of cost per 1,000 by the model, by live, of the difference, and of the savings; customers are drawn together.
fn intervals(view: &OrderView<'_>, rows: &Rows, costs: &CostModel) -> [Option<Interval>; 4] {
    let (cluster, count) = clusters(view.chosen.joined, &rows.events);
    let cost = |fraud, action, amount| costs.cost(action, fraud, amount);
    let totals = Totals::of(&cluster, count, |row| {
        let (event, fraud, amount) = (rows.events[row], rows.labels[row], rows.amounts[row]);
        let live = view.live(event).unwrap_or(Action::Accept);
        [
            1.0,
            cost(fraud, view.shadow(event), amount),
            cost(fraud, live, amount),
            cost(fraud, Action::Accept, amount),
            cost(fraud, Action::Reject, amount),
        ]
    });
    let found = totals.and_then(|totals| {
        totals.bootstrap(&view.chosen.context.plan(), |[n, model, live, accept, reject]| {
            let per = 1_000.0 / n;
            let best = accept.min(*reject);
            let savings = if best > 0.0 { 1.0 - model / best } else { 0.0 };
            (*n > 0.0).then(|| [model * per, live * per, (model - live) * per, savings])
        })
    });
    match found {
        Ok(found) => [0, 1, 2, 3].map(|figure| found.interval(figure)),
        Err(_) => [None; 4],
    }
}

/// Money of the orders that `counts`, with an interval over customers.
fn sum(view: &OrderView<'_>, rows: &Rows, counts: impl Fn(u32, bool) -> bool) -> Figure {
    let mut events = Vec::new();
    let mut amounts = Vec::new();
    rows.each(|event, fraud, amount| {
        if counts(event, fraud) {
            events.push(event);
            amounts.push(amount as f64);
        }
    });
    let (cluster, count) = clusters(view.chosen.joined, &events);
    let mut sums = vec![0.0; count];
    cluster.iter().zip(&amounts).for_each(|(whose, amount)| sums[*whose as usize] += amount);
    sums.retain(|sum| *sum > 0.0);
    let interval = total(&sums, rows.events.len(), view.confidence());
    Figure::new(amounts.iter().sum(), events.len() as u64, Population::Labelled).with(interval)
}

/// The cheapest rejecting threshold, the one from which on rejecting costs no more than live did, and the cost over
/// thresholds that are evenly spread over ranks, closer together at the top. No review in any of them.
fn thresholds(
    view: &OrderView<'_>,
    rows: &Rows,
    costs: &CostModel,
    paid: f64,
) -> (Figure, Figure, Vec<MoneyPoint>) {
    let mut scores: Vec<f64> = rows.events.iter().map(|event| view.chosen.run.score.get(*event)).collect();
    let sweep = match Sweep::new(&scores, &rows.amounts, &rows.labels) {
        Ok(sweep) => sweep,
        Err(refusal) => {
            return (Figure::refused(refusal.to_string()), Figure::refused(refusal.to_string()), Vec::new());
        }
    };
    let n = scores.len() as u64;
    let figure = |value: f64, note: String| Figure::new(value, n, Population::Labelled).noted(note);
    let cheapest = match sweep.best(costs).reject {
        Some(threshold) => {
            figure(threshold, "chosen on the rows it is judged by: flattering on few rows".to_owned())
        }
        None => Figure::refused("rejecting nothing costs least"),
    };
    let break_even = match sweep.break_even(costs, paid) {
        Some((lowest, highest)) => match (lowest.reject, highest.reject) {
            (Some(low), Some(high)) => {
                figure(low, format!("rejecting from here up to {high} costs no more than live did"))
            }
            (Some(low), None) => {
                figure(low, "rejecting from here on, or nothing, costs no more than live did".to_owned())
            }
            _ => Figure::refused("only rejecting nothing costs no more than live did"),
        },
        None => Figure::refused("rejecting costs more than live did at every threshold"),
    };
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut wanted: Vec<f64> = ranks(scores.len()).into_iter().map(|rank| scores[rank]).collect();
    wanted.dedup();
    let point = |threshold: f64| {
        let exposure = sweep.at(None, Some(threshold));
        MoneyPoint {
            threshold,
            cost_per_1000: exposure.cost(costs) / n as f64 * 1_000.0,
            fraud_stopped: exposure.fraud[Action::Reject as usize].amount as f64,
            good_declined: exposure.good[Action::Reject as usize].amount as f64,
        }
    };
    (cheapest, break_even, wanted.into_iter().map(point).collect())
}

/// Ranks from 0 on a grid that is denser at its beginning.
fn ranks(rows: usize) -> Vec<usize> {
    let last = rows.saturating_sub(1) as f64;
    let mut ranks: Vec<usize> = (0..POINTS)
        .map(|point| (last * (point as f64 / (POINTS - 1) as f64).powi(3)).round() as usize)
        .collect();
    ranks.dedup();
    ranks
}

/// Cost per 1,000 orders of `rows`, or its difference to the baseline's: `baseline` says `None` for an order that has
/// none, `Some(None)` where no baseline is wanted.
pub(crate) fn per_1000(
    view: &OrderView<'_>,
    rows: &Rows,
    currency: &str,
    plan: &Plan,
    baseline: impl Fn(u32) -> Option<Option<Action>>,
) -> Figure {
    let (costs, _) = costs::of(view, currency);
    let mut events = Vec::new();
    let mut values = Vec::new();
    rows.each(|event, fraud, amount| {
        if let Some(other) = baseline(event) {
            let cost = |action| costs.cost(action, fraud, amount);
            events.push(event);
            values.push(1_000.0 * (cost(view.shadow(event)) - other.map_or(0.0, cost)));
        }
    });
    let n = events.len() as u64;
    let (cluster, count) = clusters(view.chosen.joined, &events);
    let figure = Figure::new(values.iter().sum::<f64>() / n as f64, n, Population::Labelled);
    match Totals::of(&cluster, count, |row| [values[row], 1.0]).and_then(|totals| totals.ratio(plan)) {
        Ok(resampled) => figure.with(resampled.interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}

/// Second model's cost less the first's per 1,000 orders, by currency, on orders that both labelled.
pub(crate) fn differences(first: &OrderView<'_>, second: &OrderView<'_>) -> Vec<(String, Figure)> {
    let scored = |event: u32| second.chosen.run.score.number(event).is_some();
    let plan = first.chosen.context.plan();
    let difference = |(currency, rows): (&str, Rows)| {
        let mut rows = rows;
        rows.keep(scored);
        let figure = per_1000(second, &rows, currency, &plan, |event| Some(Some(first.shadow(event))));
        (currency.to_owned(), figure)
    };
    by_currency(first, false).into_iter().map(difference).collect()
}
