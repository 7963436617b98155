//! Costs per 1,000 orders, and what they are compared with: each a range where unlabelled declines can move it.

use super::rows::{Row, Rows};
use crate::document::{Figure, Population};
use crate::sections::fraud::declines::Declines;
use crate::sections::fraud::view::{OrderView, clusters};
use crate::stats::bootstrap::totals::ClusterTotals;
use crate::stats::bootstrap::{BootstrapRefusal, Resampling};
use crate::stats::intervals::Interval;
use crate::stats::money::CostModel;
use crate::stats::partial::Ends;
use crate::stats::partial::cost::{self, Either, Part, extreme_ratio};
use bystander_core::decision::Action;

const PER: f64 = 1_000.0;
const NOTHING_TO_SAVE: &str = "accepting or rejecting everything may cost nothing here: nothing to save";

/// Orders whose decisions cost something.
pub(crate) struct Costs<'v, 'a> {
    pub(crate) view: &'v OrderView<'a>,
    pub(crate) rows: &'v Rows,
    pub(crate) model: CostModel,
    pub(crate) plan: Resampling,
    pub(crate) population: Population,
    cluster: Vec<u32>,
    clusters: usize,
}

impl<'v, 'a> Costs<'v, 'a> {
    pub(crate) fn new(
        view: &'v OrderView<'a>,
        rows: &'v Rows,
        model: CostModel,
        plan: Resampling,
        population: Population,
    ) -> Self {
        let (cluster, clusters) = clusters(view.chosen.joined, &rows.events);
        Self { view, rows, model, plan, population, cluster, clusters }
    }

    /// Whose each order is, from 0 without gaps.
    pub(crate) fn cluster(&self) -> &[u32] {
        &self.cluster
    }

    /// How many there are.
    pub(crate) fn clusters(&self) -> usize {
        self.clusters
    }

    /// What `action` on an order costs.
    pub(crate) fn of(&self, action: Action, row: Row) -> Either {
        cost::cost(&self.model, action, row.amount)
    }

    /// What `action` costs more than `other`.
    pub(crate) fn difference(&self, action: Action, other: Action, row: Row) -> Either {
        cost::difference(&self.model, action, other, row.amount)
    }

    /// `J` costs per 1,000 orders, `value` of each order; `K` is 2 `J` + 1. Beside what the labels allow stands what the
    /// config's assumption does.
    pub(crate) fn per_1000<const J: usize, const K: usize>(
        &self,
        value: impl Fn(Row) -> [Either; J],
    ) -> [Figure; J] {
        let (unknown, assumed) = self.view.declines();
        let figures = self.per_1000_under::<J, K>(&unknown, &value);
        let assumed = assumed.filter(|_| self.rows.counts().1 > 0);
        let Some(Ok(ends)) = assumed.map(|assumed| self.ends::<J, K>(&assumed, &value)) else {
            return figures;
        };
        let mut ends = ends.into_iter();
        figures.map(|figure| figure.assuming(ends.next().flatten()))
    }

    /// The same with one assumption about unlabelled declines.
    pub(crate) fn per_1000_under<const J: usize, const K: usize>(
        &self,
        declines: &Declines<'_>,
        value: impl Fn(Row) -> [Either; J],
    ) -> [Figure; J] {
        match self.ends::<J, K>(declines, &value) {
            Ok(ends) => ends.map(|ends| Figure::between(ends, self.rows.counts(), self.population)),
            Err(refusal) => std::array::from_fn(|figure| {
                self.plain_under(declines, |row| value(row)[figure]).noted(format!("no interval: {refusal}"))
            }),
        }
    }

    fn ends<const J: usize, const K: usize>(
        &self,
        declines: &Declines<'_>,
        value: impl Fn(Row) -> [Either; J],
    ) -> Result<[Option<Ends>; J], BootstrapRefusal> {
        let totals = ClusterTotals::of(&self.cluster, self.clusters, |place| {
            let row = self.rows.row(place);
            let (bounds, values) = (declines.bounds(row.event, row.label), value(row));
            std::array::from_fn(|sum| match (values.get(sum / 2), sum % 2) {
                (Some(value), 0) => value.least(bounds),
                (Some(value), _) => value.most(bounds),
                (None, _) => 1.0,
            })
        })?;
        let found = totals.bootstrap::<K>(&self.plan, |sums: &[f64; K]| {
            let n = sums[K - 1];
            (n > 0.0).then(|| sums.map(|sum| sum * PER / n))
        })?;
        let at = |sum| found.interval(sum);
        Ok(std::array::from_fn(|figure| Some(Ends::of(at(2 * figure)?, at(2 * figure + 1)?))))
    }

