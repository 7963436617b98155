//! At the thresholds: what the decisions themselves were worth.

use super::figures::money_lines;
use super::fraud::labels;
use super::table::{Row, folded, matrix, picture, table};
use crate::document::{Figure, Flag, FraudModel, OperatingPoint, Population, SweepPoint, Who};
use crate::render::charts::{Axis, Layer, Plot, Rule, Series, legend};
use crate::render::points;
use crate::render::text::{Unit, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Each column is a decision maker at the threshold it stands at. Recall is the share of \
                              fraud that is stopped, the false positive rate (insult rate) the share of good customers that are turned away. \
                              The curves show what other thresholds would do, without scoring again.";

pub(super) fn body(id: &str, models: &[FraudModel]) -> Markup {
    html! {
        div.pictures {
            (sweep(&format!("{id}-sweep-recall"), "Recall by threshold", "recall", models, |point| point.recall))
            (sweep(&format!("{id}-sweep-insult"), "False positive rate by threshold", "good orders flagged", models, |point| point.insult_rate))
        }
        @for model in models { (operating(model)) }
        (fixed(models))
    }
}

fn sweep(id: &str, title: &str, label: &str, models: &[FraudModel], y: fn(&SweepPoint) -> f64) -> Markup {
    let all = || models.iter().flat_map(|model| &model.thresholds.sweep);
    if all().next().is_none() {
        return super::figures::refused_block(title, "there is no labelled order to sweep over");
    }
    let mut layers = Vec::new();
    for (place, model) in models.iter().enumerate() {
        let line = model.thresholds.sweep.iter().map(|point| (point.threshold, y(point))).collect();
        layers.push(Layer::Line(Series::Model(place), line));
    }
    let mut marked = Vec::new();
    for (place, model) in models.iter().enumerate() {
        let now = points::headline(&model.thresholds).and_then(|point| point.threshold);
        if let Some(now) = now.filter(|now| !marked.contains(now)) {
            marked.push(now);
            layers.push(Layer::Rule(Rule::At(now, "now".to_owned(), Series::Model(place))));
        }
    }
    let plot = Plot {
        id: id.to_owned(),
        title: title.to_owned(),
        describes: format!("{title}, one line per model; upright lines mark the thresholds in use."),
        x: Axis::fitting(
            points::threshold_axis(models),
            Unit::Number,
            all().map(|point| point.threshold),
            marked.iter().copied(),
        ),
        y: rates(label, models, y, &marked),
        layers,
    };
    let n = all().map(|point| point.flagged).max().unwrap_or(0);
    let population = models.iter().find_map(|model| model.ranking.prevalence.shown());
    let basis = format!(
        "n {}, {}. A curve has no interval; the table has them at the thresholds in use.",
        count(n),
        population.map_or(Population::Labelled, |prevalence| prevalence.population).words()
    );
    picture(title, &names(models), &plot.svg(), &basis)
}

/// The axis of a rate: decades where the rates at the thresholds in use lie far below the highest.
fn rates(label: &str, models: &[FraudModel], y: fn(&SweepPoint) -> f64, marked: &[f64]) -> Axis {
    let sweep = || models.iter().flat_map(|model| &model.thresholds.sweep);
    let at = |threshold: &f64| {
        let away = |point: &SweepPoint| (point.threshold - threshold).abs();
        sweep().min_by(|a, b| away(a).total_cmp(&away(b))).map(y)
    };
    let axis = Axis::fitting(label, Unit::Share, sweep().map(y), marked.iter().filter_map(at));
    if axis.log { axis } else { Axis::around(label, Unit::Share, true, sweep().map(y)) }
}

/// The models' entries in a legend.
pub(super) fn names(models: &[FraudModel]) -> Markup {
    let entries: Vec<_> =
        models.iter().enumerate().map(|(place, model)| (Series::Model(place), model.model.label())).collect();
    legend(&entries)
}

/// Rates of all operating points of a model, and the counts and money behind them.
fn operating(model: &FraudModel) -> Markup {
    let all = &model.thresholds.points;
    let columns: Vec<_> = all.iter().map(|point| heading(point, model)).collect();
    let of = |figure: fn(&OperatingPoint) -> &Figure| all.iter().map(figure).collect::<Vec<_>>();
    let rows = [
        Row::new("Recall", "frauds flagged ÷ frauds", Unit::Share, of(|point| &point.recall)),
        Row::new("Recall so far", "young frauds too", Unit::Share, of(|point| &point.recall_so_far)),
        Row::new(
            "Recall, developed",
            "frauds still to be reported made up for",
            Unit::Share,
            of(|point| &point.recall_developed),
        ),
        Row::new(
            "False positive rate",
            "good orders flagged ÷ good orders",
            Unit::Share,
            of(|point| &point.insult_rate),
        ),
        Row::new("Precision", "frauds ÷ flagged", Unit::Share, of(|point| &point.precision)),
        Row::new(
            "Precision, developed",
            "frauds still to be reported made up for",
            Unit::Share,
            of(|point| &point.precision_developed),
        ),
        Row::new(
            "False discovery rate",
            "good orders ÷ flagged",
            Unit::Share,
            of(|point| &point.false_discovery_rate),
        ),
        Row::new("Alert rate", "flagged ÷ all", Unit::Share, of(|point| &point.alert_rate)),
    ];
    let counts = html! {
        @for (point, column) in all.iter().zip(&columns) {
            tr {
                th scope="row" { (column) }
                td.figure { span.value { (count(point.true_positives)) } span.n { (money_lines(&point.caught)) } }
                td.figure { span.value { (count(point.false_negatives)) } span.n { (money_lines(&point.missed)) } }
                td.figure { span.value { (count(point.false_positives)) } span.n { (money_lines(&point.insulted)) } }
                td.figure { span.value { (count(point.true_negatives)) } }
            }
        }
    };
    html! {
        div.model {
            h4 { (model.model.label()) " beside live" }
            (matrix(&format!("{} beside live: rates", model.model.label()), &columns, &rows))
            (folded("Counts and money behind these rates", &table(
                &format!("{} beside live: counts and money", model.model.label()),
                &["Decisions", "Frauds flagged", "Frauds passed", "Good flagged", "Good passed"],
                &counts,
            )))
        }
    }
}

fn heading(point: &OperatingPoint, model: &FraudModel) -> String {
    let who = match point.who {
        Who::Live => "live".to_owned(),
        Who::Model => model.model.label(),
    };
    let flag = match point.flag {
        Flag::Reject => "rejects",
        Flag::RejectOrReview => "rejects or reviews",
    };
    let on = if model.thresholds.higher_is_riskier { "from" } else { "up to" };
    let at = point.threshold.map_or(String::new(), |at| format!(" {on} {}", Unit::Number.show(at)));
    let population = match point.population {
        Population::LiveAccepted => ", of what live accepted",
        _ => "",
    };
    format!("{who} {flag}{at}{population}")
}

fn fixed(models: &[FraudModel]) -> Markup {
    let columns = labels(models);
    let mut rates: Vec<f64> =
        models.iter().flat_map(|m| m.thresholds.recall_at.iter().map(|at| at.insult_rate)).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let mut sizes: Vec<u64> =
        models.iter().flat_map(|m| m.thresholds.precision_at.iter().map(|at| at.k)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if rates.is_empty() && sizes.is_empty() {
        return super::figures::refused_block(
            "Recall at a fixed false positive rate",
            "no model has one on these rows",
        );
    }
    let none = Figure::refused("not computed for this model");
    let names: Vec<String> = rates
        .iter()
        .map(|rate| format!("Recall at {} false positive rate", Unit::Share.tick(*rate, *rate)))
        .collect();
    let mut rows = Vec::new();
    for (rate, name) in rates.iter().zip(&names) {
        let at = models.iter().map(|model| {
            let found = model.thresholds.recall_at.iter().find(|at| at.insult_rate == *rate);
            found.map_or(&none, |at| &at.recall)
        });
        rows.push(Row::new(name, "", Unit::Share, at.collect()));
    }
    let tops: Vec<String> =
        sizes.iter().map(|k| format!("Precision of the {} highest a day", count(*k))).collect();
    for (k, name) in sizes.iter().zip(&tops) {
        let at = models.iter().map(|model| {
            let found = model.thresholds.precision_at.iter().find(|at| at.k == *k);
            found.map_or(&none, |at| &at.precision)
        });
        rows.push(Row::new(name, "", Unit::Share, at.collect()));
    }
    matrix("At a fixed false positive rate and a fixed workload", &columns, &rows)
}
