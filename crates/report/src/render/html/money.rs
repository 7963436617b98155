//! Money: what the decisions cost, per currency.

use super::figures::{cell, line, refused_block};
use super::fraud::each;
use super::table::{Row, folded, matrix, picture, points, table};
use crate::document::{Figure, FraudModel, MoneyPoint, MoneySection, Population, Shown};
use crate::render::charts::{Axis, Layer, Plot, Rule, Series};
use crate::render::points as operating;
use crate::render::text::{Unit, count, value};
use maud::{Markup, html};

pub(super) const HOW: &str = "A missed fraud costs what doesn't come back and a fee, a false decline costs margin and \
                              goodwill, a review costs its minutes. The curve is the cost of rejecting at each \
                              threshold; lower is better. Currencies are never added up.";

/// A curve is cut above this many times its lowest comparison, and says so.
const TALLEST: f64 = 3.0;

pub(super) fn body(id: &str, models: &[FraudModel]) -> Markup {
    let place = |model: &FraudModel| models.iter().position(|other| std::ptr::eq(other, model)).unwrap_or(0);
    each(models, |model| {
        html! {
            (points(&model.money_refused))
            @if model.money.is_empty() {
                (refused_block("Money", "no currency of this stream has orders with a mature label and a cost assumption"))
            }
            @for money in &model.money {
                div.money {
                    h5 { (money.currency) }
                    div.pictures {
                        (curve(&format!("{id}-money-{}-{}", place(model) + 1, ident(&money.currency)), model, money, place(model)))
                        div { (headline(money)) }
                    }
                    (declined(money))
                    (totals(money))
                    (assumptions(money))
                }
            }
        }
    })
}

