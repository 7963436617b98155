//! What is known of each event as of a time.

use super::column::NO_CURRENCY;
use super::dataset::Dataset;
use super::events::Stream;
use super::outcomes::OutcomeRow;
use super::resolve::{News, Offered, Sale, State, resolve_label, resolve_sale};
use super::run::NO_ACTION;
use crate::kinds;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType;

/// A dataset as it was known at one time. Counts are of this time, too.
#[derive(Debug)]
pub(crate) struct Joined<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) as_of_ms: i64,
    pub(crate) maturity_ms: i64,
    pub(crate) streams: Vec<JoinedStream<'a>>,
    /// Outcomes reported after the as-of time.
    pub(crate) later_outcomes: u64,
    /// Outcomes of subjects that no comparison is about.
    pub(crate) orphans: u64,
    /// Outcomes that happened before their order or quote.
    pub(crate) before_event: u64,
    /// Orders whose stated labels contradict each other.
    pub(crate) conflicts: u64,
    /// Outcomes in another currency than their order.
    pub(crate) other_currency: u64,
    /// Fraud labels reported after the maturity age.
    pub(crate) late_labels: u64,
    /// Live decisions from outcomes that filled a gap.
    pub(crate) live_filled: u64,
    /// Live decisions from outcomes that contradict the event's own, which stands.
    pub(crate) live_conflicts: u64,
}

/// One stream, with what is known of each of its events.
#[derive(Debug)]
pub(crate) struct JoinedStream<'a> {
    pub(crate) stream: &'a Stream,
    /// Orders: by event.
    pub(crate) states: Vec<State>,
    /// Quotes: by event.
    pub(crate) sales: Vec<Sale>,
    /// Units that were bought and kept, by event, where outcomes tell of them.
    pub(crate) bought: Vec<(u32, f64)>,
    /// Known frauds by event, with the time at which the label was first reported.
    pub(crate) fraud_at_ms: Vec<(u32, i64)>,
    /// Live actions by event, gaps filled from outcomes.
    pub(crate) live: Vec<u8>,
    /// Events after the as-of time: in no figure.
    pub(crate) future: u64,
}

impl Dataset {
    /// Sorts the outcomes by subject, which [`joined`](Self::joined) needs, and everything else by what it is. Resampling
    /// draws by place, and sums of floating-point numbers depend on their order: so the order must not be that of reading.
    pub(crate) fn prepare(&mut self) {
        let renamed = self.shared.reorder();
        self.streams.iter_mut().for_each(|stream| stream.reorder(&renamed));
        self.streams
            .sort_by(|one, other| (&one.name, one.kind.name()).cmp(&(&other.name, other.kind.name())));
        self.outcomes.sort(|currency| renamed.currency(currency));
    }

    /// Joins outcomes with events as of `as_of_ms`; orders without bad news are good from `maturity_ms` on.
    pub(crate) fn joined(&self, as_of_ms: i64, maturity_ms: i64) -> Joined<'_> {
        let streams = self.streams.iter().map(|stream| JoinedStream::new(stream, as_of_ms, maturity_ms));
        let mut joined = Joined {
            data: self,
            as_of_ms,
            maturity_ms,
            streams: streams.collect(),
            later_outcomes: 0,
            orphans: 0,
            before_event: 0,
            conflicts: 0,
            other_currency: 0,
            late_labels: 0,
            live_filled: 0,
            live_conflicts: 0,
        };
        for outcomes in self.outcomes.by_subject() {
            joined.resolve(outcomes);
        }
        for stream in &mut joined.streams {
            stream.fraud_at_ms.sort_unstable();
            stream.bought.sort_unstable_by_key(|(event, _)| *event);
        }
        joined
    }
}

