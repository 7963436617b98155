//! The events of one stream, and the runs over them.

use super::column::{Column, NO_AMOUNT, NO_CURRENCY, NO_INDEX};
use super::counts::Counts;
use super::intern::Texts;
use super::key::{Key, KeyIndex};
use super::run::{Again, NO_ACTION, Run, RunIdentity};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::kind::Kind;
use bystander_core::time::DAY_MS;

/// Values of one segment that are told apart; further ones are shown together.
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
    pub(crate) live_price: Column<i64>,
    pub(crate) live_score: Column<f64>,
    /// Prices: the chance with which live served a price within the tolerance of the one it served.
    pub(crate) live_propensity: Column<f64>,
    pub(crate) item: Column<u32>,
    cost: Column<i64>,
    pub(crate) quantity: Column<f64>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) runs: Vec<Run>,
    /// Events more than a day older than their record.
    pub(crate) late: u64,
    /// Prices: milliseconds from the quote to its record's timestamp; NaN where it has none.
    arrival_ms: Column<f32>,
}

/// One segment of a stream.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) values: Texts,
    column: Column<u16>,
}

impl Segment {
    /// Index of the event's value.
    pub(crate) fn get(&self, event: u32) -> Option<u16> {
        Some(self.column.get(event)).filter(|value| *value != NO_SEGMENT)
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
    /// Index of a currency. There are fewer than 255 currencies in ISO 4217; further words are none.
    pub(crate) fn currency(&mut self, code: Option<&str>) -> u8 {
        let found = code.and_then(|code| self.currencies.intern_within(code, usize::from(NO_CURRENCY)));
        found.map_or(NO_CURRENCY, |index| index as u8)
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
            live_price: Column::new(NO_AMOUNT),
            live_score: Column::new(f64::NAN),
            live_propensity: Column::new(f64::NAN),
            item: Column::new(NO_INDEX),
            cost: Column::new(NO_AMOUNT),
            quantity: Column::new(f64::NAN),
            segments: Vec::new(),
            runs: Vec::new(),
            late: 0,
            arrival_ms: Column::new(f32::NAN),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.index.len() as u32
    }

    /// Takes a comparison of this stream and kind with a finite score and a decision.
    pub(crate) fn push(&mut self, record: &ComparisonRecord<'_>, shared: &mut Shared, counts: &mut Counts) {
        let Some((event, new)) = self.index.insert(Key::of(&record.subject_id)) else {
            counts.unusable_comparisons += 1;
            return;
        };
        let id = Key::of(&record.comparison_id);
        let run = self.run(record);
        if let Some(again) = self.runs[run].has(event, id) {
            match again {
                Again::Duplicate => counts.duplicate_comparisons += 1,
                Again::OtherEvent => counts.repeated_subjects += 1,
            }
            return;
        }
        if new {
            self.push_event(event, record, shared, counts);
        }
        self.runs[run].push(event, id, record, &self.index);
        let priority = self.index.priority(event);
        self.runs[run].features.offer(event, priority, record);
    }

    fn push_event(
        &mut self,
        event: u32,
        record: &ComparisonRecord<'_>,
        shared: &mut Shared,
        counts: &mut Counts,
    ) {
        self.occurred_at_ms.set(event, record.occurred_at_ms);
        if let Some(amount) = record.amount {
            self.amount.set(event, amount);
        }
        self.currency.set(event, shared.currency(record.currency.as_deref()));
        if let Some(customer) = &record.customer_id
            && let Some((customer, _)) = shared.customers.insert(Key::of(customer))
        {
            self.customer.set(event, customer);
        }
        if let Some(action) = record.live.and_then(|live| live.action) {
            self.live_action.set(event, action as u8);
        }
        if let Some(price) = record.live.and_then(|live| live.price_amount) {
            self.live_price.set(event, price);
        }
        if let Some(score) = record.live_score.filter(|score| score.is_finite()) {
            self.live_score.set(event, score);
        }
        if let Some(chance) = record.live_propensity.filter(|chance| *chance > 0.0 && *chance <= 1.0) {
            self.live_propensity.set(event, chance);
        }
        if let Some(item) = &record.item_id {
            self.item.set(event, shared.items.intern(item));
        }
        if let Some(cost) = record.cost_amount {
            self.cost.set(event, cost);
        }
        if let Some(quantity) = record.quantity.filter(|quantity| quantity.is_finite() && *quantity >= 0.0) {
            self.quantity.set(event, quantity);
        }
        let record_ms = record.source.timestamp_ms.unwrap_or(record.occurred_at_ms);
        self.late += u64::from(record_ms.saturating_sub(record.occurred_at_ms) > DAY_MS);
        if let Some(came) = record.source.timestamp_ms.filter(|_| self.kind == Kind::Prices) {
            self.arrival_ms.set(event, came.saturating_sub(record.occurred_at_ms).max(0) as f32);
        }
        self.push_segments(event, record, counts);
    }

    fn push_segments(&mut self, event: u32, record: &ComparisonRecord<'_>, counts: &mut Counts) {
        for (name, value) in &record.segments {
            let place = self.segments.iter().position(|segment| segment.name == *name).unwrap_or_else(|| {
                let (values, column) = (Texts::default(), Column::new(NO_SEGMENT));
                self.segments.push(Segment { name: name.to_string(), values, column });
                self.segments.len() - 1
            });
            let segment = &mut self.segments[place];
            let known = segment.values.intern_within(value, SEGMENT_VALUES);
            counts.crowded_segments += u64::from(known.is_none());
            let value = known.unwrap_or_else(|| segment.values.intern(OTHER_VALUES));
            segment.column.set(event, value as u16);
        }
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
