//! How far live and shadow agree, and orders to look at where they don't.

use super::direction::Direction;
use super::view::OrderView;
use crate::document::{AgreementSection, Amount, Disagreement, Figure, Population};
use crate::join::Kept;
use crate::sections::words;
use crate::stats::agreement::{AgreementTable, Weighting, spearman};
use bystander_core::decision::Action;
use bystander_core::time::Rfc3339;

/// Orders shown per pair of actions.
const SHOWN_PER_CELL: usize = 5;

pub(crate) fn section(view: &OrderView<'_>) -> AgreementSection {
    let mut table = AgreementTable::new(Action::ALL.len());
    let stream = view.chosen.joined.stream;
    let (mut risks, mut live_risks) = (Vec::new(), Vec::new());
    let of_live = Direction::of_live(view.chosen.joined);
    for event in &view.events {
        if let Some(live) = view.live(*event) {
            table.add(live as usize, view.shadow(*event) as usize, 1);
        }
        if let Some(live) = stream.live_score.number(*event) {
            risks.push(view.risk(*event));
            live_risks.push(of_live.risk(live));
        }
    }
    let (confidence, n) = (view.confidence(), table.total());
    let kappa = |weighting| match table.kappa(weighting, confidence) {
        Some(kappa) => Figure::new(kappa.kappa, n, Population::WithLive).with(kappa.interval),
        None if n == 0 => Figure::refused("no order has a live decision"),
        None => Figure::refused("live and model always decide the same one thing: chance alone agrees fully"),
    };
    AgreementSection {
        raw: Figure::of(table.raw_agreement(confidence), n, Population::WithLive),
        kappa: kappa(Weighting::Nominal),
        weighted_kappa: kappa(Weighting::Linear),
        spearman: rank_agreement(&risks, &live_risks, confidence),
        samples: samples(view),
    }
}

fn rank_agreement(scores: &[f64], live: &[f64], confidence: f64) -> Figure {
    if scores.is_empty() {
        return Figure::refused("live logs no score: bind `live_score` to compare the order of both");
    }
    let n = scores.len() as u64;
    match spearman(scores, live, confidence) {
        Ok(found) => match found.rho {
            Some(rho) => Figure::new(rho, n, Population::WithLive).with(found.interval),
            None => Figure::refused("all scores are the same on one side: they have no order"),
        },
        Err(error) => Figure::refused(error.to_string()),
    }
}

/// A few orders of each pair of actions that differ, drawn by hash.
fn samples(view: &OrderView<'_>) -> Vec<Disagreement> {
    let mut found: Vec<(Action, Action, u64, &Kept)> = view
        .chosen
        .run
        .kept
        .iter()
        .flat_map(|sample| sample.iter())
        .filter(|((_, place), kept)| view.chosen.run.counts(kept.event, *place))
        .filter_map(|((priority, _), kept)| {
            let (live, shadow) = (view.live(kept.event)?, view.shadow(kept.event));
            let known = live != shadow && view.events.binary_search(&kept.event).is_ok();
            known.then_some((live, shadow, priority, kept))
        })
        .collect();
    found.sort_unstable_by_key(|(live, shadow, priority, kept)| (*live, *shadow, *priority, kept.event));
    found.dedup_by_key(|(.., kept)| kept.event);
    let cells = found.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    cells.flat_map(|cell| cell.iter().take(SHOWN_PER_CELL)).map(|found| show(view, found)).collect()
}

fn show(view: &OrderView<'_>, (live, shadow, _, kept): &(Action, Action, u64, &Kept)) -> Disagreement {
    let event = kept.event;
    let amount = view.money(event).map(|(minor, currency)| {
        let code = view.chosen.context.currency(currency);
        Amount { currency: code.to_owned(), exponent: words::exponent(code), minor }
    });
    Disagreement {
        subject_id: kept.subject.to_string(),
        occurred_at: Rfc3339(view.chosen.joined.stream.occurred_at_ms.get(event)),
        live: *live,
        shadow: *shadow,
        score: view.chosen.run.score.get(event),
        amount,
        state: view.state(event).name().to_owned(),
        source: kept.source.to_string(),
    }
}
