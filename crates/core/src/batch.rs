//! A batch: decoded rows, waiting to be scored together. Reused, so that a row costs no allocation.

use crate::decision::Decision;
use crate::extract::Fields;
use crate::input::ModelInput;
use crate::kinds::{EventFacts, KindFacts};
use crate::money::Currency;
use crate::record::Position;
use crate::rejection::{Code, Rejection};

/// A range of the batch's text or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRange {
    start: u32,
    len: u32,
}

/// One event, all that is kept of it beside the model inputs.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Where the record stands.
    pub position: Position,
    /// The record's timestamp, epoch milliseconds.
    pub timestamp_ms: Option<i64>,
    /// When it happened, epoch milliseconds.
    pub occurred_at_ms: i64,
    /// What is decided on.
    pub subject: BatchRange,
    /// The item, for price quotes.
    pub item: Option<BatchRange>,
    /// Who it is for.
    pub customer: Option<BatchRange>,
    /// Record key.
    pub key: Option<BatchRange>,
    /// W3C trace context.
    pub traceparent: Option<BatchRange>,
    /// W3C trace state.
    pub tracestate: Option<BatchRange>,
    /// The record's value, should it become a dead letter after all.
    pub payload: BatchRange,
}

/// Rows of one stream.
#[derive(Debug)]
pub struct Batch {
    rows: Vec<Row>,
    /// What the kind read of each.
    facts: Box<dyn KindFacts>,
    occurred_at_ms: Vec<i64>,
    money: Vec<Option<(i64, Currency)>>,
    text: String,
    bytes: Vec<u8>,
    /// Segment values, row-major.
    pub(crate) segments: Vec<Option<BatchRange>>,
    /// Amounts that ratios multiply, row-major.
    pub(crate) bases: Vec<i64>,
    /// One input per model.
    pub(crate) inputs: Vec<ModelInput>,
}

/// A state to rewind to.
pub(crate) struct Mark {
    rows: usize,
    text: usize,
    bytes: usize,
    segments: usize,
    bases: usize,
}

impl Batch {
    /// An empty batch whose rows feed these inputs.
    pub(crate) fn new(inputs: Vec<ModelInput>, facts: Box<dyn KindFacts>) -> Self {
        Self {
            rows: Vec::new(),
            facts,
            occurred_at_ms: Vec::new(),
            money: Vec::new(),
            text: String::new(),
            bytes: Vec::new(),
            segments: Vec::new(),
            bases: Vec::new(),
            inputs,
        }
    }

    /// The rows in order of arrival.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of text and payloads held: what a caller bounds, so that spans stay below 4 GiB.
    pub fn held_bytes(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// When each row happened.
    pub fn occurred_at_ms(&self) -> &[i64] {
        &self.occurred_at_ms
    }

    /// What each row is about in money, as [`EventFacts::money`] says it.
    pub fn money(&self) -> &[Option<(i64, Currency)>] {
        &self.money
    }

    /// All models' inputs, in the stream's order.
    pub fn inputs(&self) -> &[ModelInput] {
        &self.inputs
    }

    /// One model's input.
    pub fn input(&self, model: usize) -> &ModelInput {
        &self.inputs[model]
    }

    /// Forgets all rows; capacity stays.
    pub fn clear(&mut self) {
        self.rewind(&Mark { rows: 0, text: 0, bytes: 0, segments: 0, bases: 0 });
    }

    /// Text of a span made by this batch.
    pub fn text(&self, span: BatchRange) -> &str {
        &self.text[span.start as usize..(span.start + span.len) as usize]
    }

    /// Bytes of a span made by this batch.
    pub fn bytes(&self, span: BatchRange) -> &[u8] {
        &self.bytes[span.start as usize..(span.start + span.len) as usize]
    }

    /// What a row's event says beside the features.
    pub fn facts(&self, row: usize) -> &dyn EventFacts {
        self.facts.of(row)
    }

    /// Reads what the kind needs of the event whose row is pushed next.
    ///
    /// # Errors
    /// At the schema stage, naming the field.
    pub(crate) fn read_facts<'a>(
        &mut self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
    ) -> Result<(), Rejection<'a>> {
        self.facts.read(fields, occurred_at_ms, &mut self.bases)
    }

    /// What model number `model` would have decided on a row, given its finite score.
    ///
    /// # Errors
    /// [`Code::PriceOutOfRange`] when no amount can hold the price.
    pub(crate) fn decide(&self, row: usize, model: usize, score: f64) -> Result<Decision, Code> {
        self.facts.decide(row, model, self.row_bases(row), score)
    }

    /// Segment values of a row, in the stream's order.
    pub(crate) fn row_segments(&self, row: usize) -> &[Option<BatchRange>] {
        row_of(&self.segments, row, self.rows.len())
    }

    /// Amounts of a row that ratios multiply.
    pub(crate) fn row_bases(&self, row: usize) -> &[i64] {
        row_of(&self.bases, row, self.rows.len())
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.occurred_at_ms.push(row.occurred_at_ms);
        self.money.push(self.facts.of(self.rows.len()).money());
        self.rows.push(row);
    }

    /// Keeps the text that `write` appends, if it says that it did.
    pub(crate) fn keep_with<E>(
        &mut self,
        write: impl FnOnce(&mut String) -> Result<bool, E>,
    ) -> Result<Option<BatchRange>, E> {
        let start = self.text.len();
        let written = write(&mut self.text)?;
        Ok(written.then(|| BatchRange { start: start as u32, len: (self.text.len() - start) as u32 }))
    }

    pub(crate) fn keep_bytes(&mut self, bytes: &[u8]) -> BatchRange {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        BatchRange { start: start as u32, len: bytes.len() as u32 }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            rows: self.rows.len(),
            text: self.text.len(),
            bytes: self.bytes.len(),
            segments: self.segments.len(),
            bases: self.bases.len(),
        }
    }

    pub(crate) fn rewind(&mut self, mark: &Mark) {
        self.rows.truncate(mark.rows);
        self.facts.truncate(mark.rows);
        self.occurred_at_ms.truncate(mark.rows);
        self.money.truncate(mark.rows);
        self.text.truncate(mark.text);
        self.bytes.truncate(mark.bytes);
        self.segments.truncate(mark.segments);
        self.bases.truncate(mark.bases);
        self.inputs.iter_mut().for_each(|input| input.truncate(mark.rows));
    }
}

/// A row of a row-major table with `rows` rows.
fn row_of<T>(table: &[T], row: usize, rows: usize) -> &[T] {
    let width = table.len() / rows.max(1);
    &table[row * width..(row + 1) * width]
}
