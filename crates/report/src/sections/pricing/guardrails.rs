//! What the guardrails did.

use super::change::summary;
use super::stale;
use super::view::QuoteView;
use crate::document::{Figure, GuardrailRow, Guardrails, Population, Shown};
use crate::join::RuleTally;
use crate::stats::intervals::{mean_of_totals, proportion};
use bystander_core::decision::GuardrailRule;

pub(crate) fn section(view: &QuoteView<'_>) -> Guardrails {
    let run = view.chosen.run;
    let n = view.events.len() as u64;
    let share = |count: u64| Figure::of(proportion(count, n, view.confidence()), n, Population::Compared);
    let moved =
        view.events.iter().filter(|event| run.unguarded.get(**event) != run.number.get(**event)).count();
    let changes = |price: &dyn Fn(u32) -> i64| {
        let change = |quote: &super::view::Quote| price(quote.event) as f64 / quote.live - 1.0;
        let changes: Vec<f64> = view.quotes.iter().map(change).collect();
        if changes.is_empty() {
            Shown::refused("no quote has a live price to compare with")
        } else {
            Shown::Shown(summary(changes, view.confidence()))
        }
    };
    let tallies = run.rules();
    let rules = GuardrailRule::ALL.iter().zip(&tallies);
    Guardrails {
        moved: share(moved as u64),
        rules: rules.map(|(rule, tally)| row(view, *rule, tally, &share)).collect(),
        before: changes(&|event| run.unguarded.get(event)),
        after: changes(&|event| run.number.get(event)),
        stale: stale::scored_late(view),
        inputs: stale::section(view),
    }
}

fn row(
    view: &QuoteView<'_>,
    rule: GuardrailRule,
    tally: &RuleTally,
    share: &dyn Fn(u64) -> Figure,
) -> GuardrailRow {
    let n = tally.raised + tally.lowered;
    GuardrailRow {
        rule: rule.name().to_owned(),
        share: share(n.min(view.events.len() as u64)),
        raised: tally.raised,
        lowered: tally.lowered,
        missed: tally.missed,
        mean_move: mean_move(tally, n, view.confidence()),
    }
}

fn mean_move(tally: &RuleTally, n: u64, confidence: f64) -> Figure {
    if n == 0 {
        return Figure::refused("it moved no price");
    }
    let interval = mean_of_totals(n, tally.moves, tally.squares, confidence);
    Figure::new(tally.moves / n as f64, n, Population::Compared).with(interval)
}