/// A currency's code as part of an id, whatever the data says.
fn ident(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn curve(id: &str, model: &FraudModel, money: &MoneySection, place: usize) -> Markup {
    let unit = Unit::money(&money.currency, money.exponent);
    let points: &[MoneyPoint] = &money.by_threshold;
    if points.is_empty() {
        return refused_block("The cost by threshold", "there is no labelled order to sweep over");
    }
    let (live, accept_all) = (&money.curve_live_per_1000, &money.curve_accept_all_per_1000);
    let levels = [live, accept_all].map(Figure::value);
    let cheapest = points.iter().map(|point| point.cost_per_1000).fold(f64::INFINITY, f64::min);
    let compare = levels.into_iter().flatten().fold(cheapest, f64::max);
    let highest = points.iter().map(|point| point.cost_per_1000).fold(0.0_f64, f64::max);
    let top = if compare > 0.0 { highest.min(TALLEST * compare) } else { highest };
    let inside = points.iter().filter(|point| point.cost_per_1000 <= top);
    let mut layers = vec![Layer::Line(
        Series::Model(place),
        inside.map(|point| (point.threshold, point.cost_per_1000)).collect(),
    )];
    let mut rule = |value: Option<f64>, name: &str| {
        layers.extend(value.map(|value| Layer::Rule(Rule::Level(value, name.to_owned(), Series::Live))));
    };
    rule(live.value(), "live");
    rule(accept_all.value(), "accept everything");
    let now = operating::headline(&model.thresholds).and_then(|point| point.threshold);
    layers.extend(now.map(|now| Layer::Rule(Rule::At(now, "now".to_owned(), Series::Model(place)))));
    for (figure, name) in [(&money.cheapest, "cheapest"), (&money.break_even, "break-even")] {
        layers.extend(figure.value().map(|at| Layer::Rule(Rule::At(at, name.to_owned(), Series::Good))));
    }
    let plot = Plot {
        id: id.to_owned(),
        title: format!("Cost per 1,000 orders by threshold, {}", money.currency),
        describes: "The lowest point of the curve is the cheapest threshold on these orders.".to_owned(),
        x: Axis::fitting(
            operating::threshold_axis([model]),
            Unit::Number,
            points.iter().map(|point| point.threshold),
            now.into_iter().chain(money.cheapest.value()),
        ),
        y: Axis::around(&format!("{} per 1,000 orders", money.currency), unit.clone(), true, [top, compare]),
        layers,
    };
    let cut = if highest > top {
        format!(" The curve goes on up to {}.", unit.show(highest))
    } else {
        String::new()
    };
    let n = live.shown().map_or(0, |measured| measured.n);
    let population = live.shown().map_or(Population::Labelled, |measured| measured.population);
    let basis = format!(
        "n {} in {}: {}.{cut} A curve has no interval; the figures beside it have.",
        count(n),
        money.currency,
        population.words()
    );
    picture("Cost by threshold", &html! {}, &plot.svg(), &basis)
}

fn headline(money: &MoneySection) -> Markup {
    let unit = || Unit::money(&money.currency, money.exponent);
    let signed = || Unit::signed_money(&money.currency, money.exponent);
    let rows = [
        Row::new("Model less live", "negative saves money", signed(), vec![&money.delta_per_1000]),
        Row::new("Model", "", unit(), vec![&money.model_per_1000]),
        Row::new("Live", "", unit(), vec![&money.live_per_1000]),
        Row::new("Accept everything", "", unit(), vec![&money.accept_all_per_1000]),
        Row::new("Reject everything", "", unit(), vec![&money.reject_all_per_1000]),
    ];
    matrix(&format!("Cost per 1,000 orders, {}", money.currency), &["Cost".to_owned()], &rows)
}

/// What orders that live declined without a label do to the difference, in the forms that a team can use.
fn declined(money: &MoneySection) -> Markup {
    let declined = match &money.declined {
        Shown::Shown(declined) => declined,
        Shown::Refused { refused } => {
            return html! { p.basis { "No range over labels of declined orders: " (refused) "." } };
        }
    };
    let signed = Unit::signed_money(&money.currency, money.exponent);
    let accepted = format!("Model less live per 1,000 orders that live did not decline, {}", money.currency);
    html! {
        div.card {
            h5 { "Orders that live declined without a label" }
            p { (declined.sentence) }
            dl.list {
                dt { "Such orders" } dd { (count(declined.unlabelled)) ", of which " (count(declined.moved)) " move the difference" }
                dt { "Break-even share of fraud among those" } dd { (line(&declined.break_even_fraud_share, &Unit::Share)) }
                dt { (accepted) } dd { (line(&declined.not_declined_per_1000, &signed)) }
                @if let Some(assumption) = &declined.assumption { dt { "Assumed" } dd { (assumption) } }
            }
        }
    }
}

fn totals(money: &MoneySection) -> Markup {
    let unit = Unit::money(&money.currency, money.exponent);
    let cells = [
        ("Fraud stopped that live let through", &money.caught, &unit),
        ("Good orders declined that live let through", &money.insulted, &unit),
        ("Fraud that both let through", &money.missed, &unit),
        ("Savings against the better of accepting and rejecting everything", &money.savings, &Unit::Share),
        ("Cheapest threshold on these orders", &money.cheapest, &Unit::Number),
        (
            "Break-even: the threshold that rejects most and costs no more than live",
            &money.break_even,
            &Unit::Number,
        ),
    ];
    html! {
        dl.tiles {
            @for (name, figure, unit) in cells { div { dt { (name) } dd { (cell(figure, unit)) } } }
        }
        p.basis { (super::figures::basis(cells.map(|(_, figure, _)| figure))) }
    }
}

fn assumptions(money: &MoneySection) -> Markup {
    let (unit, costs) = (Unit::money(&money.currency, money.exponent), &money.costs);
    let assumed = [
        ("Share of a missed fraud that comes back", Unit::Share.show(costs.recovery)),
        ("Fee per missed fraud", unit.show(costs.fee)),
        ("Margin lost with a declined good order", Unit::Share.show(costs.margin)),
        ("Goodwill lost with an insulted customer", unit.show(costs.churn)),
        ("A review", unit.show(costs.review)),
        ("Frauds that a review catches", Unit::Share.show(costs.review_catches)),
    ];
    let rows = html! {
        @for (name, value) in &assumed { tr { th.wide scope="row" { (name) } td.figure { (value) } } }
    };
    let title = if costs.assumed {
        "Assumed costs (defaults, not the shop's own)"
    } else {
        "Assumed costs (from the config)"
    };
    let both = html! {
        div.pair {
            div { (table(&format!("{title}, {}", money.currency), &["Assumption", "Value"], &rows)) }
            div { (sensitivity(money)) }
        }
    };
    folded(&format!("{title}, and what others would change"), &both)
}

fn sensitivity(money: &MoneySection) -> Markup {
    if money.sensitivity.is_empty() {
        return refused_block("Sensitivity", "there is no cost to vary");
    }
    let signed = Unit::signed_money(&money.currency, money.exponent);
    let rows = html! {
        @for row in &money.sensitivity {
            tr {
                th scope="row" { (row.assumption) }
                td.figure { (assumption(&row.assumption, row.value, money)) }
                td.figure { (row.delta_per_1000.shown().map_or_else(String::new, |found| value(found, &signed))) }
            }
        }
    };
    table(
        &format!("Were one assumption another: model less live per 1,000 orders, {}", money.currency),
        &["Assumption", "Set to", "Difference"],
        &rows,
    )
}

/// Amounts of money are in minor units, everything else is a share.
fn assumption(name: &str, value: f64, money: &MoneySection) -> String {
    let amount = ["fee", "churn", "review"].contains(&name);
    if amount { Unit::money(&money.currency, money.exponent).show(value) } else { Unit::Share.show(value) }
}
