//! The chapter of one stream of orders.

use super::table::{Row, matrix};
use super::{
    Part, Section, agreement, bias, calibration, drift, maturity, money, pairs, ranking, scores, slices,
    swap, thresholds,
};
use crate::document::{Basis, Figure, FraudModel, FraudStream, OperatingPoint, Shown};
use crate::render::points;
use crate::render::text::Unit;
use maud::{Markup, html};

pub(crate) fn part(index: usize, stream: &FraudStream) -> Part {
    let id = format!("fraud-{}", index + 1);
    let section = |name: &str, title, how, body| Section { id: format!("{id}-{name}"), title, how, body };
    let models = &stream.models;
    // In the order of the conversation that a team has: what it does, what that costs, whom it meets, whether to believe
    // it, how well the model is.
    let sections = vec![
        section("glance", "Headline figures", GLANCE, glance(stream)),
        section("money", "Money", money::HOW, money::body(&id, models)),
        section("swap", "Swap sets", swap::HOW, each(models, swap::body)),
        section("thresholds", "At the thresholds", thresholds::HOW, thresholds::body(&id, models)),
        section("tests", "Which is better: paired tests", pairs::HOW, pairs::body(stream)),
        section(
            "slices",
            "Slices",
            slices::HOW,
            each(models, |model| slices::body(&model.slices, &Unit::Share)),
        ),
        section("bias", "What distorts the figures", bias::HOW, bias::body(&stream.bias)),
        section("maturity", "Label maturity", maturity::HOW, maturity::maturity(&id, stream)),
        section("time", "Over time", maturity::HOW_TIME, maturity::over_time(&id, stream)),
        section("drift", "Drift", drift::HOW, each(models, |model| drift::body(&model.drift))),
        section("ranking", "Ranking", ranking::HOW, ranking::body(&id, models)),
        section("scores", "Scores", scores::HOW, scores::body(&id, models)),
        section("calibration", "Calibration", calibration::HOW, calibration::body(&id, models)),
        section("agreement", "Agreement with live", agreement::HOW, agreement::body(models)),
    ];
    Part { id: id.clone(), title: format!("Fraud: {}", stream.stream), lead: html! {}, sections }
}

/// One block per model, under its name.
pub(super) fn each(models: &[FraudModel], body: impl Fn(&FraudModel) -> Markup) -> Markup {
    html! {
        @for model in models {
            div.model { h4 { (model.model.label()) } (body(model)) }
        }
    }
}

/// Names of models, for the heads of a table.
pub(super) fn labels(models: &[FraudModel]) -> Vec<String> {
    models.iter().map(|model| model.model.label()).collect()
}

const GLANCE: &str = "The few figures that most decisions hang on, one column per model. Under each number stand its \
                      interval and how many rows it rests on.";

fn glance(stream: &FraudStream) -> Markup {
    let models = &stream.models;
    let none = Figure::refused("no operating point of the model");
    let at = |figure: fn(&OperatingPoint) -> &Figure| -> Vec<&Figure> {
        models.iter().map(|model| points::headline(&model.thresholds).map_or(&none, figure)).collect()
    };
    let basis = stream.maturity.headline;
    let leading = |of: fn(&OperatingPoint, Basis) -> (&Figure, &'static str)| {
        let found = models.iter().map(|model| points::headline(&model.thresholds));
        let found: Vec<_> = found.map(|point| point.map_or((&none, ""), |point| of(point, basis))).collect();
        let how = found.iter().map(|(_, how)| *how).find(|how| !how.is_empty()).unwrap_or_default();
        (found.iter().map(|(figure, _)| *figure).collect::<Vec<_>>(), how)
    };
    let (recall, recall_how) = leading(points::recall);
    let (precision, precision_how) = leading(points::precision);
    let (recall_name, precision_name) = (format!("Recall{recall_how}"), format!("Precision{precision_how}"));
    let of = |figure: fn(&FraudModel) -> &Figure| models.iter().map(figure).collect::<Vec<_>>();
    let mut rows = vec![
        Row::new(&recall_name, "frauds it would reject ÷ frauds", Unit::Share, recall),
        Row::new(
            "False positive rate",
            "good orders it would reject ÷ good orders",
            Unit::Share,
            at(|point| &point.insult_rate),
        ),
        Row::new(&precision_name, "frauds ÷ orders it would reject", Unit::Share, precision),
        Row::new(
            "Held for review",
            "orders that people would look at ÷ orders",
            Unit::Share,
            of(|model| &model.reviewed),
        ),
        Row::new("Held for review by live", "", Unit::Share, of(|model| &model.live_reviewed)),
        Row::new("ROC AUC", "0.5 is chance, 1 is perfect", Unit::Number, of(|model| &model.ranking.auc)),
        Row::new("Agreement with live", "equal actions", Unit::Share, of(|model| &model.agreement.raw)),
    ];
    let currencies: Vec<_> =
        models.first().map(|model| model.money.as_slice()).unwrap_or_default().iter().collect();
    let no_money = Figure::refused("no cost assumption for this currency");
    let names: Vec<_> = currencies
        .iter()
        .map(|money| format!("Cost against live per 1,000 orders, {}", money.currency))
        .collect();
    for (money, name) in currencies.iter().zip(&names) {
        let figures = models.iter().map(|model| {
            let same = model.money.iter().find(|other| other.currency == money.currency);
            same.map_or(&no_money, |same| &same.delta_per_1000)
        });
        let unit = Unit::cost(&money.currency, money.exponent);
        rows.push(Row::new(name, "", unit, figures.collect()));
    }
    html! {
        (matrix("Headline figures by model", &labels(models), &rows))
    }
}

/// The value that is shown, or the block that says why none is.
pub(super) fn shown<T>(what: &str, value: &Shown<T>, draw: impl FnOnce(&T) -> Markup) -> Markup {
    match value {
        Shown::Shown(value) => draw(value),
        Shown::Refused { refused } => super::figures::refused_block(what, refused),
    }
}
