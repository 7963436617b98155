//! What metrics and `/status` show of the live side; shards and the watch write it, anyone reads it.

use crate::contact::Contact;
use bystander_core::checkpoint::Halt;
use bystander_core::record::StreamId;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A figure that was last seen longer ago than this is not known any more.
const KNOWN_FOR: Duration = Duration::from_secs(30);
/// While the reader's own figures are younger than this they are used alone: position and end are of one moment.
const FETCH_IS_FRESH: Duration = Duration::from_secs(10);

/// One input partition at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionStatus {
    /// The shard that reads it, or read it last.
    pub shard: i32,
    /// The next offset to read.
    pub next_offset: i64,
    /// The high watermark, where the partition ends; `None` when no broker has said so for half a minute.
    pub high_offset: Option<i64>,
    /// The last stable offset, up to which committed records can be read; `None` when it is not known now.
    pub stable_offset: Option<i64>,
    /// The oldest offset kept; `None` before the first fetch.
    pub low_offset: Option<i64>,
    /// What waits behind the last stable offset; `None` when that is not known now.
    pub blocked: Option<Blocked>,
    /// Time since the partition's broker last answered.
    pub silent: Duration,
    /// Why it is not read on; `None` while it is read.
    pub halt: Option<Halt>,
}

/// Records that no reader of committed records gets, because a transaction in front of them is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Blocked {
    /// Offsets between the last stable one and the high watermark.
    pub records: i64,
    /// How long the last stable offset has not moved while something waited behind it.
    pub age: Duration,
}

impl PartitionStatus {
    /// Offsets between the next one to read and the high watermark; `None` while the latter is not known, or is of
    /// another log than the position.
    pub fn lag(&self) -> Option<i64> {
        self.high_offset.filter(|_| self.halt.is_none()).map(|high| (high - self.next_offset).max(0))
    }
}

/// What a reader's client knows of a partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetched {
    /// Where the partition ends, as of the last fetch.
    pub(super) high: Option<i64>,
    /// Up to where committed records can be read, as of the last fetch.
    pub(super) stable: Option<i64>,
    /// The oldest offset kept.
    pub(super) low: Option<i64>,
    /// When the broker that is fetched from last answered.
    pub(super) answered: Option<Instant>,
}

/// One input partition as it was last seen.
#[derive(Debug)]
struct Seen {
    shard: i32,
    next_offset: i64,
    /// High watermark by the reader's fetches, and when it was noted.
    fetched: Option<(i64, Instant)>,
    /// High watermark by the watch, and when it was noted.
    looked_up: Option<(i64, Instant)>,
    stable: Option<i64>,
    low: Option<i64>,
    /// Since when the last stable offset has stood still before the high watermark.
    blocked_since: Option<Instant>,
    answered: Instant,
    halt: Option<Halt>,
}

impl Seen {
    fn new(shard: i32, next_offset: i64, now: Instant) -> Self {
        Self {
            shard,
            next_offset,
            fetched: None,
            looked_up: None,
            stable: None,
            low: None,
            blocked_since: None,
            answered: now,
            halt: None,
        }
    }

    fn fetch(&mut self, fetched: Fetched, now: Instant) {
        let Fetched { high, stable, low, answered } = fetched;
        self.low = low.or(self.low);
        self.answered = self.answered.max(answered.unwrap_or(self.answered));
        let Some(high) = high else { return };
        self.fetched = Some((high, now));
        let stands = stable.is_some_and(|stable| stable < high);
        let moved = stable != self.stable;
        self.blocked_since = if stands { self.blocked_since.filter(|_| !moved).or(Some(now)) } else { None };
        self.stable = stable;
    }

    fn end(&mut self, high: i64, now: Instant) {
        self.looked_up = Some((high, now));
        self.answered = self.answered.max(now);
    }

    fn status(&self, now: Instant) -> PartitionStatus {
        let age = |then: Instant| now.saturating_duration_since(then);
        let within = |seen: Option<(i64, Instant)>, limit: Duration| seen.filter(|(_, at)| age(*at) <= limit);
        let fetched = within(self.fetched, KNOWN_FOR);
        let high = within(self.fetched, FETCH_IS_FRESH).or(within(self.looked_up, KNOWN_FOR)).or(fetched);
        let stable = self.stable.filter(|_| fetched.is_some());
        let blocked = stable.zip(fetched).map(|(stable, (high, _))| Blocked {
            records: (high - stable).max(0),
            age: self.blocked_since.map(age).unwrap_or_default(),
        });
        PartitionStatus {
            shard: self.shard,
            next_offset: self.next_offset,
            high_offset: high.map(|(high, _)| high),
            stable_offset: stable,
            low_offset: self.low,
            blocked,
            silent: age(self.answered),
            halt: self.halt,
        }
    }
}

