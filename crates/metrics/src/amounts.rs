//! Money at stake: amounts by cell of decisions, each currency for itself.

use crate::catalogue::AmountCell;
use crate::family::Counters;
use crate::kinds::{Cell, KindMetrics, metrics};
use crate::registry::StreamLabels;
use bystander_core::decision::Decision;
use bystander_core::money::Currency;
use prometheus::local::LocalIntCounter;

/// What one shard counts for the models of one stream.
pub(crate) struct Amounts {
    family: Counters<AmountCell<'static>>,
    stream: String,
    /// Name and version of each model.
    models: Vec<(String, String)>,
    kind: &'static dyn KindMetrics,
    cells: Vec<Cell>,
    /// The currencies met so far, with a counter per model and cell. They are few, so they are looked through.
    met: Vec<(Currency, Vec<LocalIntCounter>)>,
}

impl Amounts {
    pub(crate) fn new(family: &Counters<AmountCell<'static>>, stream: &StreamLabels) -> Self {
        let models = stream.models.iter().map(|model| &model.identity);
        Self {
            family: family.clone(),
            stream: stream.name.clone(),
            models: models.map(|identity| (identity.name.clone(), identity.version.to_string())).collect(),
            kind: metrics(stream.kind),
            cells: metrics(stream.kind).cells(),
            met: Vec::new(),
        }
    }

    /// Counts an event's amount in each model's cell. No event with a negative amount is decoded.
    pub(crate) fn count<'d>(
        &mut self,
        (amount, currency): (i64, Currency),
        decisions: impl Iterator<Item = &'d Decision>,
    ) {
        let known = self.met.iter().position(|(met, _)| *met == currency);
        let place = known.unwrap_or_else(|| self.meet(currency));
        let amount = u64::try_from(amount).unwrap_or_default();
        for (counters, decision) in self.met[place].1.chunks(self.cells.len()).zip(decisions) {
            if let Some(counter) = self.kind.cell_of(decision).and_then(|cell| counters.get(cell)) {
                counter.inc_by(amount);
            }
        }
    }

    /// All cells of a new currency exist from its first event on, so that a later rise in another one is seen as such.
    fn meet(&mut self, currency: Currency) -> usize {
        let counter = |(model, version): &(String, String), cell: &Cell| {
            let Cell { live, would_be, .. } = *cell;
            let (stream, currency) = (self.stream.as_str(), currency.code());
            self.family.with(&AmountCell { stream, model, version, live, would_be, currency }).local()
        };
        let of_model = |model| self.cells.iter().map(move |cell| counter(model, cell));
        let counters = self.models.iter().flat_map(of_model).collect();
        self.met.push((currency, counters));
        self.met.len() - 1
    }

    /// Adds everything to the shared metrics.
    pub(crate) fn flush(&self) {
        self.met.iter().flat_map(|(_, counters)| counters).for_each(LocalIntCounter::flush);
    }
}
