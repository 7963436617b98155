//! On the simulator, where the truth is known.

use super::common::*;
use super::shop::{noise, world};
use bystander_core::contract::{Distribution, ReferenceDistributions, UNKNOWN};
use bystander_core::decision::{Action, DecisionValue};
use bystander_core::features::FeatureValue;
use bystander_core::time::DAY_MS;
use bystander_report::document::{Flag, OperatingPoint, Population, Report, Who};
use bystander_report::sections::ModelReference;
use bystander_report::{Gates, ReportSettings};

fn rejecting(report: &Report) -> &OperatingPoint {
    let wanted = |point: &&OperatingPoint| {
        (point.who, point.flag, point.population) == (Who::Model, Flag::Reject, Population::Labelled)
    };
    model(report).thresholds.points.iter().find(wanted).unwrap()
}

#[test]
fn swap_in_bounds_contain_the_truth_at_every_time() {
    for seed in 1..=6 {
        let world = world(seed, 4_000, 30.0);
        let swapped_in = world.comparisons.iter().filter(|record| {
            record.live.unwrap().action() == Some(Action::Reject)
                && record.would_be.action() == Some(Action::Accept)
        });
        let frauds = swapped_in.filter(|record| world.fraud[record.subject_id.as_ref()]).count() as u64;
        let mut data = world.dataset();
        for after in [1, 30, 200] {
            let report = report(&mut data, world.end_ms + after * DAY_MS);
            let ins = &model(&report).swap.ins;
            assert!(ins.count > 0, "seed {seed}: nothing swapped in");
            assert!(
                (ins.fraud_at_least..=ins.fraud_at_most).contains(&frauds),
                "seed {seed}: {frauds} {ins:?}"
            );
        }
    }
}

/// The naive recall counts what is known so far, where early labels (reviews, warnings on stolen cards) weigh too much.
/// The truth is the simulator's own, over the orders that can get a label at all.
#[test]
fn developed_figures_are_nearer_the_truth_than_the_naive_ones_at_every_age() {
    const AGES: [i64; 6] = [0, 5, 10, 20, 30, 45];
    const SEEDS: u64 = 8;
    let settings = ReportSettings { resamples: 2, ..settings() };
    let mut errors = [[0.0_f64; 4]; AGES.len()];
    let mut seen = Vec::new();
    for seed in 1..=SEEDS {
        let world = world(seed, 25_000, 60.0);
        let reachable = |record: &&bystander_core::comparison::ComparisonRecord<'_>| {
            record.live.unwrap().action() != Some(Action::Reject) && world.fraud[record.subject_id.as_ref()]
        };
        let frauds: Vec<_> = world.comparisons.iter().filter(reachable).collect();
        let caught = frauds.iter().filter(|record| record.would_be.action() == Some(Action::Reject)).count();
        let truth = caught as f64 / frauds.len() as f64;
        let open = |record: &&bystander_core::comparison::ComparisonRecord<'_>| {
            record.live.unwrap().action() != Some(Action::Reject)
                && record.would_be.action() == Some(Action::Reject)
        };
        let alarms = world.comparisons.iter().filter(open).count() as f64;
        let precise = caught as f64 / alarms;
        let mut data = world.dataset();
        for (errors, age) in errors.iter_mut().zip(AGES) {
            let report = Report::build(&mut data, world.end_ms + age * DAY_MS, &settings, &Gates::default());
            let point = rejecting(&report);
            let cells = model(&report).swap.cells.iter().filter(|cell| cell.live != Action::Reject);
            let (n, caught) = cells.fold((0.0, 0.0), |(n, caught), cell| {
                let frauds = cell.outcomes.fraud as f64;
                (n + frauds, caught + if cell.shadow == Action::Reject { frauds } else { 0.0 })
            });
            let (naive, developed) = (caught / n, value(&point.recall_developed));
            errors[0] += (naive - truth).abs() / SEEDS as f64;
            errors[1] += (developed - truth).abs() / SEEDS as f64;
            seen.push(format!("{seed} {age}: {truth:.3} {naive:.3} {developed:.3}"));
            // Young alarms whose frauds aren't known yet look false to the naive precision.
            let Some(precision) = point.precision_developed.value() else { continue };
            errors[2] += (caught / alarms - precise).abs() / SEEDS as f64;
            errors[3] += (precision - precise).abs() / SEEDS as f64;
        }
    }
    for (age, [naive, developed, plain, precision]) in AGES.iter().zip(errors) {
        // Refused where labels still come in at the oldest age that can be seen.
        assert!(
            precision < plain || plain == 0.0 && *age < 20,
            "{age} days after the window: {precision:.4} {plain:.4}\n{errors:.4?}"
        );
        assert!(
            developed < naive,
            "{age} days after the window: {developed:.4} {naive:.4}\n{errors:.4?}\n{seen:#?}"
        );
    }
}

