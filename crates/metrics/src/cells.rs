//! The words of `live` and `would_be`: the matrix of decisions that a kind of stream has.
//!
//! Orders have one cell per pair of actions. A price is no word, so prices have the direction of the
//! would-be price against the one served. Without a live decision `live` is `none`.

use bystander_core::decision::{Action, Decision, Verdict};
use bystander_core::kind::Kind;

/// `live` where the event carries no live decision.
pub(crate) const NO_LIVE: &str = "none";
/// `live` of a price that was shown to a customer.
pub(crate) const SERVED: &str = "served";
/// `would_be` of a price within the tolerance of the one served.
const SAME: &str = "same";

/// One combination of live and would-be decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) live: &'static str,
    pub(crate) would_be: &'static str,
}

impl Cell {
    /// Whether both decide alike; `None` without a live decision.
    pub(crate) fn agrees(self) -> Option<bool> {
        match self.live {
            NO_LIVE => None,
            SERVED => Some(self.would_be == SAME),
            action => Some(action == self.would_be),
        }
    }
}

/// Cells of prices, indexed by [`price_cell`].
const PRICE_CELLS: [Cell; 4] = [
    Cell { live: SERVED, would_be: "lower" },
    Cell { live: SERVED, would_be: SAME },
    Cell { live: SERVED, would_be: "higher" },
    Cell { live: NO_LIVE, would_be: "priced" },
];

/// All cells of a kind; [`cell_of`] gives indices into this list.
pub(crate) fn cells(kind: Kind) -> Vec<Cell> {
    match kind {
        Kind::Orders => order_cells(),
        Kind::Prices => PRICE_CELLS.to_vec(),
    }
}

/// Index of a decision's cell; `None` when the two verdicts are of different kinds.
pub(crate) fn cell_of(decision: &Decision) -> Option<usize> {
    match (decision.would_be, decision.live) {
        (Verdict::Action(would_be), None) => Some(order_cell(None, would_be)),
        (Verdict::Action(would_be), Some(Verdict::Action(live))) => Some(order_cell(Some(live), would_be)),
        (Verdict::Price(_), None) => Some(3),
        (Verdict::Price(would_be), Some(Verdict::Price(served))) => {
            Some(price_cell(decision.agrees, served, would_be))
        }
        (Verdict::Action(_), Some(Verdict::Price(_))) | (Verdict::Price(_), Some(Verdict::Action(_))) => None,
    }
}

fn order_cells() -> Vec<Cell> {
    let lives = Action::ALL.map(Action::name).into_iter().chain([NO_LIVE]);
    lives.flat_map(|live| Action::ALL.map(|would_be| Cell { live, would_be: would_be.name() })).collect()
}

fn order_cell(live: Option<Action>, would_be: Action) -> usize {
    let row = live.map_or(Action::ALL.len(), |live| live as usize);
    row * Action::ALL.len() + would_be as usize
}

/// Within the tolerance is `same`, however the two prices lie.
fn price_cell(agrees: Option<bool>, served: i64, would_be: i64) -> usize {
    match (agrees, would_be.cmp(&served)) {
        (Some(true), _) | (_, std::cmp::Ordering::Equal) => 1,
        (_, std::cmp::Ordering::Less) => 0,
        (_, std::cmp::Ordering::Greater) => 2,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use bystander_core::decision::GuardrailTrail;

    fn decision(would_be: Verdict, live: Option<Verdict>, agrees: Option<bool>) -> Decision {
        Decision { would_be, live, agrees, delta_amount: None, trail: GuardrailTrail::default() }
    }

    fn words(kind: Kind, decision: &Decision) -> (&'static str, &'static str) {
        let cell = cells(kind)[cell_of(decision).expect("a cell")];
        (cell.live, cell.would_be)
    }

    #[test]
    fn every_pair_of_actions_has_a_cell_of_its_own_name() {
        for would_be in Action::ALL {
            for live in Action::ALL {
                let pair =
                    decision(Verdict::Action(would_be), Some(Verdict::Action(live)), Some(live == would_be));
                assert_eq!(words(Kind::Orders, &pair), (live.name(), would_be.name()));
            }
            let alone = decision(Verdict::Action(would_be), None, None);
            assert_eq!(words(Kind::Orders, &alone), ("none", would_be.name()));
        }
        assert_eq!(cells(Kind::Orders).len(), 12);
    }

    #[test]
    fn a_price_is_named_by_its_direction_and_within_tolerance_it_is_the_same() {
        let against_1000 =
            |would_be, agrees| decision(Verdict::Price(would_be), Some(Verdict::Price(1000)), Some(agrees));
        assert_eq!(words(Kind::Prices, &against_1000(900, false)), ("served", "lower"));
        assert_eq!(words(Kind::Prices, &against_1000(996, true)), ("served", "same"));
        assert_eq!(words(Kind::Prices, &against_1000(1004, true)), ("served", "same"));
        assert_eq!(words(Kind::Prices, &against_1000(1100, false)), ("served", "higher"));
        assert_eq!(words(Kind::Prices, &decision(Verdict::Price(5), None, None)), ("none", "priced"));
    }

    #[test]
    fn a_cell_agrees_when_both_decisions_are_one() {
        let agreeing = |kind| cells(kind).into_iter().filter(|cell| cell.agrees() == Some(true)).count();
        let without = |kind| cells(kind).into_iter().filter(|cell| cell.agrees().is_none()).count();
        assert_eq!((agreeing(Kind::Orders), without(Kind::Orders)), (3, 3));
        assert_eq!((agreeing(Kind::Prices), without(Kind::Prices)), (1, 1));
        let higher = decision(Verdict::Price(1100), Some(Verdict::Price(1000)), Some(false));
        assert_eq!(cells(Kind::Prices)[cell_of(&higher).expect("a cell")].agrees(), Some(false));
    }

    #[test]
    fn verdicts_of_different_kinds_have_no_cell() {
        let mixed = decision(Verdict::Price(5), Some(Verdict::Action(Action::Accept)), None);
        assert_eq!(cell_of(&mixed), None);
    }
}
