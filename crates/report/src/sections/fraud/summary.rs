//! A model in a few sentences, most important first.

use super::regimes::Regime;
use super::view::OrderView;
use crate::document::{Figure, Flag, FraudModel, OperatingPoint, Population, Who};
use crate::sections::words;
use crate::stats::bootstrap::ranking::Ranked;
use bystander_core::decision::Action;

pub(crate) fn of(view: &OrderView<'_>, model: &FraudModel, regimes: &[Regime]) -> Vec<String> {
    let mut said = vec![model.swap.outs.sentence.clone(), model.swap.ins.sentence.clone()];
    let point = |who, flag| {
        let wanted = |point: &&OperatingPoint| {
            point.who == who && point.flag == flag && point.population == Population::Labelled
        };
        model.thresholds.points.iter().find(wanted)
    };
    if let (Some(model), Some(live)) = (point(Who::Model, Flag::Reject), point(Who::Live, Flag::Reject)) {
        said.extend(at_threshold(model, live));
    }
    for money in &model.money {
        if let (Some(delta), Some(interval)) = (money.delta_per_1000.value(), money.delta_per_1000.interval())
        {
            let show = |value| words::money(&money.currency, value);
            let word = if delta < 0.0 { "save" } else { "cost" };
            said.push(format!(
                "Against live it would {word} {} per 1,000 orders ({} to {}; negative saves){}.",
                show(delta.abs()),
                show(interval.low),
                show(interval.high),
                if money.costs.assumed { ", under the program's own cost assumptions" } else { "" }
            ));
        }
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

fn at_threshold(model: &OperatingPoint, live: &OperatingPoint) -> Option<String> {
    let percent = |figure: &Figure| figure.value().map(words::percent);
    Some(format!(
        "Rejecting, it catches {} of the {} mature frauds (live: {}) and insults {} of good orders (live: {}).",
        percent(&model.recall)?,
        words::count(model.true_positives + model.false_negatives),
        percent(&live.recall).unwrap_or_else(|| "unknown".to_owned()),
        percent(&model.insult_rate)?,
        percent(&live.insult_rate).unwrap_or_else(|| "unknown".to_owned()),
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
        "From {}, when {} of orders were fraud, rejecting had {}; outside of it {}. Judge the model by the latter.",
        regime.dates(),
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
    let scores: Vec<f64> = rows.iter().map(|row| labelled.scores[*row]).collect();
    let labels: Vec<bool> = rows.iter().map(|row| labelled.labels[*row]).collect();
    let cluster: Vec<u32> = vec![0; rows.len()];
    let ap = Ranked::new(&scores, &labels, &cluster, 1).ok()?.figures(&[1])?.average_precision;
    (flagged > 0 && frauds > 0).then(|| (caught / flagged as f64, caught / frauds as f64, ap))
}
