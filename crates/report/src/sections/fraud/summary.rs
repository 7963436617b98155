//! A model in a few sentences, most important first.

use super::regimes::Regime;
use super::view::OrderView;
use crate::document::{Basis, Figure, Flag, FraudModel, MoneySection, OperatingPoint, Population, Who};
use crate::render::signs::{COST, signed};
use crate::render::text::Unit;
use crate::sections::words;
use crate::stats::bootstrap::ranking::ResampledRanking;
use bystander_core::decision::Action;

pub(crate) fn of(view: &OrderView<'_>, model: &FraudModel, basis: Basis, regimes: &[Regime]) -> Vec<String> {
    let mut said = vec![model.swap.outs.sentence.clone(), model.swap.ins.sentence.clone()];
    let point = |who, flag| {
        let wanted = |point: &&OperatingPoint| {
            point.who == who && point.flag == flag && point.population == Population::Labelled
        };
        model.thresholds.points.iter().find(wanted)
    };
    if let (Some(model), Some(live)) = (point(Who::Model, Flag::Reject), point(Who::Live, Flag::Reject)) {
        if basis == Basis::Developed {
            said.extend(developed(model));
        }
        said.extend(at_threshold(model, live));
    }
    for money in &model.money {
        said.extend(against_live(money));
        said.extend(
            money.declined.shown().map(|declined| format!("{}: {}", money.currency, declined.sentence)),
        );
    }
    said.extend(
        model
            .slices
            .iter()
            .filter_map(|slices| slices.worst.clone())
            .map(|worst| format!("Worst slice: {worst}")),
    );
    said.extend(regimes.iter().filter_map(|regime| with_and_without(view, regime)));
    said
}

/// What it would save or cost per 1,000 orders.
fn against_live(money: &MoneySection) -> Option<String> {
    let unit = Unit::money(&money.currency, money.exponent);
    let found = signed(&money.delta_per_1000, &unit, &COST)?;
    let assumed = if money.costs.assumed { ", under the program's own cost assumptions" } else { "" };
    let depends = found.unlabelled.map_or(String::new(), |unlabelled| {
        format!(
            "; {} that live declined have no label, and what they would have been decides where in between",
            words::orders(unlabelled)
        )
    });
    Some(format!("Against live it {}{depends}{assumed}.", found.sentence("per 1,000 orders")))
}

/// Where too few orders are mature, developed figures come first.
fn developed(model: &OperatingPoint) -> Option<String> {
    let with_limits = |figure: &Figure| {
        let (value, interval) = (figure.value()?, figure.interval());
        let limits = interval.map_or(String::new(), |interval| {
            format!(" ({} to {})", words::percent(interval.low), words::percent(interval.high))
        });
        Some(format!("{}{limits}", words::percent(value)))
    };
    let recall = with_limits(&model.recall_developed)?;
    let precision = match (with_limits(&model.precision_developed), model.precision_developed.reason()) {
        (Some(precision), _) => {
            let caveat = model.precision_developed.shown().and_then(|precision| precision.note.clone());
            format!(
                "and {precision} of what it rejects is fraud{}",
                caveat.map_or(String::new(), |caveat| format!(" ({caveat})"))
            )
        }
        (None, why) => format!("its precision can't be developed: {}", why.unwrap_or_default()),
    };
    Some(format!(
        "Developed for frauds still to be reported, on orders that live did not decline, it catches {recall} of frauds, \
         {precision}."
    ))
}

fn at_threshold(model: &OperatingPoint, live: &OperatingPoint) -> Option<String> {
    let percent = |figure: &Figure| words::figure(figure, words::percent);
    let known = model.true_positives + model.false_negatives;
    let unlabelled = model.unlabelled_flagged + model.unlabelled_passed;
    let declines = if unlabelled == 0 {
        String::new()
    } else {
        format!(", depending on what {} that live declined would have been", words::orders(unlabelled))
    };
    Some(format!(
        "On mature orders, rejecting, it catches {} of frauds (live: {}) and rejects {} of good orders (live: {}){declines}; {} mature \
         frauds are known.",
        percent(&model.recall)?,
        percent(&live.recall).unwrap_or_else(|| "unknown".to_owned()),
        percent(&model.insult_rate)?,
        percent(&live.insult_rate).unwrap_or_else(|| "unknown".to_owned()),
        words::count(known),
    ))
}

/// What a stretch of another world does to the figures.
fn with_and_without(view: &OrderView<'_>, regime: &Regime) -> Option<String> {
    let occurred = &view.chosen.joined.stream.occurred_at_ms;
    let inside = figures(view, |event| regime.contains(occurred.get(event)))?;
    let outside = figures(view, |event| !regime.contains(occurred.get(event)))?;
    let show = |(precision, recall, ap): (f64, f64, f64)| {
        format!(
            "precision {}, recall {}, average precision {ap:.3}",
            words::percent(precision),
            words::percent(recall)
        )
    };
    Some(format!(
        "{}, when {} of orders were fraud, rejecting had {}; outside of it {}. Judge the model by the latter.",
        regime.when(),
        words::percent(regime.frauds as f64 / regime.labelled.max(1) as f64),
        show(inside),
        show(outside)
    ))
}

/// Precision and recall when rejecting, and average precision; `None` where one is undefined.
fn figures(view: &OrderView<'_>, within: impl Fn(u32) -> bool) -> Option<(f64, f64, f64)> {
    let labelled = &view.labelled;
    let rows: Vec<usize> = (0..labelled.events.len()).filter(|row| within(labelled.events[*row])).collect();
    let rejected = |row: &&usize| view.shadow(labelled.events[**row]) == Action::Reject;
    let fraud = |row: &&usize| labelled.labels[**row];
    let (flagged, frauds) = (rows.iter().filter(rejected).count(), rows.iter().filter(fraud).count());
    let caught = rows.iter().filter(rejected).filter(fraud).count() as f64;
    let scores: Vec<f64> = rows.iter().map(|row| labelled.risks[*row]).collect();
    let labels: Vec<bool> = rows.iter().map(|row| labelled.labels[*row]).collect();
    let cluster: Vec<u32> = vec![0; rows.len()];
    let ap = ResampledRanking::new(&scores, &labels, &cluster, 1).ok()?.figures(&[1])?.average_precision;
    (flagged > 0 && frauds > 0).then(|| (caught / flagged as f64, caught / frauds as f64, ap))
}
