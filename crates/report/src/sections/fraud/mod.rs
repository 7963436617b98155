//! Fraud: streams of orders.

mod agreement;
mod bias;
mod calibration;
pub(crate) mod costs;
pub(crate) mod declines;
mod developed;
pub(crate) mod direction;
pub(crate) mod histograms;
mod maturity;
mod mcnemar;
pub(crate) mod money;
mod paired;
mod ranking;
pub(crate) mod rates;
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
use crate::document::{Basis, FraudModel, FraudStream, Paired, Population, Test};
use crate::join::JoinedStream;
use crate::stats::cases::Cases;
use crate::stats::confusion::sweep;
use crate::stats::ranking::Ranked;
use bystander_core::decision::Action;
use mcnemar::Discordant;
use regimes::Regime;
use view::OrderView;

/// Points of the sweep and of the curves.
const SWEEP_POINTS: usize = 200;

pub(crate) fn section(context: &Context<'_>, joined: &JoinedStream<'_>, runs: &[Chosen<'_>]) -> FraudStream {
    let (periods, regimes, sentences) = regimes::section(context, joined);
    let views: Vec<OrderView<'_>> = runs.iter().map(|chosen| OrderView::new(*chosen)).collect();
    let maturity = maturity::section(context, joined);
    FraudStream {
        stream: joined.stream.name.clone(),
        periods,
        regimes: sentences,
        models: views.iter().map(|view| model(view, maturity.headline, &regimes)).collect(),
        maturity,
        pairs: pairs(&views),
        bias: bias::section(context, joined),
    }
}

fn model(view: &OrderView<'_>, basis: Basis, regimes: &[Regime]) -> FraudModel {
    let frauds = developed::known_frauds(view);
    let scored = Cases::new(&view.labelled.labels).scored(&view.labelled.risks);
    let ranked = scored.ok().filter(|_| view.without_labels().is_none()).map(|scored| Ranked::new(&scored));
    let sweep = ranked.as_ref().map(|ranked| sweep(ranked, SWEEP_POINTS));
    let sorted = ranked.as_ref().zip(sweep.as_ref());
    let (money, money_refused) = money::sections(view);
    let [reviewed, live_reviewed] = thresholds::reviewed(view);
    let mut model = FraudModel {
        model: view.chosen.key(),
        summary: Vec::new(),
        compared: view.events.len() as u64,
        reviewed,
        live_reviewed,
        swap: swap::section(view),
        agreement: agreement::section(view),
        thresholds: thresholds::section(view, &frauds, sorted),
        ranking: ranking::section(view, sorted),
        money,
        total: money::total::section(view),
        money_refused,
        calibration: calibration::section(view),
        drift: drift::section(&view.chosen, &view.events),
        slices: slices::section(view),
        tests: against_live(view).into_iter().collect(),
        histograms: histograms::section(view),
    };
    model.summary = summary::of(view, &model, basis, regimes);
    model
}

/// Model against live on being right when rejecting.
fn against_live(view: &OrderView<'_>) -> Option<Test> {
    let right = |action: Action, fraud: bool| (action == Action::Reject) == fraud;
    let mut pairs = Discordant::default();
    for (event, label) in view.mature.rows() {
        let Some(live) = view.live(event) else { continue };
        let model = view.shadow(event);
        match label {
            Some(fraud) => pairs.add(right(live, fraud), right(model, fraud)),
            None => pairs.add_unlabelled(model != Action::Reject),
        }
    }
    pairs.test(("live", &view.chosen.key().label()), "rejections", Population::Labelled, view.confidence())
}

/// All others against the champion: the model with that alias, else the lowest version.
fn pairs(views: &[OrderView<'_>]) -> Vec<Paired> {
    let Some(champion) = super::champion(views.iter().map(|view| view.chosen)) else { return Vec::new() };
    let others = views.iter().enumerate().filter(|(place, _)| *place != champion);
    let floor = header::floor(&views[champion].chosen);
    let ambiguous = super::ambiguous_champion(views.iter().map(|view| view.chosen));
    let pair = |(_, challenger): (usize, &OrderView<'_>)| {
        let mut pair = paired::section(&views[champion], challenger, floor);
        pair.sentences.splice(0..0, ambiguous.clone());
        pair
    };
    others.map(pair).collect()
}