impl Joined<'_> {
    /// Outcomes of one subject, in the order of their reports.
    fn resolve(&mut self, outcomes: &[OutcomeRow]) {
        let known = outcomes.partition_point(|outcome| outcome.reported_at_ms <= self.as_of_ms);
        self.later_outcomes += (outcomes.len() - known) as u64;
        let known = &outcomes[..known];
        let Some(subject) = known.first().map(|outcome| outcome.subject) else { return };
        let mut found = false;
        for place in 0..self.streams.len() {
            for name in self.data.outcomes.names(subject) {
                let Some(event) = self.streams[place].stream.index.find(name) else { continue };
                found = true;
                self.resolve_event(place, event, known);
            }
        }
        self.orphans += if found { 0 } else { known.len() as u64 };
    }

    fn resolve_event(&mut self, place: usize, event: u32, outcomes: &[OutcomeRow]) {
        let joined = &mut self.streams[place];
        let stream = joined.stream;
        let occurred = stream.occurred_at_ms.get(event);
        if occurred > self.as_of_ms {
            return;
        }
        let currency = stream.currency(event).unwrap_or(NO_CURRENCY);
        for outcome in outcomes {
            self.before_event += u64::from(outcome.occurred_at_ms < occurred);
            let other =
                outcome.currency != NO_CURRENCY && currency != NO_CURRENCY && outcome.currency != currency;
            self.other_currency += u64::from(other);
        }
        kinds::report(stream.kind).resolve(self, place, event, outcomes);
    }

    pub(crate) fn resolve_order(&mut self, place: usize, event: u32, outcomes: &[OutcomeRow]) {
        let joined = &mut self.streams[place];
        let occurred = joined.stream.occurred_at_ms.get(event);
        let said = outcomes.iter().rev().find(|outcome| outcome.kind == OutcomeType::LiveDecision);
        if let Some(action) = said.and_then(|outcome| outcome.action) {
            let live = &mut joined.live[event as usize];
            if *live == NO_ACTION {
                *live = action as u8;
                self.live_filled += 1;
            } else if *live != action as u8 {
                self.live_conflicts += 1;
            }
        }
        let resolved = resolve_label(outcomes.iter());
        self.conflicts += u64::from(resolved.conflict);
        let rejected = joined.live[event as usize] == Action::Reject as u8;
        joined.states[event as usize] =
            resolved.news.state(self.as_of_ms - occurred, self.maturity_ms, rejected);
        if let Some(at) = resolved.fraud_at_ms {
            let at = at.max(occurred);
            self.late_labels += u64::from(at - occurred > self.maturity_ms);
            joined.fraud_at_ms.push((event, at));
        }
    }
}

impl<'a> JoinedStream<'a> {
    fn new(stream: &'a Stream, as_of_ms: i64, maturity_ms: i64) -> Self {
        let mut joined = Self {
            stream,
            states: Vec::new(),
            sales: Vec::new(),
            bought: Vec::new(),
            fraud_at_ms: Vec::new(),
            live: Vec::new(),
            future: (0..stream.len()).filter(|event| stream.occurred_at_ms.get(*event) > as_of_ms).count()
                as u64,
        };
        kinds::report(stream.kind).start(&mut joined, as_of_ms, maturity_ms);
        joined
    }

    /// Orders without any outcome.
    pub(crate) fn start_orders(&mut self, as_of_ms: i64, maturity_ms: i64) {
        let (stream, events) = (self.stream, 0..self.stream.len());
        self.live = events.clone().map(|event| stream.live_action.get(event)).collect();
        let state = |(event, live): (u32, &u8)| {
            let age = as_of_ms - stream.occurred_at_ms.get(event);
            News::Nothing.state(age, maturity_ms, *live == Action::Reject as u8)
        };
        self.states = events.zip(&self.live).map(state).collect();
    }

    /// Quotes without any outcome.
    pub(crate) fn start_quotes(&mut self) {
        self.sales = vec![Sale::Unknown; self.stream.len() as usize];
    }

    pub(crate) fn resolve_quote(&mut self, event: u32, outcomes: &[OutcomeRow]) {
        let stream = self.stream;
        let currency = stream.currency(event).unwrap_or(NO_CURRENCY);
        let offered = Offered {
            quantity: stream.quantity.number(event),
            price: stream.live_number.amount(event).map(|price| price as f64),
            currency,
        };
        let (sale, bought) = resolve_sale(outcomes, &offered);
        self.sales[event as usize] = sale;
        self.bought.extend(bought.map(|quantity| (event, quantity)));
    }

    /// Whether the event had happened at the as-of time.
    pub(crate) fn happened(&self, event: u32, as_of_ms: i64) -> bool {
        self.stream.occurred_at_ms.get(event) <= as_of_ms
    }

    /// Units that were bought and kept, where known.
    pub(crate) fn bought(&self, event: u32) -> Option<f64> {
        let place = self.bought.binary_search_by_key(&event, |(event, _)| *event).ok()?;
        Some(self.bought[place].1)
    }
}