/// The live side of all shards of this process. It is updated a few times a minute, not per record.
#[derive(Debug)]
pub struct LiveStatus {
    contact: Contact,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    partitions: BTreeMap<(StreamId, i32), Seen>,
    counts: BTreeMap<StreamId, i32>,
    offending: Option<String>,
    excess: Option<String>,
}

impl Default for LiveStatus {
    fn default() -> Self {
        Self { contact: Contact::new("live"), inner: Mutex::default() }
    }
}

impl LiveStatus {
    /// The partitions that shards of this process read, or read when it last knew its shards.
    pub fn partitions(&self) -> BTreeMap<(StreamId, i32), PartitionStatus> {
        let now = Instant::now();
        let inner = self.lock();
        inner.partitions.iter().map(|(&place, seen)| (place, seen.status(now))).collect()
    }

    /// How many partitions each input has; empty before the first look-up.
    pub fn counts(&self) -> BTreeMap<StreamId, i32> {
        self.lock().counts.clone()
    }

    /// Whether the live cluster answers.
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// Whether live clients only ever sent requests that read, and may do nothing else where that is enforced.
    ///
    /// # Errors
    /// The first other request that was sent, or what the principal may do beside reading.
    pub fn isolation(&self) -> Result<(), String> {
        let inner = self.lock();
        let request = inner.offending.as_ref().map(|request| format!("a {request} request"));
        let excess = || inner.excess.as_ref().map(|excess| format!("the right to {excess}"));
        request.or_else(excess).map_or(Ok(()), Err)
    }

    /// Notes what the live principal may do beside reading; `None` is nothing.
    pub fn set_excess(&self, excess: Option<String>) {
        self.lock().excess = excess;
    }

    /// Forgets the partitions of shards that `keep` refuses: others read them from now on. Until this is called a
    /// partition stays, even while its shard fails and starts again.
    pub fn keep_shards(&self, keep: impl Fn(i32) -> bool) {
        self.lock().partitions.retain(|_, seen| keep(seen.shard));
    }

    /// A shard reads these partitions from these offsets, and no others.
    pub(super) fn opened(&self, shard: i32, positions: impl Iterator<Item = (StreamId, i32, i64)>) {
        let now = Instant::now();
        let mut inner = self.lock();
        let opened: BTreeMap<_, _> =
            positions.map(|(stream, partition, next)| ((stream, partition), next)).collect();
        inner.partitions.retain(|place, seen| seen.shard != shard || opened.contains_key(place));
        for (place, next_offset) in opened {
            let seen = inner.partitions.entry(place).or_insert_with(|| Seen::new(shard, next_offset, now));
            (seen.shard, seen.next_offset, seen.halt) = (shard, next_offset, None);
        }
    }

    /// A partition is not read on.
    pub(super) fn halted(&self, stream: StreamId, partition: i32, halt: Halt) {
        if let Some(seen) = self.lock().partitions.get_mut(&(stream, partition)) {
            seen.halt = Some(halt);
        }
    }

    /// A shard reads this partition, too.
    pub(super) fn assigned(&self, place: (StreamId, i32), shard: i32, next_offset: i64) {
        let now = Instant::now();
        let mut inner = self.lock();
        let seen = inner.partitions.entry(place).or_insert_with(|| Seen::new(shard, next_offset, now));
        (seen.shard, seen.next_offset) = (shard, next_offset);
    }

    /// What a shard's reader knows of a partition now. A reader that has lost it changes nothing.
    pub(super) fn fetched(&self, place: (StreamId, i32), shard: i32, next_offset: i64, fetched: Fetched) {
        let now = Instant::now();
        let mut inner = self.lock();
        if let Some(seen) = inner.partitions.get_mut(&place).filter(|seen| seen.shard == shard) {
            seen.next_offset = next_offset;
            seen.fetch(fetched, now);
        }
    }

    /// A partition's broker said where it ends.
    pub(super) fn ends_at(&self, stream: StreamId, partition: i32, high: i64) {
        let now = Instant::now();
        if let Some(seen) = self.lock().partitions.get_mut(&(stream, partition)) {
            seen.end(high, now);
        }
    }

