//! Money: what the decisions cost, per currency.

use super::figures::{cell, line, refused_block};
use super::fraud::each;
use super::table::{Row, folded, matrix, picture, points, table};
use crate::document::{Figure, FraudModel, MoneySection, MoneyTotal, Population, Shown};
use crate::render::charts::{Axis, Layer, Plot, Rule, Series, legend};
use crate::render::points as operating;
use crate::render::text::{Unit, count, value};
use maud::{Markup, html};

pub(super) const HOW: &str = "A missed fraud costs what doesn't come back and a fee, a false decline costs margin and \
                              goodwill, a review costs its minutes. The curve is the cost of rejecting at each \
                              threshold; lower is better. Currencies are added up only at rates that the config \
                              states.";

/// A curve is cut above this many times its lowest comparison, and says so.
const TALLEST: f64 = 3.0;

pub(super) fn body(id: &str, models: &[FraudModel]) -> Markup {
    let place = |model: &FraudModel| models.iter().position(|other| std::ptr::eq(other, model)).unwrap_or(0);
    let each = each(models, |model| {
        html! {
            (points(&model.money_refused))
            @if model.money.is_empty() {
                (refused_block("Money", "no currency of this stream has orders with a mature label and a cost assumption"))
            }
            @for money in &model.money {
                div.money {
                    h5 { (money.currency) }
                    div.pictures {
                        (curve(&format!("{id}-money-{}-{}", place(model) + 1, ident(&money.currency)), models, Some(place(model)), &money.currency))
                        div { (headline(money)) }
                    }
                    (declined(money))
                    (totals(money))
                    (assumptions(money))
                }
            }
        }
    });
    html! { (by_currency(models)) (each) }
}

/// What each model saves, currencies as columns; the total where the config gives rates.
fn by_currency(models: &[FraudModel]) -> Markup {
    let mut codes: Vec<(&str, u32)> = Vec::new();
    for money in models.iter().flat_map(|model| &model.money) {
        if !codes.iter().any(|(code, _)| *code == money.currency) {
            codes.push((&money.currency, money.exponent));
        }
    }
    let total = models.iter().find_map(|model| model.total.shown());
    let none = Figure::refused("too few labelled orders");
    let heads: Vec<String> = ["Against live".to_owned()]
        .into_iter()
        .chain(total.map(|total| format!("In all, {}", total.currency)))
        .chain(codes.iter().map(|(code, _)| (*code).to_owned()))
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let rows = html! {
        @for model in models {
            tr {
                th scope="row" { (model.model.label()) }
                @if let Some(total) = total {
                    @let unit = Unit::cost(&total.currency, total.exponent);
                    td.figure {
                        @match &model.total {
                            Shown::Shown(own) => (cell(&own.delta_per_1000, &unit)),
                            Shown::Refused { refused } => (super::figures::refusal(refused)),
                        }
                    }
                }
                @for (code, exponent) in &codes {
                    @let own = model.money.iter().find(|money| money.currency == *code);
                    td.figure { (cell(own.map_or(&none, |money| &money.delta_per_1000), &Unit::cost(code, *exponent))) }
                }
            }
        }
    };
    html! {
        @if codes.len() > 1 { (table("Saved per 1,000 orders, by currency", &heads, &rows)) }
        @match (total, models.first().and_then(|model| model.total.reason())) {
            (Some(total), _) => p.basis { (rates(total)) },
            (None, Some(why)) if codes.len() > 1 => p.basis { "No total over currencies: " (why) "." },
            _ => {},
        }
        @if let Some(total) = total { (totals_of(models, total)) }
    }
}

/// Which rates a total rests on.
fn rates(total: &MoneyTotal) -> String {
    let each: Vec<String> = total
        .rates
        .iter()
        .map(|(code, rate)| format!("1 {code} = {} {}", Unit::Number.stated(*rate), total.currency))
        .collect();
    format!("Rates of {} ({}): {}.", total.date, total.source, each.join(", "))
}

/// What the decisions cost over all currencies.
fn totals_of(models: &[FraudModel], total: &MoneyTotal) -> Markup {
    let unit = || Unit::money(&total.currency, total.exponent);
    let refused: Vec<Figure> =
        models.iter().map(|model| Figure::refused(model.total.reason().unwrap_or_default())).collect();
    let of = |figure: fn(&MoneyTotal) -> &Figure| {
        let both = models.iter().zip(&refused);
        both.map(|(model, refused)| model.total.shown().map_or(refused, figure)).collect::<Vec<_>>()
    };
    let rows = [
        Row::new("Model", "", unit(), of(|total| &total.model_per_1000)),
        Row::new("Live", "", unit(), of(|total| &total.live_per_1000)),
    ];
    let columns: Vec<_> = models.iter().map(|model| model.model.label()).collect();
    folded(
        &format!("Costs per 1,000 orders over all currencies, {}", total.currency),
        &matrix(&format!("Cost per 1,000 orders, all currencies in {}", total.currency), &columns, &rows),
    )
}

