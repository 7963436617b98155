//! The headline figures as plain values, for gauges: those that a dashboard follows over time.
//!
//! A refused figure isn't among them, so what the report won't say can't be drawn.

use super::points;
use crate::document::{
    Figure, FraudModel, FraudStream, ModelKey, OperatingPoint, Paired, Population, PricingModel,
    PricingStream, Report, VerdictWord,
};
use crate::kinds;

/// A figure with the words that tell it apart.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadlineFigure<'a> {
    /// The stream.
    pub stream: &'a str,
    /// The model.
    pub model: &'a ModelKey,
    /// What it is: `recall`, `cost_per_1000_less_live`. Words that gates have, too, mean the same.
    pub metric: &'static str,
    /// ISO 4217, for money in minor units; empty otherwise.
    pub currency: &'a str,
    /// Finite; absent where labels of declined orders leave a range.
    pub value: Option<f64>,
    /// Limits of its interval (of its range with sampling error, where it is one), finite.
    pub interval: Option<(f64, f64)>,
}

/// What a dashboard follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline<'a> {
    /// In the report's order; each combination of stream, model's name, version, metric and currency stands once.
    pub figures: Vec<HeadlineFigure<'a>>,
    /// Every gate with its result.
    pub gates: Vec<(&'a str, VerdictWord)>,
    /// Streams, each with the events that its figures rest on: orders with a mature label, quotes whose end is known.
    pub matured: Vec<(&'a str, u64)>,
}

/// Takes the headline figures out of a report. Nothing is computed here.
pub fn headline(report: &Report) -> Headline<'_> {
    let mut figures = Vec::new();
    let chapters = kinds::chapters(&report.chapters);
    chapters.iter().for_each(|chapter| chapter.headline(&mut figures));
    Headline {
        figures,
        gates: report.gates.iter().map(|gate| (gate.name.as_str(), gate.result)).collect(),
        matured: chapters.iter().map(|chapter| chapter.matured()).collect(),
    }
}

/// The figures of a stream of orders.
pub(crate) fn fraud<'a>(stream: &'a FraudStream, figures: &mut Vec<HeadlineFigure<'a>>) {
    for model in unambiguous(&stream.models, |model| (&model.model, model.compared)) {
        let mut of = Of { stream: &stream.stream, model: &model.model, figures };
        of.fraud(model);
        let against = stream.pairs.iter().find(|pair| pair.challenger == model.model);
        against.into_iter().for_each(|pair| of.pair(pair));
    }
}

/// The figures of a stream of quotes.
pub(crate) fn pricing<'a>(stream: &'a PricingStream, figures: &mut Vec<HeadlineFigure<'a>>) {
    for model in unambiguous(&stream.models, |model| (&model.model, model.compared)) {
        Of { stream: &stream.stream, model: &model.model, figures }.pricing(model);
    }
}

/// One model for each name and version: where two files went by the same, the one that compared more.
pub(crate) fn unambiguous<M>(models: &[M], of: impl Fn(&M) -> (&ModelKey, u64)) -> Vec<&M> {
    let beaten = |place: usize, model: &M| {
        let (key, compared) = of(model);
        models.iter().enumerate().any(|(other_place, other)| {
            let (other, others) = of(other);
            let same = other_place != place && other.name == key.name && other.version == key.version;
            same && (others > compared || others == compared && other_place < place)
        })
    };
    models
        .iter()
        .enumerate()
        .filter(|(place, model)| !beaten(*place, model))
        .map(|(_, model)| model)
        .collect()
}

/// Takes figures of one model in.
pub(crate) struct Of<'a, 'f> {
    pub(crate) stream: &'a str,
    pub(crate) model: &'a ModelKey,
    pub(crate) figures: &'f mut Vec<HeadlineFigure<'a>>,
}

impl<'a> Of<'a, '_> {
    fn money(&mut self, metric: &'static str, currency: &'a str, figure: &Figure) {
        let Some(shown) = figure.shown() else { return };
        self.figures.push(HeadlineFigure {
            stream: self.stream,
            model: self.model,
            metric,
            currency,
            value: shown.value,
            interval: shown.interval.map(|interval| (interval.low, interval.high)),
        });
    }

    pub(crate) fn take(&mut self, metric: &'static str, figure: &Figure) {
        self.money(metric, "", figure);
    }

    fn fraud(&mut self, model: &'a FraudModel) {
        if let Some(point) = points::headline(&model.thresholds) {
            self.take("recall", &point.recall);
            self.take("recall_developed", &point.recall_developed);
            self.take("precision", &point.precision);
            self.take("precision_developed", &point.precision_developed);
            self.take("insult_rate", &point.insult_rate);
            self.take("alert_rate", &point.alert_rate);
        }
        self.take("average_precision", &model.ranking.average_precision);
        self.take("prevalence", &model.ranking.prevalence);
        self.take("auc", &model.ranking.auc);
        self.take("agreement", &model.agreement.raw);
        for money in &model.money {
            self.money("cost_per_1000_less_live", &money.currency, &money.delta_per_1000);
            self.money("fraud_caught", &money.currency, &money.caught);
            self.money("fraud_missed", &money.currency, &money.missed);
            self.money("good_declined", &money.currency, &money.insulted);
        }
    }

    fn pair(&mut self, pair: &'a Paired) {
        self.take("recall_less_champion", &pair.recall_difference);
        self.take("insult_rate_less_champion", &pair.insult_rate_difference);
        self.take("auc_less_champion", &pair.auc_difference);
        for (currency, difference) in &pair.cost_differences {
            self.money("cost_per_1000_less_champion", currency, difference);
        }
    }

    fn pricing(&mut self, model: &'a PricingModel) {
        if let Some(change) = model.change.shown() {
            self.take("price_change_median", &change.relative.median);
            self.take("priced_up", &change.up);
            self.take("priced_down", &change.down);
            self.take("price_within_tolerance", &change.within);
        }
        self.take("guardrail_moved", &model.guardrails.moved);
        self.take("inside_known_prices", &model.support.inside);
        for repricing in &model.repricing {
            self.money("revenue_change", &repricing.currency, &repricing.purchased_change);
        }
        for uplift in model.support.uplift.shown().into_iter().flatten() {
            for (metric, of) in
                [("revenue_uplift_per_1000", &uplift.revenue), ("margin_uplift_per_1000", &uplift.margin)]
            {
                if let Some(of) = of.shown() {
                    self.money(metric, &uplift.currency, &of.doubly_robust_change);
                }
            }
        }
    }
}

/// Orders with a mature label, as the model that scored most of them has it.
pub(crate) fn labelled(stream: &FraudStream) -> (&str, u64) {
    let rows = |point: &OperatingPoint| {
        point.true_positives + point.false_positives + point.true_negatives + point.false_negatives
    };
    let points = stream.models.iter().filter_map(|model| points::headline(&model.thresholds));
    let labelled = points.filter(|point| point.population == Population::Labelled).map(rows).max();
    (&stream.stream, labelled.unwrap_or(0))
}

/// Quotes whose end is known.
pub(crate) fn ended(stream: &PricingStream) -> (&str, u64) {
    let known = stream.outcomes.iter().filter(|outcome| outcome.state != "unknown");
    (&stream.stream, known.map(|outcome| outcome.count).sum())
}
