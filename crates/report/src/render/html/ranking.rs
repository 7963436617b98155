//! Ranking: how well the scores put frauds above good orders, whatever the threshold.

use super::curve_range::{bands, says};
use super::figures::{basis, limits, line, refused_block};
use super::fraud::labels;
use super::table::{Row, matrix, picture};
use super::thresholds::names;
use crate::document::{CurvePoint, Figure, FraudModel, Measured, OperatingPoint, Ranking, Who};
use crate::render::charts::{Axis, Layer, Plot, Point, Rule, Series, legend};
use crate::render::points;
use crate::render::text::Unit;
use maud::{Markup, html};

pub(super) const HOW: &str = "Left: of what is flagged, how much is fraud, for every share of fraud caught; a model that \
                              knows nothing runs along the prevalence. Right: fraud caught against good customers \
                              turned away; chance is the dashed line. Marks are the decisions at today's thresholds.";

pub(super) fn body(id: &str, models: &[FraudModel]) -> Markup {
    let of = |figure: fn(&Ranking) -> &Figure| {
        models.iter().map(|model| figure(&model.ranking)).collect::<Vec<_>>()
    };
    let rows = [
        Row::new(
            "Average precision",
            "to be read beside the prevalence",
            Unit::Number,
            of(|ranking| &ranking.average_precision),
        ),
        Row::new(
            "Prevalence",
            "average precision of a model that knows nothing",
            Unit::Number,
            of(|ranking| &ranking.prevalence),
        ),
        Row::new(
            "Average precision over all orders",
            "with what live declined",
            Unit::Number,
            of(|ranking| &ranking.average_precision_of_all),
        ),
        Row::new("ROC AUC", "0.5 is chance, 1 is perfect", Unit::Number, of(|ranking| &ranking.auc)),
        Row::new(
            "ROC AUC over all orders",
            "with what live declined",
            Unit::Number,
            of(|ranking| &ranking.auc_of_all),
        ),
        Row::new("Gini", "2 AUC − 1", Unit::Number, of(|ranking| &ranking.gini)),
        Row::new(
            "KS",
            "largest distance of the scores of frauds and goods",
            Unit::Number,
            of(|ranking| &ranking.ks),
        ),
    ];
    html! {
        div.pictures {
            (precision_recall(id, models))
            (roc(id, models))
            (lift(id, models))
            div { (matrix("Ranking by model", &labels(models), &rows)) (says(models)) }
        }
    }
}

fn curve(points: &[CurvePoint]) -> Vec<(f64, f64)> {
    points.iter().map(|point| (point.x, point.y)).collect()
}

fn precision_recall(id: &str, models: &[FraudModel]) -> Markup {
    if models.iter().all(|model| model.ranking.pr.is_empty()) {
        return refused_block(
            "The precision–recall curve",
            "there is no labelled order with a score, or one class only",
        );
    }
    let mut layers = bands(models, |model| &model.ranking.pr);
    layers.extend(
        models
            .iter()
            .enumerate()
            .map(|(place, model)| Layer::Line(Series::Model(place), curve(&model.ranking.pr))),
    );
    if let Some(prevalence) = models.iter().find_map(|model| model.ranking.prevalence.value()) {
        layers.push(Layer::Rule(Rule::Level(prevalence, "prevalence".to_owned(), Series::Live)));
    }
    layers.extend(operating(models, |point| (&point.recall, &point.precision)));
    let plot = Plot {
        id: format!("{id}-pr"),
        title: "Precision by recall".to_owned(),
        describes: "One curve per model, with the decisions at today's thresholds marked.".to_owned(),
        x: Axis::share("recall: fraud caught"),
        y: Axis::share("precision: fraud among flagged"),
        layers,
    };
    picture(
        "Precision and recall",
        &with_live(models),
        &plot.svg(),
        &curve_basis(models, |ranking| &ranking.average_precision),
    )
}

