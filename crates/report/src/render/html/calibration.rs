//! Calibration: whether a score of 0.3 means three frauds in ten.

use super::figures::{basis, limits, line};
use super::fraud::{each, shown};
use super::table::{Row, matrix, picture};
use crate::document::{Calibration, FraudModel};
use crate::render::charts::{Axis, Layer, Plot, Point, Rule, Series};
use crate::render::text::{Unit, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Each mark is a group of orders with similar scores. On the diagonal a score is the share \
                              of fraud it promises; below it the model cries wolf, above it it plays fraud down.";

pub(super) fn body(id: &str, models: &[FraudModel]) -> Markup {
    let place = |model: &FraudModel| models.iter().position(|other| std::ptr::eq(other, model)).unwrap_or(0);
    each(models, |model| {
        let place = place(model);
        shown("Calibration", &model.calibration, |calibration| {
            html! {
                div.pictures {
                    (diagram(&format!("{id}-reliability-{}", place + 1), calibration, place))
                    div { (numbers(calibration)) }
                }
            }
        })
    })
}

fn diagram(id: &str, calibration: &Calibration, place: usize) -> Markup {
    let points: Vec<_> = calibration
        .bins
        .iter()
        .filter_map(|bin| {
            let measured = bin.observed.shown()?;
            let says =
                format!("score {}: {}", Unit::Number.show(bin.mean_score), line(&bin.observed, &Unit::Share));
            Some(Point {
                x: bin.mean_score,
                y: measured.value?,
                interval: limits(measured),
                breadth: None,
                says,
            })
        })
        .collect();
    // Both axes end alike, so that the diagonal is one.
    let ends = points.iter().flat_map(|point| [point.x, point.interval.map_or(point.y, |(_, high)| high)]);
    let both = Axis::around("", Unit::Share, true, ends);
    let plot = Plot {
        id: id.to_owned(),
        title: "Reliability diagram".to_owned(),
        describes: format!("{} groups; the diagonal is perfect calibration.", points.len()),
        x: Axis { label: "mean score".to_owned(), ..both.clone() },
        y: Axis { label: "share of fraud".to_owned(), ..both },
        layers: vec![
            Layer::Rule(Rule::Diagonal),
            Layer::Line(Series::Model(place), points.iter().map(|point| (point.x, point.y)).collect()),
            Layer::Points(Series::Model(place), points),
        ],
    };
    let n: u64 = calibration.bins.iter().filter_map(|bin| bin.observed.shown()).map(|bin| bin.n).sum();
    let basis = format!("n {}. {}", count(n), basis(calibration.bins.iter().map(|bin| &bin.observed)));
    picture("Reliability diagram", &html! {}, &plot.svg(), &basis)
}

fn numbers(calibration: &Calibration) -> Markup {
    let rows = [
        Row::new("Brier score", "mean squared error", Unit::Number, vec![&calibration.brier]),
        Row::new("Log loss", "", Unit::Number, vec![&calibration.log_loss]),
        Row::new("Calibration error (ECE)", "0 is perfect", Unit::Number, vec![&calibration.ece]),
        Row::new(
            "Slope",
            "1 is perfect; below it scores are too extreme",
            Unit::Number,
            vec![&calibration.slope],
        ),
        Row::new("Intercept", "0 is perfect", Unit::Number, vec![&calibration.intercept]),
        Row::new(
            "Observed ÷ expected",
            "1 is perfect",
            Unit::Number,
            vec![&calibration.observed_over_expected],
        ),
    ];
    let number = |value: f64| Unit::Number.show(value);
    html! {
        (matrix("Calibration in numbers", &["Value".to_owned()], &rows))
        p.basis {
            "Murphy's decomposition of the Brier score: reliability " (number(calibration.reliability))
            ", resolution " (number(calibration.resolution)) ", uncertainty " (number(calibration.uncertainty)) "."
        }
    }
}