#[test]
fn a_planted_worst_slice_is_named() {
    let mut named = 0;
    for seed in 1..=5 {
        let mut world = world(seed, 8_000, 30.0);
        for record in &mut world.comparisons {
            let french = record.segments.iter().any(|segment| segment == ("country", "FR"));
            if french && noise(&record.subject_id, 99) < 0.15 {
                record.would_be = DecisionValue::Action(Action::Reject).into();
            }
        }
        let report = report(&mut world.dataset(), world.end_ms + 200 * DAY_MS);
        let insults = &model(&report).slices[0];
        let worst = insults.worst_slice.as_ref().map(|(segment, value)| (segment.as_str(), value.as_str()));
        named += i32::from(worst == Some(("country", "FR")));
        assert!(
            insults.worst.as_ref().is_some_and(|said| said.contains("of good orders would be rejected")),
            "{insults:?}"
        );
    }
    assert_eq!(named, 5);
}

#[test]
fn without_a_planted_slice_hardly_any_is_named() {
    let named = (1..=10).filter(|seed| {
        let world = world(*seed, 4_000, 30.0);
        let report = report(&mut world.dataset(), world.end_ms + 200 * DAY_MS);
        model(&report).slices[0].worst_slice.is_some()
    });
    assert!(named.count() <= 1, "false discoveries are one in twenty");
}

/// Twenty features with a frozen reference; on half of the seeds three of them are planted to drift.
#[test]
fn planted_drift_is_flagged_and_its_absence_is_not() {
    const FEATURES: usize = 20;
    const DRIFTED: usize = 3;
    let uniform = Distribution {
        edges: (1..10).map(|edge| f64::from(edge) / 10.0).collect(),
        shares: vec![0.1; 10],
        ..Distribution::default()
    };
    let names: Vec<String> = (0..FEATURES).map(|feature| format!("f{feature}")).collect();
    let reference = ReferenceDistributions {
        score: None,
        features: names.iter().map(|name| (name.clone(), uniform.clone())).collect(),
    };
    let known = ModelReference {
        name: "fraud".to_owned(),
        version: 1,
        sha256: "abcdef".to_owned(),
        reference,
        ..ModelReference::default()
    };
    let settings = ReportSettings { models: vec![known], ..settings() };
    let (mut flagged, mut false_alarms, mut found) = (0, 0, 0);
    for seed in 0..20_u64 {
        let rows: Vec<_> = (0..1_500)
            .map(|number| {
                let row = order(&format!("o{number}")).at(day(number / 50));
                names.iter().enumerate().fold(row, |row, (feature, name)| {
                    let value = noise(&format!("{name}/{number}"), seed);
                    let drifts = seed % 2 == 1 && feature < DRIFTED;
                    row.feature(name, if drifts { value * value } else { value })
                })
            })
            .collect();
        let report = Report::build(&mut dataset(&rows, &[]), day(60), &settings, &Gates::default());
        for row in model(&report).drift.rows.iter().filter(|row| row.flagged) {
            let planted = seed % 2 == 1 && names[..DRIFTED].contains(&row.name);
            flagged += 1;
            found += i32::from(planted);
            false_alarms += i32::from(!planted);
        }
    }
    assert_eq!(found, 10 * DRIFTED as i32, "every planted drift");
    assert!(
        f64::from(false_alarms) < 0.1 * f64::from(flagged),
        "{false_alarms} of {flagged} flags are false"
    );
}

/// A contract whose category has one word: the reference says `<unknown>` for all others, and comparisons `(unseen)`.
#[test]
fn what_the_reference_knows_as_unknown_is_not_news() {
    let device = Distribution {
        values: vec![UNKNOWN.to_owned()],
        shares: vec![1.0],
        missing: 0.04,
        ..Distribution::default()
    };
    let reference = ReferenceDistributions { score: None, features: [("device".to_owned(), device)].into() };
    let known = ModelReference {
        name: "fraud".to_owned(),
        version: 1,
        sha256: "abcdef".to_owned(),
        reference,
        ..ModelReference::default()
    };
    let settings = ReportSettings { models: vec![known], ..settings() };
    let row = |number: i64| {
        let row = order(&format!("o{number}")).at(day(number / 50));
        if number % 25 == 0 {
            row.feature("device", f64::NAN)
        } else {
            row.category("device", FeatureValue::UNSEEN)
        }
    };
    let rows: Vec<_> = (0..1_500).map(row).collect();
    let report = Report::build(&mut dataset(&rows, &[]), day(60), &settings, &Gates::default());
    let device = model(&report).drift.rows.iter().find(|row| row.name == "device").unwrap();
    assert_eq!((value(&device.psi), device.unseen, device.flagged), (0.0, Some(0.0), false), "{device:?}");
}
