//! Orders: a cell for each pair of actions, and the scores.

use super::cells::{Cell, NO_LIVE};
use super::{KindMetrics, ResultMeters};
use crate::catalogue::StreamModel;
use crate::registry::Families;
use bystander_core::decision::{Action, Decision, DecisionValue};
use prometheus::local::LocalHistogram;

pub(super) struct Orders;

impl KindMetrics for Orders {
    fn cells(&self) -> Vec<Cell> {
        let lives = Action::ALL.map(Some).into_iter().chain([None]);
        let cell = |live: Option<Action>, would_be: Action| Cell {
            live: live.map_or(NO_LIVE, Action::name),
            would_be: would_be.name(),
            agrees: live.map(|live| live == would_be),
        };
        lives.flat_map(|live| Action::ALL.map(|would_be| cell(live, would_be))).collect()
    }

    fn cell_of(&self, decision: &Decision) -> Option<usize> {
        let DecisionValue::Action(would_be) = decision.would_be else { return None };
        let row = match decision.live {
            None => Action::ALL.len(),
            Some(DecisionValue::Action(live)) => live as usize,
            Some(DecisionValue::Number(..)) => return None,
        };
        Some(row * Action::ALL.len() + would_be as usize)
    }

    fn meters(&self, families: &Families, labels: StreamModel<'_>) -> Box<dyn ResultMeters> {
        Box::new(Scores(families.scores.with(&labels).local()))
    }
}

struct Scores(LocalHistogram);

impl ResultMeters for Scores {
    fn scored(&self, _: &Decision, score: f64) {
        self.0.observe(score);
    }

    fn flush(&self) {
        self.0.flush();
    }
}
