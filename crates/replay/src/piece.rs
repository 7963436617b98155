//! Pieces: what is scored in one go and published whole or not at all.

use crate::plan::{Form, Input, Plan};
use serde::{Deserialize, Serialize};

/// A stretch of one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Piece {
    /// Which input of the plan.
    pub input: usize,
    /// The first offset or line.
    pub start: i64,
    /// The first that isn't in it any more.
    pub end: i64,
}

/// Cuts an input at multiples of `size`, so that the cuts don't depend on where a run began; a file's lines
/// likewise.
pub fn cut(index: usize, input: &Input, size: i64) -> impl Iterator<Item = Piece> {
    let size = size.max(1);
    let (start, end) = (input.start, input.end);
    let next_cut = move |at: i64| (at.div_euclid(size) + 1).saturating_mul(size).min(end);
    let mut at = start;
    std::iter::from_fn(move || {
        let piece = (at < end).then(|| Piece { input: index, start: at, end: next_cut(at) })?;
        at = piece.end;
        Some(piece)
    })
}

impl Plan {
    /// All pieces, input by input.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        let inputs = self.inputs.iter().enumerate();
        inputs.flat_map(|(index, input)| cut(index, input, self.piece_size))
    }

    /// Whether pieces of the input are ranges of offsets.
    pub fn by_offset(&self, piece: &Piece) -> bool {
        self.inputs[piece.input].form == Form::Partition
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::{Bound, Extent};
    use crate::plan::Account;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_cover_the_input_once_and_are_cut_where_any_other_run_cuts(start in 0..500_i64, len in 0..500_i64, size in 1..100_i64) {
            let extent = Extent { low: 0, high: start + len };
            let bounds = (Bound::Offset(start), Bound::End);
            let input = Input::partition(Account::resolve(("s", "t", 0), bounds, extent, (None, None)));
            let pieces: Vec<_> = cut(3, &input, size).collect();
            let mut at = start;
            for piece in &pieces {
                prop_assert_eq!((piece.input, piece.start), (3, at));
                prop_assert!(piece.start < piece.end && piece.end - piece.start <= size);
                prop_assert!(piece.end % size == 0 || piece.end == input.end);
                at = piece.end;
            }
            prop_assert_eq!(at, start + len);
        }
    }
}
