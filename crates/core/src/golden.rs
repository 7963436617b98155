//! Model inputs from bare events, outside any stream: for golden events and tests.

use crate::config::StreamConfig;
use crate::contract::{Contract, Golden};
use crate::extract::{Captured, FieldNames, FieldTree, FieldTreeBuilder};
use crate::features::{FeatureBinding, FeaturePlan};
use crate::input::ModelInput;
use crate::problem::Problem;
use crate::record::{Position, RawRecord, RecordHeaders, StreamId};
use crate::rejection::Rejection;
use crate::stream::plan;
use crate::time::TimeReading;

/// Turns events in the canonical shape into one model's rows.
#[derive(Debug)]
pub struct InputBuilder {
    plan: FeaturePlan,
    tree: FieldTree,
    captured: Captured,
    input: ModelInput,
}

impl InputBuilder {
    /// A builder for `contract`. Times are read as the contract says of its golden events, else as `stream` says of its own.
    ///
    /// # Errors
    /// Everything that is wrong in the contract.
    pub fn new(contract: &Contract, stream: Option<&StreamConfig>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut tree = FieldTreeBuilder::new(golden_times(&contract.golden, stream, &mut problems));
        if !problems.is_empty() {
            return Err(problems);
        }
        let plan = plan(contract, &FeatureBinding::new(&FieldNames::new()), &mut tree)?;
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
        let fields = self.captured.read(&self.tree, &record)?;
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

/// Golden events name fields as the contract does, so a stream's units are found by its `fields`.
fn golden_times(golden: &Golden, stream: Option<&StreamConfig>, problems: &mut Vec<Problem>) -> TimeReading {
    let mut own = StreamConfig::default();
    let stream = stream.unwrap_or(&own);
    let mut units = stream.time_units.clone();
    for (canonical, place) in &stream.fields {
        units.extend(stream.time_units.get(place).map(|unit| (canonical.clone(), *unit)));
    }
    units.extend(golden.time_units.clone());
    own = StreamConfig {
        time_unit: golden.time_unit.or(stream.time_unit),
        time_zone: golden.time_zone.clone().or_else(|| stream.time_zone.clone()),
        date_order: golden.date_order.or(stream.date_order),
        time_units: units,
        ..StreamConfig::default()
    };
    let mut found = Vec::new();
    let times = TimeReading::compile(&own.times(), &mut found);
    problems.extend(found.into_iter().map(|problem| problem.under("golden")));
    times
}
