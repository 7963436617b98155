//! The events of one stream, and the runs over them.

use super::column::{Column, NO_AMOUNT, NO_CURRENCY, NO_INDEX};
use super::counts::RowCounts;
use super::intern::{Texts, inverse};
use super::key::{Key, KeyIndex};
use super::run::{NO_ACTION, Pushed, Run, RunIdentity, place};
use crate::kinds;
use bystander_core::comparison::{ComparisonRecord, DecisionRecord};
use bystander_core::kind::Kind;
use bystander_core::time::DAY_MS;

/// Values of one segment that are told apart. One with more says who an event is about rather than of which sort it is.
const SEGMENT_VALUES: usize = 10_000;
const OTHER_VALUES: &str = "(other values)";
const NO_SEGMENT: u16 = u16::MAX;

/// One stream: its events by index, its runs.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) index: KeyIndex,
    pub(crate) occurred_at_ms: Column<i64>,
    amount: Column<i64>,
    currency: Column<u8>,
    /// Index of the customer; [`NO_INDEX`] where unknown.
    pub(crate) customer: Column<u32>,
    pub(crate) live_action: Column<u8>,
    /// The number that live decided, where the kind decides one: prices, minor units.
    pub(crate) live_number: Column<i64>,
    pub(crate) live_score: Column<f64>,
    /// Prices: the chance with which live served a price within the tolerance of the one it served.
    pub(crate) live_propensity: Column<f64>,
    pub(crate) item: Column<u32>,
    cost: Column<i64>,
    pub(crate) quantity: Column<f64>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) runs: Vec<Run>,
    late: Column<bool>,
    /// Prices: milliseconds from the quote to its record's timestamp; NaN where it has none.
    arrival_ms: Column<f32>,
}

/// One segment of a stream.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) values: Texts,
    column: Column<u16>,
    /// More values came than are told apart: then none are.
    crowded: bool,
}

impl Segment {
    /// Index of the event's value.
    pub(crate) fn get(&self, event: u32) -> Option<u16> {
        Some(self.column.get(event)).filter(|value| *value != NO_SEGMENT)
    }

    /// Events whose value isn't told from others, since there are too many.
    pub(crate) fn crowded(&self) -> u64 {
        let known = self.column.iter().filter(|value| *value != NO_SEGMENT);
        if self.crowded { known.count() as u64 } else { 0 }
    }

    /// Sorts the values. Which of too many came first depends on the order of the rows: then they are all one.
    fn reorder(&mut self) {
        let known = |value: &u16| *value != NO_SEGMENT;
        if self.crowded {
            self.values = Texts::default();
            self.values.intern(OTHER_VALUES);
            self.column.change(|value| if known(&value) { 0 } else { value });
            return;
        }
        let present = self.values.sort();
        self.column.change(|value| if known(&value) { present[usize::from(value)] as u16 } else { value });
    }
}

/// Dictionaries that all streams share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) currencies: Texts,
    pub(crate) items: Texts,
    pub(crate) customers: KeyIndex,
}

impl Shared {
    /// Sorts all that streams share.
    pub(crate) fn reorder(&mut self) -> Renamed {
        Renamed {
            currencies: self.currencies.sort(),
            items: self.items.sort(),
            customers: self.customers.sort().map(|order| inverse(&order)).unwrap_or_default(),
        }
    }

    /// Index of a currency. There are fewer than 255 currencies in ISO 4217; further words are none.
    pub(crate) fn currency(&mut self, code: Option<&str>) -> u8 {
        let found = code.and_then(|code| self.currencies.intern_within(code, usize::from(NO_CURRENCY)));
        found.map_or(NO_CURRENCY, |index| index as u8)
    }
}

/// The present index of each former one, by what it is the index of; empty where nothing changed.
#[derive(Debug)]
pub(crate) struct Renamed {
    currencies: Vec<u32>,
    items: Vec<u32>,
    customers: Vec<u32>,
}

