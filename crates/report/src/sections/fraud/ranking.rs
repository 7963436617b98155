//! How well the scores order the labelled orders.

use super::view::OrderView;
use crate::document::{CurvePoint, CurveRange, Figure, Population, Ranking};
use crate::stats::bootstrap;
use crate::stats::confusion::Sweep;
use crate::stats::hypothesis;
use crate::stats::intervals::proportion;
use crate::stats::partial::ranking::{AtThreshold, Ranges, extreme_auc};
use crate::stats::partial::{Bounds, Ends};
use crate::stats::ranking::{self, Ranked};

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
            auc_of_all: refused(),
            average_precision_of_all: refused(),
            ks: refused(),
            gini: refused(),
            lift: Vec::new(),
            pr: Vec::new(),
            roc: Vec::new(),
        };
    };
    let figures = ranking::Ranking::of(ranked);
    let figure = |value: Option<f64>| Figure::new(value.unwrap_or(f64::NAN), n, population);
    let auc = hypothesis::auc(&labelled.labels, &labelled.risks, view.confidence());
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
    let point = |point: ranking::CurvePoint| {
        let threshold = point.threshold.map(|risk| view.direction.risk(risk));
        CurvePoint { x: point.x, y: point.y, threshold, range: None }
    };
    let all = All::of(view);
    let average_precision = average_precision(view, figure(figures.average_precision));
    let auc = figure(figures.roc_auc).with(auc_interval);
    Ranking {
        auc_of_all: all.as_ref().map_or_else(|| auc.clone(), All::auc),
        average_precision_of_all: all
            .as_ref()
            .map_or_else(|| average_precision.clone(), All::average_precision),
        average_precision,
        prevalence: Figure::of(proportion(labelled.frauds, n, view.confidence()), n, population),
        auc,
        ks: figure(figures.ks.map(|ks| ks.statistic)),
        gini: figure(figures.gini).with(gini_interval),
        lift: LIFT_AT
            .iter()
            .filter_map(|share| ranking::lift(ranked, *share))
            .map(|lift| CurvePoint { x: lift.fraction, y: lift.lift, threshold: None, range: None })
            .collect(),
        pr: ranking::precision_recall_curve(sweep)
            .into_iter()
            .map(|one| with_range(view, all.as_ref(), point(one), |at| (at.recall, at.precision)))
            .collect(),
        roc: ranking::roc_curve(sweep)
            .into_iter()
            .map(|one| with_range(view, all.as_ref(), point(one), |at| (at.false_positive_rate, at.recall)))
            .collect(),
    }
}

/// All mature orders, where live declined some without a label.
struct All<'v, 'a> {
    view: &'v OrderView<'a>,
    risks: Vec<f64>,
    ranges: Ranges,
}

impl<'v, 'a> All<'v, 'a> {
    fn of(view: &'v OrderView<'a>) -> Option<Self> {
        if view.mature.unlabelled == 0 {
            return None;
        }
        let risks: Vec<f64> = view.mature.events.iter().map(|event| view.risk(*event)).collect();
        let ranges = Ranges::new(&risks, &view.mature.labels);
        Some(Self { view, risks, ranges })
    }

    /// From the labels that make it smallest to those that make it largest.
    fn auc(&self) -> Figure {
        let mature = &self.view.mature;
        let at = |largest: bool| {
            let labels = extreme_auc(&self.risks, &mature.labels, largest)?;
            let found = hypothesis::auc(&labels, &self.risks, self.view.confidence()).ok()?;
            found
                .interval
                .or_else(|| Ends::anything(found.auc, found.auc, self.view.confidence()).map(|ends| ends.low))
        };
        let ends = at(false).zip(at(true)).map(|(low, high)| Ends { low, high });
        let labelled = mature.labels.len() as u64 - mature.unlabelled;
        Figure::between(ends, (labelled, mature.unlabelled), Population::Labelled)
    }

    fn average_precision(&self) -> Figure {
        Figure::refused(format!(
            "{} orders that live declined have no label: the range of each point of the precision–recall curve says how far they \
             could move it",
            self.view.mature.unlabelled
        ))
    }
}

fn with_range(
    view: &OrderView<'_>,
    all: Option<&All<'_, '_>>,
    point: CurvePoint,
    axes: fn(&AtThreshold) -> (Bounds, Bounds),
) -> CurvePoint {
    let at = all.zip(point.threshold).and_then(|(all, at)| all.ranges.at(view.direction.risk(at)));
    let range = at.as_ref().map(axes).map(|(x, y)| CurveRange {
        x_low: x.least,
        x_high: x.most,
        y_low: y.least,
        y_high: y.most,
    });
    CurvePoint { range, ..point }
}

/// With the cluster bootstrap's interval, or a note that says why there is none.
fn average_precision(view: &OrderView<'_>, figure: Figure) -> Figure {
    let labelled = &view.labelled;
    let resampled = bootstrap::ranking::ResampledRanking::new(
        &labelled.risks,
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
