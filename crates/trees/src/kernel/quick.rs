//! QuickScorer: instead of going from node to node, the nodes that send a row to the right are found feature by feature, and
//! each strikes out the leaves on its left side. The first leaf that is left is the row's.
//!
//! Nodes of a feature are sorted by their thresholds, so that the search ends at the first that sends no row of the block to
//! the right. Leaves are bits of 32-bit words, the first leaf of a tree the highest. Small trees share a word, and trees
//! of more than 32 leaves have several; a node that strikes leaves of two words is listed for each.
//!
//! Source: C. Lucchese, F. M. Nardini, S. Orlando, R. Perego, N. Tonellotto, R. Venturini: *QuickScorer: a fast algorithm to
//! rank documents with additive ensembles of regression trees* (SIGIR 2015), and *Exploiting CPU SIMD extensions to speed-up
//! document scoring with tree ensembles* (SIGIR 2016).

use super::LANES;
use super::leaves::Leaves;
use crate::ensemble::{Ensemble, Leaf, Node, Test, Tree};
use crate::number::Number;
use std::ops::Range;

/// Trees with more leaves are walked: their nodes would strike out word after word.
const MOST_LEAVES: usize = 256;
/// Words of a part, so that those of 32 rows stay in the first-level cache.
const PART_WORDS: usize = 256;
const BITS: usize = 32;

/// One word of each row of a block.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Word(pub(super) [u32; LANES]);

/// The words of a part.
pub(crate) type Words = Vec<Word>;

/// An ensemble, in parts of some trees each.
#[derive(Debug, Clone)]
pub(crate) struct Quick<T> {
    pub(super) parts: Vec<Part>,
    pub(super) groups: Vec<Group>,
    pub(super) strikes: Vec<Strike<T>>,
    pub(super) places: Vec<Place>,
    /// The sums of all trees' columns.
    pub(super) slots: Vec<u32>,
    /// The weights of each column, filled up to a multiple of 16.
    pub(super) tables: Vec<T>,
    /// Whether all leaves of each tree have weights for the same sums: then `tables` has all weights.
    pub(super) regular: bool,
}

/// Consecutive trees.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) groups: Range<usize>,
    pub(super) places: Range<usize>,
    pub(super) words: usize,
}

/// The nodes of one feature and rule.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Place of the feature's values in a block.
    pub(super) feature: usize,
    pub(super) rule: Rule,
    pub(super) strikes: Range<usize>,
}

/// Which values go to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// Those above the threshold, and NaN.
    AboveOrNan,
    /// Those above the threshold.
    Above,
    /// All but the threshold.
    Other,
    /// All but the threshold and NaN.
    OtherNumber,
}

/// A node, or what it strikes out of one word.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Strike<T> {
    pub(super) threshold: T,
    /// The bits that stay.
    pub(super) keep: u32,
    /// The word, counted in its part.
    pub(super) word: u32,
}

/// Where a tree has its bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first word, counted in its part.
    pub(super) word: u32,
    pub(super) words: u32,
    /// Bits before its own in a shared word.
    pub(super) shift: u32,
    /// Number of its first leaf.
    pub(super) leaf: u32,
    /// Where its weights begin in the tables: a column after the other.
    pub(super) table: u32,
    /// How many of 16 weights a column has.
    pub(super) rows: u32,
    /// The sums of its columns, where they begin in `slots` and how many they are.
    pub(super) slot: u32,
    pub(super) columns: u32,
}

impl Rule {
    fn of<T>(node: &Node<T>) -> Self {
        match (node.test, node.nan_left) {
            (Test::AtMost, false) => Self::AboveOrNan,
            (Test::AtMost, true) => Self::Above,
            (Test::Equal, false) => Self::Other,
            (Test::Equal, true) => Self::OtherNumber,
        }
    }
}

impl<T: Number> Quick<T> {
    /// Whether an ensemble can be laid out like this at all.
    pub(super) fn fits(ensemble: &Ensemble<T>) -> bool {
        ensemble.trees.iter().all(|tree| tree.leaves.len() <= MOST_LEAVES)
    }

    pub(super) fn new(ensemble: &Ensemble<T>, features: &[usize]) -> Self {
        let mut quick = Self {
            parts: Vec::new(),
            groups: Vec::new(),
            strikes: Vec::new(),
            places: Vec::new(),
            slots: Vec::new(),
            tables: Vec::new(),
            regular: ensemble.trees.iter().all(is_regular),
        };
        let mut trees = ensemble.trees.iter().peekable();
        let mut leaf = 0;
        while trees.peek().is_some() {
            let (mut taken, mut layout) = (Vec::new(), Layout::default());
            while let Some(tree) = trees.next_if(|tree| taken.is_empty() || layout.has_room(tree)) {
                let mut place = layout.place(tree, leaf);
                quick.tabulate(tree, &mut place);
                leaf += tree.leaves.len();
                taken.push((tree, place));
            }
            quick.part(&taken, layout.words, features);
        }
        quick
    }

