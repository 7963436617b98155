//! Met, not met, or hold.

use super::measure::{self, Sides};
use super::metric::Baseline;
use super::{Direction, Gate, GateDeclines, GatePopulation, Gates, Metric, Requirement, watched};
use crate::document::{Figure, Flag, GateResult, Measured, VerdictWord};
use crate::join::{Dataset, Joined};
use crate::kinds;
use crate::render::text::{Unit, counted};
use crate::render::{gate_unit, rounding};
use crate::sections::fraud::view::OrderView;
use crate::sections::pricing::view::QuoteView;
use crate::sections::{Chosen, Context, ReportSettings, champion};
use bystander_core::time::Rfc3339;
use std::collections::BTreeSet;

/// All gates, each as of the report's time or of its own horizon. `joined` is the report's.
pub(crate) fn results(
    data: &Dataset,
    joined: &Joined<'_>,
    settings: &ReportSettings,
    gates: &Gates,
) -> Vec<GateResult> {
    let result = |gate: &Gate| match gate.horizon_ms {
        Some(horizon) if horizon > joined.as_of_ms => {
            let why = format!("its horizon is {}, which hasn't come", Rfc3339(horizon));
            show(gate, Figure::refused(why), currency(gate, joined))
        }
        Some(horizon) if horizon < joined.as_of_ms => {
            let then = data.joined(horizon, joined.maturity_ms);
            show(gate, at_its_confidence(gate, &then, settings), currency(gate, joined))
        }
        _ => show(gate, at_its_confidence(gate, joined, settings), currency(gate, joined)),
    };
    gates.gates.iter().map(result).collect()
}

/// Every interval of a gate has the gate's confidence, whatever the report's is.
fn at_its_confidence(gate: &Gate, joined: &Joined<'_>, settings: &ReportSettings) -> Figure {
    let settings = ReportSettings { confidence: gate.confidence, ..settings.clone() };
    figure(gate, &Context { joined, settings: &settings })
}

/// The metric, or its difference to the baseline.
fn figure(gate: &Gate, context: &Context<'_>) -> Figure {
    let mut found = Vec::new();
    for joined in &context.joined.streams {
        let kind = joined.stream.kind;
        let fits = gate.metric.kind().is_none_or(|of| of == kind);
        if !fits || gate.stream.as_ref().is_some_and(|stream| *stream != joined.stream.name) {
            continue;
        }
        let runs = context.chosen(joined);
        if let Some(place) = runs.iter().position(|chosen| chosen.is_called(&gate.model)) {
            found.push((kind, place, runs));
        }
    }
    let Some((kind, place, runs)) = found.pop() else {
        return Figure::refused(format!(
            "no comparison of `{}` on a stream of this metric's kind",
            gate.model
        ));
    };
    if !found.is_empty() {
        return Figure::refused(format!("`{}` is on {} streams: set `stream`", gate.model, found.len() + 1));
    }
    match gate.metric {
        Metric::PsiMax => measure::psi_max(&runs[place]),
        Metric::AaMaxDifference => measure::aa_max(&runs[place]),
        _ => kinds::report(kind).measure(gate, &runs, place),
    }
}

