//! A model of how shards are taken over, explored in every order of its steps.
//!
//! One input partition, the transactional ids of all shards, and the partitions of the checkpoints topic. Starts of any
//! shard come at any time, with the present number of shards or a former one. Each step of a start or of a running shard
//! is atomic, and any other step may come between two of them. A start that takes no further step has crashed, or was
//! paused and goes on when nobody expects it.
//!
//! What must hold in every state: each record is compared at most once, and exactly those before the furthest
//! checkpoint are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use super::{Layouts, Next, next};
use crate::live::Share;
use std::collections::HashMap;
use std::rc::Rc;

/// Parts of the protocol that can be left out.
#[derive(Debug, Clone, Copy)]
struct Protocol {
    /// Former owners are taken over.
    fence: bool,
    /// Taking a shard over leaves a mark of the layout in its partition. Without it, a claim, another round of fences and
    /// another look have to do, as they did before there were marks.
    mark: bool,
    /// After fences the checkpoints are read again.
    read_again: bool,
    /// A producer whose transaction may be ended once more is replaced.
    replace: bool,
}

const WHOLE: Protocol = Protocol { fence: true, mark: true, read_again: true, replace: true };

/// Shards at most.
const SHARDS: usize = 3;

/// What is explored.
#[derive(Debug, Clone, Copy)]
struct Scope {
    /// The input partition.
    partition: usize,
    /// Numbers of shards in the order in which the topic grows.
    layouts: &'static [usize],
    starts: usize,
    records: u8,
    /// Whether starts may see a former number of shards.
    old_views: bool,
    /// Whether a request to commit may be sent twice, and the first copy arrive at any time.
    late_requests: bool,
    protocol: Protocol,
}

/// Next offset and layout; ordered as checkpoints are when the furthest is chosen.
type Checkpoint = (u8, usize);

/// A partition of the checkpoints topic, as far as it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Log {
    layout: usize,
    furthest: Option<Checkpoint>,
}

impl Log {
    fn commit(&mut self, checkpoint: Checkpoint) {
        self.furthest = self.furthest.max(Some(checkpoint));
        self.layout = self.layout.max(checkpoint.1);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    shards: usize,
    /// The record that each id's open transaction holds.
    open: [Option<u8>; SHARDS],
    logs: [Log; SHARDS],
    /// How often each record is visible among the comparisons.
    compared: Vec<u8>,
    /// Whether a request to commit of each id's present holder is still under way.
    late: [bool; SHARDS],
    /// How many starts there were.
    begun: usize,
    starts: Vec<Start>,
}

/// One start of a shard, and the shard that comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Start {
    shard: usize,
    /// The number of shards that it sees.
    view: usize,
    /// Whether it still holds its shard's transactional id; otherwise it is fenced.
    holds: bool,
    /// Rounds of fences so far, where no mark tells of them.
    rounds: u8,
    at: At,
}

/// The partitions read so far.
type Read = [Option<Log>; SHARDS];

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum At {
    Marking,
    /// The partitions are read in any order.
    Reading(Read),
    /// Shards to take over, and for the first of them whether that was done and it still holds that id.
    Fencing(Vec<usize>, Option<bool>, Read),
    Claiming(Option<Checkpoint>),
    /// Next offset; whether the record there lies in the open transaction.
    Running(u8, bool),
    Over,
}

impl State {
    fn new(scope: Scope) -> Self {
        Self {
            shards: scope.layouts[0],
            open: Default::default(),
            logs: Default::default(),
            compared: vec![0; usize::from(scope.records)],
            late: Default::default(),
            begun: 0,
            starts: Vec::new(),
        }
    }

    /// What is wrong with this state, if anything.
    fn fault(&self) -> Option<String> {
        let furthest = self.logs.iter().filter_map(|log| log.furthest).max().map_or(0, |(next, _)| next);
        for (offset, &times) in (0_u8..).zip(&self.compared) {
            let expected = u8::from(offset < furthest);
            if times != expected {
                return Some(format!(
                    "record {offset} is compared {times} times, the checkpoint is {furthest}"
                ));
            }
        }
        None
    }

    /// What `init_transactions` and the sweep do: whoever held the id is fenced, what was open is aborted, and brokers
    /// refuse what was under way.
    fn take_over(&mut self, id: usize) {
        self.open[id] = None;
        self.late[id] = false;
        for start in &mut self.starts {
            start.holds &= start.shard != id;
            if let At::Fencing(left, Some(holds), _) = &mut start.at {
                *holds &= left[0] != id;
            }
        }
    }

