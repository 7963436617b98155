//! Who does which piece next.

use crate::piece::Piece;
use std::collections::VecDeque;

/// The pieces that are left. A worker goes on where it is as long as it can, so that it reads on without a
/// seek; one that has nothing left takes half of what another has.
#[derive(Debug)]
pub(crate) struct Schedule {
    strands: Vec<Strand>,
    /// Whether an input's pieces must be done in order by one worker.
    whole_inputs: bool,
}

/// Pieces of one input that follow one another.
#[derive(Debug)]
struct Strand {
    pieces: VecDeque<Piece>,
    worker: Option<usize>,
}

impl Schedule {
    /// `pieces` come input by input in order.
    pub(crate) fn new(pieces: impl Iterator<Item = Piece>, whole_inputs: bool) -> Self {
        let mut strands: Vec<Strand> = Vec::new();
        for piece in pieces {
            match strands.last_mut() {
                Some(strand) if strand.pieces.back().is_some_and(|last| last.input == piece.input) => {
                    strand.pieces.push_back(piece);
                }
                _ => strands.push(Strand { pieces: VecDeque::from([piece]), worker: None }),
            }
        }
        Self { strands, whole_inputs }
    }

    /// The next piece for a worker; `None` when nothing is left for it.
    pub(crate) fn next(&mut self, worker: usize) -> Option<Piece> {
        self.strands.retain(|strand| !strand.pieces.is_empty());
        let own = self.strands.iter().position(|strand| strand.worker == Some(worker));
        let free = || self.strands.iter().position(|strand| strand.worker.is_none());
        if let Some(index) = own.or_else(free) {
            let strand = &mut self.strands[index];
            strand.worker = Some(worker);
            return strand.pieces.pop_front();
        }
        if self.whole_inputs {
            return None;
        }
        let longest = self.strands.iter_mut().max_by_key(|strand| strand.pieces.len())?;
        let mut pieces = longest.pieces.split_off(longest.pieces.len() / 2);
        let piece = pieces.pop_front();
        self.strands.push(Strand { pieces, worker: Some(worker) });
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_piece_is_done_once_whoever_asks(counts in prop::collection::vec(0..20_i64, 0..6), asks in prop::collection::vec(0..4_usize, 400)) {
            let pieces = counts.iter().enumerate().flat_map(|(input, &count)| (0..count).map(move |start| Piece { input, start, end: start + 1 }));
            let all: Vec<_> = pieces.collect();
            let mut schedule = Schedule::new(all.iter().copied(), false);
            let mut done: Vec<_> = asks.into_iter().filter_map(|worker| schedule.next(worker)).collect();
            done.sort();
            prop_assert_eq!(done, all);
        }

        #[test]
        fn whole_inputs_stay_with_one_worker_and_in_order(counts in prop::collection::vec(1..10_i64, 1..6), asks in prop::collection::vec(0..3_usize, 0..100)) {
            let pieces = counts.iter().enumerate().flat_map(|(input, &count)| (0..count).map(move |start| Piece { input, start, end: start + 1 }));
            let mut schedule = Schedule::new(pieces, true);
            let mut owner = vec![None; counts.len()];
            let mut next = vec![0; counts.len()];
            for worker in asks {
                if let Some(piece) = schedule.next(worker) {
                    prop_assert_eq!(*owner[piece.input].get_or_insert(worker), worker);
                    prop_assert_eq!(piece.start, next[piece.input]);
                    next[piece.input] += 1;
                }
            }
        }
    }
}
