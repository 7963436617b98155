//! Kinds of stream. What is particular to a kind stands in its own file; this is the only dispatch.

mod orders;
mod prices;

pub use orders::{OrderFacts, OrdersBinding};
pub use prices::{GuardrailConfig, Guardrails, PriceFacts, PricesBinding};

use crate::contract::Contract;
use crate::dead_letter::{Code, Rejection, Stage};
use crate::decision::Decision;
use crate::extract::{FieldTreeBuilder, Fields, SlotId};
use crate::money::{self, Currency, MoneyFormat};
use crate::problem::Problem;
use crate::stream::StreamConfig;
use serde::{Deserialize, Serialize};

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

/// What an event says, beside the features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Facts {
    /// Of an order.
    Order(OrderFacts),
    /// Of a price quote.
    Price(PriceFacts),
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

    /// Reads an event's facts; amounts that ratios multiply are appended to `bases`.
    ///
    /// # Errors
    /// At the schema stage, naming the field.
    pub(crate) fn read<'a>(&self, fields: &Fields<'a>, bases: &mut Vec<i64>) -> Result<Facts, Rejection<'a>> {
        match self {
            Self::Orders(binding) => binding.read(fields).map(Facts::Order),
            Self::Prices(binding) => binding.read(fields, bases).map(Facts::Price),
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

impl Facts {
    /// The event's amount and currency: an order's total or a served price.
    pub fn money(&self) -> Option<(i64, Currency)> {
        match self {
            Self::Order(facts) => facts.money,
            Self::Price(facts) => Some((facts.live_price, facts.currency)),
        }
    }

    /// The ISO 4217 code of [`money`](Self::money).
    pub fn currency_code(&self) -> Option<&str> {
        match self {
            Self::Order(facts) => facts.money.as_ref().map(|(_, currency)| currency.code()),
            Self::Price(facts) => Some(facts.currency.code()),
        }
    }
}

/// How a stream writes amounts, and of which currency they are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AmountReading {
    pub(crate) format: MoneyFormat,
    pub(crate) currency: Option<CurrencyBinding>,
}

/// Where a stream's currency comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CurrencyBinding {
    Fixed(Currency),
    Field(SlotId),
}

impl CurrencyBinding {
    fn compile(
        config: &StreamConfig,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let fix = "write a pointer such as \"/currency\", or an ISO 4217 code such as \"EUR\"";
        match config.currency.as_deref() {
            None => {
                problems.push(Problem::new("currency", "money is bound without a currency", fix));
                None
            }
            Some(code) if !code.starts_with('/') => match Currency::from_code(code) {
                Some(currency) => Some(Self::Fixed(currency)),
                None => {
                    problems.push(Problem::new("currency", format!("`{code}` is no currency"), fix));
                    None
                }
            },
            Some(_) => bind("currency", config.currency.as_deref(), tree, problems).map(Self::Field),
        }
    }

    pub(crate) fn read<'a>(&self, fields: &Fields<'a>) -> Result<Currency, Rejection<'a>> {
        match self {
            Self::Fixed(currency) => Ok(*currency),
            Self::Field(slot) => {
                let code = required(fields, *slot, fields.text(*slot))?;
                Currency::from_code(code).ok_or_else(|| schema(fields, *slot, Code::UnknownCurrency))
            }
        }
    }
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
    format: MoneyFormat,
    currency: Currency,
) -> Result<Option<i64>, Rejection<'a>> {
    match money::amount(fields, slot, format, currency) {
        Ok(Some(amount)) if amount <= 0 => Err(schema(fields, slot, Code::NotPositive)),
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}