    /// All states that one step leads to, each with what the step was.
    fn steps(&self, scope: Scope) -> Vec<(String, Self)> {
        let mut steps = Vec::new();
        let grown = scope.layouts.iter().copied().find(|&shards| shards > self.shards);
        steps.extend(
            grown.map(|shards| (format!("the topic grows to {shards}"), Self { shards, ..self.clone() })),
        );
        if self.begun < scope.starts {
            let views = scope.layouts.iter().copied().filter(|&view| view <= self.shards);
            let owners = views.filter(|&view| scope.old_views || view == self.shards);
            let owners = owners.map(|view| (scope.partition % view, view));
            // A shard that doesn't own the partition matters where its id is a former owner's.
            let others = (0..self.shards).filter(|shard| scope.partition % self.shards != *shard);
            let others = others.map(|shard| (shard, self.shards));
            for (shard, view) in owners.chain(others) {
                let mut after = self.clone();
                after.begun += 1;
                after.take_over(shard);
                after.starts.push(Start { shard, view, holds: true, rounds: 0, at: At::Marking });
                steps.push((format!("shard {shard} of {view} takes its shard over"), after));
            }
        }
        for id in (0..SHARDS).filter(|&id| self.late[id]) {
            let mut after = self.clone();
            after.late[id] = false;
            if let Some(offset) = after.open[id].take() {
                after.compared[usize::from(offset)] += 1;
            }
            steps.push((format!("a late request of shard {id} arrives"), after));
        }
        for index in 0..self.starts.len() {
            steps.extend(self.steps_of(index, scope));
        }
        steps.iter_mut().for_each(|(_, after)| after.simplify());
        steps
    }

    /// Leaves out what can't matter any more, so that states that differ in nothing else are one.
    fn simplify(&mut self) {
        // Whoever is fenced can't commit. Reading and taking others over is all that is left to it.
        let works = |at: &At| matches!(at, At::Reading(_) | At::Fencing(..));
        self.starts.retain(|start| start.at != At::Over && (start.holds || works(&start.at)));
        self.starts.sort_unstable();
    }

    /// The steps that one start can take now.
    fn steps_of(&self, index: usize, scope: Scope) -> Vec<(String, Self)> {
        let Start { shard, view, rounds, ref at, .. } = self.starts[index];
        let Scope { partition, protocol, .. } = scope;
        let go = |what: &str, change: &dyn Fn(&mut Self) -> At| {
            let mut after = self.clone();
            after.starts[index].at = change(&mut after);
            (format!("shard {shard} of {view} {what}"), after)
        };
        match *at {
            At::Marking => vec![go("marks its partition", &|after| {
                after.mark(shard, view, protocol);
                At::Reading(Read::default())
            })],
            At::Reading(read) => (0..view)
                .filter(|&from| read[from].is_none())
                .map(|from| {
                    go(&format!("reads partition {from}"), &|after| {
                        let mut read = read;
                        read[from] = Some(after.logs[from]);
                        if read[..view].contains(&None) {
                            At::Reading(read)
                        } else {
                            after.starts[index].decide(read, protocol)
                        }
                    })
                })
                .collect(),
            At::Fencing(ref left, None, read) => {
                vec![go(&format!("takes shard {} over", left[0]), &|after| {
                    after.take_over(left[0]);
                    At::Fencing(left.clone(), Some(true), read)
                })]
            }
            At::Fencing(_, Some(false), _) => {
                vec![go("finds that somebody else has taken it over", &|_| At::Reading(Read::default()))]
            }
            At::Fencing(ref left, Some(true), read) => {
                vec![go(&format!("marks partition {}", left[0]), &|after| {
                    after.mark(left[0], view, protocol);
                    after.starts[index].rounds += u8::from(!protocol.mark && left.len() == 1);
                    match &left[1..] {
                        [] if protocol.read_again => At::Reading(Read::default()),
                        [] => At::Claiming(furthest(&read)),
                        left => At::Fencing(left.to_vec(), None, read),
                    }
                })]
            }
            At::Claiming(_) if partition % view != shard => vec![go("owns nothing", &|_| At::Over)],
            At::Claiming(from) => vec![go("claims", &|after| {
                let next = from.map_or(0, |(next, _)| next);
                if from.is_none_or(|(_, layout)| layout != view) {
                    after.logs[shard].commit((next, view));
                }
                let former: Vec<_> = (0..view - 1).filter(|&former| former != shard).collect();
                if rounds == 1 && !former.is_empty() {
                    return At::Fencing(former, None, Read::default());
                }
                At::Running(next, false)
            })],
            At::Running(next, false) if next < scope.records => vec![go("sends a comparison", &|after| {
                after.open[shard] = Some(next);
                At::Running(next, true)
            })],
            At::Running(_, true) if self.open[shard].is_none() => {
                vec![go("finds its transaction ended", &|_| At::Over)]
            }
            At::Running(next, true) => {
                let once = go("commits", &|after| {
                    after.commit(shard, (next + 1, view));
                    At::Running(next + 1, false)
                });
                let twice = go("commits by a request that was sent twice", &|after| {
                    after.commit(shard, (next + 1, view));
                    after.late[shard] = true;
                    if protocol.replace { At::Over } else { At::Running(next + 1, false) }
                });
                [once].into_iter().chain(scope.late_requests.then_some(twice)).collect()
            }
            At::Running(..) | At::Over => Vec::new(),
        }
    }

