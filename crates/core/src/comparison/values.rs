//! What a comparison says, value by value: for sinks that keep values instead of JSON, and for both encodings.

use super::Comparison;
use crate::batch::Row;
use crate::decision::{GuardrailStep, Verdict};
use crate::features::FeatureValue;
use crate::record::Position;
use crate::run::Mode;

impl<'a> Comparison<'a> {
    /// Where the event stands in the stream's topic.
    pub fn position(&self) -> Position {
        self.event().position
    }

    /// The record's own timestamp, epoch milliseconds.
    pub fn timestamp_ms(&self) -> Option<i64> {
        self.event().timestamp_ms
    }

    /// When the event happened, epoch milliseconds.
    pub fn occurred_at_ms(&self) -> i64 {
        self.event().occurred_at_ms
    }

    /// When it was scored, epoch milliseconds; a replay doesn't say.
    pub fn shown_scored_at_ms(&self) -> Option<i64> {
        (self.labels.mode == Mode::Live).then_some(self.scored_at_ms)
    }

    /// Order id or quote id, possibly pseudonymised.
    pub fn subject(&self) -> &'a str {
        self.batch.text(self.event().subject)
    }

    /// Prices: the item.
    pub fn item(&self) -> Option<&'a str> {
        self.event().item.map(|item| self.batch.text(item))
    }

    /// Who it is for, if that is bound; possibly pseudonymised.
    pub fn customer(&self) -> Option<&'a str> {
        self.event().customer.map(|customer| self.batch.text(customer))
    }

    /// What the model would have decided.
    pub fn would_be(&self) -> Verdict {
        self.decision.would_be
    }

    /// What the checkout decided, if the event says so.
    pub fn live(&self) -> Option<Verdict> {
        self.decision.live
    }

    /// Orders: the score that the live system logged, if it is bound.
    pub fn live_score(&self) -> Option<f64> {
        self.event().facts.live_score()
    }

    /// Prices: the chance with which live served a price within the tolerance of the one it served, if it is bound.
    pub fn live_propensity(&self) -> Option<f64> {
        self.event().facts.live_propensity()
    }

    /// Whether both agree; `None` without a live decision.
    pub fn agrees(&self) -> Option<bool> {
        self.decision.agrees
    }

    /// Orders: amount taken at once, would-be minus live. Prices: would-be minus live price. Minor units.
    pub fn delta_amount(&self) -> Option<i64> {
        self.decision.delta_amount
    }

    /// The order's total, or the quote's price, in minor units.
    pub fn amount(&self) -> Option<i64> {
        self.event().facts.money().map(|(amount, _)| amount)
    }

    /// ISO 4217.
    pub fn currency(&self) -> Option<&'a str> {
        self.event().facts.currency_code()
    }

    /// Prices: what the item costs the shop, in minor units, if it is bound.
    pub fn cost_amount(&self) -> Option<i64> {
        self.event().facts.cost()
    }

    /// Prices: how many were asked for, if it is bound.
    pub fn quantity(&self) -> Option<f64> {
        self.event().facts.quantity()
    }

    /// Which guardrails moved the price, in order, and a price point that was missed.
    pub fn guardrails(&self) -> impl Iterator<Item = GuardrailStep> + use<'a> {
        self.decision.trail.steps()
    }

    /// The segments that the event has, by name, in the stream's order.
    pub fn segments(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let batch = self.batch;
        let named = self.stream.segments.iter().zip(batch.row_segments(self.row));
        named.filter_map(move |(segment, value)| Some((segment.name.as_str(), batch.text((*value)?))))
    }

    /// What the model was fed, by feature, in its contract's order; `None` unless the stream's config asks for it.
    /// A number stands for the first of these that the contract gives it to: a word of the vocabulary, a missing
    /// value, a word outside the vocabulary.
    pub fn features(&self) -> Option<impl Iterator<Item = (&'a str, FeatureValue<'a>)> + use<'a>> {
        let model = self.stream.models.get(self.model_index).filter(|_| self.stream.shows_features)?;
        Some(model.plan.show(self.batch.input(self.model_index), self.row))
    }

    fn event(&self) -> &'a Row {
        &self.batch.rows()[self.row]
    }
}
