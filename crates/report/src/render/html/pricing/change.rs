//! Shadow against live price.

use super::super::figures::{basis, cell};
use super::super::fraud::shown;
use super::super::pairs;
use super::super::table::{Row, matrix, picture, table};
use crate::document::{PriceChange, PriceSummary, PricingModel};
use crate::render::charts::{Axis, Layer, Plot, Rule, Series, Spread, Strip};
use crate::render::text::{Unit, count};
use maud::{Markup, html};

pub(super) const HOW: &str = "Right of zero the model asks more than live did, left of it less. In the strip the thin \
                              line runs from the 1st to the 99th percentile, the box holds the middle half, the stroke \
                              is the median.";

pub(super) fn body(id: &str, models: &[PricingModel]) -> Markup {
    html! {
        @for (place, model) in models.iter().enumerate() {
            div.model {
                h4 { (model.model.label()) }
                (shown("The price change", &model.change, |change| one(&format!("{id}-change-{}", place + 1), change)))
            }
        }
    }
}

fn one(id: &str, change: &PriceChange) -> Markup {
    let shares = [
        Row::new("Priced up", "", Unit::Share, vec![&change.up]),
        Row::new("Priced down", "", Unit::Share, vec![&change.down]),
        Row::new("Within tolerance", "the stream's own", Unit::Share, vec![&change.within]),
    ];
    let names: Vec<_> =
        change.wape.iter().map(|(code, _)| format!("Weighted absolute error, {code}")).collect();
    let wape = change.wape.iter().zip(&names);
    let rows: Vec<_> = shares
        .into_iter()
        .chain(wape.map(|((_, figure), name)| {
            Row::new(name, "Σ |difference| ÷ Σ live price", Unit::Share, vec![figure])
        }))
        .collect();
    let mut absolute: Vec<(&str, &PriceSummary, Unit)> = vec![
        ("Relative", &change.relative, Unit::Change),
        ("Log ratio", &change.log_ratio, Unit::Difference),
    ];
    for (code, all) in &change.absolute {
        absolute.push((code.as_str(), all, money(code)));
    }
    html! {
        div.pictures {
            (histogram(id, change))
            div { (matrix("Up, down, unchanged", &["Share".to_owned()], &rows)) }
        }
        (summary("Shadow less live price", &absolute))
        @if let Some(test) = &change.sign_test { (pairs::tests("Up against down", &[test])) }
    }
}

pub(super) fn money(code: &str) -> Unit {
    let exponent = bystander_core::money::Currency::from_code(code).map_or(2, |currency| currency.exponent());
    Unit::signed_money(code, exponent)
}

fn histogram(id: &str, change: &PriceChange) -> Markup {
    let bars = &change.histogram.bars;
    let n: u64 = bars.iter().map(|bar| bar.count).sum();
    if n == 0 {
        return super::super::figures::refused_block("The distribution", "there is no change to count");
    }
    let drawn = bars.iter().map(|bar| {
        let says = format!("{}: {} quotes", Unit::Change.range(bar.low, bar.high), count(bar.count));
        (bar.low, bar.high, 0.0, bar.count as f64, says)
    });
    let ends = bars.first().zip(bars.last()).map_or((0.0, 1.0), |(first, last)| (first.low, last.high));
    let plot = Plot {
        id: format!("{id}-histogram"),
        title: "Distribution of the price change".to_owned(),
        describes: "Number of quotes by relative change; the upright line is no change.".to_owned(),
        x: Axis::between("shadow ÷ live price − 1", Unit::Change, ends.0, ends.1),
        y: Axis::around("quotes", Unit::Number, true, bars.iter().map(|bar| bar.count as f64)),
        layers: vec![
            Layer::Bars(Series::Plain, drawn.collect()),
            Layer::Rule(Rule::At(0.0, "unchanged".to_owned(), Series::Live)),
        ],
    };
    let basis = format!(
        "n {}, {} beyond the picture: {}. Counts; no interval.",
        count(n),
        count(change.histogram.outside),
        crate::document::Population::Quotes.words()
    );
    picture("Relative price change", &html! {}, &plot.svg(), &basis)
}

/// Distributions in rows: a strip on an axis of its own, and the numbers.
pub(super) fn summary(caption: &str, all: &[(&str, &PriceSummary, Unit)]) -> Markup {
    let rows = html! {
        @for (name, summary, unit) in all {
            tr {
                th scope="row" { (name) }
                td.drawn {
                    @if let Some(spread) = spread(summary) { (own_strip(name, &spread, unit)) }
                    span.n {
                        @for (percent, value) in &summary.percentiles {
                            span.pair-of { (percent) "%: " (unit.show(*value)) } " "
                        }
                    }
                }
                td.figure { (cell(&summary.median, unit)) }
                td.figure { (cell(&summary.mean, unit)) }
                td.figure { (cell(&summary.mad, &unsigned(unit))) }
            }
        }
    };
    let figures = all.iter().flat_map(|(_, summary, _)| [&summary.median, &summary.mean, &summary.mad]);
    html! {
        (table(caption, &["", "1st to 99th percentile", "Median", "Mean", "Median absolute deviation"], &rows))
        p.basis { (basis(figures)) }
    }
}

fn own_strip(name: &str, spread: &Spread, unit: &Unit) -> Markup {
    let strip = Strip {
        axis: Axis::around("", unit.clone(), true, [spread.outer.0, spread.outer.1]),
        rules: vec![(0.0, true)],
        bands: Vec::new(),
    };
    html! {
        (strip.spread(Series::Plain, spread, &format!("{name}: median {}", unit.show(spread.middle))))
        (strip.head())
    }
}

fn unsigned(unit: &Unit) -> Unit {
    match unit {
        Unit::Change => Unit::Share,
        Unit::Difference => Unit::Number,
        Unit::Money { code, exponent, .. } => Unit::money(code, *exponent),
        other => other.clone(),
    }
}

/// The five numbers of a strip.
pub(super) fn spread(summary: &PriceSummary) -> Option<Spread> {
    let at = |wanted: f64| {
        summary.percentiles.iter().find(|(percent, _)| *percent == wanted).map(|(_, value)| *value)
    };
    Some(Spread { outer: (at(1.0)?, at(99.0)?), inner: (at(25.0)?, at(75.0)?), middle: at(50.0)? })
}
