//! The words of `live` and `would_be`: the matrix of decisions that a kind of stream has.
//!
//! Without a live decision `live` is `none`. A decided number has no word of its own, so its cell is its direction from the live one.

use bystander_core::decision::{Decision, DecisionValue};
use bystander_core::kind::Kind;
use std::cmp::Ordering;

/// `live` where the event carries no live decision.
pub(super) const NO_LIVE: &str = "none";

/// One combination of live and would-be decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) live: &'static str,
    pub(crate) would_be: &'static str,
    /// Whether both decide alike; `None` without a live decision.
    pub(crate) agrees: Option<bool>,
}

/// The cells of a kind that decides a number: `live` and `alone` are the words for a number that live decided, and for one that
/// is compared with nothing. [`number_cell`] gives indices into this list.
pub(super) fn number_cells(live: &'static str, alone: &'static str) -> Vec<Cell> {
    vec![
        Cell { live, would_be: "lower", agrees: Some(false) },
        Cell { live, would_be: "same", agrees: Some(true) },
        Cell { live, would_be: "higher", agrees: Some(false) },
        Cell { live: NO_LIVE, would_be: alone, agrees: None },
    ]
}

/// Within the tolerance is `same`, whichever of the two numbers is larger.
pub(super) fn number_cell(of: Kind, decision: &Decision) -> Option<usize> {
    let (would_be, live) = match (decision.would_be, decision.live) {
        (DecisionValue::Number(kind, _), None) if kind == of => return Some(3),
        (DecisionValue::Number(kind, would_be), Some(DecisionValue::Number(live_kind, live)))
            if (kind, live_kind) == (of, of) =>
        {
            (would_be, live)
        }
        _ => return None,
    };
    Some(match (decision.agrees, would_be.cmp(&live)) {
        (Some(true), _) | (_, Ordering::Equal) => 1,
        (_, Ordering::Less) => 0,
        (_, Ordering::Greater) => 2,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::super::metrics;
    use bystander_core::decision::{Action, Decision, DecisionValue, GuardrailTrail};
    use bystander_core::kind::Kind;

    fn decision(would_be: DecisionValue, live: Option<DecisionValue>, agrees: Option<bool>) -> Decision {
        Decision { would_be, live, agrees, delta_amount: None, trail: GuardrailTrail::default() }
    }

    fn price(amount: i64) -> DecisionValue {
        DecisionValue::Number(Kind::Prices, amount)
    }

    fn words(kind: Kind, decision: &Decision) -> (&'static str, &'static str) {
        let cell = metrics(kind).cells()[metrics(kind).cell_of(decision).expect("a cell")];
        (cell.live, cell.would_be)
    }

    #[test]
    fn every_pair_of_actions_has_a_cell_of_its_own_name() {
        for would_be in Action::ALL {
            for live in Action::ALL {
                let pair = decision(
                    DecisionValue::Action(would_be),
                    Some(DecisionValue::Action(live)),
                    Some(live == would_be),
                );
                assert_eq!(words(Kind::Orders, &pair), (live.name(), would_be.name()));
            }
            let alone = decision(DecisionValue::Action(would_be), None, None);
            assert_eq!(words(Kind::Orders, &alone), ("none", would_be.name()));
        }
        assert_eq!(metrics(Kind::Orders).cells().len(), 12);
    }

    #[test]
    fn a_price_is_named_by_its_direction_and_within_tolerance_it_is_the_same() {
        let against_1000 = |would_be, agrees| decision(price(would_be), Some(price(1000)), Some(agrees));
        assert_eq!(words(Kind::Prices, &against_1000(900, false)), ("served", "lower"));
        assert_eq!(words(Kind::Prices, &against_1000(996, true)), ("served", "same"));
        assert_eq!(words(Kind::Prices, &against_1000(1004, true)), ("served", "same"));
        assert_eq!(words(Kind::Prices, &against_1000(1100, false)), ("served", "higher"));
        assert_eq!(words(Kind::Prices, &decision(price(5), None, None)), ("none", "priced"));
    }

    #[test]
    fn a_cell_agrees_when_both_decisions_are_one() {
        let counted = |kind, agrees: Option<bool>| {
            metrics(kind).cells().into_iter().filter(|cell| cell.agrees == agrees).count()
        };
        assert_eq!((counted(Kind::Orders, Some(true)), counted(Kind::Orders, None)), (3, 3));
        assert_eq!((counted(Kind::Prices, Some(true)), counted(Kind::Prices, None)), (1, 1));
        let higher = decision(price(1100), Some(price(1000)), Some(false));
        let prices = metrics(Kind::Prices);
        assert_eq!(prices.cells()[prices.cell_of(&higher).expect("a cell")].agrees, Some(false));
    }

    #[test]
    fn verdicts_of_different_kinds_have_no_cell() {
        let mixed = decision(price(5), Some(DecisionValue::Action(Action::Accept)), None);
        for kind in Kind::ALL {
            assert_eq!(metrics(kind).cell_of(&mixed), None);
        }
        assert_eq!(metrics(Kind::Orders).cell_of(&decision(price(5), None, None)), None);
    }
}