    /// Writes the weights of a tree as columns.
    fn tabulate(&mut self, tree: &Tree<T>, place: &mut Place) {
        if !self.regular {
            return;
        }
        place.table = self.tables.len() as u32;
        place.rows = tree.leaves.len().div_ceil(LANES) as u32;
        place.slot = self.slots.len() as u32;
        let slots = tree.leaves.first().map_or(0, Vec::len);
        place.columns = slots as u32;
        for column in 0..slots {
            self.slots.push(tree.leaves[0][column].0 as u32);
            self.tables.extend(tree.leaves.iter().map(|leaf| leaf[column].1));
            self.tables.resize(self.tables.len().next_multiple_of(LANES), T::default());
        }
    }

    fn part(&mut self, trees: &[(&Tree<T>, Place)], words: usize, features: &[usize]) {
        let mut sorted: Vec<(usize, Rule, Strike<T>)> = Vec::new();
        for (tree, place) in trees {
            for (node, (first, end)) in tree.nodes.iter().zip(tree.left_leaves()) {
                let feature = features.binary_search(&node.feature).unwrap_or_default();
                let strikes = struck(place, first, end);
                sorted.extend(strikes.map(|(word, keep)| {
                    (feature, Rule::of(node), Strike { threshold: node.threshold, keep, word })
                }));
            }
        }
        // Thresholds are never NaN.
        sorted.sort_by(|(feature, rule, strike), (other, another, last)| {
            let thresholds = strike.threshold.partial_cmp(&last.threshold);
            feature.cmp(other).then(rule.cmp(another)).then(thresholds.unwrap_or(std::cmp::Ordering::Equal))
        });
        let groups = self.groups.len();
        for same in sorted.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let start = self.strikes.len();
            self.strikes.extend(same.iter().map(|(.., strike)| *strike));
            let (feature, rule, _) = same[0];
            let strikes = start..self.strikes.len();
            self.groups.push(Group { feature: feature * LANES, rule, strikes });
        }
        let places = self.places.len();
        self.places.extend(trees.iter().map(|(_, place)| *place));
        self.parts.push(Part { groups: groups..self.groups.len(), places: places..self.places.len(), words });
    }

    /// Adds the weights of a block's leaves to `sums`.
    pub(super) fn run(&self, block: &[T], words: &mut Words, leaves: &Leaves<T>, sums: &mut [T]) {
        for part in &self.parts {
            part.begin(1, words);
            for group in &self.groups[part.groups.clone()] {
                let strikes = &self.strikes[group.strikes.clone()];
                let Some(values) = block[group.feature..].first_chunk::<LANES>() else { continue };
                match group.rule {
                    Rule::AboveOrNan => strike::<T, true>(strikes, values, words, |x, t| x <= t),
                    Rule::Above => strike::<T, true>(strikes, values, words, |x, t| (x <= t) | x.is_nan()),
                    Rule::Other => strike::<T, false>(strikes, values, words, |x, t| x == t),
                    Rule::OtherNumber => {
                        strike::<T, false>(strikes, values, words, |x, t| (x == t) | x.is_nan());
                    }
                }
            }
            for place in &self.places[part.places.clone()] {
                leaves.add(&place.reached(words), sums);
            }
        }
    }
}

/// Whether every leaf has weights for the same sums, one for each, in the same order.
fn is_regular<T>(tree: &Tree<T>) -> bool {
    let slots = |leaf: &Leaf<T>| leaf.iter().map(|(slot, _)| *slot).collect::<Vec<_>>();
    let Some(first) = tree.leaves.first().map(slots) else { return false };
    let twice = (1..first.len()).any(|place| first[..place].contains(&first[place]));
    !twice && tree.leaves.iter().all(|leaf| slots(leaf) == first)
}

/// Strikes out what the nodes of a group say, for the rows that `stays` does not keep on the left. Where nodes are
/// sorted (`SORTED`), the first of four that keeps all rows ends it; a look at each of the four would cost more than it saves.
///
/// It is a function of its own, in fours of rows, because compilers then make vector instructions of it, otherwise branches.
#[inline(never)]
fn strike<T: Number, const SORTED: bool>(
    strikes: &[Strike<T>],
    values: &[T; LANES],
    words: &mut [Word],
    stays: impl Fn(T, T) -> bool + Copy,
) {
    for four in strikes.chunks(4) {
        if SORTED && values.iter().all(|value| stays(*value, four[0].threshold)) {
            break;
        }
        four.iter().for_each(|strike| strike.strike(values, words, stays));
    }
}

