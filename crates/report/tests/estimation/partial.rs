//! Ranges over unknown labels, against every labelling one by one.

use bystander_report::stats::intervals::{fractional, fractional_difference, paired_difference, proportion};
use bystander_report::stats::partial::cost::{Either, Part, extreme_ratio};
use bystander_report::stats::partial::members::Members;
use bystander_report::stats::partial::ranking::{Ranges, extreme_auc};
use bystander_report::stats::partial::{Bounds, share_of_all};
use proptest::prelude::*;

const CONFIDENCE: f64 = 0.95;

/// Every way in which so many orders can be fraud or good.
fn labellings(orders: usize) -> impl Iterator<Item = Vec<bool>> {
    (0..1_u32 << orders).map(move |bits| (0..orders).map(|place| bits >> place & 1 == 1).collect())
}

/// Every choice of the labels that are not known.
fn complete(labels: &[Option<bool>]) -> impl Iterator<Item = Vec<bool>> + '_ {
    let open = labels.iter().filter(|label| label.is_none()).count();
    labellings(open).map(move |chosen| {
        let mut chosen = chosen.into_iter();
        labels.iter().map(|label| label.unwrap_or_else(|| chosen.next().unwrap())).collect()
    })
}

/// Pairs of a fraud above a good order, ties half; `None` for one class.
fn auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let of = |fraud: bool| {
        scores.iter().zip(labels).filter(move |(_, label)| **label == fraud).map(|(score, _)| *score)
    };
    let pairs: Vec<f64> = of(true)
        .flat_map(|fraud| {
            of(false).map(move |good| {
                if fraud > good {
                    1.0
                } else if fraud == good {
                    0.5
                } else {
                    0.0
                }
            })
        })
        .collect();
    (!pairs.is_empty()).then(|| pairs.iter().sum::<f64>() / pairs.len() as f64)
}

