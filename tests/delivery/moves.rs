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
            moves.given_up.extend(listed(line, "event=Revoked([").map(|shard| (shard, time)));
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
    let Moves { given_up, runs, .. } = Moves::of(&process.log());
    let last = |list: &[(u32, Timestamp)], shard: u32| {
        list.iter().filter(|(other, _)| *other == shard).map(|(_, time)| *time).max()
    };
    (0..shards)
        .filter(|&shard| {
            last(&runs, shard).is_some_and(|ran| last(&given_up, shard).is_none_or(|gone| gone < ran))
        })
        .collect()
}
