//! Fraud: streams of orders.

mod agreement;
mod bias;
mod calibration;
mod costs;
mod developed;
pub(crate) mod histograms;
mod maturity;
pub(crate) mod money;
mod paired;
mod ranking;
mod regimes;
pub(crate) mod slices;
mod summary;
mod swap;
mod thresholds;
pub(crate) mod view;

pub(crate) use developed::raises;
pub(crate) use maturity::without_live;

use super::context::{Chosen, Context};
use super::{drift, header};
use crate::document::{FraudModel, FraudStream, Paired, Population, Test};
use crate::join::JoinedStream;
use crate::stats::cases::Cases;
use crate::stats::confusion::sweep;
use crate::stats::ranking::Ranked;
use bystander_core::decision::Action;
use regimes::Regime;
use view::OrderView;

/// Points of the sweep and of the curves.
const SWEEP_POINTS: usize = 200;

pub(crate) fn section(context: &Context<'_>, joined: &JoinedStream<'_>, runs: &[Chosen<'_>]) -> FraudStream {
    let (periods, regimes, sentences) = regimes::section(context, joined);
    let views: Vec<OrderView<'_>> = runs.iter().map(|chosen| OrderView::new(*chosen)).collect();
    FraudStream {
        stream: joined.stream.name.clone(),
        maturity: maturity::section(context, joined),
        periods,
        regimes: sentences,
        models: views.iter().map(|view| model(view, &regimes)).collect(),
        pairs: pairs(&views),
        bias: bias::section(context, joined),
    }
}

fn model(view: &OrderView<'_>, regimes: &[Regime]) -> FraudModel {
    let frauds = developed::known_frauds(view);
    let scored = Cases::new(&view.labelled.labels).scored(&view.labelled.scores);
    let ranked = scored.ok().filter(|_| view.without_labels().is_none()).map(|scored| Ranked::new(&scored));
    let sweep = ranked.as_ref().map(|ranked| sweep(ranked, SWEEP_POINTS));
    let sorted = ranked.as_ref().zip(sweep.as_ref());
    let (money, money_refused) = money::sections(view);
    let mut model = FraudModel {
        model: view.chosen.key(),
        summary: Vec::new(),
        compared: view.events.len() as u64,
        swap: swap::section(view),
        agreement: agreement::section(view),
        thresholds: thresholds::section(view, &frauds, sorted),
        ranking: ranking::section(view, sorted),
        money,
        money_refused,
        calibration: calibration::section(view),
        drift: drift::section(&view.chosen, &view.events),
        slices: slices::section(view),
        tests: against_live(view).into_iter().collect(),
        histograms: histograms::section(view),
    };
    model.summary = summary::of(view, &model, regimes);
    model
}

/// Model against live on being right when rejecting.
fn against_live(view: &OrderView<'_>) -> Option<Test> {
    let rows = view.labelled.events.iter().zip(&view.labelled.labels);
    let right = |action: Action, fraud: bool| (action == Action::Reject) == fraud;
    let pairs = rows.filter_map(|(event, fraud)| {
        Some((right(view.live(*event)?, *fraud), right(view.shadow(*event), *fraud)))
    });
    paired::correctness_test(
        pairs,
        "the model's against live's rejections",
        Population::Labelled,
        view.confidence(),
    )
}

/// All others against the champion: the model with that alias, else the lowest version.
fn pairs(views: &[OrderView<'_>]) -> Vec<Paired> {
    let Some(champion) = super::champion(views.iter().map(|view| view.chosen)) else { return Vec::new() };
    let others = views.iter().enumerate().filter(|(place, _)| *place != champion);
    let floor = header::floor(&views[champion].chosen);
    others.map(|(_, challenger)| paired::section(&views[champion], challenger, floor)).collect()
}