fn roc(id: &str, models: &[FraudModel]) -> Markup {
    if models.iter().all(|model| model.ranking.roc.is_empty()) {
        return refused_block("The ROC curve", "there is no labelled order with a score, or one class only");
    }
    let marks = operating(models, |point| (&point.insult_rate, &point.recall));
    let marked = marks.iter().flat_map(|layer| match layer {
        Layer::Points(_, points) => points.as_slice(),
        _ => &[],
    });
    let rates = models.iter().flat_map(|model| model.ranking.roc.iter().map(|point| point.x));
    let mut x = Axis::fitting(
        "false positive rate: good orders flagged",
        Unit::Share,
        rates,
        marked.map(|point| point.x),
    );
    if !x.log {
        x = Axis::share("false positive rate: good orders flagged");
    }
    // Chance is a straight line on even axes only.
    let chance = if x.log {
        let grid = (0..=60).map(|step| x.low * (x.high / x.low).powf(f64::from(step) / 60.0));
        Layer::Line(Series::Live, grid.map(|rate| (rate, rate.min(1.0))).collect())
    } else {
        Layer::Rule(Rule::Diagonal)
    };
    let mut layers = bands(models, |model| &model.ranking.roc);
    layers.push(chance);
    layers.extend(
        models
            .iter()
            .enumerate()
            .map(|(place, model)| Layer::Line(Series::Model(place), curve(&model.ranking.roc))),
    );
    layers.extend(marks);
    let plot = Plot {
        id: format!("{id}-roc"),
        title: "Recall by false positive rate (ROC)".to_owned(),
        describes: "One curve per model above the line of chance, with today's decisions marked.".to_owned(),
        x,
        y: Axis::share("recall: fraud caught"),
        layers,
    };
    picture("ROC", &with_live(models), &plot.svg(), &curve_basis(models, |ranking| &ranking.auc))
}

fn lift(id: &str, models: &[FraudModel]) -> Markup {
    let all = || models.iter().flat_map(|model| &model.ranking.lift);
    if all().next().is_none() {
        return refused_block("The lift", "there is no labelled order with a score, or one class only");
    }
    let mut layers = vec![Layer::Rule(Rule::Level(1.0, "chance".to_owned(), Series::Live))];
    layers.extend(
        models
            .iter()
            .enumerate()
            .map(|(place, model)| Layer::Line(Series::Model(place), curve(&model.ranking.lift))),
    );
    let plot = Plot {
        id: format!("{id}-lift"),
        title: "Lift".to_owned(),
        describes: "How many times more fraud than on average is among the highest scores.".to_owned(),
        x: Axis::share("share of orders with the highest scores"),
        y: Axis::around("times the average fraud share", Unit::Number, true, all().map(|point| point.y)),
        layers,
    };
    picture("Lift", &names(models), &plot.svg(), &curve_basis(models, |ranking| &ranking.prevalence))
}

/// Decisions of the models and of live, where both coordinates are known.
fn operating(models: &[FraudModel], place: fn(&OperatingPoint) -> (&Figure, &Figure)) -> Vec<Layer> {
    let mark = |point: &OperatingPoint, who: &str| {
        let (x, y) = place(point);
        let (across, up) = (x.shown()?, y.shown()?);
        let says = format!("{who}: {}; {}", line(y, &Unit::Share), line(x, &Unit::Share));
        let (x, y) = (middle(across)?, middle(up)?);
        let breadth = across.range.as_ref().and_then(|_| limits(across));
        Some(Point { x, y, interval: limits(up), breadth, says })
    };
    let live = models.iter().find_map(|model| mark(points::of(&model.thresholds, Who::Live)?, "live"));
    let mut layers: Vec<_> = live.into_iter().map(|point| Layer::Points(Series::Live, vec![point])).collect();
    layers.extend(models.iter().enumerate().filter_map(|(index, model)| {
        let point = mark(points::headline(&model.thresholds)?, &model.model.label())?;
        Some(Layer::Points(Series::Model(index), vec![point]))
    }));
    layers
}

/// Where a mark stands: at the value, or in the middle of the range that its lines show.
fn middle(measured: &Measured) -> Option<f64> {
    let range = measured.range.as_ref().map(|range| f64::midpoint(range.low, range.high));
    measured.value.or(range)
}

fn with_live(models: &[FraudModel]) -> Markup {
    let mut entries: Vec<_> =
        models.iter().enumerate().map(|(place, model)| (Series::Model(place), model.model.label())).collect();
    if models.iter().any(|model| points::of(&model.thresholds, Who::Live).is_some()) {
        entries.push((Series::Live, "live's decisions".to_owned()));
    }
    legend(&entries)
}

fn curve_basis(models: &[FraudModel], figure: fn(&Ranking) -> &Figure) -> String {
    let each: Vec<_> = models
        .iter()
        .filter_map(|model| {
            let n = figure(&model.ranking).shown()?.n;
            Some(format!("{} n {}", model.model.label(), crate::render::text::count(n)))
        })
        .collect();
    let basis = basis(models.iter().map(|model| figure(&model.ranking)));
    let population = basis.split(" Intervals:").next().unwrap_or_default();
    format!("{}. {population}", each.join(", "))
}
