//! The shard's accounts: per input partition the next offset to read, and what became of every record.

use crate::accounting::AccountingError;
use crate::source::SeenLog;
use bystander_core::checkpoint::{Attempts, Checkpoint, Halt, ScoredBy};
use bystander_core::record::{Position, StreamId};
use bystander_core::rejection::SkipReason;

/// The accounts of one shard.
#[derive(Debug)]
pub struct Ledger {
    accounts: Vec<Account>,
    /// Account by stream and partition.
    index: Vec<Vec<Option<usize>>>,
    /// What scores from now on, by stream; empty while nothing does.
    scored_by: Vec<ScoredBy>,
}

#[derive(Debug)]
struct Account {
    stream: StreamId,
    checkpoint: Checkpoint,
    changed: bool,
    /// Records that were read and have no outcome yet.
    open_records: u64,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// One comparison per model.
    Compared,
    /// A dead letter.
    DeadLettered,
    /// Left aside.
    Skipped(SkipReason),
}

impl Ledger {
    /// Opens the accounts at the given checkpoints, as they were committed.
    ///
    /// # Errors
    /// When two of them are of the same partition, or one is of a partition that can't be.
    pub fn open(checkpoints: Vec<(StreamId, Checkpoint)>) -> Result<Self, AccountingError> {
        let mut ledger = Self { accounts: Vec::new(), index: Vec::new(), scored_by: Vec::new() };
        for (stream, checkpoint) in checkpoints {
            let partition = checkpoint.partition;
            if ledger.account(stream, partition).is_ok() {
                return Err(AccountingError::SecondAccount { stream, partition });
            }
            ledger.add(stream, checkpoint).map_err(|_| AccountingError::NoAccount { stream, partition })?;
        }
        ledger.saved();
        Ok(ledger)
    }

    /// Opens one more account; it is written with the next commit.
    ///
    /// # Errors
    /// When the partition has an account already: two would each tell half of the truth.
    pub fn add(&mut self, stream: StreamId, mut checkpoint: Checkpoint) -> Result<(), OutOfOrder> {
        let (partition, offset) = (checkpoint.partition, checkpoint.next_offset);
        let refused =
            |next_offset| OutOfOrder { stream, position: Position { partition, offset }, next_offset };
        if let Ok(known) = self.account(stream, partition) {
            return Err(refused(Some(known.checkpoint.next_offset)));
        }
        let place = usize::try_from(partition).map_err(|_| refused(None))?;
        grow(&mut self.index, stream.0);
        grow(&mut self.index[stream.0], place);
        self.index[stream.0][place] = Some(self.accounts.len());
        if let Some(models) = self.scored_by.get(stream.0) {
            checkpoint.score_with(models);
        }
        self.accounts.push(Account { stream, checkpoint, changed: true, open_records: 0 });
        Ok(())
    }

    /// Notes what scores from now on, by stream. It is written with the next commit of each partition.
    pub fn score_with(&mut self, models: Vec<ScoredBy>) {
        self.scored_by = models;
        for Account { stream, checkpoint, .. } in &mut self.accounts {
            if let Some(models) = self.scored_by.get(stream.0) {
                checkpoint.score_with(models);
            }
        }
    }

    /// Notes that a record was read.
    ///
    /// # Errors
    /// When its partition isn't the shard's, or its offset was passed already: scoring it again would
    /// double it.
    pub fn read(&mut self, stream: StreamId, position: Position) -> Result<(), OutOfOrder> {
        let account = self.account(stream, position.partition)?;
        let checkpoint = &mut account.checkpoint;
        if position.offset < checkpoint.next_offset {
            let next_offset = checkpoint.next_offset;
            return Err(OutOfOrder { stream, position, next_offset: Some(next_offset) });
        }
        checkpoint.next_offset = position.offset + 1;
        checkpoint.attempts = Attempts::default();
        checkpoint.totals.read += 1;
        account.open_records += 1;
        account.changed = true;
        Ok(())
    }

    /// Notes what became of a record that was read.
    ///
    /// # Errors
    /// When its partition has no account, or no record of it lacks an outcome.
    pub fn record_fate(
        &mut self,
        stream: StreamId,
        partition: i32,
        fate: Fate,
    ) -> Result<(), AccountingError> {
        let account =
            self.account(stream, partition).map_err(|_| AccountingError::NoAccount { stream, partition })?;
        account.open_records =
            account.open_records.checked_sub(1).ok_or(AccountingError::OutcomeTwice { stream, partition })?;
        let totals = &mut account.checkpoint.totals;
        match fate {
            Fate::Compared => totals.compared += 1,
            Fate::DeadLettered => totals.dead_lettered += 1,
            Fate::Skipped(reason) => *totals.skipped.entry(reason).or_default() += 1,
        }
        Ok(())
    }

    /// Checks that every record read has an outcome, as it must before a commit.
    ///
    /// # Errors
    /// When one has none.
    pub fn check(&self) -> Result<(), AccountingError> {
        match self.accounts.iter().find(|account| account.open_records > 0) {
            None => Ok(()),
            Some(Account { stream, checkpoint, open_records, .. }) => Err(AccountingError::WithoutOutcome {
                stream: *stream,
                partition: checkpoint.partition,
                records: *open_records,
            }),
        }
    }

