//! How much is known yet, and how the stream changed over time.

use super::figures::{basis, limits, money_lines};
use super::fraud::shown;
use super::table::{Row, matrix, picture, points, sentences, table};
use crate::document::{FraudStream, LatencyPoint, Period, StateCount};
use crate::render::charts::{Axis, Layer, Plot, Point, Rule, Series, legend};
use crate::render::text::{Unit, count, day};
use maud::{Markup, html};

pub(super) const HOW: &str = "Fraud is reported late. The curve says which share of frauds is known by a given age; \
                              orders younger than the maturity age are left out of every labelled figure, or made up \
                              for where a figure says so.";
pub(super) const HOW_TIME: &str = "What fraud and live's decisions did week by week. A jump here changes what every \
                                   figure over the whole window means.";

pub(super) fn maturity(id: &str, stream: &FraudStream) -> Markup {
    let maturity = &stream.maturity;
    let rows = [
        Row::new("Half of frauds are known after", "", Unit::Days, vec![&maturity.latency_p50_days]),
        Row::new("Nine in ten after", "", Unit::Days, vec![&maturity.latency_p90_days]),
        Row::new(
            "Mature orders",
            "old enough for no news to be good news",
            Unit::Share,
            vec![&maturity.mature_share],
        ),
        Row::new(
            "Reported so far",
            "share of this window's frauds, by the curve",
            Unit::Share,
            vec![&maturity.reported],
        ),
        Row::new(
            "Labels still needed",
            "to tell the planned difference in recall",
            Unit::Number,
            vec![&maturity.labels_needed],
        ),
    ];
    html! {
        (sentences(&maturity.sentences))
        (share_bar(&maturity.states))
        div.pictures {
            (shown("The development curve", &maturity.curve, |points| curve(id, points, stream)))
            div { (matrix("How fast labels arrive", &["Value".to_owned()], &rows)) }
        }
        (states("Orders by state; each order is in exactly one", &maturity.states))
    }
}

/// Counts with their money, as a table.
pub(super) fn states(caption: &str, states: &[StateCount]) -> Markup {
    let rows = html! {
        @for state in states {
            tr {
                th.wide scope="row" { (state.state.replace('_', " ")) span.help { (state.meaning) } }
                td.figure { span.value { (count(state.count)) } }
                td.figure { (money_lines(&state.amounts)) }
            }
        }
    };
    table(caption, &["State", "Count", "Amount"], &rows)
}

/// The states of all orders as one bar; the table beside it says the same in numbers.
fn share_bar(states: &[StateCount]) -> Markup {
    let total = states.iter().map(|state| state.count).sum::<u64>().max(1) as f64;
    let parts: Vec<_> = states.iter().filter(|state| state.count > 0).collect();
    html! {
        div.share-bar aria-hidden="true" {
            @for (place, state) in parts.iter().enumerate() {
                div class=(format!("k{}", place % 8)) style=(format!("flex-grow:{:.4}", state.count as f64 / total)) {}
            }
        }
        ul.legend {
            @for (place, state) in parts.iter().enumerate() {
                li {
                    span class=(format!("swatch k{}", place % 8)) {}
                    (state.state.replace('_', " ")) " " (Unit::Share.show(state.count as f64 / total))
                }
            }
        }
    }
}

fn curve(id: &str, points: &[LatencyPoint], stream: &FraudStream) -> Markup {
    let band: Vec<_> = points.iter().filter_map(|at| Some((at.age_days, at.low?, at.high?))).collect();
    let days = stream.maturity.maturity_days;
    let ends = points.iter().map(|point| point.age_days).chain([days]);
    let plot = Plot {
        id: format!("{id}-maturity-curve"),
        title: "Share of frauds known by age of the order".to_owned(),
        describes: format!("Rises from 0 to 100%; maturity is reached at {days} days."),
        x: Axis::around("age of the order in days", Unit::Number, true, ends),
        y: Axis::share("share of frauds known"),
        layers: vec![
            Layer::Band(Series::Plain, band),
            Layer::Line(Series::Plain, points.iter().map(|point| (point.age_days, point.share)).collect()),
            Layer::Rule(Rule::At(days, "mature".to_owned(), Series::Live)),
        ],
    };
    let basis = basis([&stream.maturity.reported]);
    let basis = format!("The band is the interval of the curve. {basis}");
    picture("Frauds known by age", &html! {}, &plot.svg(), &basis)
}

