//! The kinds of fault, and the seeded order in which they come.

use crate::support::Dice;
use std::time::Duration;

/// What goes wrong. Each is described in `docs/chaos.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `kill -9` of an instance; another starts at once.
    Kill,
    /// `kill -TERM` of an instance; another starts once it has ended.
    Terminate,
    /// `SIGSTOP` beyond the timeouts of session and transaction while a replacement works, then `SIGCONT`.
    Freeze,
    /// `SIGSTOP` until a replacement has taken over, then `SIGCONT` while the former owner's transaction may be open still.
    Zombie,
    /// Three instances join, one of the five is killed, the others leave.
    Storm,
    /// `kill -9` of the live broker.
    LiveKilled,
    /// The live broker ends in order and comes back.
    LiveRolled,
    /// The live broker stands still.
    LivePaused,
    /// `kill -9` of the shadow broker, which is the group's and the transactions' coordinator.
    ShadowKilled,
    /// The shadow broker ends in order and comes back.
    ShadowRolled,
    /// The shadow broker stands still.
    ShadowPaused,
    /// The live broker can't write, as with a full disk, and is started again once there is room.
    LiveFull,
    /// The shadow broker can't write, as with a full disk, and is started again once there is room.
    ShadowFull,
    /// Everything to and from the live broker is delayed.
    LiveDelayed,
    /// All connections to the live broker are reset.
    LiveReset,
    /// Connections to the live broker stay open and nothing passes.
    LiveHalfOpen,
    /// Everything to and from the shadow broker is delayed.
    ShadowDelayed,
    /// All connections to the shadow broker are reset.
    ShadowReset,
    /// Connections to the shadow broker stay open and nothing passes.
    ShadowHalfOpen,
    /// The request that ends a transaction is lost on its way and arrives later.
    LateEnd,
    /// A request with records is lost on its way.
    LostRecords,
    /// Clients ask for metrics and never read the answer.
    DeafScrapers,
    /// Input transactions that are aborted after their records stand in the log.
    AbortedInput,
    /// An input transaction that its producer leaves open.
    OpenInput,
    /// Records that can't be read as events.
    BadInput,
    /// Records are deleted beyond the position of a reader that stands still.
    RemovedInput,
}

/// Where a fault strikes; two that strike the same are not combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Processes of the service.
    Instances,
    /// The live cluster or the way to it.
    Live,
    /// The shadow cluster or the way to it.
    Shadow,
    /// What is fed.
    Input,
}

const ALL: [Kind; 26] = [
    Kind::Kill,
    Kind::Terminate,
    Kind::Freeze,
    Kind::Zombie,
    Kind::Storm,
    Kind::LiveKilled,
    Kind::LiveRolled,
    Kind::LivePaused,
    Kind::ShadowKilled,
    Kind::ShadowRolled,
    Kind::ShadowPaused,
    Kind::LiveFull,
    Kind::ShadowFull,
    Kind::LiveDelayed,
    Kind::LiveReset,
    Kind::LiveHalfOpen,
    Kind::ShadowDelayed,
    Kind::ShadowReset,
    Kind::ShadowHalfOpen,
    Kind::LateEnd,
    Kind::LostRecords,
    Kind::DeafScrapers,
    Kind::AbortedInput,
    Kind::OpenInput,
    Kind::BadInput,
    Kind::RemovedInput,
];

impl Kind {
    /// Where it strikes.
    pub(crate) fn target(self) -> Target {
        match self {
            Self::Kill
            | Self::Terminate
            | Self::Freeze
            | Self::Zombie
            | Self::Storm
            | Self::DeafScrapers
            | Self::RemovedInput => Target::Instances,
            Self::LiveKilled
            | Self::LiveRolled
            | Self::LivePaused
            | Self::LiveFull
            | Self::LiveDelayed
            | Self::LiveReset
            | Self::LiveHalfOpen => Target::Live,
            Self::ShadowKilled
            | Self::ShadowRolled
            | Self::ShadowPaused
            | Self::ShadowFull
            | Self::ShadowDelayed
            | Self::ShadowReset
            | Self::ShadowHalfOpen
            | Self::LateEnd
            | Self::LostRecords => Target::Shadow,
            Self::AbortedInput | Self::OpenInput | Self::BadInput => Target::Input,
        }
    }
}

