//! Orders of one currency, with their labels and amounts.

use crate::sections::fraud::view::OrderView;
use std::collections::BTreeMap;

/// Mature orders of one currency; a label is `None` where live declined the order and nobody knows what it was.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) events: Vec<u32>,
    pub(crate) labels: Vec<Option<bool>>,
    pub(crate) amounts: Vec<i64>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) event: u32,
    pub(crate) label: Option<bool>,
    pub(crate) amount: i64,
}

/// Mature orders by currency, of those that are `wanted`.
pub(crate) fn by_currency<'a>(view: &OrderView<'a>, wanted: impl Fn(u32) -> bool) -> BTreeMap<&'a str, Rows> {
    let mut found: BTreeMap<&str, Rows> = BTreeMap::new();
    for (event, label) in view.mature.rows().filter(|(event, _)| wanted(*event)) {
        if let Some((amount, currency)) = view.money(event) {
            found.entry(view.chosen.context.currency(currency)).or_default().push(Row {
                event,
                label,
                amount,
            });
        }
    }
    found
}

impl Rows {
    pub(crate) fn push(&mut self, row: Row) {
        self.events.push(row.event);
        self.labels.push(row.label);
        self.amounts.push(row.amount);
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn row(&self, place: usize) -> Row {
        Row { event: self.events[place], label: self.labels[place], amount: self.amounts[place] }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Row> + Clone + '_ {
        (0..self.len()).map(|place| self.row(place))
    }

    /// Those that are `wanted`.
    #[must_use]
    pub(crate) fn only(&self, wanted: impl Fn(&Row) -> bool) -> Self {
        let mut kept = Self::default();
        self.iter().filter(wanted).for_each(|row| kept.push(row));
        kept
    }

    /// Orders with a label, and without.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let labelled = self.labels.iter().flatten().count() as u64;
        (labelled, self.len() as u64 - labelled)
    }

    pub(crate) fn frauds(&self) -> usize {
        self.labels.iter().filter(|label| **label == Some(true)).count()
    }
}
