//! Every method against the plainest walk.

#![allow(clippy::unwrap_used)]

use super::{Kernel, LANES, Scratch};
use crate::ensemble::{Ensemble, Mode, Source, Tree};
use crate::finish::Aggregate;
use crate::number::Number;
use proptest::prelude::*;

const MODES: [Mode; 6] = [Mode::AtMost, Mode::Below, Mode::AtLeast, Mode::Above, Mode::Equal, Mode::Unequal];
const AGGREGATES: [Aggregate; 4] = [Aggregate::Sum, Aggregate::Average, Aggregate::Min, Aggregate::Max];

/// Numbers that meet each other, on thresholds and in rows.
fn value<T: Number>(choice: u8) -> T {
    match choice {
        0 => T::NAN,
        1 => T::INFINITY,
        2 => T::NEG_INFINITY,
        3 => -T::default(),
        _ => {
            let whole = T::from_f64(f64::from(choice / 3) - 40.0);
            [whole.down(), whole, whole.up()][usize::from(choice % 3)]
        }
    }
}

/// One split: the leaf that is split, mode, feature, threshold, and whether it tracks missing values.
type Split = (prop::sample::Index, u8, u8, u8, bool);

fn tree<T: Number>(splits: &[Split], slots: usize, weight: &mut u32) -> Tree<T> {
    let leaf = |weight: &mut u32| {
        *weight += 1;
        let value = T::from_f64(f64::from(*weight * 7919 % 1000) / 37.0 - 13.0);
        let weights =
            if slots == 1 { vec![(0, value)] } else { vec![(*weight as usize % slots, value), (0, value)] };
        Source {
            mode: Mode::Leaf,
            feature: 0,
            threshold: T::default(),
            missing_true: false,
            children: [0; 2],
            weights,
        }
    };
    let mut sources = vec![leaf(weight)];
    for (at, mode, feature, threshold, missing_true) in splits {
        let leaves: Vec<usize> =
            (0..sources.len()).filter(|place| sources[*place].mode == Mode::Leaf).collect();
        let at = *at.get(&leaves);
        let children = [sources.len(), sources.len() + 1];
        sources.extend([leaf(weight), leaf(weight)]);
        sources[at] = Source {
            mode: MODES[usize::from(*mode) % 6],
            feature: usize::from(feature % 5),
            // A threshold is never NaN.
            threshold: value((*threshold).max(1)),
            missing_true: *missing_true,
            children,
            weights: Vec::new(),
        };
    }
    Tree::grow(&sources, 0, &mut 10_000).unwrap()
}

fn check<T: Number>(trees: &[Vec<Split>], slots: usize, aggregate: Aggregate, cells: &[u8]) {
    let mut weight = 0;
    let trees = trees.iter().map(|splits| tree(splits, slots, &mut weight)).collect();
    let ensemble = Ensemble::<T> { trees, slots, width: 5 };
    let features = ensemble.used_features();
    let row = |lane: usize| -> Vec<T> { (0..5).map(|place| value(cells[lane * 5 + place])).collect() };
    let block: Vec<T> =
        features.iter().flat_map(|feature| (0..LANES).map(|lane| row(lane)[*feature])).collect();
    let expected: Vec<T> = (0..slots * LANES)
        .map(|place| plain(&ensemble, aggregate, &row(place % LANES), place / LANES))
        .collect();
    let mut scratch = Scratch::default();
    let blocks = block.repeat(2);
    let bits = |sums: &[T], rows: usize| {
        let of_rows = sums.chunks(LANES).flat_map(|slot| &slot[..rows]);
        of_rows.map(|sum| sum.to_f64().to_bits()).collect::<Vec<_>>()
    };
    for method in Kernel::methods(&ensemble) {
        let mut kernel = Kernel::new(method, &ensemble, aggregate, &features);
        let mut sums = Vec::new();
        // More than once, as memory of one block must not show in the next.
        for (few, rows) in [(0, LANES), (0, 3), (5, 5), (5, LANES), (0, 2 * LANES), (0, LANES + 3)] {
            kernel.set_few(few);
            kernel.sums((&blocks, block.len()), rows, &mut scratch, &mut sums);
            let last = sums.split_off(sums.len() - slots * LANES);
            let rows = (rows - 1) % LANES + 1;
            assert_eq!(bits(&last, rows), bits(&expected, rows), "{method}, {rows} rows, few {few}");
        }
    }
}

/// One sum of one row.
fn plain<T: Number>(ensemble: &Ensemble<T>, aggregate: Aggregate, row: &[T], slot: usize) -> T {
    let mut sum = match aggregate {
        Aggregate::Sum | Aggregate::Average => T::default(),
        Aggregate::Min => T::INFINITY,
        Aggregate::Max => T::NEG_INFINITY,
    };
    for tree in &ensemble.trees {
        for (_, weight) in tree.leaves[tree.leaf(row)].iter().filter(|(of, _)| *of == slot) {
            sum = match aggregate {
                Aggregate::Sum | Aggregate::Average => sum + *weight,
                Aggregate::Min if *weight < sum => *weight,
                Aggregate::Max if *weight > sum => *weight,
                _ => sum,
            };
        }
    }
    sum
}

proptest! {
    #[test]
    fn every_method_gives_the_sums_of_the_plainest_walk(
        trees in prop::collection::vec(prop::collection::vec(any::<Split>(), 0..80), 1..12),
        slots in 1..4_usize,
        aggregate in 0..4_usize,
        cells in prop::collection::vec(any::<u8>(), LANES * 5),
    ) {
        check::<f32>(&trees, slots, AGGREGATES[aggregate], &cells);
        check::<f64>(&trees, slots, AGGREGATES[aggregate], &cells);
    }

    #[test]
    fn many_small_trees_share_words_and_many_parts_follow_each_other(
        tree in prop::collection::vec(any::<Split>(), 0..12),
        other in prop::collection::vec(any::<Split>(), 25..40),
        count in 1..900_usize,
        cells in prop::collection::vec(any::<u8>(), LANES * 5),
    ) {
        let trees: Vec<_> = (0..count).map(|i| if i % 3 == 0 { other.clone() } else { tree.clone() }).collect();
        check::<f32>(&trees, 1, Aggregate::Sum, &cells);
    }
}
