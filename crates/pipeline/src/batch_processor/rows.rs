//! The rows of a batch, once it is scored: each becomes comparisons or a dead letter.

use super::{BatchProcessor, IDLE_WAIT};
use crate::accounting::AccountingError;
use crate::clock::Clock;
use crate::encode::trace;
use crate::ledger::Fate;
use crate::letters;
use crate::observer::Observer;
use crate::shard::ShardError;
use crate::sink::Transaction;
use crate::stream_pipeline::StreamPipeline;
use bystander_core::comparison::Comparison;
use bystander_core::dead_letter::{DeadLetter, Payload};
use bystander_core::decision::Decision;
use bystander_core::record::{Position, StreamId};
use bystander_core::rejection::{Code, Stage};
use bystander_core::scored::{ScoredBatch, ScoredModel};
use std::time::Duration;

impl<O: Observer, C: Clock> BatchProcessor<O, C> {
    /// Flushes the batches whose first row has waited long enough; gives how long to wait for the next.
    pub(super) fn flush_due<T: Transaction>(
        &mut self,
        transaction: &mut T,
        now: Duration,
    ) -> Result<Duration, ShardError> {
        let linger = self.config.settings.linger;
        let mut wait = IDLE_WAIT;
        for index in 0..self.active.pipelines.len() {
            if let Some(since) = self.active.pipelines[index].since {
                match (since + linger).checked_sub(now).filter(|left| !left.is_zero()) {
                    Some(left) => wait = wait.min(left),
                    None => self.flush(index, transaction)?,
                }
            }
        }
        Ok(wait)
    }

    pub(super) fn flush_all<T: Transaction>(&mut self, transaction: &mut T) -> Result<(), ShardError> {
        (0..self.active.pipelines.len()).try_for_each(|index| self.flush(index, transaction))
    }

    /// Scores a pipeline's batch and sends its comparisons in order of arrival.
    pub(super) fn flush<T: Transaction>(
        &mut self,
        index: usize,
        transaction: &mut T,
    ) -> Result<(), ShardError> {
        let pipeline = &mut self.active.pipelines[index];
        if pipeline.batch.is_empty() {
            return Ok(());
        }
        pipeline.score(|| self.clock.elapsed(), (&mut self.late_calls, self.config.settings.late_calls))?;
        let scored_at_ms = self.clock.now_ms();
        self.encoder.at(scored_at_ms);
        let rows = pipeline.batch.len();
        for row in 0..rows {
            let fate = match self.active.pipelines[index].failures[row] {
                Some(failure) => self.dead_letter_row(index, row, failure, transaction)?,
                None => self.compare_row(index, row, scored_at_ms, transaction)?,
            };
            let pipeline = &self.active.pipelines[index];
            self.ledger.record_fate(
                pipeline.stream.id,
                pipeline.batch.rows()[row].position.partition,
                fate,
            )?;
        }
        let pipeline = &mut self.active.pipelines[index];
        self.observer.scored(&ScoredBatch {
            stream: pipeline.stream.id,
            kind: pipeline.stream.kind(),
            scored_at_ms,
            occurred_at_ms: pipeline.batch.occurred_at_ms(),
            money: pipeline.batch.money(),
            inputs: pipeline.batch.inputs(),
            models: &pipeline.results,
        });
        pipeline.clear();
        Ok(())
    }

    fn compare_row<T: Transaction>(
        &mut self,
        index: usize,
        row: usize,
        scored_at_ms: i64,
        transaction: &mut T,
    ) -> Result<Fate, ShardError> {
        let StreamPipeline { stream, batch, models, results, .. } = &self.active.pipelines[index];
        let position = batch.rows()[row].position;
        let generation = self.ledger.generation(stream.id, position.partition)?;
        for (model_index, (model, result)) in models.iter().zip(results).enumerate() {
            let identity = &model.identity;
            let comparison = Comparison {
                labels: &self.config.labels,
                stream,
                batch,
                row,
                model: identity,
                model_index,
                generation,
                score: result.scores[row],
                decision: decided(result, row, || (identity.to_string(), stream.id, position))?,
                scored_at_ms,
            };
            self.encoder.comparison(&comparison, transaction)?;
        }
        Ok(Fate::Compared)
    }

    fn dead_letter_row<T: Transaction>(
        &mut self,
        index: usize,
        row: usize,
        (model, code): (usize, Code),
        transaction: &mut T,
    ) -> Result<Fate, ShardError> {
        let StreamPipeline { stream, batch, models, .. } = &self.active.pipelines[index];
        let row = &batch.rows()[row];
        let (at, payload) = (models[model].identity.to_string(), batch.bytes(row.payload));
        let letter = DeadLetter {
            timestamp_ms: row.timestamp_ms,
            at: &at,
            payload: Payload::Whole(payload),
            withheld: self.encoder.withholds(stream, code, true, Some(payload)),
            ..letters::about(&self.config.labels, stream, row.position, (Stage::Score, code))
        };
        let key = row.key.map(|key| batch.bytes(key));
        let to = (&mut self.encoder, &mut self.observer);
        letters::send(to, stream, &letter, (key, &trace(batch, row)), transaction)?;
        Ok(Fate::DeadLettered)
    }
}

/// A model's decision on a row that no model refused.
fn decided(
    result: &ScoredModel,
    row: usize,
    which: impl FnOnce() -> (String, StreamId, Position),
) -> Result<&Decision, AccountingError> {
    result.decisions.get(row).and_then(Option::as_ref).ok_or_else(|| {
        let (model, stream, position) = which();
        AccountingError::NoDecision { model, stream, position }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_no_model_refused_and_one_did_not_decide_is_an_error_that_names_both() {
        let which = || ("fraud/2".to_owned(), StreamId(0), Position { partition: 3, offset: 17 });
        let refused = ScoredModel { decisions: vec![None], ..ScoredModel::default() };
        for row in [0, 1] {
            let error = decided(&refused, row, which).unwrap_err().to_string();
            assert!(error.contains("fraud/2") && error.contains("partition 3 offset 17"), "{error}");
        }
    }
}
