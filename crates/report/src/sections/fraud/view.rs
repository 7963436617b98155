//! One model's view of a stream of orders: which orders it scored, and which of them have a label. Only orders that are
//! old enough for frauds and good orders alike to show are looked at: young frauds are known before young good orders.

use super::declines::Mature;
use super::direction::Direction;
use crate::document::Population;
use crate::join::{JoinedStream, NO_ACTION, State, action};
use crate::sections::context::Chosen;
use bystander_core::decision::Action;

/// A model's orders.
pub(crate) struct OrderView<'a> {
    pub(crate) chosen: Chosen<'a>,
    /// Which way its score points.
    pub(crate) direction: Direction,
    /// Orders it scored that had happened.
    pub(crate) events: Vec<u32>,
    /// Those of them that are old enough for a label, unlabelled declines among them.
    pub(crate) mature: Mature,
    /// Those with a label that doesn't select itself: all mature ones where each decline has a label, else the ones that
    /// live did not decline. A decline that is labelled all the same is mostly one that turned out to be fraud.
    pub(crate) labelled: Labelled,
}

/// Orders with a mature label, as columns.
#[derive(Debug, Default)]
pub(crate) struct Labelled {
    pub(crate) events: Vec<u32>,
    /// Whether it is fraud.
    pub(crate) labels: Vec<bool>,
    /// Scores as [risks](OrderView::risk).
    pub(crate) risks: Vec<f64>,
    /// Customer by row, from 0 without gaps; an order without a customer is one of its own.
    pub(crate) clusters: Vec<u32>,
    pub(crate) cluster_count: usize,
    pub(crate) frauds: u64,
}

impl<'a> OrderView<'a> {
    pub(crate) fn new(chosen: Chosen<'a>) -> Self {
        let events: Vec<u32> = chosen.events().collect();
        let mature = Mature::of(&chosen, &events);
        let direction = Direction::of(&chosen, &events);
        let mut labelled = Labelled::default();
        for (event, label) in mature.rows() {
            let selected = mature.unlabelled > 0 && live(chosen.joined, event) == Some(Action::Reject);
            if let Some(fraud) = label.filter(|_| !selected) {
                labelled.events.push(event);
                labelled.labels.push(fraud);
                labelled.risks.push(direction.risk(chosen.run.score.get(event)));
                labelled.frauds += u64::from(fraud);
            }
        }
        (labelled.clusters, labelled.cluster_count) = clusters(chosen.joined, &labelled.events);
        Self { chosen, direction, events, mature, labelled }
    }

    /// The population of [`labelled`](Self::labelled).
    pub(crate) fn population(&self) -> Population {
        if self.mature.unlabelled == 0 { Population::Labelled } else { Population::NotDeclined }
    }

    pub(crate) fn shadow(&self, event: u32) -> Action {
        // Every row of a run over orders has an action.
        action(self.chosen.run.action.get(event)).unwrap_or(Action::Accept)
    }

    /// The score as a number that rises with the risk.
    pub(crate) fn risk(&self, event: u32) -> f64 {
        self.direction.risk(self.chosen.run.score.get(event))
    }

    /// The score as a probability of fraud, if it is one.
    pub(crate) fn probability(&self, event: u32) -> f64 {
        self.direction.fraud(self.chosen.run.score.get(event))
    }

    pub(crate) fn live(&self, event: u32) -> Option<Action> {
        live(self.chosen.joined, event)
    }

    pub(crate) fn state(&self, event: u32) -> State {
        self.chosen.joined.states[event as usize]
    }

    pub(crate) fn money(&self, event: u32) -> Option<(i64, u8)> {
        self.chosen.joined.stream.money(event)
    }

    pub(crate) fn confidence(&self) -> f64 {
        self.chosen.context.confidence()
    }

    /// Why a figure over labelled orders can't be given, if it can't.
    pub(crate) fn without_labels(&self) -> Option<String> {
        let days = self.chosen.context.joined.maturity_ms as f64 / bystander_core::time::DAY_MS as f64;
        let Labelled { events, frauds, .. } = &self.labelled;
        match (events.len() as u64, *frauds) {
            (0, _) => Some(format!("no order of at least {days} days has a label yet")),
            (n, 0) => Some(format!("no fraud among {n} orders with a mature label")),
            (n, frauds) if n == frauds => Some(format!("no good order among {n} with a mature label")),
            _ => None,
        }
    }
}

/// What live did.
pub(crate) fn live(joined: &JoinedStream<'_>, event: u32) -> Option<Action> {
    action(joined.live.get(event as usize).copied().unwrap_or(NO_ACTION))
}

/// Customers of `events`, numbered from 0 without gaps, and how many there are.
pub(crate) fn clusters(joined: &JoinedStream<'_>, events: &[u32]) -> (Vec<u32>, usize) {
    let most = events.iter().filter_map(|event| joined.stream.customer.index(*event)).max();
    let mut number = vec![u32::MAX; most.map_or(0, |most| most as usize + 1)];
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let clusters = events
        .iter()
        .map(|event| match joined.stream.customer.index(*event) {
            None => fresh(),
            Some(customer) => {
                let number = &mut number[customer as usize];
                if *number == u32::MAX {
                    *number = fresh();
                }
                *number
            }
        })
        .collect();
    (clusters, next as usize)
}
