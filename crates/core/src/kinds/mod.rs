//! Kinds of stream. What is particular to a kind is in its own file; this is the only dispatch of this crate.

mod facts;
mod orders;
mod prices;
mod words;

pub use facts::Facts;
pub use orders::{OrderFacts, OrdersBinding};
pub use prices::{Guardrails, PriceFacts, PricesBinding};
pub(crate) use words::{Meanings, Words};

use crate::config::StreamConfig;
use crate::contract::{Contract, Policy, PriceUnit};
use crate::decision::{Action, Decision};
use crate::extract::{FieldNames, FieldTreeBuilder, Fields, SlotId, schema};
use crate::kind::Kind;
use crate::money::{AmountReading, Currency, MoneyReading};
use crate::privacy::is_card_number;
use crate::problem::Problem;
use crate::rejection::{Code, Rejection};
use std::collections::BTreeMap;

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
    Thresholds(Policy),
    /// By a price inside guardrails.
    Price {
        /// Unit of the score.
        unit: PriceUnit,
        /// Index of the amount that a ratio multiplies, in the row's bases.
        base: Option<usize>,
    },
}

/// A key of a stream's config that belongs to some kinds only, and whether it is set.
type KindKey = (&'static str, fn(&StreamConfig) -> bool);

fn keys(kind: Kind) -> &'static [KindKey] {
    match kind {
        Kind::Orders => orders::KEYS,
        Kind::Prices => prices::KEYS,
    }
}

/// The keys that are set and belong to other kinds alone.
fn foreign_keys(kind: Kind, config: &StreamConfig) -> Vec<Problem> {
    let own = |name: &str| keys(kind).iter().any(|(key, _)| *key == name);
    let others = Kind::ALL.into_iter().filter(|other| *other != kind);
    let foreign = others.flat_map(|other| keys(other).iter().map(move |key| (other, key)));
    let set = foreign.filter(|(_, (key, is_set))| !own(key) && is_set(config));
    set.map(|(other, (key, _))| {
        let what = format!("{} have no such key", kind.name());
        Problem::new(*key, what, format!("remove it, or set kind = \"{}\"", other.name()))
    })
    .collect()
}

/// What a contract's kind finds wrong with it.
pub(crate) fn contract_problems(contract: &Contract) -> Vec<Problem> {
    match contract.kind {
        Kind::Orders => orders::contract_problems(contract),
        Kind::Prices => prices::contract_problems(contract),
    }
}

impl KindBinding {
    /// Compiles the keys of `config` that belong to its kind.
    pub(crate) fn compile(
        config: &StreamConfig,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let kind = config.kind?;
        problems.extend(foreign_keys(kind, config));
        match kind {
            Kind::Orders => OrdersBinding::compile(config, tree, problems).map(Self::Orders),
            Kind::Prices => PricesBinding::compile(config, tree, problems).map(Self::Prices),
        }
    }

    /// Compiles how a model's score becomes a decision here.
    pub(crate) fn decider(
        &mut self,
        contract: &Contract,
        names: &FieldNames,
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
