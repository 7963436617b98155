//! All currencies together, at the rates that the config states.

use super::cost::Costs;
use super::rows::{Row, Rows, by_currency};
use super::{LEAST, is_labelled};
use crate::document::{Figure, MoneyTotal, Population, Shown};
use crate::sections::ExchangeRates;
use crate::sections::fraud::costs;
use crate::sections::fraud::view::OrderView;
use crate::sections::words;
use crate::stats::money::CostModel;
use crate::stats::partial::cost::{self, Either};
use bystander_core::decision::Action;
use std::collections::BTreeMap;

const NO_RATES: &str = "the config gives no rates for a total (`[report.rates]`)";

/// Orders of all currencies, what mistakes cost in each, and what it is worth.
struct Mixed<'v, 'a> {
    view: &'v OrderView<'a>,
    rows: Rows,
    /// By the currency's index.
    worth: BTreeMap<u8, (CostModel, f64)>,
}

impl<'v, 'a> Mixed<'v, 'a> {
    fn new(
        view: &'v OrderView<'a>,
        rates: &ExchangeRates,
        wanted: impl Fn(&Row) -> bool,
    ) -> Result<Self, String> {
        let mut all = Rows::default();
        let mut worth = BTreeMap::new();
        let found = by_currency(view, |event| view.live(event).is_some());
        let codes: Vec<&str> = found.keys().copied().collect();
        if let [only] = codes.as_slice() {
            return Err(format!("all orders are in {only}"));
        }
        for (code, rows) in found {
            let factor = rates.factor(code).ok_or_else(|| format!("there is no rate for {code}"))?;
            let of = (costs::of(view, code).0, factor);
            for row in rows.iter().filter(|row| wanted(row)) {
                worth.extend(view.money(row.event).map(|(_, currency)| (currency, of)));
                all.push(row);
            }
        }
        let labelled = all.only(|row| is_labelled(view, row));
        if labelled.len() < LEAST || labelled.frauds() == 0 {
            return Err("too few orders with a mature label for money".to_owned());
        }
        Ok(Self { view, rows: all, worth })
    }

    /// What `action` on an order costs, in the currency of the total.
    fn cost(&self, action: Action, row: Row) -> Either {
        let worth = self.view.money(row.event).and_then(|(_, currency)| self.worth.get(&currency));
        let Some((model, factor)) = worth else { return Either { fraud: 0.0, good: 0.0 } };
        let Either { fraud, good } = cost::cost(model, action, row.amount);
        Either { fraud: fraud * factor, good: good * factor }
    }

    fn costs(&self, population: Population) -> Costs<'_, 'a> {
        let model = costs::of(self.view, "").0;
        Costs::new(self.view, &self.rows, model, self.view.chosen.context.plan(), population)
    }
}

fn less(one: Either, two: Either) -> Either {
    Either { fraud: one.fraud - two.fraud, good: one.good - two.good }
}

/// The model against live over all currencies.
pub(crate) fn section(view: &OrderView<'_>) -> Shown<MoneyTotal> {
    let Some(rates) = &view.chosen.context.settings.rates else { return Shown::refused(NO_RATES) };
    let mixed = match Mixed::new(view, rates, |_| true) {
        Ok(mixed) => mixed,
        Err(why) => return Shown::refused(why),
    };
    let [model_per_1000, live_per_1000, delta_per_1000] =
        mixed.costs(Population::Labelled).per_1000::<3, 7>(|row| {
            let model = mixed.cost(view.shadow(row.event), row);
            let live = mixed.cost(view.live(row.event).unwrap_or(Action::Accept), row);
            [model, live, less(model, live)]
        });
    Shown::Shown(MoneyTotal {
        currency: rates.into.clone(),
        exponent: words::exponent(&rates.into),
        rates: rates.of.iter().map(|(code, rate)| (code.clone(), *rate)).collect(),
        date: rates.date.clone(),
        source: rates.source.clone(),
        model_per_1000,
        live_per_1000,
        delta_per_1000,
    })
}

/// Second model's cost less the first's over all currencies, on labelled orders that both scored.
pub(crate) fn difference(first: &OrderView<'_>, second: &OrderView<'_>) -> Figure {
    let Some(rates) = &first.chosen.context.settings.rates else { return Figure::refused(NO_RATES) };
    let both = |row: &Row| second.chosen.run.score.number(row.event).is_some() && is_labelled(first, row);
    let mixed = match Mixed::new(first, rates, both) {
        Ok(mixed) => mixed,
        Err(why) => return Figure::refused(why),
    };
    let [figure] = mixed.costs(first.population()).per_1000::<1, 3>(|row| {
        [less(mixed.cost(second.shadow(row.event), row), mixed.cost(first.shadow(row.event), row))]
    });
    figure
}
