//! Prices: a cell for each direction against the served price, the size of the change, and what guardrails did.

use super::cells::{Cell, number_cell, number_cells};
use super::{KindMetrics, ResultMeters};
use crate::catalogue::{GuardrailHit, StreamModel};
use crate::registry::Families;
use bystander_core::decision::{Decision, DecisionValue, GuardrailRule, GuardrailStep};
use bystander_core::kind::Kind;
use prometheus::local::{LocalHistogram, LocalIntCounter};

pub(super) struct Prices;

impl KindMetrics for Prices {
    fn cells(&self) -> Vec<Cell> {
        number_cells("served", "priced")
    }

    fn cell_of(&self, decision: &Decision) -> Option<usize> {
        number_cell(Kind::Prices, decision)
    }

    fn meters(&self, families: &Families, labels: StreamModel<'_>) -> Box<dyn ResultMeters> {
        let StreamModel { stream, model, version } = labels;
        let hit = |rule: GuardrailRule| GuardrailHit { stream, model, version, rule: rule.name() };
        Box::new(PriceMeters {
            changes: families.price_changes.with(&labels).local(),
            guardrails: GuardrailRule::ALL.map(|rule| families.guardrail_hits.with(&hit(rule)).local()),
        })
    }
}

struct PriceMeters {
    changes: LocalHistogram,
    guardrails: [LocalIntCounter; GuardrailRule::ALL.len()],
}

impl ResultMeters for PriceMeters {
    fn scored(&self, decision: &Decision, _: f64) {
        if let Some(ratio) = change_ratio(decision) {
            self.changes.observe(ratio);
        }
        let moved = decision.trail.steps().filter(GuardrailStep::moved);
        moved.for_each(|step| self.guardrails[step.rule as usize].inc());
    }

    fn flush(&self) {
        self.changes.flush();
        self.guardrails.iter().for_each(LocalIntCounter::flush);
    }
}

/// (would-be − served) / served; a price served for nothing has no ratio.
fn change_ratio(decision: &Decision) -> Option<f64> {
    match (decision.would_be, decision.live) {
        (DecisionValue::Number(_, would_be), Some(DecisionValue::Number(_, served))) if served > 0 => {
            Some((would_be as f64 - served as f64) / served as f64)
        }
        _ => None,
    }
}
