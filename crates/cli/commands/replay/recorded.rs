//! What the live run recorded, read beside the replay that is compared with it.

use super::ReplayContext;
use super::bench::Bench;
use crate::exit::Failure;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::run::Mode;
use bystander_kafka::{Start, TopicReader};
use bystander_pipeline as pipeline;
use bystander_pipeline::Ended;
use bystander_replay::{
    ComparedRow, Journal, Pacer, RecordedRow, RecordedRows, Rows, Verification, Verifier,
};
use parking_lot::Mutex;
use std::sync::Arc;

/// Scores the plan again and adds what differs from the recorded comparisons to `found`.
pub(super) fn work(
    context: &ReplayContext<'_>,
    pacer: Pacer,
    found: &Arc<Mutex<Verification>>,
) -> Result<Ended, Failure> {
    let models: Vec<_> =
        context.plan.models.iter().map(|model| (model.name.clone(), model.version)).collect();
    let sink = |_| {
        let shadow = &context.config.shadow;
        let reader = TopicReader::of_shadow(shadow, &shadow.comparisons, context.stop)?;
        let job = context.config.job.clone();
        let recorded = Recorded { reader, job, models: models.clone(), place: None, held: None };
        Ok(Verifier::new(recorded, models.clone(), found))
    };
    context.work(pacer, &Bench { context, sink }, &mut Journal::in_memory())
}

/// The live run's comparisons of one input partition after the other.
struct Recorded {
    reader: TopicReader,
    job: String,
    models: Vec<(String, u32)>,
    place: Option<(String, i32)>,
    /// Read already, of a piece that hasn't been asked for yet.
    held: Option<(i64, RecordedRow)>,
}

impl Recorded {
    /// The next of this place, with its event's offset.
    fn next(&mut self, topic: &str, partition: i32) -> Result<Option<(i64, RecordedRow)>, pipeline::Failure> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        while let Some(record) = self.reader.next()? {
            let Some(payload) = record.payload else { continue };
            let place = record.position;
            let comparison = ComparisonRecord::from_json(payload).map_err(|error| {
                let at = format!("partition {} offset {}", place.partition, place.offset);
                let fix = "verify with the version of bystander that wrote it";
                pipeline::Failure::lasting(
                    format!("the record of the comparisons topic at {at} is none: {error}"),
                    fix,
                )
            })?;
            let source = &comparison.source;
            let ours = comparison.mode == Mode::Live.name() && comparison.run_id == self.job;
            if ours && source.topic == topic && source.partition == partition {
                return Ok(Some((source.offset, ComparedRow::recorded(&comparison, &self.models))));
            }
        }
        Ok(None)
    }
}

impl RecordedRows for Recorded {
    fn rows(&mut self, topic: &str, partition: i32, range: (i64, i64)) -> Result<Rows, pipeline::Failure> {
        if self.place.as_ref().is_none_or(|(of_topic, of)| of_topic != topic || *of != partition) {
            self.reader.begin(self.reader.partition_of(partition), Start::Earliest)?;
            self.place = Some((topic.to_owned(), partition));
            self.held = None;
        }
        let mut rows = Rows::default();
        while let Some((offset, row)) = self.next(topic, partition)? {
            // Of one input partition comparisons stand in the order of their events.
            if offset >= range.1 {
                self.held = Some((offset, row));
                break;
            }
            match row {
                _ if offset < range.0 => {}
                RecordedRow::Of(row) => rows.rows.push(row),
                RecordedRow::OtherModel => rows.other_models += 1,
            }
        }
        Ok(rows)
    }
}
