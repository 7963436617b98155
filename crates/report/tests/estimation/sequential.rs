//! Confidence sequences.

use crate::support::{close, golden, list, number, numbers};
use bystander_report::stats::sequential::mean::{Declared, MeanSequence, OutOfBounds};
use bystander_report::stats::sequential::proportion::{Prior, proportion};
use proptest::prelude::*;

fn declared(low: f64, high: f64) -> Declared {
    Declared {
        low,
        high,
        guess: f64::midpoint(low, high),
        observations: 1_000.0,
        standard_deviation: (high - low) / 4.0,
    }
}

#[test]
fn proportions_match_the_reference() {
    for case in list(&golden("sequential")["proportions"]) {
        let prior = Prior::new(number(&case[2]), number(&case[3])).unwrap();
        let (events, n) = (case[0].as_u64().unwrap(), case[1].as_u64().unwrap());
        let interval = proportion(events, n, prior, number(&case[4])).unwrap();
        close(interval.low, number(&case[5]));
        close(interval.high, number(&case[6]));
    }
}

/// The reference integrates the mixture numerically.
#[test]
fn means_match_the_reference() {
    for case in list(&golden("sequential")["means"]) {
        let mut sequence =
            MeanSequence::new(serde_json::from_value(case["declared"].clone()).unwrap()).unwrap();
        sequence.observe(&numbers(&case["values"])).unwrap();
        let confidence = number(&case["confidence"]);
        let interval = sequence.interval(confidence).unwrap();
        close(interval.low, number(&case["interval"][0]));
        close(interval.high, number(&case["interval"][1]));
    }
}

#[test]
fn looking_costs_a_width_that_is_known() {
    let prior = Prior::new(1.0, 99.0).unwrap();
    let sequence = proportion(1_000, 100_000, prior, 0.95).unwrap();
    let fixed = 2.0 * 1.96 * (0.01_f64 * 0.99 / 100_000.0).sqrt();
    let factor = (sequence.high - sequence.low) / fixed;
    assert!((1.3..2.2).contains(&factor), "{factor}");
}

#[test]
fn a_rate_declared_beforehand_narrows_the_sequence_for_rare_events() {
    let width = |prior| proportion(5, 1_000, prior, 0.95).map(|it| it.high - it.low).unwrap();
    assert!(width(Prior::new(1.0, 199.0).unwrap()) < width(Prior::UNIFORM));
}

#[test]
fn nothing_seen_or_impossible_is_no_interval() {
    assert_eq!(proportion(0, 0, Prior::UNIFORM, 0.95), None);
    assert_eq!(proportion(2, 1, Prior::UNIFORM, 0.95), None);
    assert_eq!(proportion(1, 2, Prior::UNIFORM, 1.0), None);
    assert_eq!(Prior::new(0.0, 1.0), None);
    let unchecked: Prior = serde_json::from_str(r#"{"a": 1.0, "b": -0.5}"#).unwrap();
    assert_eq!(proportion(1, 20, unchecked, 0.95), None);
    let mut sequence = MeanSequence::new(declared(-1.0, 1.0)).unwrap();
    assert_eq!(sequence.interval(0.95), None);
    assert_eq!(sequence.observe(&[0.5, 1.1]), Err(OutOfBounds));
    assert_eq!(sequence.observe(&[f64::NAN]), Err(OutOfBounds));
    assert_eq!(sequence.interval(0.95), None, "none of them was taken");
    assert_eq!(MeanSequence::new(declared(1.0, 1.0)), None);
}

#[test]
fn state_survives_being_written_down() {
    let mut sequence = MeanSequence::new(declared(-1.0, 1.0)).unwrap();
    sequence.observe(&[0.25, -0.5, 0.0]).unwrap();
    let read: MeanSequence = serde_json::from_str(&serde_json::to_string(&sequence).unwrap()).unwrap();
    assert_eq!(read, sequence);
    let torn = serde_json::to_string(&sequence).unwrap().replace("\"spread\":", "\"spread\":-");
    assert_eq!(serde_json::from_str::<MeanSequence>(&torn).unwrap().interval(0.95), None);
}

proptest! {
    #[test]
    fn intervals_hold_their_estimate_and_stay_in_bounds(
        events in 0_u64..2_000_000, others in 0_u64..20_000_000, a in 0.01..100.0_f64, confidence in 0.5..0.999_f64,
    ) {
        if let Some(interval) = proportion(events, events + others, Prior::new(a, 1.0).unwrap(), confidence) {
            prop_assert!(0.0 <= interval.low && interval.low <= interval.estimate);
            prop_assert!(interval.estimate <= interval.high && interval.high <= 1.0);
        }
    }

    #[test]
    fn means_hold_their_estimate_and_stay_in_bounds(
        values in prop::collection::vec(-1.0..1.0_f64, 1..50), constant in any::<bool>(), confidence in 0.5..0.999_f64,
    ) {
        let mut sequence = MeanSequence::new(declared(-1.0, 1.0)).unwrap();
        let first = values[0];
        let values: Vec<f64> = values.into_iter().map(|value| if constant { first } else { value }).collect();
        sequence.observe(&values).unwrap();
        let interval = sequence.interval(confidence).unwrap();
        prop_assert!(-1.0 <= interval.low && interval.low <= interval.estimate);
        prop_assert!(interval.estimate <= interval.high && interval.high <= 1.0);
    }
}