pub(crate) fn of_prices(gate: &Gate, runs: &[Chosen<'_>], place: usize) -> Figure {
    let view = QuoteView::new(runs[place]);
    if gate.watched { watched::of_prices(&view, gate) } else { measure::of_prices(&view, gate) }
}

pub(crate) fn of_orders(gate: &Gate, runs: &[Chosen<'_>], place: usize) -> Figure {
    let champion = match gate.requirement.against() {
        Some(Baseline::Champion) => match champion(runs.iter().copied()) {
            Some(champion) if champion != place => Some(OrderView::new(runs[champion])),
            _ => return Figure::refused("there is no other model on this stream to be its champion"),
        },
        _ => None,
    };
    let sides = Sides { gate, model: OrderView::new(runs[place]), champion };
    if gate.watched { watched::of_orders(&sides) } else { measure::of_orders(&sides) }
}

/// The currency of a gate on money: its own, or the only one of the events that it can be about.
fn currency(gate: &Gate, joined: &Joined<'_>) -> Option<String> {
    if !gate.metric.of_money() || gate.currency.is_some() {
        return gate.currency.clone();
    }
    let streams = joined.streams.iter().map(|joined| joined.stream);
    let streams = streams.filter(|stream| {
        gate.metric.kind().is_none_or(|kind| stream.kind == kind)
            && gate.stream.as_ref().is_none_or(|wanted| *wanted == stream.name)
    });
    let found = streams.flat_map(|stream| (0..stream.len()).filter_map(|event| stream.currency(event)));
    let found: BTreeSet<u8> = found.collect();
    let only = found.first().filter(|_| found.len() == 1);
    only.map(|currency| joined.data.currency_code(*currency).to_owned())
}

fn show(gate: &Gate, figure: Figure, currency: Option<String>) -> GateResult {
    let bound = gate.requirement.bound(gate.direction);
    let labels = figure.shown().map_or(0, |figure| figure.n);
    let unit = gate.metric.unit(gate.requirement.against().is_some());
    let written = gate_unit(unit, currency.as_deref());
    let (result, sentence) = decide(gate, &figure, (bound, labels), &written);
    GateResult {
        name: gate.name.clone(),
        model: gate.model.clone(),
        metric: gate.metric.name().to_owned(),
        requirement: requirement(gate, &written),
        result,
        figure,
        unit,
        currency,
        bound,
        labels,
        min_labels: gate.min_labels,
        watched: gate.watched,
        horizon: gate.horizon_ms.map(Rfc3339),
        sentence,
    }
}

fn decide(gate: &Gate, figure: &Figure, (bound, labels): (f64, u64), unit: &Unit) -> (VerdictWord, String) {
    let Some(measured) = figure.shown() else {
        let why = figure.reason().unwrap_or_default();
        return (VerdictWord::Hold, format!("No figure yet: {why}."));
    };
    if labels < gate.min_labels {
        let sentence = format!("{labels} rows under it, {} are needed.", gate.min_labels);
        return (VerdictWord::Hold, sentence);
    }
    let (low, high) = match (measured.interval, measured.value) {
        (Some(interval), _) => (interval.low, interval.high),
        (None, Some(value)) if gate.metric.plain() => (value, value),
        _ => return (VerdictWord::Hold, "There is no interval, so nothing can be decided.".to_owned()),
    };
    let found = said(gate, measured, unit, bound);
    // On the side where more is better.
    let (worst, best, bound) = match gate.direction {
        Direction::Higher => (low, high, bound),
        Direction::Lower => (-high, -low, -bound),
    };
    if worst >= bound {
        (VerdictWord::Met, format!("{found} keeps to it."))
    } else if best < bound {
        (VerdictWord::NotMet, format!("{found} doesn't reach it."))
    } else {
        (VerdictWord::Hold, format!("{found} leaves it open: {}.", missing(gate, measured, bound)))
    }
}

/// The figure in a sentence, with its interval or range.
fn said(gate: &Gate, measured: &Measured, unit: &Unit, bound: f64) -> String {
    let place = rounding::apart(measured, unit, bound);
    let limits = measured.interval.map(|interval| unit.range_to_place(interval.low, interval.high, place));
    match (measured.value, &measured.range, limits) {
        (Some(value), _, Some(limits)) => format!("{} ({limits})", unit.to_place(value, place)),
        (Some(value), _, None) => unit.to_place(value, place),
        (None, Some(range), limits) => {
            let limits = limits.map_or(String::new(), |limits| format!(" (with sampling error {limits})"));
            let assumed = match gate.declines {
                GateDeclines::Assumed => ", under the config's assumption about them",
                GateDeclines::Unknown => "",
            };
            format!(
                "{}{limits}, depending on what {} that live declined without a label would have been{assumed},",
                unit.range_to_place(range.low, range.high, place),
                counted(range.unlabelled, "order", "orders")
            )
        }
        (None, None, _) => "No value".to_owned(),
    }
}

/// What would settle a gate on hold: more labels, or knowledge of the declined orders.
fn missing(gate: &Gate, measured: &Measured, bound: f64) -> &'static str {
    let Some(range) = &measured.range else { return "more labels are needed" };
    let (low, high) = match gate.direction {
        Direction::Higher => (range.low, range.high),
        Direction::Lower => (-range.high, -range.low),
    };
    if low < bound && bound <= high {
        "labels of declined orders are needed (reviews, a share let through at random), or a gate on \
         `population = \"live_accepted\"` or `declines = \"assumed\"`"
    } else {
        "more labels are needed"
    }
}

/// `recall of fraud@challenger, when rejecting, at least that of live less 2 points, at 95% confidence`.
fn requirement(gate: &Gate, unit: &Unit) -> String {
    let flag = match (gate.metric, gate.flag) {
        (Metric::Recall | Metric::Precision | Metric::InsultRate | Metric::AlertRate, Flag::Reject) => {
            ", when rejecting,"
        }
        (
            Metric::Recall | Metric::Precision | Metric::InsultRate | Metric::AlertRate,
            Flag::RejectOrReview,
        ) => ", when rejecting or holding for review,",
        _ => "",
    };
    let (word, less, more) = match gate.direction {
        Direction::Higher => ("at least", "less", "plus"),
        Direction::Lower => ("at most", "plus", "less"),
    };
    let what = match gate.requirement {
        Requirement::Bound(bound) => format!("{word} {}", unit.stated(bound)),
        Requirement::Superiority { against, margin: 0.0 } => format!("{word} that of {}", against.words()),
        Requirement::Superiority { against, margin } => {
            format!("{word} that of {} {more} {}", against.words(), unit.stated(margin))
        }
        Requirement::NonInferiority { against, margin } => {
            format!("{word} that of {} {less} {}", against.words(), unit.stated(margin))
        }
    };
    let orders = match (gate.population, gate.declines) {
        (GatePopulation::LiveAccepted, _) => ", on orders that live did not decline,",
        (_, GateDeclines::Assumed) => {
            ", with the share of fraud that the config assumes for declined orders without a label,"
        }
        _ => "",
    };
    format!(
        "{} of {}{flag}{orders} {what}, at {} confidence",
        gate.metric.words(),
        gate.model,
        Unit::Share.tick(gate.confidence, 0.01)
    )
}