pub(super) fn over_time(id: &str, stream: &FraudStream) -> Markup {
    html! {
        (points(&stream.regimes))
        @if stream.periods.is_empty() {
            (super::figures::refused_block("A picture over time", "there is no period with orders"))
        } @else {
            div.pictures {
                (shares(id, &stream.periods))
                (orders(id, &stream.periods))
            }
        }
    }
}

fn axis(periods: &[Period]) -> Axis {
    let first = periods.first().map_or(0, |period| period.start.0);
    let last = periods.last().map_or(1, |period| period.end.0);
    Axis::between("period", Unit::Date, first as f64, last as f64)
}

fn middle(period: &Period) -> f64 {
    (period.start.0 as f64 + period.end.0 as f64) / 2.0
}

fn shares(id: &str, periods: &[Period]) -> Markup {
    let line = |figure: fn(&Period) -> &crate::document::Figure, what: &str| -> Vec<Point> {
        let measured = periods.iter().filter_map(|period| Some((period, figure(period).shown()?)));
        measured
            .filter_map(|(period, measured)| {
                Some(Point {
                    x: middle(period),
                    y: measured.value?,
                    interval: limits(measured),
                    breadth: None,
                    says: format!(
                        "{}: {what} {}",
                        day(period.start),
                        super::figures::line(figure(period), &Unit::Share)
                    ),
                })
            })
            .collect()
    };
    let fraud = line(|period| &period.fraud_share, "fraud");
    let live = line(|period| &period.live_reject_share, "live rejects");
    if fraud.is_empty() && live.is_empty() {
        return super::figures::refused_block("Fraud over time", "no period has a share");
    }
    let highest = fraud.iter().chain(&live).map(|point| point.interval.map_or(point.y, |(_, high)| high));
    let plot = Plot {
        id: format!("{id}-time-shares"),
        title: "Share of fraud and of live's rejections over time".to_owned(),
        describes: "One point per period with its interval.".to_owned(),
        x: axis(periods),
        y: Axis::around("share of orders", Unit::Share, true, highest),
        layers: vec![
            Layer::Line(Series::Live, live.iter().map(|point| (point.x, point.y)).collect()),
            Layer::Points(Series::Live, live),
            Layer::Line(Series::Fraud, fraud.iter().map(|point| (point.x, point.y)).collect()),
            Layer::Points(Series::Fraud, fraud),
        ],
    };
    let legend = legend(&[
        (Series::Fraud, "fraud among labelled".to_owned()),
        (Series::Live, "live rejects".to_owned()),
    ]);
    let basis = basis(periods.iter().flat_map(|period| [&period.fraud_share, &period.live_reject_share]));
    picture("Fraud and rejections by period", &legend, &plot.svg(), &basis)
}

fn orders(id: &str, periods: &[Period]) -> Markup {
    let says = |period: &Period| {
        format!(
            "{}: {} orders, {} frauds, {} good, {} pending",
            day(period.start),
            count(period.orders),
            count(period.frauds),
            count(period.good),
            count(period.pending)
        )
    };
    let bar = |period: &Period, from: u64, to: u64| {
        (period.start.0 as f64, period.end.0 as f64, from as f64, to as f64, says(period))
    };
    let known = |period: &Period| period.orders.saturating_sub(period.pending);
    let plot = Plot {
        id: format!("{id}-time-orders"),
        title: "Orders over time, and how many are not yet mature".to_owned(),
        describes: "One bar per period; its upper part is not yet mature.".to_owned(),
        x: axis(periods),
        y: Axis::around("orders", Unit::Number, true, periods.iter().map(|period| period.orders as f64)),
        layers: vec![
            Layer::Bars(Series::Plain, periods.iter().map(|period| bar(period, 0, known(period))).collect()),
            Layer::Bars(
                Series::Live,
                periods.iter().map(|period| bar(period, known(period), period.orders)).collect(),
            ),
        ],
    };
    let legend = legend(&[(Series::Plain, "known".to_owned()), (Series::Live, "not yet mature".to_owned())]);
    let n: u64 = periods.iter().map(|period| period.orders).sum();
    picture("Orders by period", &legend, &plot.svg(), &format!("n {} orders.", count(n)))
}
