//! Rates of a set of decisions, each a range where unlabelled declines can move it.

use super::declines::Declines;
use super::view::OrderView;
use crate::document::{Figure, Population};
use crate::stats::partial::members::Members;
use crate::stats::partial::{Bounds, Ends, share_of_all};

/// Decisions on orders, fed one by one.
pub(crate) struct Rates<'v, 'a> {
    view: &'v OrderView<'a>,
    unknown: Table<'a>,
    /// The same under the config's assumption.
    assumed: Option<Table<'a>>,
}

/// Decisions under one assumption about unlabelled declines.
struct Table<'a> {
    declines: Declines<'a>,
    frauds: Members,
    goods: Members,
    /// Frauds among flagged orders.
    flagged: Bounds,
    /// Flagged orders, and those of them with a label.
    n: (u64, u64),
}

impl<'v, 'a> Rates<'v, 'a> {
    pub(crate) fn new(view: &'v OrderView<'a>) -> Self {
        let (unknown, assumed) = view.declines();
        Self { view, unknown: Table::new(unknown), assumed: assumed.map(Table::new) }
    }

    /// One more order; `label` is `None` for an unlabelled decline.
    pub(crate) fn add(&mut self, event: u32, label: Option<bool>, flagged: bool) {
        self.unknown.add(event, label, flagged);
        self.assumed.iter_mut().for_each(|table| table.add(event, label, flagged));
    }

    /// Frauds flagged ÷ frauds.
    pub(crate) fn recall(&self, population: Population) -> Figure {
        self.over(population, |table| &table.frauds)
    }

    /// Good orders flagged ÷ good orders.
    pub(crate) fn insult_rate(&self, population: Population) -> Figure {
        self.over(population, |table| &table.goods)
    }

    /// Frauds ÷ flagged orders, or the rest of them.
    pub(crate) fn precision(&self, population: Population, rest: bool) -> Figure {
        let ends = |table: &Table<'_>| {
            let Bounds { least, most } = table.flagged;
            let all = table.n.0 as f64;
            let events = if rest { Bounds { least: all - most, most: all - least } } else { table.flagged };
            share_of_all(events, all, self.view.confidence())
        };
        let (n, labelled) = self.unknown.n;
        self.figure(ends, (labelled, n - labelled), population)
    }

    fn over(&self, population: Population, of: for<'t> fn(&'t Table<'a>) -> &'t Members) -> Figure {
        let members = of(&self.unknown);
        let ends = |table: &Table<'a>| of(table).share(self.view.confidence());
        self.figure(ends, (members.known(), members.unknown()), population)
    }

    fn figure(
        &self,
        ends: impl Fn(&Table<'a>) -> Option<Ends>,
        counts: (u64, u64),
        population: Population,
    ) -> Figure {
        let assumed = self.assumed.as_ref().and_then(&ends);
        Figure::between(ends(&self.unknown), counts, population).assuming(assumed)
    }
}

impl<'a> Table<'a> {
    fn new(declines: Declines<'a>) -> Self {
        let (frauds, goods) = (Members::default(), Members::default());
        Self { declines, frauds, goods, flagged: Bounds { least: 0.0, most: 0.0 }, n: (0, 0) }
    }

    fn add(&mut self, event: u32, label: Option<bool>, flagged: bool) {
        let bounds = self.declines.bounds(event, label);
        self.frauds.add(i8::from(flagged), bounds);
        self.goods.add(i8::from(flagged), bounds.of_good());
        if flagged {
            self.flagged.least += bounds.least;
            self.flagged.most += bounds.most;
            self.n.0 += 1;
            self.n.1 += u64::from(label.is_some());
        }
    }
}
