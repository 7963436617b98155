//! Offsets that a person leaves out, where a shard can't pass them.

use crate::decide::decide;
use crate::resume::epoch_ms;
use crate::start::Job;
use bystander_core::checkpoint::{Attempts, Checkpoint, DeclaredGap};
use bystander_pipeline::{Failure, Stop};
use std::collections::BTreeSet;

/// Offsets of an input partition that are to be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipRequest {
    /// The input topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The first offset.
    pub first: i64,
    /// The last offset.
    pub last: i64,
    /// Why, in the person's words.
    pub reason: String,
    /// Where the partition ends. What isn't written yet can't be left out.
    pub end: i64,
}

/// What a request comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipPlan {
    /// It is to be booked.
    ToBook,
    /// All of it was left out before.
    Booked(DeclaredGap),
}

/// Looks at a request beside the partition's checkpoint. Only offsets from the position on can be left out: what became of
/// those before it is decided, and those between the position and a later beginning would go unmentioned.
///
/// # Errors
/// When the request isn't possible; the error says what is.
pub fn plan_skip(checkpoint: &Checkpoint, request: &SkipRequest) -> Result<SkipPlan, Failure> {
    let SkipRequest { topic, partition, first, last, end, .. } = request;
    let (first, last, next) = (*first, *last, checkpoint.next_offset);
    let refused = |what: String, fix: String| {
        Err(Failure::lasting(format!("topic {topic} partition {partition}: {what}"), fix))
    };
    let covers = |gap: &&DeclaredGap| gap.first_offset <= first && last <= gap.last_offset;
    if let Some(gap) = checkpoint.log.present_gaps().find(covers) {
        return Ok(SkipPlan::Booked(gap.clone()));
    }
    if let Some(halt) = checkpoint.log.halt {
        let what = format!("it is halted ({})", halt.reason);
        return refused(what, "decide that first with `bystander resume --accept-recreated`".to_owned());
    }
    if last < first {
        return refused(format!("offset {last} comes before {first}"), "give --from first".to_owned());
    }
    if first < next {
        let decided = last.min(next - 1);
        let what = format!(
            "offsets {first} to {decided} are decided already: comparisons, dead letters, skips or gaps are written, \
             and {next} is next"
        );
        return refused(
            what,
            format!("leave out offsets from {next} on, if it is these that can't be passed"),
        );
    }
    if first > next {
        let what = format!("offsets {next} to {} are not read yet", first - 1);
        return refused(
            what,
            format!("wait until it has reached {first}, or give --from {next} to leave them out too"),
        );
    }
    if last >= *end {
        let what = format!("it ends at offset {end}, so {last} isn't written yet");
        return refused(what, format!("give a --to below {end}"));
    }
    Ok(SkipPlan::ToBook)
}

/// Books for a partition that offsets are left out: a declared gap, behind which reading goes on. A shard that runs starts
/// again there by itself. What was left out before stays as it is.
///
/// # Errors
/// As [`decide`] and [`plan_skip`], by the checkpoint as it is once its shard is fenced.
pub fn skip(job: &Job, request: &SkipRequest, stop: &Stop) -> Result<Checkpoint, Failure> {
    let place = (request.topic.clone(), request.partition);
    let decided = decide(job.shadow(), &BTreeSet::from([place]), stop, &mut |checkpoint| {
        if plan_skip(checkpoint, request)? == SkipPlan::ToBook {
            record_gap(checkpoint, request);
        }
        Ok(())
    })?;
    decided.into_iter().next().ok_or_else(|| Failure::passing("nothing was decided", "run the command again"))
}

