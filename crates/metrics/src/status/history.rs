//! What was counted a while ago, so that a status can say what happens now; time is a parameter.

use super::{DeadLetterKind, DeadLetterStatus, ModelStatus, StatusCounts, StreamCounts, StreamStatus};
use crate::registry::Catalogue;
use bystander_core::model::ModelIdentity;
use bystander_core::time::Rfc3339;
use std::collections::{BTreeMap, VecDeque};

/// How long *recent* is.
const WINDOW_MS: i64 = 5 * 60 * 1000;
/// How far apart kept readings are at least.
const STEP_MS: i64 = 10 * 1000;

/// Readings of the last minutes: at most `WINDOW_MS / STEP_MS` and two, whatever happens.
#[derive(Debug)]
pub struct History {
    started_ms: i64,
    now_ms: i64,
    latest: StatusCounts,
    kept: VecDeque<(i64, StatusCounts)>,
    seen: BTreeMap<DeadLetterKind, i64>,
}

impl History {
    /// Begins at `now_ms` (epoch milliseconds) with a first reading.
    pub fn new(now_ms: i64, counts: StatusCounts) -> Self {
        let kept = VecDeque::from([(now_ms, counts.clone())]);
        Self { started_ms: now_ms, now_ms, latest: counts, kept, seen: BTreeMap::new() }
    }

    /// Takes a reading in; it should come every second, which is how exact `last_seen` is.
    pub fn note(&mut self, now_ms: i64, counts: StatusCounts) {
        for (kind, &count) in &counts.dead_letters {
            if count > self.latest.dead_letters.get(kind).copied().unwrap_or(0) {
                self.seen.insert(kind.clone(), now_ms);
            }
        }
        (self.now_ms, self.latest) = (now_ms, counts);
        if self.kept.back().is_none_or(|(at, _)| now_ms - at >= STEP_MS) {
            self.kept.push_back((now_ms, self.latest.clone()));
        }
        // The first one is the youngest that is old enough.
        while self.kept.get(1).is_some_and(|(at, _)| now_ms - at >= WINDOW_MS) {
            self.kept.pop_front();
        }
    }

    /// When it began, epoch milliseconds.
    pub fn started_ms(&self) -> i64 {
        self.started_ms
    }

    /// When the latest reading was taken, epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Seconds that `recent` counts span.
    pub fn window_seconds(&self) -> u64 {
        let begin = self.kept.front().map_or(self.now_ms, |(at, _)| *at);
        u64::try_from((self.now_ms - begin) / 1000).unwrap_or(0)
    }

    /// The streams of the catalogue that the readings come from; `topics` stand in the same order.
    pub fn streams(&self, catalogue: &Catalogue, topics: &[String]) -> Vec<StreamStatus> {
        let streams = catalogue.models.streams();
        let status = streams.iter().zip(topics).zip(&self.latest.streams).enumerate();
        let status = status.map(|(place, ((labels, topic), now))| {
            let before = self.kept.front().and_then(|(_, counts)| counts.streams.get(place));
            StreamStatus {
                name: labels.name.clone(),
                kind: labels.kind.name(),
                topic: topic.clone(),
                records: now.records,
                recent: before.map(|before| now.records.since(&before.records)).unwrap_or_default(),
                models: labels.models.iter().map(|model| self.model(place, now, &model.identity)).collect(),
            }
        });
        status.collect()
    }

    fn model(&self, stream: usize, now: &StreamCounts, identity: &ModelIdentity) -> ModelStatus {
        let of =
            |counts: &StreamCounts| counts.models.get(&(identity.name.clone(), identity.version)).copied();
        let agreement = of(now).unwrap_or_default();
        // A model that came within the window is counted from the first reading that has it: a version that came back brings
        // along what it counted before it left.
        let before = self.kept.iter().find_map(|(_, counts)| counts.streams.get(stream).and_then(of));
        ModelStatus {
            name: identity.name.clone(),
            version: identity.version,
            alias: identity.alias.clone(),
            sha256: identity.sha256.clone(),
            engine: identity.engine.clone(),
            agreement,
            recent: before.map(|before| agreement.since(&before)).unwrap_or_default(),
        }
    }

    /// Dead letters by kind, the last seen first.
    pub fn dead_letters(&self) -> Vec<DeadLetterStatus> {
        let before = self.kept.front().map(|(_, counts)| &counts.dead_letters);
        let mut all: Vec<_> = self
            .latest
            .dead_letters
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(kind, &count)| {
                let then = before.and_then(|before| before.get(kind)).copied().unwrap_or(0);
                let last_seen = Rfc3339(self.seen.get(kind).copied().unwrap_or(self.started_ms));
                DeadLetterStatus { kind: kind.clone(), count, recent: count.saturating_sub(then), last_seen }
            })
            .collect();
        all.sort_by_key(|letters| std::cmp::Reverse((letters.last_seen.0, letters.recent)));
        all
    }

    /// The lag of an input partition when the window began.
    pub fn lag_before(&self, topic: &str, partition: i32) -> Option<i64> {
        self.kept.front()?.1.lags.get(&(topic.to_owned(), partition)).copied()
    }
}
