//! Met, not met, or hold.

use super::measure::{self, Sides};
use super::metric::Baseline;
use super::{Direction, Gate, Gates, Metric, Requirement, watched};
use crate::document::{Figure, Flag, GateResult, VerdictWord};
use crate::join::{Dataset, Joined};
use crate::sections::fraud::view::OrderView;
use crate::sections::pricing::view::QuoteView;
use crate::sections::{Chosen, Context, ReportSettings, champion};
use bystander_core::kinds::Kind;
use bystander_core::time::Rfc3339;

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
            show(gate, Figure::refused(why))
        }
        Some(horizon) if horizon < joined.as_of_ms => {
            let then = data.joined(horizon, joined.maturity_ms);
            show(gate, at_its_confidence(gate, &then, settings))
        }
        _ => show(gate, at_its_confidence(gate, joined, settings)),
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
        let fits = gate.metric.of_prices().is_none_or(|prices| prices == (kind == Kind::Prices));
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
    match (gate.metric, kind) {
        (Metric::PsiMax, _) => measure::psi_max(&runs[place]),
        (Metric::AaMaxDifference, _) => measure::aa_max(&runs[place]),
        (_, Kind::Prices) => {
            let view = QuoteView::new(runs[place]);
            if gate.watched { watched::of_prices(&view, gate) } else { of_prices(&view, gate) }
        }
        (_, Kind::Orders) => of_orders(gate, &runs, place),
    }
}

fn of_prices(view: &QuoteView<'_>, gate: &Gate) -> Figure {
    measure::of_prices(view, gate)
}

fn of_orders(gate: &Gate, runs: &[Chosen<'_>], place: usize) -> Figure {
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

fn show(gate: &Gate, figure: Figure) -> GateResult {
    let bound = gate.requirement.bound(gate.direction);
    let labels = figure.shown().map_or(0, |figure| figure.n);
    let (result, sentence) = decide(gate, &figure, bound, labels);
    GateResult {
        name: gate.name.clone(),
        model: gate.model.clone(),
        metric: gate.metric.name().to_owned(),
        requirement: requirement(gate),
        result,
        figure,
        bound,
        labels,
        min_labels: gate.min_labels,
        watched: gate.watched,
        horizon: gate.horizon_ms.map(Rfc3339),
        sentence,
    }
}

fn decide(gate: &Gate, figure: &Figure, bound: f64, labels: u64) -> (VerdictWord, String) {
    let Some(measured) = figure.shown() else {
        let why = figure.reason().unwrap_or_default();
        return (VerdictWord::Hold, format!("No figure yet: {why}."));
    };
    if labels < gate.min_labels {
        let sentence = format!("{labels} rows under it, {} are needed.", gate.min_labels);
        return (VerdictWord::Hold, sentence);
    }
    let (low, high) = match measured.interval {
        Some(interval) => (interval.low, interval.high),
        None if gate.metric.plain() => (measured.value, measured.value),
        None => return (VerdictWord::Hold, "There is no interval, so nothing can be decided.".to_owned()),
    };
    // On the side where more is better.
    let (worst, best, bound) = match gate.direction {
        Direction::Higher => (low, high, bound),
        Direction::Lower => (-high, -low, -bound),
    };
    let value = measured.value;
    let range = if gate.metric.plain() { String::new() } else { format!(" ({low:.4} to {high:.4})") };
    if worst >= bound {
        (VerdictWord::Met, format!("{value:.4}{range} keeps to it."))
    } else if best < bound {
        (VerdictWord::NotMet, format!("{value:.4}{range} doesn't reach it."))
    } else {
        (VerdictWord::Hold, format!("{value:.4}{range} leaves it open: more labels are needed."))
    }
}

/// `recall of fraud@challenger, when rejecting, at least that of live less 0.02`.
fn requirement(gate: &Gate) -> String {
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
        Requirement::Bound(bound) => format!("{word} {bound}"),
        Requirement::Superiority { against, margin } => {
            format!("{word} that of {} {more} {margin}", against.words())
        }
        Requirement::NonInferiority { against, margin } => {
            format!("{word} that of {} {less} {margin}", against.words())
        }
    };
    let currency = gate.currency.as_ref().map(|currency| format!(" in {currency}")).unwrap_or_default();
    format!(
        "{}{currency} of {}{flag} {what}, at {} confidence",
        gate.metric.name(),
        gate.model,
        gate.confidence
    )
}