impl Renamed {
    pub(crate) fn currency(&self, index: u8) -> u8 {
        self.currencies.get(usize::from(index)).map_or(index, |present| *present as u8)
    }
}

/// Sets a value; an absent one takes a former value back.
fn put<T: Copy>(column: &mut Column<T>, event: u32, value: Option<T>) {
    match value {
        Some(value) => column.set(event, value),
        None => column.unset(event),
    }
}

impl Stream {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            index: KeyIndex::default(),
            occurred_at_ms: Column::new(0),
            amount: Column::new(NO_AMOUNT),
            currency: Column::new(NO_CURRENCY),
            customer: Column::new(NO_INDEX),
            live_action: Column::new(NO_ACTION),
            live_number: Column::new(NO_AMOUNT),
            live_score: Column::new(f64::NAN),
            live_propensity: Column::new(f64::NAN),
            item: Column::new(NO_INDEX),
            cost: Column::new(NO_AMOUNT),
            quantity: Column::new(f64::NAN),
            segments: Vec::new(),
            runs: Vec::new(),
            late: Column::new(false),
            arrival_ms: Column::new(f32::NAN),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.index.len() as u32
    }

    /// Takes a comparison of this stream and kind with a finite score and a decision.
    pub(crate) fn push(
        &mut self,
        record: &ComparisonRecord<'_>,
        shared: &mut Shared,
        counts: &mut RowCounts,
    ) {
        let Some((event, _)) = self.index.insert(Key::of(&record.subject_id)) else {
            counts.unusable_comparisons += 1;
            return;
        };
        // What is known of an event is what its first row says.
        let first = self.runs.iter().filter_map(|run| run.place(event)).min();
        if first.is_none_or(|first| place(record) < first) {
            self.set_event(event, record, shared);
        }
        let (run, subject) = (self.run(record), self.index.priority(event));
        match self.runs[run].push(event, subject, record) {
            Pushed::New => {}
            Pushed::Duplicate => counts.duplicate_comparisons += 1,
            Pushed::OtherEvent => counts.repeated_subjects += 1,
        }
    }

    fn set_event(&mut self, event: u32, record: &ComparisonRecord<'_>, shared: &mut Shared) {
        self.occurred_at_ms.set(event, record.occurred_at_ms);
        put(&mut self.amount, event, record.amount);
        self.currency.set(event, shared.currency(record.currency.as_deref()));
        let customer = record.customer_id.as_ref().and_then(|id| shared.customers.insert(Key::of(id)));
        put(&mut self.customer, event, customer.map(|(customer, _)| customer));
        put(
            &mut self.live_action,
            event,
            record.live.and_then(DecisionRecord::action).map(|action| action as u8),
        );
        put(&mut self.live_number, event, record.live.and_then(|live| live.number(self.kind)));
        put(&mut self.live_score, event, record.live_score.filter(|score| score.is_finite()));
        let chance = record.live_propensity.filter(|chance| *chance > 0.0 && *chance <= 1.0);
        put(&mut self.live_propensity, event, chance);
        put(&mut self.item, event, record.item_id.as_ref().map(|item| shared.items.intern(item)));
        put(&mut self.cost, event, record.cost_amount);
        let quantity = record.quantity.filter(|quantity| quantity.is_finite() && *quantity >= 0.0);
        put(&mut self.quantity, event, quantity);
        let record_ms = record.source.timestamp_ms.unwrap_or(record.occurred_at_ms);
        let late = record_ms.saturating_sub(record.occurred_at_ms) > DAY_MS;
        put(&mut self.late, event, late.then_some(true));
        let came = record.source.timestamp_ms.filter(|_| kinds::report(self.kind).keeps_arrival());
        let arrival = came.map(|came| came.saturating_sub(record.occurred_at_ms).max(0) as f32);
        put(&mut self.arrival_ms, event, arrival);
        self.set_segments(event, record);
    }

    fn set_segments(&mut self, event: u32, record: &ComparisonRecord<'_>) {
        self.segments.iter_mut().filter(|segment| segment.get(event).is_some()).for_each(|segment| {
            segment.column.set(event, NO_SEGMENT);
        });
        for (name, value) in record.segments.iter() {
            let place = self.segments.iter().position(|segment| segment.name == *name).unwrap_or_else(|| {
                let (values, column) = (Texts::default(), Column::new(NO_SEGMENT));
                self.segments.push(Segment { name: name.to_string(), values, column, crowded: false });
                self.segments.len() - 1
            });
            let segment = &mut self.segments[place];
            let known = segment.values.intern_within(value, SEGMENT_VALUES);
            segment.crowded |= known.is_none();
            segment.column.set(event, known.unwrap_or(0) as u16);
        }
    }

    /// Puts events, runs and segments in an order that depends on what they are, whatever the order they came in.
    /// `renamed` are the present indexes of what all streams share.
    pub(crate) fn reorder(&mut self, renamed: &Renamed) {
        self.currency.change(|index| renamed.currency(index));
        let present = |renamed: &[u32], index: u32| renamed.get(index as usize).copied().unwrap_or(index);
        self.customer.change(|index| present(&renamed.customers, index));
        self.item.change(|index| present(&renamed.items, index));
        if let Some(order) = self.index.sort() {
            let present = inverse(&order);
            self.reorder_events(&order);
            self.runs.iter_mut().for_each(|run| run.reorder(&order, &present));
        }
        self.segments.iter_mut().for_each(Segment::reorder);
        self.segments.sort_by(|one, other| one.name.cmp(&other.name));
        self.runs.sort_by(|one, other| one.identity.cmp(&other.identity));
    }

    fn reorder_events(&mut self, order: &[u32]) {
        self.occurred_at_ms.reorder(order);
        self.amount.reorder(order);
        self.currency.reorder(order);
        self.customer.reorder(order);
        self.live_action.reorder(order);
        self.live_number.reorder(order);
        self.live_score.reorder(order);
        self.live_propensity.reorder(order);
        self.item.reorder(order);
        self.cost.reorder(order);
        self.quantity.reorder(order);
        self.late.reorder(order);
        self.arrival_ms.reorder(order);
        self.segments.iter_mut().for_each(|segment| segment.column.reorder(order));
    }

    fn run(&mut self, record: &ComparisonRecord<'_>) -> usize {
        let model = &record.model;
        let same = |run: &Run| {
            let identity = &run.identity;
            identity.version == model.version
                && identity.run_id == record.run_id
                && identity.mode == record.mode
                && identity.model == model.name
                && identity.sha256 == model.sha256
        };
        self.runs.iter().position(same).unwrap_or_else(|| {
            self.runs.push(Run::new(RunIdentity {
                model: model.name.to_string(),
                version: model.version,
                sha256: model.sha256.to_string(),
                mode: record.mode.to_string(),
                run_id: record.run_id.to_string(),
            }));
            self.runs.len() - 1
        })
    }

    /// Events more than a day older than their record.
    pub(crate) fn late(&self) -> u64 {
        self.late.iter().filter(|late| *late).count() as u64
    }

    /// Amount and index of the currency; `None` without either.
    pub(crate) fn money(&self, event: u32) -> Option<(i64, u8)> {
        let currency = self.currency(event)?;
        self.amount.amount(event).map(|amount| (amount, currency))
    }

    /// Index of the currency.
    pub(crate) fn currency(&self, event: u32) -> Option<u8> {
        Some(self.currency.get(event)).filter(|currency| *currency != NO_CURRENCY)
    }

    /// Milliseconds from the quote to its record's timestamp, 0 where clocks turn them around.
    pub(crate) fn arrival_ms(&self, event: u32) -> Option<f64> {
        Some(f64::from(self.arrival_ms.get(event))).filter(|delay| !delay.is_nan())
    }

    /// What the item costs.
    pub(crate) fn cost(&self, event: u32) -> Option<i64> {
        self.cost.amount(event)
    }
}