    /// A cost per 1,000 orders without an interval.
    pub(crate) fn plain(&self, value: impl Fn(Row) -> Either) -> Figure {
        self.plain_under(&Declines::Unknown, value)
    }

    fn plain_under(&self, declines: &Declines<'_>, value: impl Fn(Row) -> Either) -> Figure {
        let (mut low, mut high) = (0.0, 0.0);
        for row in self.rows.iter() {
            let (bounds, value) = (declines.bounds(row.event, row.label), value(row));
            low += value.least(bounds);
            high += value.most(bounds);
        }
        let (counts, n) = (self.rows.counts(), self.rows.len() as f64);
        if low == high {
            return Figure::new(low * PER / n, counts.0, self.population);
        }
        Figure::spanning(low * PER / n, high * PER / n, counts, self.population)
    }

    /// 1 − cost of the decisions ÷ the cheaper of accepting and rejecting everything.
    pub(crate) fn savings(&self, decide: impl Fn(u32) -> Action) -> Figure {
        let counts = self.rows.counts();
        if counts.1 == 0 {
            return self.savings_of_labels(&decide);
        }
        let (unknown, assumed) = self.view.declines();
        match self.savings_between(&unknown, &decide) {
            Ok(Some(ends)) => {
                let assumed = assumed.map(|assumed| self.savings_between(&assumed, &decide));
                let assumed = assumed.and_then(|ends| ends.ok().flatten());
                Figure::between(Some(ends), counts, self.population).assuming(assumed)
            }
            Ok(None) => Figure::refused(NOTHING_TO_SAVE),
            Err(refusal) => Figure::refused(refusal.to_string()),
        }
    }

    /// With every label known.
    fn savings_of_labels(&self, decide: impl Fn(u32) -> Action) -> Figure {
        let costs = |row: Row| {
            let at = [decide(row.event), Action::Accept, Action::Reject];
            at.map(|action| self.model.cost(action, row.label == Some(true), row.amount))
        };
        let savings = |[cost, accept, reject]: &[f64; 3]| {
            let best = accept.min(*reject);
            (best > 0.0).then(|| 1.0 - cost / best)
        };
        let sums = self
            .rows
            .iter()
            .map(costs)
            .fold([0.0; 3], |sums, costs| std::array::from_fn(|place| sums[place] + costs[place]));
        let Some(value) = savings(&sums) else { return Figure::refused(NOTHING_TO_SAVE) };
        let figure = Figure::new(value, self.rows.counts().0, self.population);
        let totals = ClusterTotals::of(&self.cluster, self.clusters, |place| costs(self.rows.row(place)));
        let found = totals
            .and_then(|totals| totals.bootstrap(&self.plan, |sums| Some([savings(sums).unwrap_or(0.0)])));
        match found {
            Ok(found) => figure.with(found.interval(0)),
            Err(refusal) => figure.noted(format!("no interval: {refusal}")),
        }
    }

    /// Savings are the smaller of those against accepting and those against rejecting everything. So they are at least the
    /// smallest of either, and at most the largest of the one whose largest is smaller.
    fn savings_between(
        &self,
        declines: &Declines<'_>,
        decide: impl Fn(u32) -> Action,
    ) -> Result<Option<Ends>, BootstrapRefusal> {
        let mut both = Vec::with_capacity(2);
        for simple in [Action::Accept, Action::Reject] {
            let part = |row: Row| Part {
                bounds: declines.bounds(row.event, row.label),
                above: self.of(decide(row.event), row),
                below: self.of(simple, row),
            };
            let at = |largest| -> Result<Option<Interval>, BootstrapRefusal> {
                let Some(ratio) = extreme_ratio(&self.rows.iter().map(part), largest) else {
                    return Ok(None);
                };
                let totals = ClusterTotals::of(&self.cluster, self.clusters, |place| {
                    let part = part(self.rows.row(place));
                    let share = part.share(ratio, largest);
                    [part.above.at(share), part.below.at(share)]
                })?;
                let found = totals.ratio(&self.plan)?;
                let less = |interval: Interval| {
                    let Interval { low, estimate, high, confidence, method } = interval;
                    Interval::new(1.0 - high, 1.0 - estimate, 1.0 - low, confidence, method)
                };
                Ok(found.interval(0).and_then(less))
            };
            // The largest ratio leaves the smallest savings.
            let (Some(low), Some(high)) = (at(true)?, at(false)?) else { return Ok(None) };
            both.push(Ends { low, high });
        }
        let smaller = |one: Interval, two: Interval| if two.estimate < one.estimate { two } else { one };
        let ends = both
            .into_iter()
            .reduce(|one, two| Ends { low: smaller(one.low, two.low), high: smaller(one.high, two.high) });
        Ok(ends)
    }
}