    /// Moves on to `next_offset` without a record; gives the number of offsets passed.
    ///
    /// # Errors
    /// When the partition isn't the shard's.
    pub fn pass(&mut self, stream: StreamId, partition: i32, next_offset: i64) -> Result<u64, OutOfOrder> {
        let account = self.account(stream, partition)?;
        let passed = u64::try_from(next_offset - account.checkpoint.next_offset).unwrap_or(0);
        if passed > 0 {
            account.checkpoint.next_offset = next_offset;
            account.checkpoint.attempts = Attempts::default();
            account.changed = true;
        }
        Ok(passed)
    }

    /// Like [`pass`](Self::pass), over offsets that retention removed.
    ///
    /// # Errors
    /// When the partition isn't the shard's.
    pub fn gap(&mut self, stream: StreamId, partition: i32, next_offset: i64) -> Result<u64, OutOfOrder> {
        let passed = self.pass(stream, partition, next_offset)?;
        self.account(stream, partition)?.checkpoint.totals.gap_offsets += passed;
        Ok(passed)
    }

    /// Notes that a partition is not read on.
    ///
    /// # Errors
    /// When the partition isn't the shard's.
    pub fn halt(&mut self, stream: StreamId, partition: i32, halt: Halt) -> Result<(), OutOfOrder> {
        let account = self.account(stream, partition)?;
        account.checkpoint.log.halt = Some(halt);
        account.changed = true;
        Ok(())
    }

    /// Takes in what identifies the logs of the partitions that changed. A topic's id that is known stays: another one
    /// is another log, which only a person accepts.
    pub fn see_logs<'a>(&mut self, seen: impl Fn(StreamId, i32) -> SeenLog<'a>) {
        for Account { stream, checkpoint, .. } in self.accounts.iter_mut().filter(|account| account.changed) {
            let SeenLog { topic_id, last_record } = seen(*stream, checkpoint.partition);
            let log = &mut checkpoint.log;
            if log.topic_id.is_none() {
                log.topic_id = topic_id.map(str::to_owned);
            }
            log.last_record = last_record.or(log.last_record);
        }
    }

    /// How many logs a partition was read from before its present one.
    ///
    /// # Errors
    /// When the partition has no account.
    pub fn generation(&self, stream: StreamId, partition: i32) -> Result<usize, AccountingError> {
        let found = self.place(stream, partition).ok_or(AccountingError::NoAccount { stream, partition })?;
        Ok(self.accounts[found].checkpoint.log.generation())
    }

    /// The checkpoints that changed since [`saved`](Self::saved).
    pub fn changed(&self) -> Vec<Checkpoint> {
        self.accounts
            .iter()
            .filter(|account| account.changed)
            .map(|account| account.checkpoint.clone())
            .collect()
    }

    /// Whether any did.
    pub fn has_changed(&self) -> bool {
        self.accounts.iter().any(|account| account.changed)
    }

    /// Notes that all changes were committed.
    pub fn saved(&mut self) {
        self.accounts.iter_mut().for_each(|account| account.changed = false);
    }

    /// Forgets the starts of all accounts: this one has come far enough.
    pub fn forget_attempts(&mut self) {
        for account in &mut self.accounts {
            if !account.checkpoint.attempts.is_none() {
                account.checkpoint.attempts = Attempts::default();
                account.changed = true;
            }
        }
    }

    /// The account of a partition.
    ///
    /// # Errors
    /// When the partition isn't the shard's.
    pub fn checkpoint(&mut self, stream: StreamId, partition: i32) -> Result<&Checkpoint, OutOfOrder> {
        Ok(&self.account(stream, partition)?.checkpoint)
    }

    /// All accounts.
    pub fn checkpoints(&self) -> impl Iterator<Item = (StreamId, &Checkpoint)> {
        self.accounts.iter().map(|account| (account.stream, &account.checkpoint))
    }

    fn place(&self, stream: StreamId, partition: i32) -> Option<usize> {
        let place = usize::try_from(partition).ok()?;
        *self.index.get(stream.0)?.get(place)?
    }

    fn account(&mut self, stream: StreamId, partition: i32) -> Result<&mut Account, OutOfOrder> {
        let position = Position { partition, offset: 0 };
        match self.place(stream, partition) {
            Some(index) => Ok(&mut self.accounts[index]),
            None => Err(OutOfOrder { stream, position, next_offset: None }),
        }
    }
}

fn grow<T: Default>(list: &mut Vec<T>, index: usize) {
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
}

/// The source handed over what this shard must not score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stream {} handed over partition {} offset {}, {}", stream.0, position.partition, position.offset, expected(*next_offset))]
pub struct OutOfOrder {
    stream: StreamId,
    position: Position,
    next_offset: Option<i64>,
}

fn expected(next_offset: Option<i64>) -> String {
    match next_offset {
        Some(next) => format!("where {next} was next"),
        None => "which isn't this shard's".to_owned(),
    }
}