    pub(super) fn counted(&self, stream: StreamId, partitions: i32) {
        self.lock().counts.insert(stream, partitions);
    }

    pub(super) fn offended(&self, request: &str) {
        let mut inner = self.lock();
        if inner.offending.is_none() {
            tracing::error!(request, "a request that isn't a read was sent to the live cluster");
            inner.offending = Some(request.to_owned());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(high: i64, stable: i64, at: Instant) -> Fetched {
        Fetched { high: Some(high), stable: Some(stable), low: Some(0), answered: Some(at) }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn lag_counts_to_the_high_watermark_and_what_is_held_back_has_its_own_figure_and_age() {
        let begin = Instant::now();
        let mut seen = Seen::new(0, 100, begin);
        for second in 0..=40 {
            let now = begin + seconds(second);
            seen.fetch(fetched(5_000 + second as i64, 100, now), now);
        }
        let status = seen.status(begin + seconds(41));
        assert_eq!((status.lag(), status.stable_offset), (Some(4_940), Some(100)));
        assert_eq!(status.blocked, Some(Blocked { records: 4_940, age: seconds(41) }));
    }

    #[test]
    fn transactions_that_follow_each_other_hold_nothing_back_for_long() {
        let begin = Instant::now();
        let mut seen = Seen::new(0, 0, begin);
        for second in 0..=300 {
            let now = begin + seconds(second);
            seen.fetch(fetched(second as i64 * 10 + 5, second as i64 * 10, now), now);
        }
        assert_eq!(seen.status(begin + seconds(300)).blocked, Some(Blocked { records: 5, age: seconds(0) }));
        let end = begin + seconds(301);
        seen.fetch(fetched(3_010, 3_010, end), end);
        assert_eq!(seen.status(end).blocked, Some(Blocked::default()));
    }

    #[test]
    fn lag_that_is_not_known_is_not_zero() {
        let begin = Instant::now();
        let mut seen = Seen::new(0, 100, begin);
        assert_eq!(seen.status(begin).lag(), None, "nothing was fetched yet");
        seen.fetch(fetched(100, 100, begin), begin);
        assert_eq!(seen.status(begin + seconds(29)).lag(), Some(0));
        let later = seen.status(begin + seconds(130));
        assert_eq!((later.lag(), later.blocked, later.silent), (None, None, seconds(130)));
        assert_eq!(later.next_offset, 100, "the position stays known");
    }

    #[test]
    fn while_a_reader_waits_for_the_shadow_side_its_lag_grows_by_the_watch() {
        let begin = Instant::now();
        let mut seen = Seen::new(0, 100, begin);
        seen.fetch(fetched(110, 110, begin), begin);
        seen.end(500, begin + seconds(5));
        assert_eq!(seen.status(begin + seconds(6)).lag(), Some(10), "position and end are of one moment");
        seen.end(900, begin + seconds(20));
        let status = seen.status(begin + seconds(21));
        assert_eq!((status.lag(), status.silent), (Some(800), seconds(1)));
    }

    #[test]
    fn partitions_stay_while_their_shard_fails_and_go_when_others_have_it() {
        let status = LiveStatus::default();
        let place = |partition: i32, next: i64| (StreamId(0), partition, next);
        status.opened(0, [place(0, 5), place(4, 6)].into_iter());
        status.opened(1, [place(1, 7)].into_iter());
        let shown = |status: &LiveStatus| -> Vec<_> {
            status.partitions().into_iter().map(|((_, partition), seen)| (partition, seen.shard)).collect()
        };
        assert_eq!(shown(&status), [(0, 0), (1, 1), (4, 0)]);
        // Among more shards the same one owns less.
        status.opened(0, [place(0, 9)].into_iter());
        assert_eq!(shown(&status), [(0, 0), (1, 1)]);
        status.keep_shards(|shard| shard == 1);
        assert_eq!(shown(&status), [(1, 1)]);
        // Readers that have not noticed yet, of a partition that is gone and of one that another shard has.
        status.fetched((StreamId(0), 1), 0, 99, fetched(99, 99, Instant::now()));
        assert_eq!(status.partitions()[&(StreamId(0), 1)].next_offset, 7);
        status.fetched((StreamId(0), 0), 0, 10, fetched(10, 10, Instant::now()));
        assert_eq!(shown(&status), [(1, 1)]);
    }
}