/// One fault and everything that chance decides about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What goes wrong.
    pub(crate) kind: Kind,
    /// Which instance is struck, where one is.
    pub(crate) victim: usize,
    /// How long it lasts, unless it ends by progress.
    pub(crate) lasts: Duration,
}

/// Faults that overlap, and how far work goes on before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Round {
    /// Input offsets that are committed since the last round before this one begins.
    pub(crate) after: u64,
    /// A further moment, so that not every fault meets the same point of a commit.
    pub(crate) pause: Duration,
    /// One fault, or two: the second begins and ends within the first.
    pub(crate) faults: Vec<Fault>,
}

/// An endless sequence of rounds. Every kind comes once, in a seeded order, before any comes again.
#[derive(Debug)]
pub(crate) struct Schedule {
    dice: Dice,
    kinds: Vec<Kind>,
    deck: Vec<Kind>,
}

impl Schedule {
    /// The one of this seed, of all kinds unless `only` names some.
    pub(crate) fn new(seed: u64, only: &[String]) -> Self {
        let named = |kind: &Kind| only.is_empty() || only.contains(&format!("{kind:?}"));
        let kinds: Vec<Kind> = ALL.into_iter().filter(named).collect();
        assert!(only.is_empty() || kinds.len() == only.len(), "not all of {only:?} are among {ALL:?}");
        Self { dice: Dice::seeded(seed), kinds, deck: Vec::new() }
    }

    /// The next round.
    pub(crate) fn next(&mut self) -> Round {
        let first = self.draw(None);
        let first = first.expect("there is a kind");
        let mut faults = vec![self.fault(first)];
        if self.dice.below(3) == 0
            && let Some(second) = self.draw(Some(first.target()))
        {
            faults.push(self.fault(second));
        }
        let (after, pause) = (self.dice.below(1_500), self.dice.millis(0, 300));
        Round { after, pause, faults }
    }

    /// A card that strikes elsewhere than at `except`; none, where the deck has no such card left.
    fn draw(&mut self, except: Option<Target>) -> Option<Kind> {
        if self.deck.is_empty() {
            self.deck = self.kinds.clone();
        }
        // Those wait for progress while they last, so they come first or alone.
        let first_only = |kind: Kind| matches!(kind, Kind::Freeze | Kind::Zombie | Kind::RemovedInput);
        let fits = |kind: &Kind| except.is_none_or(|target| kind.target() != target && !first_only(*kind));
        let fitting: Vec<usize> = (0..self.deck.len()).filter(|&at| fits(&self.deck[at])).collect();
        let count = u64::try_from(fitting.len()).ok().filter(|count| *count > 0)?;
        let chosen = usize::try_from(self.dice.below(count)).unwrap();
        Some(self.deck.remove(fitting[chosen]))
    }

    fn fault(&mut self, kind: Kind) -> Fault {
        Fault { kind, victim: self.dice.either(), lasts: self.dice.millis(300, 5_000) }
    }
}

#[test]
fn a_seed_gives_the_same_schedule_every_time_and_each_kind_before_any_comes_again() {
    let rounds = |seed: u64| {
        let mut schedule = Schedule::new(seed, &[]);
        std::iter::repeat_with(move || schedule.next()).take(40).collect::<Vec<_>>()
    };
    assert_eq!(rounds(7), rounds(7));
    assert_ne!(rounds(7), rounds(8));
    let rounds = rounds(7);
    let kinds = rounds.iter().flat_map(|round| &round.faults).map(|fault| fault.kind);
    let mut first: Vec<Kind> = kinds.take(ALL.len()).collect();
    first.sort_unstable();
    assert_eq!(first, {
        let mut all = ALL.to_vec();
        all.sort_unstable();
        all
    });
}

#[test]
fn a_schedule_of_some_kinds_has_no_other() {
    let mut schedule = Schedule::new(7, &["Zombie".to_owned(), "ShadowPaused".to_owned()]);
    let rounds = std::iter::repeat_with(|| schedule.next()).take(20);
    let mut kinds: Vec<Kind> = rounds.flat_map(|round| round.faults).map(|fault| fault.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, [Kind::Zombie, Kind::ShadowPaused]);
}
