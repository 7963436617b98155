//! Distributions of the scores.

use super::figures::refused_block;
use super::fraud::each;
use super::table::picture;
use crate::document::{FraudModel, Histogram};
use crate::render::charts::{Axis, Layer, Plot, Series, legend};
use crate::render::text::{Unit, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Each line adds up to 100% of its own rows, so groups of different size can be compared. \
                              Left: the model against live. Right: known frauds against good orders; the further apart, \
                              the better.";

pub(super) fn body(id: &str, models: &[FraudModel]) -> Markup {
    let place = |model: &FraudModel| models.iter().position(|other| std::ptr::eq(other, model)).unwrap_or(0);
    each(models, |model| {
        let id = format!("{id}-scores-{}", place(model) + 1);
        let (outcome, who): (Vec<_>, Vec<_>) =
            model.histograms.iter().partition(|histogram| is_outcome(&histogram.label));
        html! {
            div.pictures {
                (histograms(&format!("{id}-who"), "Scores of the model and of live", &who, place(model)))
                (histograms(&format!("{id}-outcome"), "Scores of frauds and of good orders", &outcome, place(model)))
            }
        }
    })
}

fn is_outcome(label: &str) -> bool {
    label.contains("fraud") || label.contains("good")
}

fn series(label: &str, place: usize) -> Series {
    match label {
        "live" => Series::Live,
        label if label.contains("fraud") => Series::Fraud,
        label if label.contains("good") => Series::Good,
        _ => Series::Model(place),
    }
}

fn total(histogram: &Histogram) -> u64 {
    histogram.bars.iter().map(|bar| bar.count).sum()
}

fn histograms(id: &str, title: &str, all: &[&Histogram], place: usize) -> Markup {
    let all: Vec<_> = all.iter().filter(|histogram| total(histogram) > 0).collect();
    let shares = |histogram: &Histogram| {
        let sum = total(histogram) as f64;
        histogram.bars.iter().map(move |bar| bar.count as f64 / sum).collect::<Vec<_>>()
    };
    let every: Vec<f64> = all.iter().flat_map(|histogram| shares(histogram)).collect();
    let Some(first) = all.first() else {
        return refused_block(title, "there is no score to count");
    };
    let ends = first.bars.first().zip(first.bars.last());
    let (low, high) = ends.map_or((0.0, 1.0), |(first, last)| (first.low, last.high));
    let y = height(&every);
    let outline = |histogram: &Histogram| {
        let sides = histogram.bars.iter().zip(shares(histogram));
        let tops: Vec<_> = sides.flat_map(|(bar, share)| [(bar.low, share), (bar.high, share)]).collect();
        tops
    };
    let layers = all
        .iter()
        .flat_map(|histogram| {
            let series = series(&histogram.label, place);
            let line = outline(histogram);
            let floor = if y.log { y.low } else { 0.0 };
            let fill = line.iter().map(|(x, share)| (*x, floor, *share)).collect();
            [Layer::Band(series, fill), Layer::Line(series, line)]
        })
        .collect();
    let entries: Vec<_> =
        all.iter().map(|histogram| (series(&histogram.label, place), histogram.label.clone())).collect();
    let counts: Vec<_> = all.iter().map(|h| format!("{} n {}", h.label, count(total(h)))).collect();
    let outside: u64 = all.iter().map(|histogram| histogram.outside).sum();
    let plot = Plot {
        id: id.to_owned(),
        title: title.to_owned(),
        describes: format!("Share of rows by score: {}.", counts.join(", ")),
        x: Axis::between("score", Unit::Number, low, high),
        y,
        layers,
    };
    let beyond =
        if outside > 0 { format!("; {} outside the picture", count(outside)) } else { String::new() };
    let basis = format!("{}{beyond}. Counts of all events scored; no interval.", counts.join(", "));
    picture(title, &legend(&entries), &plot.svg(), &basis)
}

/// Decades where shares differ a thousandfold, as scores of rare events do.
fn height(shares: &[f64]) -> Axis {
    let some = shares.iter().copied().filter(|share| *share > 0.0);
    let (least, most) =
        some.fold((f64::INFINITY, 0.0_f64), |(least, most), share| (least.min(share), most.max(share)));
    if most > 200.0 * least {
        let axis = Axis::decades("", Unit::Share, least, most);
        Axis { label: format!("share of rows, each line ×{}", axis.factor()), ..axis }
    } else {
        Axis::around("share of rows", Unit::Share, true, shares.iter().copied())
    }
}
