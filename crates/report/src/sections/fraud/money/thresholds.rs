//! Other rejecting thresholds, without review: the cheapest, the one that costs what live did, and the curve.

use super::rows::Rows;
use crate::document::{Figure, MoneyPoint, Population};
use crate::sections::fraud::view::OrderView;
use crate::stats::money::CostModel;
use crate::stats::money::sweep::{CostSweep, Point};
use bystander_core::decision::Action;

/// Points of the curve over thresholds.
const POINTS: usize = 80;

/// The cheapest rejecting threshold, and the cost over thresholds that are evenly spread over ranks, closer together at the
/// top; on labelled orders only.
pub(super) fn curve(view: &OrderView<'_>, rows: &Rows, costs: &CostModel) -> (Figure, Vec<MoneyPoint>) {
    let sweep = match sweep(view, rows, true) {
        Ok(sweep) => sweep,
        Err(refusal) => return (Figure::refused(refusal), Vec::new()),
    };
    let n = rows.len() as u64;
    let cheapest = match sweep.best(costs).reject {
        Some(risk) => Figure::new(view.direction.risk(risk), n, view.population())
            .noted("chosen on the rows it is judged by: flattering on few rows"),
        None => Figure::refused("rejecting nothing costs least"),
    };
    let mut risks: Vec<f64> = rows.events.iter().map(|event| view.risk(*event)).collect();
    risks.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut wanted: Vec<f64> = ranks(risks.len()).into_iter().map(|rank| risks[rank]).collect();
    wanted.dedup();
    let point = |risk: f64| {
        let exposure = sweep.at(None, Some(risk));
        MoneyPoint {
            threshold: view.direction.risk(risk),
            cost_per_1000: exposure.cost(costs) / n as f64 * 1_000.0,
            fraud_stopped: exposure.fraud[Action::Reject as usize].amount as f64,
            good_declined: exposure.good[Action::Reject as usize].amount as f64,
        }
    };
    (cheapest, wanted.into_iter().map(point).collect())
}

/// The rejecting threshold of the least risk that costs no more than live did. Rejecting an order that live declined costs what live
/// did, accepting it costs more than that where it was fraud and less where it was good. So of all labels of unlabelled
/// declines, "all good" allows the most thresholds and "all fraud" the fewest, and every other lies between.
pub(super) fn break_even(view: &OrderView<'_>, rows: &Rows, costs: &CostModel) -> Figure {
    let at = |unlabelled_fraud: bool| -> Result<Option<(Point, Point)>, String> {
        let paid: f64 = rows
            .iter()
            .map(|row| {
                let live = view.live(row.event).unwrap_or(Action::Accept);
                costs.cost(live, row.label.unwrap_or(unlabelled_fraud), row.amount)
            })
            .sum();
        Ok(sweep(view, rows, unlabelled_fraud)?.break_even(costs, paid))
    };
    let counts = rows.counts();
    let (least, most) = match (at(false), at(true)) {
        (Ok(least), Ok(most)) => (least, most),
        (Err(refusal), _) | (_, Err(refusal)) => return Figure::refused(refusal),
    };
    let lowest = |point: &Option<(Point, Point)>| point.as_ref().and_then(|(lowest, _)| lowest.reject);
    match (lowest(&least), lowest(&most)) {
        (Some(low), Some(high)) if low == high => {
            let upper = least.and_then(|(_, highest)| highest.reject).map(|risk| view.direction.risk(risk));
            let (on, to) = view.direction.words();
            Figure::new(view.direction.risk(low), counts.0, Population::Labelled).noted(match upper {
                Some(upper) => {
                    format!("rejecting {on} here, and {to} {upper:.4}, costs no more than live did")
                }
                None => format!("rejecting {on} here, or nothing, costs no more than live did"),
            })
        }
        (Some(low), Some(high)) => {
            let ends = [low, high].map(|risk| view.direction.risk(risk));
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            Figure::spanning(low, high, counts, Population::Labelled).noted(
                "the threshold that rejects most and costs no more than live, by what live's declines would have been",
            )
        }
        (Some(_), None) if most.is_none() => Figure::refused(
            "whether any threshold costs no more than live depends on what live's declines would have been",
        ),
        (None, _) if least.is_none() => {
            Figure::refused("rejecting costs more than live did at every threshold")
        }
        _ => Figure::refused("only rejecting nothing costs no more than live did"),
    }
}

fn sweep(view: &OrderView<'_>, rows: &Rows, unlabelled_fraud: bool) -> Result<CostSweep, String> {
    let risks: Vec<f64> = rows.events.iter().map(|event| view.risk(*event)).collect();
    let labels: Vec<bool> = rows.labels.iter().map(|label| label.unwrap_or(unlabelled_fraud)).collect();
    CostSweep::new(&risks, &rows.amounts, &labels).map_err(|refusal| refusal.to_string())
}

/// Ranks from 0 on a grid that is denser at its beginning.
fn ranks(rows: usize) -> Vec<usize> {
    let last = rows.saturating_sub(1) as f64;
    let mut ranks: Vec<usize> = (0..POINTS)
        .map(|point| (last * (point as f64 / (POINTS - 1) as f64).powi(3)).round() as usize)
        .collect();
    ranks.dedup();
    ranks
}
