//! Model inputs from bare events, outside any stream: for golden events and tests.

use super::plan::{FeatureBinding, FeaturePlan, FieldNames};
use crate::contract::Contract;
use crate::dead_letter::Rejection;
use crate::extract::{Captured, FieldTree, FieldTreeBuilder};
use crate::input::ModelInput;
use crate::problem::Problem;
use crate::record::{Position, RawRecord, RecordHeaders, StreamId};
use crate::time::TimeUnit;

/// Turns events in the canonical shape into one model's rows.
#[derive(Debug)]
pub struct InputBuilder {
    plan: FeaturePlan,
    tree: FieldTree,
    captured: Captured,
    input: ModelInput,
}

impl InputBuilder {
    /// A builder for `contract`.
    ///
    /// # Errors
    /// Everything that is wrong in the contract.
    pub fn new(contract: &Contract) -> Result<Self, Vec<Problem>> {
        let mut tree = FieldTreeBuilder::default();
        let plan = FeaturePlan::compile(contract, &FeatureBinding::new(&FieldNames::new()), &mut tree)?;
        let input = plan.new_input();
        Ok(Self { plan, tree: tree.build(), captured: Captured::default(), input })
    }

    /// Appends the row of one event, given as JSON.
    ///
    /// # Errors
    /// When the event can't become a row; none is then added.
    pub fn push<'a>(&'a mut self, event: &'a [u8]) -> Result<(), Rejection<'a>> {
        let record = RawRecord {
            stream: StreamId(0),
            position: Position { partition: 0, offset: 0 },
            timestamp_ms: None,
            key: None,
            payload: Some(event),
            withheld: None,
            headers: RecordHeaders::default(),
        };
        let rows = self.input.rows();
        let fields = self.captured.read(&self.tree, &record, TimeUnit::default())?;
        let pushed = self.plan.push(&fields, &mut self.input);
        if pushed.is_err() {
            self.input.truncate(rows);
        }
        pushed
    }

    /// The rows so far.
    pub fn input(&self) -> &ModelInput {
        &self.input
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.input.truncate(0);
    }
}
