//! Who ran which shard when, by the logs of the processes.

use crate::support::Running;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// Times at which a process was given shards, gave them up, and ran them.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    given: Vec<(u32, Timestamp)>,
    given_up: Vec<(u32, Timestamp)>,
    runs: Vec<(u32, Timestamp)>,
    /// The number of shards that one ran with.
    layouts: Vec<(u32, u32, Timestamp)>,
    /// When it was seen that the number of shards changed.
    resized: Vec<Timestamp>,
}

impl Moves {
    pub(crate) fn of(log: &str) -> Self {
        let mut moves = Self::default();
        for line in log.lines() {
            let Some(time) = line.split_whitespace().next().and_then(|word| word.parse().ok()) else {
                continue;
            };
            moves.given.extend(listed(line, "event=Assigned([").map(|shard| (shard, time)));
            for event in ["event=Revoked([", "event=Lost(["] {
                moves.given_up.extend(listed(line, event).map(|shard| (shard, time)));
            }
            if let Some((_, rest)) = line.split_once("the shard runs shard=") {
                let mut numbers = rest.split(' ').filter_map(|word| word.rsplit('=').next()?.parse().ok());
                if let (Some(shard), Some(layout)) = (numbers.next(), numbers.next()) {
                    moves.runs.push((shard, time));
                    moves.layouts.push((shard, layout, time));
                }
            }
            moves.resized.extend(line.contains("event=Resized {").then_some(time));
        }
        moves
    }
}

fn listed<'a>(line: &'a str, before: &str) -> impl Iterator<Item = u32> + use<'a> {
    let list = line.split_once(before).map_or("", |(_, list)| list);
    list.split([',', ']', ')']).map_while(|number| number.trim().parse().ok())
}

fn first_after(moves: &[(u32, Timestamp)], shard: u32, from: Timestamp) -> Option<Timestamp> {
    moves.iter().filter(|(other, time)| *other == shard && *time > from).map(|(_, time)| *time).min()
}

/// How long a shard stood still: until an instance was given it, and until it ran there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pause {
    pub(crate) shard: u32,
    pub(crate) given: Duration,
    pub(crate) runs: Duration,
}

fn pause(all: &[Moves], shard: u32, from: Timestamp) -> Pause {
    let first = |of: fn(&Moves) -> &Vec<(u32, Timestamp)>| {
        let times = all.iter().filter_map(|moves| first_after(of(moves), shard, from));
        times.min().unwrap_or_else(|| panic!("shard {shard} went nowhere after {from}: {all:?}"))
    };
    let since = |time: Timestamp| time.duration_since(from).unsigned_abs();
    let given = since(first(|moves| &moves.given));
    Pause { shard, given, runs: since(first(|moves| &moves.runs)) }
}

/// One for each time that a shard was given up since `from`.
pub(crate) fn handovers(logs: &[String], from: Timestamp) -> Vec<Pause> {
    let all: Vec<Moves> = logs.iter().map(|log| Moves::of(log)).collect();
    let given_up = all.iter().flat_map(|moves| &moves.given_up).filter(|(_, time)| *time >= from);
    given_up.map(|&(shard, time)| pause(&all, shard, time)).collect()
}

/// One for each of these shards, whose owner died at this time.
pub(crate) fn takeovers(logs: &[String], shards: &[u32], died: Timestamp) -> Vec<Pause> {
    let all: Vec<Moves> = logs.iter().map(|log| Moves::of(log)).collect();
    shards.iter().map(|&shard| pause(&all, shard, died)).collect()
}

/// How long each shard took until it ran in a layout of so many shards, from when the first instance noticed it.
pub(crate) fn growth(logs: &[String], layout: u32) -> BTreeMap<u32, Duration> {
    let all: Vec<Moves> = logs.iter().map(|log| Moves::of(log)).collect();
    let noticed = all.iter().flat_map(|moves| &moves.resized).min();
    let mut pauses = BTreeMap::new();
    for &(shard, of, time) in all.iter().flat_map(|moves| &moves.layouts) {
        if let Some(&noticed) = noticed.filter(|_| of == layout) {
            let pause = time.duration_since(noticed).unsigned_abs();
            pauses
                .entry(shard)
                .and_modify(|first: &mut Duration| *first = pause.min(*first))
                .or_insert(pause);
        }
    }
    pauses
}

/// Shards that a process runs now.
pub(crate) fn running(process: &Running, shards: u32) -> Vec<u32> {
    held(&Moves::of(&process.log()), shards)
}

/// Shards that were given and not given up since, and that ran after that. A shard that was revoked while it started says
/// that it runs once more, and ends at once.
fn held(moves: &Moves, shards: u32) -> Vec<u32> {
    let last = |list: &[(u32, Timestamp)], shard: u32| {
        list.iter().filter(|(other, _)| *other == shard).map(|(_, time)| *time).max()
    };
    let holds = |shard: &u32| {
        let (given, gone, ran) =
            (last(&moves.given, *shard), last(&moves.given_up, *shard), last(&moves.runs, *shard));
        given.is_some_and(|given| gone.is_none_or(|gone| gone < given) && ran.is_some_and(|ran| ran >= given))
    };
    (0..shards).filter(holds).collect()
}

#[test]
fn a_shard_that_was_revoked_while_it_started_is_not_held() {
    let log = "2026-01-01T00:00:01Z  INFO shard group event=Assigned([0, 1])\n\
               2026-01-01T00:00:02Z  INFO the shard runs shard=1 shards=2 partitions=2\n\
               2026-01-01T00:00:03Z  INFO shard group event=Revoked([0])\n\
               2026-01-01T00:00:04Z  INFO the shard runs shard=0 shards=2 partitions=2\n";
    assert_eq!(held(&Moves::of(log), 2), [1]);
}