impl<T: Number> Strike<T> {
    #[inline(always)]
    fn strike(&self, values: &[T; LANES], words: &mut [Word], stays: impl Fn(T, T) -> bool) {
        let (values, _) = values.as_chunks::<4>();
        let (word, _) = words[self.word as usize].0.as_chunks_mut::<4>();
        for (word, values) in word.iter_mut().zip(values) {
            for (word, value) in word.iter_mut().zip(values) {
                *word &= self.keep | if stays(*value, self.threshold) { u32::MAX } else { 0 };
            }
        }
    }
}

impl Part {
    /// Gives every row of some blocks all leaves.
    pub(super) fn begin(&self, blocks: usize, words: &mut Words) {
        words.clear();
        words.resize(blocks * self.words, Word([u32::MAX; LANES]));
    }
}

impl Place {
    /// The leaf that each row has left, numbered through all trees.
    #[inline(always)]
    pub(super) fn reached(&self, words: &[Word]) -> [u32; LANES] {
        let first = self.word as usize;
        let mut reached = [0; LANES];
        if self.words == 1 {
            for (reached, word) in reached.iter_mut().zip(words[first].0) {
                *reached = self.leaf + leading_zeros(word << self.shift);
            }
            return reached;
        }
        let words = &words[first..first + self.words as usize];
        if let [one, other] = words {
            for (reached, (one, other)) in reached.iter_mut().zip(one.0.iter().zip(&other.0)) {
                let (word, before) = if *one == 0 { (*other, BITS as u32) } else { (*one, 0) };
                *reached = self.leaf + before + leading_zeros(word);
            }
            return reached;
        }
        for (lane, reached) in reached.iter_mut().enumerate() {
            let before = words.iter().take_while(|word| word.0[lane] == 0).count();
            let word = words.get(before).map_or(0, |word| word.0[lane]);
            *reached = self.leaf + (before * BITS) as u32 + word.leading_zeros();
        }
        reached
    }
}

/// The leading zeros of a number that is not 0, by the exponent of the float32 next to it, which compilers do for four
/// numbers at once.
#[inline(always)]
fn leading_zeros(number: u32) -> u32 {
    // Without the second highest bit, rounding to 24 bits can't reach the next power of two.
    let plain = (number & !(number >> 1)).cast_signed() as f32;
    let zeros = (127 + 31_u32).wrapping_sub(plain.to_bits() >> 23);
    // A highest bit makes it negative: no leading zero.
    zeros & !(number.cast_signed() >> 31).cast_unsigned()
}

/// The words of a part while its trees get their places.
#[derive(Debug, Default)]
struct Layout {
    words: usize,
    /// Bits taken of the last word.
    taken: usize,
}

impl Layout {
    fn has_room<T>(&self, tree: &Tree<T>) -> bool {
        self.words + tree.leaves.len().div_ceil(BITS) <= PART_WORDS
    }

    fn place<T>(&mut self, tree: &Tree<T>, leaf: usize) -> Place {
        let leaves = tree.leaves.len();
        let shared = self.words > 0 && self.taken + leaves <= BITS;
        if !shared {
            self.words += leaves.div_ceil(BITS);
            self.taken = 0;
        }
        let words = leaves.div_ceil(BITS);
        let place = Place {
            word: (self.words - words) as u32,
            words: words as u32,
            shift: self.taken as u32,
            leaf: leaf as u32,
            table: 0,
            rows: 0,
            slot: 0,
            columns: 0,
        };
        // Only one-word trees leave bits for others.
        self.taken = if words == 1 { self.taken + leaves } else { BITS };
        place
    }
}

/// The words of a tree in which leaves are struck out, and the bits that stay in each.
fn struck(place: &Place, first: usize, end: usize) -> impl Iterator<Item = (u32, u32)> {
    let (first, end) = (first + place.shift as usize, end + place.shift as usize);
    let base = place.word;
    (first / BITS..end.div_ceil(BITS)).map(move |word| {
        let from = first.max(word * BITS) - word * BITS;
        let to = end.min((word + 1) * BITS) - word * BITS;
        // The highest bit is the first leaf.
        let bits = (u32::MAX >> from) & !(u32::MAX.checked_shr(to as u32).unwrap_or(0));
        (base + word as u32, !bits)
    })
}

#[cfg(test)]
mod tests {
    use super::leading_zeros;

    #[test]
    fn leading_zeros_are_those_of_the_processor() {
        for shift in 0..32 {
            for low in [0, 1, 0x5555_5555, 0x7fff_ffff, 0x00ff_ffff, 0x0155_aa00] {
                let number = 0x8000_0000_u32 >> shift | low >> shift;
                assert_eq!(leading_zeros(number), number.leading_zeros(), "{number:x}");
            }
        }
    }
}
