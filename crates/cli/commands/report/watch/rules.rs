//! What can be watched: looking again and again must neither be pointless nor raise false alarms.
//!
//! A watched gate is a confidence sequence, valid at every look at the same evidence as it grows; a gate with a horizon is
//! evaluated as of one date, whenever one looks; a plain number claims nothing. The file of gates allows no others. But both
//! kinds rest on evidence that begins at one place: a window that moves on with the clock would make every look a new try.

use crate::commands::report::times::{Time, Times};
use crate::exit::Failure;
use bystander_report::Gates;
use bystander_report::gates::Gate;

/// Refuses what can't be watched.
///
/// # Errors
/// Wrong usage, with the fix.
pub(super) fn agree(times: &Times, gates: &Gates) -> Result<(), Failure> {
    if times.as_of.is_some_and(|time| !time.moves()) {
        return Err(Failure::Usage(
            "--as-of is a fixed day, and what was known then doesn't change: leave --watch out, or write --as-of -1d"
                .to_owned(),
        ));
    }
    let moves = |time: Option<Time>| time.is_some_and(Time::moves);
    let sequences = |gate: &Gate| gate.watched || gate.horizon_ms.is_some();
    refuse("--from", gates, |gate| moves(times.from) && sequences(gate))?;
    refuse("--to", gates, |gate| moves(times.to) && gate.horizon_ms.is_some())
}

fn refuse(flag: &str, gates: &Gates, broken: impl Fn(&Gate) -> bool) -> Result<(), Failure> {
    let broken = gates.gates.iter().filter(|gate| broken(gate));
    let names: Vec<_> = broken.map(|gate| format!("`{}`", gate.name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{flag} moves on with every round, so each look would be a new try with other evidence, which raises the false \
         alarms of {}: write {flag} as a fixed time, such as 2026-09-01, or leave these gates out",
        names.join(", ")
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WATCHED: &str = "watched = true";
    const HORIZON: &str = "horizon = 2026-12-01";

    fn gates(looks: &[&str]) -> Gates {
        let gate = |(place, look): (usize, &&str)| {
            format!(
                "[[gates]]\nname = \"g{place}\"\nmodel = \"m\"\nmetric = \"recall\"\nbound = 0.5\n{look}\n"
            )
        };
        Gates::parse(&looks.iter().enumerate().map(gate).collect::<String>()).unwrap()
    }

    fn times(from: Option<Time>, to: Option<Time>, as_of: Option<Time>) -> Times {
        Times { from, to, as_of }
    }

    const STANDS: Option<Time> = Some(Time::Fixed(1_790_000_000_000));
    const MOVES: Option<Time> = Some(Time::Ago(86_400_000));

    #[test]
    fn gates_are_watched_over_evidence_that_grows_and_not_over_a_window_that_moves() {
        let both = gates(&[WATCHED, HORIZON]);
        for sound in [times(None, None, None), times(STANDS, None, MOVES), times(STANDS, STANDS, None)] {
            agree(&sound, &both).unwrap();
        }
        let said = agree(&times(MOVES, None, None), &both).unwrap_err().to_string();
        assert!(
            said.contains("--from") && said.contains("`g0`, `g1`") && said.contains("2026-09-01"),
            "{said}"
        );
        let said = agree(&times(STANDS, MOVES, None), &both).unwrap_err().to_string();
        assert!(said.contains("--to") && said.contains("`g1`") && !said.contains("`g0`"), "{said}");
        agree(&times(MOVES, MOVES, None), &Gates::default()).unwrap();
    }

    #[test]
    fn plain_numbers_claim_nothing_and_may_follow_the_window() {
        let plain = "[[gates]]\nname = \"p\"\nmodel = \"m\"\nmetric = \"psi_max\"\nbound = 0.2\n";
        agree(&times(MOVES, None, None), &Gates::parse(plain).unwrap()).unwrap();
    }

    #[test]
    fn a_day_of_knowledge_that_stands_is_nothing_to_watch() {
        let said = agree(&times(None, None, STANDS), &Gates::default()).unwrap_err();
        assert!(matches!(&said, Failure::Usage(words) if words.contains("leave --watch out")), "{said}");
    }
}
