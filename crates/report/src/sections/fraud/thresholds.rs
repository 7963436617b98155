//! Precision, recall and so on where the thresholds stand, and over all others.

use super::developed::{Developed, KnownFraud, developed, raises};
use super::direction::Direction;
use super::rates::Rates;
use super::view::OrderView;
use crate::document::{
    Figure, Flag, OperatingPoint, Population, PrecisionAtK, RecallAtRate, SweepPoint, Thresholds, Who,
};
use crate::sections::context::MoneyByCurrency;
use crate::stats::cases::Cases;
use crate::stats::confusion::{Confusion, Sweep, precision_at_k_by_day, recall_at_fpr};
use crate::stats::intervals::proportion;
use crate::stats::ranking::Ranked;
use bystander_core::decision::Action;
use bystander_core::time::DAY_MS;

const INSULT_RATES: [f64; 3] = [0.001, 0.01, 0.05];
const DAILY_REVIEWS: [usize; 3] = [10, 50, 200];

pub(crate) fn section(
    view: &OrderView<'_>,
    frauds: &[KnownFraud],
    sorted: Option<(&Ranked, &Sweep)>,
) -> Thresholds {
    let mut points = Vec::new();
    for flag in [Flag::Reject, Flag::RejectOrReview] {
        points.push(point(view, frauds, Who::Model, flag, Population::Labelled));
        points.push(point(view, frauds, Who::Live, flag, Population::Labelled));
        points.push(point(view, frauds, Who::Model, flag, Population::LiveAccepted));
    }
    let refused = || Figure::refused(view.without_labels().unwrap_or_default());
    let recall_at = INSULT_RATES.iter().map(|rate| match sorted {
        Some((ranked, _)) => recall_at(view, ranked, *rate),
        None => RecallAtRate { insult_rate: *rate, recall: refused(), threshold: None },
    });
    Thresholds {
        higher_is_riskier: view.direction == Direction::Riskier,
        points,
        sweep: sorted
            .map(|(_, sweep)| sweep.points.iter().filter_map(|table| sweep_point(view, table)).collect())
            .unwrap_or_default(),
        recall_at: recall_at.collect(),
        precision_at: DAILY_REVIEWS.iter().map(|k| precision_at(view, *k)).collect(),
    }
}

/// Threshold of the model's flag: the contract's, else the score of the least risk that was decided so.
pub(crate) fn threshold(view: &OrderView<'_>, flag: Flag) -> Option<f64> {
    let policy = view.chosen.reference().and_then(|reference| reference.policy);
    if let Some(policy) = policy {
        return Some(if flag == Flag::Reject { policy.reject } else { policy.review });
    }
    let flagged = view.events.iter().filter(|event| raises(flag, view.shadow(**event)));
    let lowest = flagged.map(|event| view.risk(*event)).min_by(f64::total_cmp);
    lowest.map(|risk| view.direction.risk(risk))
}

fn decided(view: &OrderView<'_>, who: Who, event: u32) -> Option<Action> {
    match who {
        Who::Model => Some(view.shadow(event)),
        Who::Live => view.live(event),
    }
}

/// What the decisions of `who` come to over the mature orders of `population`.
fn point(
    view: &OrderView<'_>,
    frauds: &[KnownFraud],
    who: Who,
    flag: Flag,
    population: Population,
) -> OperatingPoint {
    let mut table = Confusion::default();
    // Money by [good, fraud] × [passed, flagged].
    let mut purses: [[MoneyByCurrency; 2]; 2] = Default::default();
    let mut unlabelled = [0; 2];
    let mut rates = Rates::new(view);
    for (event, label) in view.mature.rows().filter(|(event, _)| within(view, population, *event)) {
        let Some(action) = decided(view, who, event) else { continue };
        let flagged = raises(flag, action);
        rates.add(event, label, flagged);
        match label {
            Some(fraud) => {
                table.add(fraud, flagged);
                purses[usize::from(fraud)][usize::from(flagged)].add(view.money(event));
            }
            None => unlabelled[usize::from(flagged)] += 1,
        }
    }
    let Confusion { true_positive, false_positive, true_negative, false_negative, .. } = table;
    let amounts = |purse: &MoneyByCurrency| purse.amounts(&view.chosen.context);
    let developed = match (who, population) {
        (Who::Model, Population::Labelled) => developed(view, frauds, flag),
        (Who::Live, _) => Developed::refused("developed for the model's alarms only"),
        _ => Developed::refused("developed over all labelled orders only"),
    };
    OperatingPoint {
        who,
        flag,
        threshold: if who == Who::Model { threshold(view, flag) } else { None },
        population,
        true_positives: true_positive.rows,
        false_positives: false_positive.rows,
        true_negatives: true_negative.rows,
        false_negatives: false_negative.rows,
        unlabelled_flagged: unlabelled[1],
        unlabelled_passed: unlabelled[0],
        caught: amounts(&purses[1][1]),
        missed: amounts(&purses[1][0]),
        insulted: amounts(&purses[0][1]),
        precision: rates.precision(population, false),
        recall: rates.recall(population),
        recall_so_far: so_far(view, who, flag, population),
        recall_developed: developed.recall,
        precision_developed: developed.precision,
        insult_rate: rates.insult_rate(population),
        false_discovery_rate: rates.precision(population, true),
        alert_rate: alert_rate(view, who, flag, population),
    }
}