    fn mark(&mut self, partition: usize, layout: usize, protocol: Protocol) {
        if protocol.mark {
            self.logs[partition].layout = self.logs[partition].layout.max(layout);
        }
    }

    /// Makes the record before the checkpoint visible, together with the checkpoint.
    fn commit(&mut self, shard: usize, checkpoint: Checkpoint) {
        self.open[shard] = None;
        self.compared[usize::from(checkpoint.0) - 1] += 1;
        self.logs[shard].commit(checkpoint);
    }
}

fn furthest(read: &Read) -> Option<Checkpoint> {
    read.iter().flatten().filter_map(|log| log.furthest).max()
}

impl Start {
    /// What follows when everything was read: the product's own rule, unless parts of it are left out.
    fn decide(&self, read: Read, protocol: Protocol) -> At {
        let number = |number: usize| i32::try_from(number).unwrap();
        let read_ones =
            read.iter().enumerate().filter_map(|(partition, log)| Some((number(partition), log.as_ref()?)));
        let layouts: Layouts = read_ones.map(|(partition, log)| (partition, number(log.layout))).collect();
        match next(Share { shard: number(self.shard), shards: number(self.view) }, &layouts) {
            Next::GiveUp(_) => At::Over,
            Next::Fence(shards) if protocol.fence && self.rounds == 0 => {
                At::Fencing(shards.into_iter().map(|shard| shard as usize).collect(), None, read)
            }
            Next::Fence(_) | Next::Claim => At::Claiming(furthest(&read)),
        }
    }
}

/// How many states there are, or the shortest way to one with a fault.
fn explore(scope: Scope) -> Result<usize, String> {
    let mut states = vec![Rc::new(State::new(scope))];
    let mut known = HashMap::from([(Rc::clone(&states[0]), 0)]);
    let mut from = vec![0];
    let mut at = 0;
    while at < states.len() {
        for (_, after) in Rc::clone(&states[at]).steps(scope) {
            if known.contains_key(&after) {
                continue;
            }
            let (fault, after) = (after.fault(), Rc::new(after));
            known.insert(Rc::clone(&after), states.len());
            states.push(after);
            from.push(at);
            if let Some(fault) = fault {
                return Err(way(&states, &from, &fault, scope));
            }
        }
        at += 1;
    }
    Ok(states.len())
}

/// The steps that led to the last state.
fn way(states: &[Rc<State>], from: &[usize], fault: &str, scope: Scope) -> String {
    let mut steps = vec![fault.to_owned()];
    let mut at = states.len() - 1;
    while at > 0 {
        let step = states[from[at]].steps(scope).into_iter().find(|(_, after)| *after == *states[at]);
        steps.push(step.map_or_else(String::new, |(step, _)| step));
        at = from[at];
    }
    steps.reverse();
    steps.join("\n")
}

/// Two layouts, whose owners of the partition differ: shard 0 of 1 and shard 1 of 2.
const TWO_LAYOUTS: Scope = Scope {
    partition: 1,
    layouts: &[1, 2],
    starts: 3,
    records: 2,
    old_views: true,
    late_requests: true,
    protocol: WHOLE,
};

/// Three layouts with three owners: shard 0 of 1, shard 1 of 2, shard 2 of 3.
const THREE_LAYOUTS: Scope =
    Scope { partition: 5, layouts: &[1, 2, 3], records: 1, late_requests: false, ..TWO_LAYOUTS };

fn holds(scope: Scope) {
    match explore(scope) {
        Ok(states) => println!("{states} states"),
        Err(way) => panic!("{way}"),
    }
}

/// What goes wrong, as the last line of the shortest way to it.
fn breaks(scope: Scope) -> String {
    let way = explore(scope).unwrap_err();
    println!("{way}\n");
    way
}

#[test]
fn no_order_of_starts_crashes_old_views_and_late_requests_compares_a_record_twice_or_loses_one() {
    holds(TWO_LAYOUTS);
    holds(THREE_LAYOUTS);
}

#[test]
fn without_marks_an_owner_with_an_old_view_reads_a_partition_that_was_claimed() {
    let protocol = Protocol { mark: false, ..WHOLE };
    let way = breaks(Scope { protocol, ..TWO_LAYOUTS });
    assert!(way.ends_with("record 0 is compared 2 times, the checkpoint is 1"), "{way}");
}

#[test]
fn without_fences_a_former_owner_goes_on() {
    breaks(Scope { protocol: Protocol { fence: false, ..WHOLE }, old_views: false, ..TWO_LAYOUTS });
}

#[test]
fn without_reading_again_a_former_owners_last_commit_is_missed() {
    breaks(Scope { protocol: Protocol { read_again: false, ..WHOLE }, old_views: false, ..TWO_LAYOUTS });
}

#[test]
fn without_another_producer_a_late_request_ends_a_later_transaction() {
    breaks(Scope { protocol: Protocol { replace: false, ..WHOLE }, starts: 1, ..TWO_LAYOUTS });
}
