//! Curves over orders of which live declined some without a label: each point has a range that holds the truth.

use super::common::*;
use super::shop::{World, world};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_core::time::DAY_MS;
use bystander_report::Gates;
use bystander_report::document::{CurvePoint, Population};

/// Every fraud that live let through is disputed, and nothing else is heard of.
fn disputed(mut world: World) -> World {
    let let_through =
        |record: &&ComparisonRecord<'static>| record.live.unwrap().action() != Some(Action::Reject);
    let frauds =
        world.comparisons.iter().filter(let_through).filter(|record| world.fraud[record.subject_id.as_ref()]);
    let told = frauds
        .map(|record| outcome(&record.subject_id, T::DisputeLost, FRAUD, record.occurred_at_ms + 9 * DAY_MS));
    world.outcomes = told.collect();
    world
}

#[test]
fn every_point_of_roc_and_precision_recall_has_a_range_that_holds_the_truth() {
    for seed in 1..=3 {
        let world = disputed(world(seed, 3_000, 30.0));
        let as_of = world.end_ms + 200 * DAY_MS;
        let report =
            bystander_report::Report::build(&mut world.dataset(), as_of, &settings(), &Gates::default());
        let ranking = &model(&report).ranking;
        // Of what live let through the labels are known; of its declines they are hidden from the report.
        let orders: Vec<(f64, bool)> = world
            .comparisons
            .iter()
            .map(|record| (record.score, world.fraud[record.subject_id.as_ref()]))
            .collect();
        let share = |of: &dyn Fn(f64, bool) -> Option<bool>| {
            let hits: Vec<bool> = orders.iter().filter_map(|(score, fraud)| of(*score, *fraud)).collect();
            hits.iter().filter(|hit| **hit).count() as f64 / hits.len() as f64
        };
        let check = |points: &[CurvePoint], truth: &dyn Fn(f64) -> (f64, f64)| {
            let ranged = points.iter().filter_map(|point| Some((point.threshold?, point.range?)));
            let ranged: Vec<_> = ranged.collect();
            assert!(ranged.len() > 20, "seed {seed}: {points:?}");
            for (threshold, range) in ranged {
                let (x, y) = truth(threshold);
                let inside = range.x_low <= x + 1e-12
                    && x <= range.x_high + 1e-12
                    && range.y_low <= y + 1e-12
                    && y <= range.y_high + 1e-12;
                assert!(inside, "seed {seed}, from {threshold}: {x} {y} {range:?}");
            }
        };
        let recall = |at: f64| share(&|score, fraud| fraud.then_some(score >= at));
        check(&ranking.roc, &|at| (share(&|score, fraud| (!fraud).then_some(score >= at)), recall(at)));
        check(&ranking.pr, &|at| (recall(at), share(&|score, fraud| (score >= at).then_some(fraud))));
        // The curve itself and its AUC are about the others, the range is about all.
        assert_eq!(shown(&ranking.auc).population, Population::NotDeclined);
        let all = shown(&ranking.auc_of_all);
        assert!(all.value.is_none() && all.range.is_some(), "{all:?}");
        assert!(
            ranking.average_precision_of_all.reason().unwrap().contains("that live declined have no label")
        );
    }
}

#[test]
fn where_every_decline_has_a_label_curves_have_no_range_and_the_auc_is_one_number() {
    let mut world = disputed(world(4, 2_000, 30.0));
    let declined =
        world.comparisons.iter().filter(|record| record.live.unwrap().action() == Some(Action::Reject));
    let told: Vec<_> = declined
        .map(|record| {
            let label = if world.fraud[record.subject_id.as_ref()] { FRAUD } else { LEGIT };
            let at = record.occurred_at_ms + DAY_MS;
            outcome(&record.subject_id, T::ManualReview, label, at)
        })
        .collect();
    assert!(!told.is_empty());
    world.outcomes.extend(told);
    let report = report(&mut world.dataset(), world.end_ms + 200 * DAY_MS);
    let ranking = &model(&report).ranking;
    assert_eq!(ranking.auc, ranking.auc_of_all);
    assert_eq!(ranking.average_precision, ranking.average_precision_of_all);
    assert!(ranking.roc.iter().chain(&ranking.pr).all(|point| point.range.is_none()));
}
