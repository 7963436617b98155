//! Proof that the checker can fail: sinks that break one promise each are found out.

use crate::audit::audit;
use crate::delivery::{death, pace, records};
use crate::world::*;
use bystander_core::checkpoint::Checkpoint;
use bystander_pipeline::{Failure, Message, Sink, SinkError, Transaction};
use bystander_testkit::{Fault, MemorySink, OwnedMessage};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mutation {
    /// None: the honest sink behind the same wrapper.
    Honest,
    /// What a failed transaction holds becomes visible.
    NoAbort,
    /// Checkpoints become visible, then the sink dies.
    CheckpointsFirst,
    /// Messages become visible, then the sink dies.
    MessagesFirst,
    /// A message is lost.
    LosesOne,
    /// A message is written twice.
    DoublesOne,
    /// A transaction's messages come in another order.
    Reorders,
    /// A checkpoint is left out.
    ForgetsACheckpoint,
    /// A checkpoint runs one ahead.
    OneAhead,
    /// A checkpoint miscounts.
    Miscounts,
}

struct Mutant {
    mutation: Mutation,
    inner: MemorySink,
    dies_at: usize,
    commits: usize,
}

struct MutantTransaction<'a> {
    sink: &'a mut Mutant,
    held: Vec<OwnedMessage>,
    committed: bool,
}

impl Sink for Mutant {
    type Transaction<'a> = MutantTransaction<'a>;

    fn begin(&mut self) -> Result<MutantTransaction<'_>, SinkError> {
        Ok(MutantTransaction { sink: self, held: Vec::new(), committed: false })
    }
}

fn died() -> SinkError {
    Failure::passing("died on order", "start again").into()
}

impl Transaction for MutantTransaction<'_> {
    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        self.held.push(OwnedMessage {
            output: message.output,
            source_partition: message.source_partition,
            key: message.key.map(<[u8]>::to_vec),
            value: message.value.map(<[u8]>::to_vec),
            headers: Vec::new(),
        });
        Ok(())
    }

    fn commit(mut self, checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        self.sink.commits += 1;
        let dies = self.sink.commits == self.sink.dies_at;
        self.committed = !dies;
        let mut held = self.held.clone();
        let mut checkpoints = checkpoints.to_vec();
        let mut log = self.sink.inner.log();
        match self.sink.mutation {
            Mutation::CheckpointsFirst if dies => log.checkpoints.append(&mut checkpoints),
            Mutation::MessagesFirst if dies => log.messages.append(&mut held),
            Mutation::LosesOne => drop(held.pop()),
            Mutation::DoublesOne => held.extend(held.first().cloned()),
            Mutation::Reorders => held.reverse(),
            Mutation::ForgetsACheckpoint => drop(checkpoints.pop()),
            Mutation::OneAhead => checkpoints.iter_mut().for_each(|one| one.next_offset += 1),
            Mutation::Miscounts => checkpoints.iter_mut().for_each(|one| one.totals.compared += 1),
            _ => {}
        }
        if dies {
            drop(log);
            return Err(died());
        }
        log.messages.extend(held);
        log.checkpoints.extend(checkpoints);
        Ok(())
    }

    fn abort(self) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Drop for MutantTransaction<'_> {
    fn drop(&mut self) {
        if self.sink.mutation == Mutation::NoAbort && !self.committed {
            let held = std::mem::take(&mut self.held);
            self.sink.inner.log().messages.extend(held);
        }
    }
}

/// In how many of some seeded runs the checker complains.
fn found_out(mutation: Mutation) -> usize {
    let mut runner = TestRunner::deterministic();
    let mut draw = |_| {
        let records = records().new_tree(&mut runner).unwrap().current();
        let lives = proptest::collection::vec((death(), pace(), 1..4_usize), 1..4);
        (records, lives.new_tree(&mut runner).unwrap().current())
    };
    (0..40).map(&mut draw).filter(|(records, lives)| complains(mutation, records, lives)).count()
}

type Lives = Vec<(crate::delivery::Death, Pace, usize)>;

fn complains(mutation: Mutation, records: &[(bystander_testkit::OwnedRecord, Holds)], lives: &Lives) -> bool {
    let inner = MemorySink::default();
    let plain: Vec<_> = records.iter().map(|(record, _)| record.clone()).collect();
    let all = partitions(&plain);
    let deaths = lives.iter().map(|(_, pace, dies_at)| (*pace, *dies_at)).chain([(STEADY, usize::MAX)]);
    for (pace, dies_at) in deaths {
        let sink = Mutant { mutation, inner: inner.failing(Fault::None), dies_at, commits: 0 };
        // A shard may refuse to go on with books that make no sense; that is the checker's to say.
        let _ = live(&plain, sink, || committed(&inner.log(), &all), pace, None);
        if !audit(records, &inner.log()).is_empty() {
            return true;
        }
    }
    false
}

#[test]
fn the_honest_sink_passes() {
    assert_eq!(found_out(Mutation::Honest), 0);
}

#[test]
fn every_broken_promise_is_found_out() {
    for mutation in [
        Mutation::NoAbort,
        Mutation::CheckpointsFirst,
        Mutation::MessagesFirst,
        Mutation::LosesOne,
        Mutation::DoublesOne,
        Mutation::Reorders,
        Mutation::ForgetsACheckpoint,
        Mutation::OneAhead,
        Mutation::Miscounts,
    ] {
        let times = found_out(mutation);
        assert!(times >= 10, "{mutation:?} was found out in {times} of 40 runs");
    }
}
