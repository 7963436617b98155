//! Money, one currency at a time.

use super::costs::{self, Ledger};
use super::view::{OrderView, clusters};
use crate::document::{Figure, MoneyPoint, MoneySection, Population, Sensitivity};
use crate::sections::settings::Costs;
use crate::sections::words;
use crate::stats::bootstrap::Plan;
use crate::stats::bootstrap::totals::Totals;
use crate::stats::intervals::{Interval, Method};
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
    amounts: Vec<f64>,
}

/// The cost assumptions of a currency, and whether they are the program's own.
pub(crate) fn costs(view: &OrderView<'_>, currency: &str) -> (Costs, bool) {
    match view.chosen.context.settings.costs.get(currency) {
        Some(costs) => (*costs, false),
        None => (Costs::assumed(words::exponent(currency)), true),
    }
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
            rows.amounts.push(amount as f64);
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
    let (costs, assumed) = costs(view, currency);
    let n = rows.events.len() as u64;
    let live = |event: u32| view.live(event).unwrap_or(Action::Accept);
    let ledger = |decide: &dyn Fn(u32) -> Action| {
        let mut ledger = Ledger::default();
        rows.each(|event, fraud, amount| ledger.add(fraud, decide(event), amount));
        ledger
    };
    let (model, live_ledger) = (ledger(&|event| view.shadow(event)), ledger(&live));
    let (accept, reject) = (ledger(&|_| Action::Accept), ledger(&|_| Action::Reject));
    let per_1000 = |cost: f64| cost / n as f64 * 1_000.0;
    let best = accept.cost(&costs).min(reject.cost(&costs));
    let figure = |value: f64| Figure::new(value, n, Population::Labelled);
    let savings = if best > 0.0 {
        figure(1.0 - model.cost(&costs) / best)
    } else {
        Figure::refused("accepting or rejecting everything costs nothing here: nothing to save")
    };
    let delta = model.cost(&costs) - live_ledger.cost(&costs);
    let [model_interval, live_interval, delta_interval, savings_interval] = intervals(view, rows, &costs);
    let by_threshold = by_threshold(view, rows, &costs);
    let sensitivity = costs::variations(&costs).into_iter().map(|(assumption, value, costs)| Sensitivity {
        assumption: assumption.to_owned(),
        value,
        delta_per_1000: per_1000(model.cost(&costs) - live_ledger.cost(&costs)),
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
        model_per_1000: figure(per_1000(model.cost(&costs))).with(model_interval),
        live_per_1000: figure(per_1000(live_ledger.cost(&costs))).with(live_interval),
        delta_per_1000: figure(per_1000(delta)).with(delta_interval),
        accept_all_per_1000: figure(per_1000(accept.cost(&costs))),
        reject_all_per_1000: figure(per_1000(reject.cost(&costs))),
        savings: savings.with(savings_interval),
        break_even: break_even(&by_threshold, n),
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

    fn each(&self, mut visit: impl FnMut(u32, bool, f64)) {
        for ((event, fraud), amount) in self.events.iter().zip(&self.labels).zip(&self.amounts) {
            visit(*event, *fraud, *amount);
        }
    }
}

/// Of cost per 1,000 by the model, by live, of the difference, and of the savings; customers are drawn together.
fn intervals(view: &OrderView<'_>, rows: &Rows, costs: &Costs) -> [Option<Interval>; 4] {
    let (cluster, count) = clusters(view.chosen.joined, &rows.events);
    let cost = |fraud, action, amount| Ledger::of(fraud, action, amount).cost(costs);
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

/// Money of the orders that `counts`, with a normal interval over customers: z √(Σ x² − (Σ x)² ÷ customers).
fn sum(view: &OrderView<'_>, rows: &Rows, counts: impl Fn(u32, bool) -> bool) -> Figure {
    let mut events = Vec::new();
    let mut amounts = Vec::new();
    rows.each(|event, fraud, amount| {
        if counts(event, fraud) {
            events.push(event);
            amounts.push(amount);
        }
    });
    let (cluster, count) = clusters(view.chosen.joined, &events);
    let mut sums = vec![0.0; count];
    cluster.iter().zip(&amounts).for_each(|(whose, amount)| sums[*whose as usize] += amount);
    let total: f64 = amounts.iter().sum();
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let spread = (squares - total * total / rows.events.len() as f64).max(0.0).sqrt();
    let half = crate::stats::numeric::critical(view.confidence()) * spread;
    let interval =
        Interval::new((total - half).max(0.0), total, total + half, view.confidence(), Method::Normal);
    Figure::new(total, events.len() as u64, Population::Labelled).with(interval)
}

/// Cost of rejecting from a threshold on and accepting below it, at thresholds that are evenly spread over ranks,
/// closer together at the top.
fn by_threshold(view: &OrderView<'_>, rows: &Rows, costs: &Costs) -> Vec<MoneyPoint> {
    let mut order: Vec<(f64, u32)> = rows
        .events
        .iter()
        .enumerate()
        .map(|(row, event)| (view.chosen.run.score.get(*event), row as u32))
        .collect();
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut declined = Ledger::default();
    let mut passed = Ledger::default();
    rows.each(|_, fraud, amount| passed.add(fraud, Action::Accept, amount));
    let per = 1_000.0 / order.len() as f64;
    let wanted: Vec<usize> = ranks(order.len());
    let mut points = Vec::new();
    let mut next = wanted.iter().peekable();
    for (place, (score, row)) in order.iter().enumerate() {
        let (fraud, amount) = (rows.labels[*row as usize], rows.amounts[*row as usize]);
        declined.add(fraud, Action::Reject, amount);
        if fraud {
            passed.fraud_passed.count -= 1.0;
            passed.fraud_passed.amount -= amount;
        }
        let last_of_tie = order.get(place + 1).is_none_or(|(next, _)| next != score);
        if !last_of_tie || next.peek().is_none_or(|rank| place < **rank) {
            continue;
        }
        while next.next_if(|rank| **rank <= place).is_some() {}
        points.push(MoneyPoint {
            threshold: *score,
            cost_per_1000: (declined.cost(costs) + passed.cost(costs)) * per,
            fraud_stopped: declined.fraud_declined.amount,
            good_declined: declined.good_declined.amount,
        });
    }
    points
}

/// Ranks from 0 on a grid that is even in the square root.
fn ranks(rows: usize) -> Vec<usize> {
    let last = rows.saturating_sub(1) as f64;
    let mut ranks: Vec<usize> = (0..POINTS)
        .map(|point| (last * (point as f64 / (POINTS - 1) as f64).powi(3)).round() as usize)
        .collect();
    ranks.dedup();
    ranks
}

fn break_even(points: &[MoneyPoint], n: u64) -> Figure {
    let best = points.iter().min_by(|a, b| a.cost_per_1000.total_cmp(&b.cost_per_1000));
    match best {
        Some(best) => Figure::new(best.threshold, n, Population::Labelled)
            .noted("cheapest of the thresholds shown, on the rows it was chosen by: flattering on few rows"),
        None => Figure::refused("no labelled order"),
    }
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
    let (costs, _) = costs(view, currency);
    let mut events = Vec::new();
    let mut values = Vec::new();
    rows.each(|event, fraud, amount| {
        if let Some(other) = baseline(event) {
            let cost = |action| Ledger::of(fraud, action, amount).cost(&costs);
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
