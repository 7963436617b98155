//! Rows as the contract's reference has them.

use crate::ensemble::Ensemble;
use crate::number::Number;
use bystander_core::contract::{Contract, Distribution, Feature, UNKNOWN};

/// Draws rows, the same ones for the same model and contract.
pub(crate) struct Draw<T> {
    state: u64,
    columns: Vec<Column<T>>,
}

/// Where a column's values come from.
enum Column<T> {
    /// A reference: bins with their limits, or single values; each with the share of it and all before it.
    Reference { bins: Vec<(f64, f64, f64)>, missing: f64 },
    /// Without one: the thresholds of the trees.
    Thresholds(Vec<T>),
}

impl<T: Number> Draw<T> {
    /// Rows for the columns of a contract.
    pub(crate) fn new(ensemble: &Ensemble<T>, contract: &Contract) -> Self {
        let column = |(place, feature): (usize, &Feature)| {
            let reference = contract.reference.features.get(&feature.name);
            reference.and_then(|reference| of_reference(reference, feature)).unwrap_or_else(|| {
                let nodes = ensemble.trees.iter().flat_map(|tree| &tree.nodes);
                let own = nodes.filter(|node| node.feature == place);
                Column::Thresholds(own.map(|node| node.threshold).collect())
            })
        };
        let columns = contract.features.iter().enumerate().map(column).collect();
        Self { state: 0x5bd1_e995, columns }
    }

    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The next row.
    pub(crate) fn row(&mut self) -> Vec<T> {
        let columns = std::mem::take(&mut self.columns);
        let row = columns.iter().map(|column| self.value(column)).collect();
        self.columns = columns;
        row
    }

    fn value(&mut self, column: &Column<T>) -> T {
        match column {
            Column::Reference { missing, .. } if self.share() < *missing => T::NAN,
            Column::Reference { bins, .. } => {
                let share = self.share();
                let bin = bins.iter().find(|(_, _, upto)| share < *upto).or(bins.last());
                let (low, high, _) = bin.copied().unwrap_or_default();
                T::from_f64(low + (high - low) * self.share())
            }
            Column::Thresholds(thresholds) if thresholds.is_empty() => T::from_f64(self.share()),
            Column::Thresholds(thresholds) => {
                let count = thresholds.len();
                let mut one = || thresholds[(self.next() % count as u64) as usize].to_f64();
                let (near, far) = (one(), one());
                // On a threshold, between two, or beyond them.
                match self.next() % 8 {
                    0 => T::from_f64(near),
                    1 => T::NAN,
                    _ => T::from_f64(near + (far - near) * (self.share() * 2.0 - 0.5)),
                }
            }
        }
    }

    /// From 0 up to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// SplitMix64: Steele, Lea, Flood, *Fast splittable pseudorandom number generators* (OOPSLA 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

fn of_reference<T>(reference: &Distribution, feature: &Feature) -> Option<Column<T>> {
    let limits: Vec<(f64, f64)> = if reference.values.is_empty() {
        let (first, last) = (*reference.edges.first()?, *reference.edges.last()?);
        // The outer bins are open: they reach as far again as the inner ones together.
        let span = (last - first).abs().max(first.abs()).max(1.0);
        let lows = std::iter::once(first - span).chain(reference.edges.iter().copied());
        lows.zip(reference.edges.iter().copied().chain([last + span])).collect()
    } else {
        reference.values.iter().enumerate().map(|(place, value)| category(value, place, feature)).collect()
    };
    let mut upto = 0.0;
    let bins = limits.iter().zip(&reference.shares).map(|((low, high), share)| {
        upto += share;
        (*low, *high, upto)
    });
    let bins: Vec<_> = bins.collect();
    (!bins.is_empty()).then_some(Column::Reference { bins, missing: reference.missing })
}

/// The number that a word becomes, as both limits of a bin.
fn category(value: &str, place: usize, feature: &Feature) -> (f64, f64) {
    let known = feature.vocabulary.iter().flatten().position(|word| word == value);
    let number = match (value, known) {
        (UNKNOWN, _) => -1.0,
        ("true", None) => 1.0,
        ("false", None) => 0.0,
        (_, known) => known.unwrap_or(place) as f64,
    };
    (number, number)
}