/// A currency's code as part of an id, whatever the data says.
fn ident(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// The cost by threshold in one currency, one line per model that has it, or of the one model at a place.
pub(super) fn curve(id: &str, models: &[FraudModel], only: Option<usize>, currency: &str) -> Markup {
    let drawn: Vec<_> = models
        .iter()
        .enumerate()
        .filter(|(place, _)| only.is_none_or(|only| only == *place))
        .filter_map(|(place, model)| {
            let money = model.money.iter().find(|money| money.currency == currency)?;
            (!money.by_threshold.is_empty()).then_some(Line { place, model, money })
        })
        .collect();
    let Some(first) = drawn.first() else {
        return refused_block("The cost by threshold", "there is no labelled order to sweep over");
    };
    let heights = Heights::of(&drawn);
    let unit = Unit::money(&first.money.currency, first.money.exponent);
    let now: Vec<f64> = drawn.iter().filter_map(Line::now).collect();
    let marked = now.iter().copied().chain(drawn.iter().filter_map(|line| line.money.cheapest.value()));
    let thresholds =
        drawn.iter().flat_map(|line| line.money.by_threshold.iter().map(|point| point.threshold));
    let plot = Plot {
        id: id.to_owned(),
        title: format!("Cost per 1,000 orders by threshold, {currency}"),
        describes: "The lowest point of a curve is the cheapest threshold on these orders.".to_owned(),
        x: Axis::fitting(
            operating::threshold_axis(drawn.iter().map(|line| line.model)),
            Unit::Number,
            thresholds,
            marked,
        ),
        y: Axis::around(
            &format!("{currency} per 1,000 orders"),
            unit.clone(),
            true,
            [heights.top, heights.compare],
        ),
        layers: layers(&drawn, heights.top),
    };
    let cut = if heights.highest > heights.top {
        format!(" Curves go on up to {}.", unit.show(heights.highest))
    } else {
        String::new()
    };
    let live = first.money.curve_live_per_1000.shown();
    let basis = format!(
        "n {} in {currency}: {}.{cut} Lower is better. A curve has no interval; the figures under Money have.",
        count(live.map_or(0, |measured| measured.n)),
        live.map_or(Population::Labelled, |measured| measured.population).words()
    );
    let entries: Vec<_> =
        drawn.iter().map(|line| (Series::Model(line.place), line.model.model.label())).collect();
    picture(&format!("Cost by threshold, {currency}"), &legend(&entries), &plot.svg(), &basis)
}

/// A model's curve in one currency.
struct Line<'a> {
    place: usize,
    model: &'a FraudModel,
    money: &'a MoneySection,
}

impl Line<'_> {
    /// The threshold in use.
    fn now(&self) -> Option<f64> {
        operating::headline(&self.model.thresholds).and_then(|point| point.threshold)
    }

    fn levels(&self) -> [(Option<f64>, &'static str); 2] {
        let MoneySection { curve_live_per_1000: live, curve_accept_all_per_1000: all, .. } = self.money;
        [(live.value(), "live"), (all.value(), "accept everything")]
    }
}

/// How high curves go, and where they are cut.
struct Heights {
    /// The highest that is compared with.
    compare: f64,
    highest: f64,
    top: f64,
}

impl Heights {
    fn of(lines: &[Line<'_>]) -> Self {
        let costs =
            || lines.iter().flat_map(|line| line.money.by_threshold.iter().map(|point| point.cost_per_1000));
        let cheapest = costs().fold(f64::INFINITY, f64::min);
        let levels = lines.iter().flat_map(Line::levels).filter_map(|(level, _)| level);
        let compare = levels.fold(cheapest, f64::max);
        let highest = costs().fold(0.0_f64, f64::max);
        Self { compare, highest, top: if compare > 0.0 { highest.min(TALLEST * compare) } else { highest } }
    }
}

fn layers(lines: &[Line<'_>], top: f64) -> Vec<Layer> {
    let mut layers = Vec::new();
    for line in lines {
        let inside = line.money.by_threshold.iter().filter(|point| point.cost_per_1000 <= top);
        let points = inside.map(|point| (point.threshold, point.cost_per_1000)).collect();
        layers.push(Layer::Line(Series::Model(line.place), points));
    }
    // Live paid the same whatever the models would do.
    for (level, name) in lines.first().into_iter().flat_map(Line::levels) {
        layers.extend(level.map(|at| Layer::Rule(Rule::Level(at, name.to_owned(), Series::Live))));
    }
    let mut marked: Vec<f64> = Vec::new();
    for line in lines {
        if let Some(now) = line.now().filter(|now| !marked.contains(now)) {
            marked.push(now);
            layers.push(Layer::Rule(Rule::At(now, "now".to_owned(), Series::Model(line.place))));
        }
    }
    if let [only] = lines {
        for (figure, name) in [(&only.money.cheapest, "cheapest"), (&only.money.break_even, "break-even")] {
            layers.extend(figure.value().map(|at| Layer::Rule(Rule::At(at, name.to_owned(), Series::Good))));
        }
    }
    layers
}

fn headline(money: &MoneySection) -> Markup {
    let unit = || Unit::money(&money.currency, money.exponent);
    let against = || Unit::cost(&money.currency, money.exponent);
    let rows = [
        Row::new("Against live", "", against(), vec![&money.delta_per_1000]),
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
    let signed = Unit::cost(&money.currency, money.exponent);
    let accepted = format!("Against live per 1,000 orders that live did not decline, {}", money.currency);
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
        ("Savings against the better of accepting and rejecting everything", &money.savings, &Unit::Saving),
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
        ("Goodwill lost with a good customer turned away", unit.show(costs.churn)),
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
    let signed = Unit::cost(&money.currency, money.exponent);
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
        &format!("Were one assumption another: against live per 1,000 orders, {}", money.currency),
        &["Assumption", "Set to", "Difference"],
        &rows,
    )
}

/// Amounts of money are in minor units, everything else is a share.
fn assumption(name: &str, value: f64, money: &MoneySection) -> String {
    let amount = ["fee", "churn", "review"].contains(&name);
    if amount { Unit::money(&money.currency, money.exponent).show(value) } else { Unit::Share.show(value) }
}