fn mean(values: impl Iterator<Item = i8>) -> Option<f64> {
    let (n, sum) = values.fold((0, 0), |(n, sum), value| (n + 1, sum + i32::from(value)));
    (n > 0).then(|| f64::from(sum) / f64::from(n))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_mean_over_a_group_is_smallest_and_largest_at_its_ends(
        known in prop::collection::vec((-1..=1_i8, any::<bool>()), 0..8),
        open in prop::collection::vec(-1..=1_i8, 0..8),
    ) {
        let mut members = Members::default();
        known.iter().for_each(|(value, fraud)| members.add(*value, Bounds::known(*fraud)));
        open.iter().for_each(|value| members.add(*value, Bounds::UNKNOWN));
        let inside = |labels: Vec<bool>| {
            let known = known.iter().filter(|(_, fraud)| *fraud).map(|(value, _)| *value);
            let open = open.iter().zip(labels).filter(|(_, fraud)| *fraud).map(|(value, _)| *value);
            mean(known.chain(open))
        };
        let found: Vec<f64> = labellings(open.len()).filter_map(inside).collect();
        let Some(ends) = members.difference(CONFIDENCE) else {
            prop_assert!(found.is_empty());
            return Ok(());
        };
        let (least, most) = found.iter().fold((2.0_f64, -2.0_f64), |(a, b), one| (a.min(*one), b.max(*one)));
        prop_assert!(ends.low.estimate <= least + 1e-12 && most <= ends.high.estimate + 1e-12);
        let certain = members.known() > 0;
        if certain {
            prop_assert!((ends.low.estimate - least).abs() < 1e-12, "{ends:?} {least}");
            prop_assert!((ends.high.estimate - most).abs() < 1e-12, "{ends:?} {most}");
        }
        // The union holds the interval of every labelling.
        let union = ends.union();
        prop_assert!(union.low <= ends.low.low && union.high >= ends.high.high);
    }

    #[test]
    fn a_ratio_of_costs_is_smallest_and_largest_at_its_ends(
        known in prop::collection::vec((0.0..9.0_f64, 0.1..9.0_f64), 1..5),
        open in prop::collection::vec(((0.0..9.0_f64, 0.0..9.0_f64), (0.1..9.0_f64, 0.0..9.0_f64)), 0..8),
    ) {
        let fixed = known.iter().map(|(above, below)| Part {
            bounds: Bounds::known(true),
            above: Either { fraud: *above, good: 100.0 },
            below: Either { fraud: *below, good: 100.0 },
        });
        let moving = open.iter().map(|((above, other), (below, less))| Part {
            bounds: Bounds::UNKNOWN,
            above: Either { fraud: *above, good: *other },
            below: Either { fraud: *below, good: *less },
        });
        let parts: Vec<Part> = fixed.chain(moving).collect();
        let ratios: Vec<f64> = labellings(open.len()).map(|labels| {
            let sum = |of: &dyn Fn(&Part) -> Either| {
                let known: f64 = parts[..known.len()].iter().map(|part| of(part).fraud).sum();
                let rest = parts[parts.len() - open.len()..].iter().zip(&labels);
                known + rest.map(|(part, fraud)| of(part).at(f64::from(u8::from(*fraud)))).sum::<f64>()
            };
            sum(&|part| part.above) / sum(&|part| part.below)
        }).collect();
        let (least, most) = ratios.iter().fold((f64::MAX, f64::MIN), |(a, b), one| (a.min(*one), b.max(*one)));
        let found = [false, true].map(|largest| extreme_ratio(&parts.iter().copied(), largest).unwrap());
        prop_assert!((found[0] - least).abs() < 1e-9 && (found[1] - most).abs() < 1e-9, "{found:?} {least} {most}");
    }

    #[test]
    fn an_auc_is_smallest_and_largest_at_the_labels_that_are_found(
        rows in prop::collection::vec((0..6_u8, prop::option::weighted(0.5, any::<bool>())), 1..12),
    ) {
        let scores: Vec<f64> = rows.iter().map(|(score, _)| f64::from(*score)).collect();
        let labels: Vec<Option<bool>> = rows.iter().map(|(_, label)| *label).collect();
        let of_all: Vec<f64> = complete(&labels).filter_map(|labels| auc(&scores, &labels)).collect();
        for largest in [false, true] {
            let expected = of_all.iter().copied().reduce(if largest { f64::max } else { f64::min });
            let found = extreme_auc(&scores, &labels, largest);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                prop_assert!(labels.iter().zip(&found).all(|(known, label)| known.is_none_or(|known| known == *label)));
                prop_assert!((auc(&scores, &found).unwrap() - expected).abs() < 1e-12, "{expected}");
            }
        }
    }

    #[test]
    fn every_point_of_a_curve_lies_within_its_range_and_touches_both_ends(
        rows in prop::collection::vec((0..6_u8, prop::option::weighted(0.6, any::<bool>())), 1..12),
        threshold in 0..7_u8,
    ) {
        let scores: Vec<f64> = rows.iter().map(|(score, _)| f64::from(*score)).collect();
        let labels: Vec<Option<bool>> = rows.iter().map(|(_, label)| *label).collect();
        let threshold = f64::from(threshold);
        let Some(found) = Ranges::new(&scores, &labels).at(threshold) else {
            let one_class = [true, false].iter().any(|class| labels.iter().all(|label| *label == Some(*class)));
            prop_assert!(one_class || scores.iter().all(|score| *score < threshold));
            return Ok(());
        };
        let share = |labels: &[bool], counts: &dyn Fn(bool, bool) -> Option<bool>| {
            let hits: Vec<bool> =
                labels.iter().zip(&scores).filter_map(|(fraud, score)| counts(*fraud, *score >= threshold)).collect();
            (!hits.is_empty()).then(|| hits.iter().filter(|hit| **hit).count() as f64 / hits.len() as f64)
        };
        type Counts = fn(bool, bool) -> Option<bool>;
        let rates: [(Bounds, Counts); 3] = [
            (found.recall, |fraud, flagged| fraud.then_some(flagged)),
            (found.false_positive_rate, |fraud, flagged| (!fraud).then_some(flagged)),
            (found.precision, |fraud, flagged| flagged.then_some(fraud)),
        ];
        for (bounds, counts) in rates {
            let all: Vec<Option<f64>> = complete(&labels).map(|labels| share(&labels, &counts)).collect();
            let values: Vec<f64> = all.iter().flatten().copied().collect();
            let ends = values.iter().fold((2.0_f64, -1.0_f64), |(low, high), one| (low.min(*one), high.max(*one)));
            prop_assert!(bounds.least <= ends.0 + 1e-12 && ends.1 <= bounds.most + 1e-12, "{bounds:?} {ends:?}");
            if all.iter().all(Option::is_some) {
                prop_assert!((bounds.least - ends.0).abs() < 1e-12 && (bounds.most - ends.1).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn counts_that_are_whole_have_the_intervals_of_whole_counts(n in 1..400_u64, k in 0..400_u64, other in 0..200_u64) {
        let k = k.min(n);
        prop_assert_eq!(fractional(k as f64, n as f64, CONFIDENCE), proportion(k, n, CONFIDENCE));
        let other = other.min(n - k);
        let difference = fractional_difference(k as f64, other as f64, n as f64, CONFIDENCE);
        prop_assert_eq!(difference, paired_difference(k, other, n, CONFIDENCE));
    }
}

#[test]
fn without_unknown_labels_a_range_is_the_point_and_its_own_interval() {
    let mut members = Members::default();
    (0..40).for_each(|number| members.add(i8::from(number % 4 == 0), Bounds::known(number % 2 == 0)));
    let ends = members.share(CONFIDENCE).unwrap();
    assert!(ends.is_point());
    assert_eq!(ends.union(), proportion(10, 20, CONFIDENCE).unwrap());
    let share = share_of_all(Bounds { least: 7.0, most: 7.0 }, 20.0, CONFIDENCE).unwrap();
    assert_eq!(share.union(), proportion(7, 20, CONFIDENCE).unwrap());
}

#[test]
fn a_group_that_may_be_empty_says_nothing() {
    let mut members = Members::default();
    (0..5).for_each(|_| members.add(1, Bounds::UNKNOWN));
    let union = members.share(CONFIDENCE).unwrap().union();
    assert_eq!((union.low, union.high), (0.0, 1.0));
    assert_eq!(Members::default().share(CONFIDENCE), None);
}

/// Of many samples whose true labels are drawn from rates, with the declined ones hidden, hardly any union excludes the true
/// rate: at most what one interval would.
#[test]
fn the_union_covers_the_true_rate_whatever_the_hidden_labels_are() {
    let mut worst = 1.0_f64;
    for hidden_rate in [0.0, 0.2, 0.5, 1.0] {
        let mut covered = 0;
        for round in 0..400_u64 {
            let noise = |number: u64, salt: u64| {
                let mixed = (round * 100_003 + number * 31 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                ((mixed ^ mixed >> 32) >> 11) as f64 / (1_u64 << 53) as f64
            };
            // Of 300 orders a fifth is hidden; a tenth of the others is fraud; recall is 0.6 of known and 0.9 of hidden.
            let mut members = Members::default();
            for number in 0..300 {
                let hidden = number % 5 == 0;
                let fraud = noise(number, 1) < if hidden { hidden_rate } else { 0.1 };
                let caught = noise(number, 2) < if hidden { 0.9 } else { 0.6 };
                members.add(i8::from(caught), if hidden { Bounds::UNKNOWN } else { Bounds::known(fraud) });
            }
            let truth = (0.8 * 0.1 * 0.6 + 0.2 * hidden_rate * 0.9) / (0.8 * 0.1 + 0.2 * hidden_rate);
            covered += u32::from(members.share(CONFIDENCE).unwrap().union().contains(truth));
        }
        worst = worst.min(f64::from(covered) / 400.0);
    }
    assert!(worst >= 0.95, "{worst}");
}
