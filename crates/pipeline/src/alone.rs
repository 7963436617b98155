//! Records handled one at a time, after a shard's process ended again and again at the same position.
//!
//! Each record is marked in its partition's checkpoint before anything is done with it, and has a transaction to itself.
//! Whoever starts the shard and finds such a mark of a process that is gone knows which record it had in hand. It may have
//! been ended from outside at that moment, so the record is handled once more; if that ends a process, too, it becomes
//! a dead letter without being looked into. Of all shards of a process only one has a record in hand at a time, so that
//! nothing is held against the records of its neighbours.

use crate::ledger::Ledger;
use bystander_core::checkpoint::{Attempts, Checkpoint};
use bystander_core::record::{Position, StreamId};
use parking_lot::{Mutex, MutexGuard};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Starts from one position, this one included, from which on records are handled alone: two have failed.
const STARTS: u32 = 3;
/// Records that are handled alone, and for how long at most. What ended the process lay within one commit interval.
const RECORDS: u32 = 2_000;
const TIME: Duration = Duration::from_secs(60);

/// A number that no other process has: what this process marked, it can't have been ended by.
pub fn this_process() -> u64 {
    static NUMBER: OnceLock<u64> = OnceLock::new();
    *NUMBER.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // JSON readers that keep numbers as doubles must not change it.
        let micros = u64::try_from(since.as_micros()).unwrap_or_default();
        (micros << 8 | u64::from(std::process::id() & 0xff)) & ((1 << 53) - 1)
    })
}

/// The right to have a record in hand, which only one shard of this process has.
pub(crate) fn one_record_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock()
}

/// Which records a shard handles alone, and which it doesn't touch.
#[derive(Debug, Default)]
pub(crate) struct Alone {
    records_left: u32,
    until: Option<Duration>,
    /// Records that ended two processes.
    fatal: Vec<(StreamId, Position)>,
}

impl Alone {
    /// What the committed checkpoints say about former starts; `wanted` asks for records alone in any case.
    pub(crate) fn new(ledger: &Ledger, wanted: bool) -> Self {
        let fatal: Vec<_> = ledger
            .checkpoints()
            .filter_map(|(stream, checkpoint)| {
                let offset = checkpoint.attempts.fatal?;
                Some((stream, Position { partition: checkpoint.partition, offset }))
            })
            .collect();
        let failed = ledger
            .checkpoints()
            .filter(|(_, Checkpoint { attempts, .. })| {
                attempts.starts >= STARTS || attempts.suspect.is_some()
            })
            .count();
        let alone = wanted || failed > 0 || !fatal.is_empty();
        if alone {
            tracing::warn!(
                failed,
                ?fatal,
                "earlier starts from here ended early: records are handled one by one"
            );
        }
        Self { records_left: if alone { RECORDS } else { 0 }, until: None, fatal }
    }

    /// Whether records are handled alone for now.
    pub(crate) fn goes_on(&mut self, now: Duration) -> bool {
        if self.records_left > 0 && now >= *self.until.get_or_insert(now + TIME) {
            self.records_left = 0;
        }
        self.records_left > 0
    }

    pub(crate) fn count(&mut self) {
        self.records_left = self.records_left.saturating_sub(1);
    }

    /// Whether handling this record ended two processes. It is asked once per record.
    pub(crate) fn is_fatal(&mut self, stream: StreamId, position: Position) -> bool {
        if self.fatal.is_empty() {
            return false;
        }
        let before = self.fatal.len();
        self.fatal.retain(|fatal| *fatal != (stream, position));
        self.fatal.len() < before
    }
}

/// The checkpoint that says that a record is about to be handled.
pub(crate) fn mark(committed: &Checkpoint, offset: i64) -> Checkpoint {
    let attempts = Attempts { in_hand: Some(offset), process: this_process(), ..committed.attempts };
    Checkpoint { attempts, ..committed.clone() }
}