fn record_gap(checkpoint: &mut Checkpoint, request: &SkipRequest) {
    let &SkipRequest { first, last, .. } = request;
    checkpoint.totals.gap_offsets += u64::try_from(last + 1 - checkpoint.next_offset).unwrap_or(0);
    checkpoint.next_offset = last + 1;
    checkpoint.attempts = Attempts::default();
    let generation = checkpoint.log.generation();
    let reason = request.reason.clone();
    let (first_offset, last_offset) = (first, last);
    checkpoint.log.declare(DeclaredGap {
        generation,
        first_offset,
        last_offset,
        reason,
        booked_ms: epoch_ms(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use bystander_core::checkpoint::{FormerLog, Halt, InputLog, LogChange, Totals};

    fn request(first: i64, last: i64) -> SkipRequest {
        let (topic, reason) = ("orders".to_owned(), "damaged".to_owned());
        SkipRequest { topic, partition: 0, first, last, reason, end: 100 }
    }

    fn checkpoint(next_offset: i64) -> Checkpoint {
        Checkpoint {
            job: "shadow".to_owned(),
            topic: "orders".to_owned(),
            partition: 0,
            next_offset,
            shard: 0,
            shards: 1,
            initial_partitions: 1,
            totals: Totals::default(),
            log: InputLog::default(),
            attempts: Attempts { starts: 4, in_hand: Some(10), ..Attempts::default() },
            config: None,
            scored_by: None,
        }
    }

    fn refusal(checkpoint: &Checkpoint, first: i64, last: i64) -> String {
        match plan_skip(checkpoint, &request(first, last)) {
            Err(refused) => refused.to_string(),
            Ok(plan) => format!("{plan:?}"),
        }
    }

    #[test]
    fn offsets_from_the_position_on_become_a_declared_gap_once() {
        let mut checkpoint = checkpoint(10);
        assert_eq!(plan_skip(&checkpoint, &request(10, 14)), Ok(SkipPlan::ToBook));
        record_gap(&mut checkpoint, &request(10, 14));
        assert_eq!((checkpoint.next_offset, checkpoint.totals.gap_offsets), (15, 5));
        assert!(checkpoint.totals.balanced() && checkpoint.attempts.is_none());
        let gap = checkpoint.log.declared_gaps[0].clone();
        assert_eq!((gap.first_offset, gap.last_offset, gap.reason.as_str()), (10, 14, "damaged"));
        for again in [request(10, 14), request(12, 12)] {
            assert_eq!(plan_skip(&checkpoint, &again), Ok(SkipPlan::Booked(gap.clone())));
        }
        // The rest of a request that reaches further has to be asked for by itself.
        assert!(refusal(&checkpoint, 10, 20).contains("leave out offsets from 15 on"));
        assert_eq!(plan_skip(&checkpoint, &request(15, 20)), Ok(SkipPlan::ToBook));
    }

    #[test]
    fn what_is_decided_what_is_not_reached_and_what_is_not_written_is_refused() {
        let checkpoint = checkpoint(10);
        assert!(refusal(&checkpoint, 3, 9).contains("offsets 3 to 9 are decided already"));
        assert!(refusal(&checkpoint, 3, 12).contains("offsets 3 to 9 are decided already"));
        assert!(refusal(&checkpoint, 12, 12).contains("offsets 10 to 11 are not read yet"));
        assert!(refusal(&checkpoint, 10, 100).contains("ends at offset 100"));
        assert!(refusal(&checkpoint, 10, 9).contains("offset 9 comes before 10"));
    }

    #[test]
    fn a_halted_partition_is_to_be_resumed_first_and_gaps_of_former_logs_say_nothing_of_this_one() {
        let mut checkpoint = checkpoint(10);
        record_gap(&mut checkpoint, &request(10, 14));
        checkpoint.log.former.push(FormerLog {
            topic_id: None,
            reason: LogChange::Recreated,
            next_offset: 15,
            accepted_ms: 0,
            resumed_at: 0,
        });
        checkpoint.next_offset = 10;
        assert_eq!(plan_skip(&checkpoint, &request(10, 14)), Ok(SkipPlan::ToBook));
        checkpoint.log.halt =
            Some(Halt { reason: LogChange::Replaced, since_ms: 0, oldest: None, end: None });
        assert!(refusal(&checkpoint, 10, 14).contains("bystander resume"));
    }

    #[test]
    fn a_checkpoint_keeps_a_hundred_declared_gaps_and_counts_all() {
        let mut checkpoint = checkpoint(0);
        for offset in 0..120 {
            record_gap(&mut checkpoint, &request(offset, offset));
        }
        assert_eq!((checkpoint.log.declared_gaps.len(), checkpoint.totals.gap_offsets), (100, 120));
        assert_eq!(checkpoint.log.declared_gaps[0].first_offset, 20);
    }
}