fn within(view: &OrderView<'_>, population: Population, event: u32) -> bool {
    population == Population::Labelled || view.live(event) == Some(Action::Accept)
}

/// Over all frauds known so far, young ones too: early labels count more than they should.
fn so_far(view: &OrderView<'_>, who: Who, flag: Flag, population: Population) -> Figure {
    let mut rates = Rates::new(view);
    for event in view.events.iter().filter(|event| within(view, population, **event)) {
        let label = view.state(*event).is_fraud();
        let unlabelled = label.is_none() && view.live(*event) == Some(Action::Reject);
        if label == Some(true) || unlabelled {
            let action = decided(view, who, *event);
            action.into_iter().for_each(|action| rates.add(*event, label, raises(flag, action)));
        }
    }
    rates.recall(Population::KnownFraud).noted("not corrected for labels that are still to come")
}

/// Share of orders held for review, labelled or not, by the model and by live.
pub(crate) fn reviewed(view: &OrderView<'_>) -> [Figure; 2] {
    [(Who::Model, Population::Compared), (Who::Live, Population::WithLive)].map(|(who, population)| {
        let actions = || view.events.iter().filter_map(|event| decided(view, who, *event));
        let held = actions().filter(|action| *action == Action::Review).count() as u64;
        let all = actions().count() as u64;
        Figure::of(proportion(held, all, view.confidence()), all, population)
    })
}

/// Over all orders, labelled or not.
fn alert_rate(view: &OrderView<'_>, who: Who, flag: Flag, population: Population) -> Figure {
    let (mut flagged, mut all) = (0, 0);
    let accepted_only = population == Population::LiveAccepted;
    for event in &view.events {
        if accepted_only && view.live(*event) != Some(Action::Accept) {
            continue;
        }
        if let Some(action) = decided(view, who, *event) {
            all += 1;
            flagged += u64::from(raises(flag, action));
        }
    }
    let of = if who == Who::Model && !accepted_only { Population::Compared } else { Population::WithLive };
    Figure::of(proportion(flagged, all, view.confidence()), all, of)
}

fn sweep_point(view: &OrderView<'_>, table: &Confusion) -> Option<SweepPoint> {
    let rates = table.rates();
    Some(SweepPoint {
        threshold: view.direction.risk(table.threshold?),
        flagged: table.true_positive.rows + table.false_positive.rows,
        alert_rate: rates.alert_rate?,
        precision: rates.precision?,
        recall: rates.recall?,
        insult_rate: rates.false_positive_rate?,
    })
}

fn recall_at(view: &OrderView<'_>, ranked: &Ranked, rate: f64) -> RecallAtRate {
    let found = recall_at_fpr(ranked, rate);
    let recall = match &found {
        Some(point) => {
            let (caught, frauds) = (point.table.true_positive.rows, ranked.positives());
            Figure::of(proportion(caught, frauds, view.confidence()), frauds, view.population())
        }
        None => Figure::refused("frauds and good orders are both needed"),
    };
    let threshold = found.and_then(|point| point.table.threshold).map(|risk| view.direction.risk(risk));
    RecallAtRate { insult_rate: rate, recall, threshold }
}

fn precision_at(view: &OrderView<'_>, k: usize) -> PrecisionAtK {
    let labelled = &view.labelled;
    let occurred = &view.chosen.joined.stream.occurred_at_ms;
    let day = |event: &u32| i32::try_from(occurred.get(*event).div_euclid(DAY_MS)).unwrap_or(i32::MAX);
    let days: Vec<i32> = labelled.events.iter().map(day).collect();
    let daily = Cases::new(&labelled.labels)
        .scored(&labelled.risks)
        .and_then(|scored| precision_at_k_by_day(&scored, &days, k, view.confidence()));
    let precision = match daily {
        Ok(daily) => match daily.mean_precision {
            Some(mean) => Figure::new(mean, daily.days.len() as u64, view.population())
                .with(daily.interval)
                .noted("n is days; mean over days"),
            None => Figure::refused(view.without_labels().unwrap_or_else(|| "no labelled order".to_owned())),
        },
        Err(error) => Figure::refused(error.to_string()),
    };
    PrecisionAtK { k: k as u64, precision }
}
