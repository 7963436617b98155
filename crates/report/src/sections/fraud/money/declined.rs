//! What unlabelled declines do to the difference to live, in the forms that a team can use.

use super::cost::Costs;
use super::rows::Row;
use crate::document::{DeclinedMoney, Figure, Shown};
use crate::sections::words;
use crate::stats::bootstrap::totals::ClusterTotals;
use crate::stats::intervals::Interval;
use bystander_core::decision::Action;

/// Of the orders that `costs` are of, with `not_declined` the difference on those that live did not decline.
pub(super) fn section(costs: &Costs<'_, '_>, not_declined: &Costs<'_, '_>) -> Shown<DeclinedMoney> {
    let (_, unlabelled) = costs.rows.counts();
    if unlabelled == 0 {
        return Shown::refused("every order that live declined has a label");
    }
    let differs = |row: &Row| {
        let difference = model_less_live(costs, *row);
        row.label.is_none() && difference.fraud != difference.good
    };
    let moved = costs.rows.iter().filter(differs).count() as u64;
    let share = break_even(costs);
    let sentence = sentence(&share, moved);
    let [accepted] = not_declined.per_1000::<1, 3>(|row| [model_less_live(not_declined, row)]);
    Shown::Shown(DeclinedMoney {
        unlabelled,
        moved,
        break_even_fraud_share: share.unwrap_or_else(|verdict| Figure::refused(verdict.words())),
        not_declined_per_1000: accepted,
        assumption: costs.view.chosen.context.settings.declines.as_ref().map(|assumption| {
            let (least, most) = assumption.fraud_share;
            let by = assumption.segment.as_ref().map_or(String::new(), |segment| format!(", by {segment}"));
            format!(
                "{} to {} of declined orders without a label would have been fraud{by} ({})",
                words::percent(least),
                words::percent(most),
                assumption.source
            )
        }),
        sentence,
    })
}

pub(super) fn model_less_live(costs: &Costs<'_, '_>, row: Row) -> crate::stats::partial::cost::Either {
    let live = costs.view.live(row.event).unwrap_or(Action::Accept);
    costs.difference(costs.view.shadow(row.event), live, row)
}

/// Where no share makes model and live cost the same.
enum Whatever {
    Cheaper,
    Dearer,
    Same,
}

impl Whatever {
    fn words(&self) -> &'static str {
        match self {
            Self::Cheaper => "the model is cheaper than live whatever share of them was fraud",
            Self::Dearer => "the model is dearer than live whatever share of them was fraud",
            Self::Same => "the model rejects all of them too, so that they change nothing",
        }
    }
}

/// The share of fraud among unlabelled declines at which model and live cost the same: the difference goes up linearly with
/// that share from its value with none, if fraud and good orders among them have the same amounts on average.
fn break_even(costs: &Costs<'_, '_>) -> Result<Figure, Whatever> {
    let totals = ClusterTotals::of(costs.cluster(), costs.clusters(), |place| {
        let row = costs.rows.row(place);
        let difference = model_less_live(costs, row);
        match row.label {
            Some(fraud) => [difference.at(f64::from(u8::from(fraud))); 2],
            None => [difference.good, difference.fraud],
        }
    });
    let [none, all] = costs.rows.iter().fold([0.0; 2], |[none, all], row| {
        let difference = model_less_live(costs, row);
        let known = row.label.map(|fraud| difference.at(f64::from(u8::from(fraud))));
        [none + known.unwrap_or(difference.good), all + known.unwrap_or(difference.fraud)]
    });
    if none == all {
        return Err(Whatever::Same);
    }
    match (none < 0.0, all < 0.0) {
        (true, true) => return Err(Whatever::Cheaper),
        (false, false) => return Err(Whatever::Dearer),
        _ => {}
    }
    let (n, _) = costs.rows.counts();
    let figure = Figure::new(-none / (all - none), n, costs.population);
    let found = totals.and_then(|totals| {
        totals.bootstrap(&costs.plan, |[none, all]| (all != none).then(|| [-none / (all - none)]))
    });
    Ok(match found {
        Ok(found) => figure.with(found.interval(0).and_then(|interval| {
            let Interval { low, estimate, high, confidence, method } = interval;
            Interval::new(low.clamp(0.0, 1.0), estimate, high.clamp(0.0, 1.0), confidence, method)
        })),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    })
}

fn sentence(share: &Result<Figure, Whatever>, moved: u64) -> String {
    let orders = format!(
        "the {} that live declined, that the model would decide otherwise and that have no label",
        words::orders(moved)
    );
    match share {
        Ok(share) => {
            let limits = share.interval().map_or(String::new(), |interval| {
                format!(" ({} to {})", words::percent(interval.low), words::percent(interval.high))
            });
            let at = words::percent(share.value().unwrap_or_default());
            format!("Cheaper than live unless more than {at}{limits} of {orders} would have been fraud.")
        }
        Err(Whatever::Cheaper) => format!("Cheaper than live whatever {orders} would have been."),
        Err(Whatever::Dearer) => format!("Dearer than live whatever {orders} would have been."),
        Err(Whatever::Same) => {
            "The model rejects all orders that live declined and that have no label: they change nothing."
                .to_owned()
        }
    }
}
