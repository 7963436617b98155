//! How well the scores order the labelled orders.

use super::view::OrderView;
use crate::document::{CurvePoint, Figure, Ranking};
use crate::stats::bootstrap;
use crate::stats::confusion::Sweep;
use crate::stats::intervals::proportion;
use crate::stats::ranking::{self, Ranked};
use crate::stats::tests;

/// Shares of orders at which lift is shown.
const LIFT_AT: [f64; 6] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.2];

/// `ranked` and `sweep` are of the view's labelled orders; `None` where there are not both classes.
pub(crate) fn section(view: &OrderView<'_>, sorted: Option<(&Ranked, &Sweep)>) -> Ranking {
    let labelled = &view.labelled;
    let (n, population) = (labelled.labels.len() as u64, view.population());
    let Some((ranked, sweep)) = sorted else {
        let refused = || Figure::refused(view.without_labels().unwrap_or_default());
        return Ranking {
            average_precision: refused(),
            prevalence: Figure::of(proportion(labelled.frauds, n, view.confidence()), n, population),
            auc: refused(),
            ks: refused(),
            gini: refused(),
            lift: Vec::new(),
            pr: Vec::new(),
            roc: Vec::new(),
        };
    };
    let figures = ranking::Ranking::of(ranked);
    let figure = |value: Option<f64>| Figure::new(value.unwrap_or(f64::NAN), n, population);
    let auc = tests::auc(&labelled.labels, &labelled.scores, view.confidence());
    let auc_interval = auc.ok().and_then(|auc| auc.interval);
    let gini_interval = auc_interval.and_then(|auc| {
        let gini = |auc: f64| 2.0 * auc - 1.0;
        crate::stats::intervals::Interval::new(
            gini(auc.low),
            gini(auc.estimate),
            gini(auc.high),
            auc.confidence,
            auc.method,
        )
    });
    Ranking {
        average_precision: average_precision(view, figure(figures.average_precision)),
        prevalence: Figure::of(proportion(labelled.frauds, n, view.confidence()), n, population),
        auc: figure(figures.roc_auc).with(auc_interval),
        ks: figure(figures.ks.map(|ks| ks.statistic)),
        gini: figure(figures.gini).with(gini_interval),
        lift: LIFT_AT
            .iter()
            .filter_map(|share| ranking::lift(ranked, *share))
            .map(|lift| CurvePoint { x: lift.fraction, y: lift.lift, threshold: None })
            .collect(),
        pr: ranking::precision_recall_curve(sweep).into_iter().map(point).collect(),
        roc: ranking::roc_curve(sweep).into_iter().map(point).collect(),
    }
}

fn point(point: ranking::CurvePoint) -> CurvePoint {
    CurvePoint { x: point.x, y: point.y, threshold: point.threshold }
}

/// With the cluster bootstrap's interval, or a note that says why there is none.
fn average_precision(view: &OrderView<'_>, figure: Figure) -> Figure {
    let labelled = &view.labelled;
    let resampled = bootstrap::ranking::Ranked::new(
        &labelled.scores,
        &labelled.labels,
        &labelled.clusters,
        labelled.cluster_count,
    )
    .and_then(|ranked| ranked.bootstrap(&view.chosen.context.plan()));
    match resampled {
        Ok(resampled) => figure.with(resampled.interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}
