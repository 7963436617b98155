//! Kinds of stream. What is particular to a kind stands in its own file; this is the only dispatch.

mod currency;
mod facts;
mod orders;
mod prices;
mod words;

pub(crate) use currency::{AmountReading, CurrencyBinding};
pub use facts::Facts;
pub use orders::{OrderFacts, OrdersBinding};
pub use prices::{GuardrailConfig, Guardrails, PriceFacts, PricesBinding};
pub(crate) use words::{Meanings, Words};

use crate::contract::Contract;
use crate::dead_letter::{Code, Rejection, Stage};
use crate::decision::{Action, Decision};
use crate::extract::{FieldTreeBuilder, Fields, SlotId};
use crate::money::{Currency, MoneyReading};
use crate::privacy::is_card_number;
use crate::problem::Problem;
use crate::stream::StreamConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a stream's events are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Orders, decided accept, review or reject.
    Orders,
    /// Price quotes, decided by a price.
    Prices,
}

impl Kind {
    /// The word used in configs and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Prices => "prices",
        }
    }
}

/// Where a stream's events hold what its kind needs.
#[derive(Debug, Clone)]
pub enum KindBinding {
    /// Of orders.
    Orders(OrdersBinding),
    /// Of price quotes.
    Prices(PricesBinding),
}

/// How one model's score becomes a decision on a stream.
#[derive(Debug, Clone)]
pub enum Decider {
    /// By two thresholds.
    Thresholds(crate::contract::Policy),
    /// By a price inside guardrails.
    Price {
        /// Unit of the score.
        unit: crate::contract::PriceUnit,
        /// Index of the amount that a ratio multiplies, in the row's bases.
        base: Option<usize>,
    },
}

impl KindBinding {
    /// Compiles the keys of `config` that belong to its kind.
    pub(crate) fn compile(
        config: &StreamConfig,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        match config.kind? {
            Kind::Orders => OrdersBinding::compile(config, tree, problems).map(Self::Orders),
            Kind::Prices => PricesBinding::compile(config, tree, problems).map(Self::Prices),
        }
    }

    /// Compiles how a model's score becomes a decision here.
    pub(crate) fn decider(
        &mut self,
        contract: &Contract,
        names: &crate::features::FieldNames,
        tree: &mut FieldTreeBuilder,
    ) -> Result<Decider, Problem> {
        match (self, contract.policy, &contract.price) {
            (Self::Orders(_), Some(policy), None) => Ok(Decider::Thresholds(policy)),
            (Self::Prices(binding), None, Some(price)) => binding.decider(price, names, tree),
            (binding, ..) => Err(Problem::new(
                "",
                format!("a model for {} can't score {}", contract.kind.name(), binding.kind().name()),
                "bind it to a stream of its own kind",
            )),
        }
    }

    /// How its events write the amounts that models read.
    pub(crate) fn amounts(&self) -> AmountReading {
        match self {
            Self::Orders(binding) => binding.amounts(),
            Self::Prices(binding) => binding.amounts(),
        }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Orders(_) => Kind::Orders,
            Self::Prices(_) => Kind::Prices,
        }
    }

    /// Reads the facts of an event that occurred at `occurred_at_ms`; amounts that ratios multiply are appended to `bases`.
    ///
    /// # Errors
    /// At the schema stage, naming the field.
    pub(crate) fn read<'a>(
        &self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
        bases: &mut Vec<i64>,
    ) -> Result<Facts, Rejection<'a>> {
        match self {
            Self::Orders(binding) => binding.read(fields, occurred_at_ms).map(Facts::Order),
            Self::Prices(binding) => binding.read(fields, occurred_at_ms, bases).map(Facts::Price),
        }
    }

    /// Turns a finite score into a decision.
    ///
    /// # Errors
    /// [`Code::PriceOutOfRange`] when no amount can hold the price.
    pub(crate) fn decide(
        &self,
        decider: &Decider,
        facts: &Facts,
        bases: &[i64],
        score: f64,
    ) -> Result<Decision, Code> {
        match (self, decider, facts) {
            (Self::Orders(_), Decider::Thresholds(policy), Facts::Order(facts)) => {
                Ok(facts.decide(policy, score))
            }
            (Self::Prices(binding), Decider::Price { unit, base }, Facts::Price(facts)) => {
                binding.decide(*unit, base.and_then(|index| bases.get(index).copied()), facts, score)
            }
            // A stream's binding, deciders and facts are compiled from one kind.
            _ => Err(Code::WrongType),
        }
    }
}

/// The words for actions: Bystander's, and the shop's beside them.
pub(crate) fn action_words(mapped: &BTreeMap<String, String>, problems: &mut Vec<Problem>) -> Words<Action> {
    let actions = Meanings { key: "actions", noun: "action", all: &Action::ALL, name: Action::name };
    Words::compile(&actions, mapped, problems)
}

/// Binds an optional pointer.
pub(crate) fn bind(
    key: &str,
    path: Option<&str>,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Option<SlotId> {
    match crate::extract::FieldPath::parse(path?) {
        Ok(path) => Some(tree.slot(&path)),
        Err(what) => {
            problems.push(Problem::new(key, what, "a pointer starts at the event's root"));
            None
        }
    }
}

pub(crate) fn schema<'a>(fields: &Fields<'a>, slot: SlotId, code: Code) -> Rejection<'a> {
    Rejection::new(Stage::Schema, code, fields.path(slot))
}

pub(crate) fn required<'a, T>(
    fields: &Fields<'a>,
    slot: SlotId,
    value: Result<Option<T>, Code>,
) -> Result<T, Rejection<'a>> {
    value.and_then(|value| value.ok_or(Code::MissingField)).map_err(|code| schema(fields, slot, code))
}

/// A bound price or cost: there and positive, unless it is `None` because missing.
fn positive<'a>(
    fields: &Fields<'a>,
    slot: SlotId,
    money: &MoneyReading,
    currency: Currency,
) -> Result<Option<i64>, Rejection<'a>> {
    match money.amount(fields, slot, currency) {
        Ok(Some(amount)) if amount <= 0 => Err(schema(fields, slot, Code::NotPositive)),
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}

/// A bound probability: above 0 and up to 1, unless it is `None` because missing.
pub(crate) fn propensity<'a>(fields: &Fields<'a>, slot: SlotId) -> Result<Option<f64>, Rejection<'a>> {
    match fields.number(slot) {
        Ok(Some(chance)) if !(chance > 0.0 && chance <= 1.0) => {
            Err(schema(fields, slot, Code::NotAProbability))
        }
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}

/// A bound number of items: above zero, unless it is `None` because missing.
pub(crate) fn quantity<'a>(fields: &Fields<'a>, slot: SlotId) -> Result<Option<f64>, Rejection<'a>> {
    match fields.number(slot) {
        Ok(Some(quantity)) if quantity <= 0.0 => Err(schema(fields, slot, Code::NotPositive)),
        Ok(Some(quantity)) if is_card_number(quantity) => Err(schema(fields, slot, Code::CardNumber)),
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}
