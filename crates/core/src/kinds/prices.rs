//! Price quotes: a model's price, held inside guardrails.

mod guardrails;

pub use guardrails::PriceGuardrails;

use super::rules::KindRules;
use super::{ContractSection, EventFacts, positive, propensity, quantity};
use crate::config::StreamConfig;
use crate::contract::{Contract, PriceUnit};
use crate::decision::{Decides, Decision, DecisionValue};
use crate::extract::{FieldNames, FieldTreeBuilder, Fields, SlotId, bind, locate, required};
use crate::kind::Kind;
use crate::money::{self, AmountReading, Currency, CurrencyBinding, MoneyReading};
use crate::problem::Problem;
use crate::rejection::{Code, Rejection};

/// Where a quote holds its prices.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    live_price: SlotId,
    live_propensity: Option<SlotId>,
    currency: CurrencyBinding,
    money: MoneyReading,
    previous_price: Option<SlotId>,
    cost: Option<SlotId>,
    quantity: Option<SlotId>,
    bases: Vec<SlotId>,
    guardrails: PriceGuardrails,
}

/// What a quote says, in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PriceFacts {
    /// The price that was served.
    pub live_price: i64,
    /// The chance with which live served a price within the tolerance of this one, if it says so.
    pub live_propensity: Option<f64>,
    /// Its currency.
    pub currency: Currency,
    /// The price before; changes are measured from it, or from the served price where it is unknown.
    pub previous_price: Option<i64>,
    /// What the item costs the shop.
    pub cost: Option<i64>,
    /// How many were asked for.
    pub quantity: Option<f64>,
}

/// How a score becomes a price.
#[derive(Debug, Clone, Copy)]
pub(super) struct PriceDecider {
    /// Unit of the score.
    unit: PriceUnit,
    /// Index of the amount that a ratio multiplies, in the row's bases.
    base: Option<usize>,
}

impl EventFacts for PriceFacts {
    fn money(&self) -> Option<(i64, Currency)> {
        Some((self.live_price, self.currency))
    }

    fn currency_code(&self) -> Option<&str> {
        Some(self.currency.code())
    }

    fn live_propensity(&self) -> Option<f64> {
        self.live_propensity
    }

    fn cost(&self) -> Option<i64> {
        self.cost
    }

    fn quantity(&self) -> Option<f64> {
        self.quantity
    }
}

impl KindRules for Prices {
    type Facts = PriceFacts;
    type Decider = PriceDecider;

    const KIND: Kind = Kind::Prices;
    const DECIDES: Decides = Decides::Number("price_amount");
    const SECTIONS: &'static [ContractSection] = &[("price", |contract| contract.price.is_some())];

    fn contract_problems(contract: &Contract) -> Vec<Problem> {
        let mut problems = Vec::new();
        match &contract.price {
            None => problems.push(Problem::new(
                "price",
                "a model for prices needs the unit of its output",
                "add [price] with unit = \"minor\", \"major\" or \"ratio\"",
            )),
            Some(price) if (price.unit == PriceUnit::Ratio) != price.of.is_some() => {
                problems.push(Problem::new(
                    "price.of",
                    "`of` goes with unit = \"ratio\", and only with it",
                    "name the amount that the ratio multiplies",
                ));
            }
            Some(_) => {}
        }
        problems
    }

    fn compile(
        config: &StreamConfig,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if config.live_price.is_none() {
            problems.push(Problem::new("live_price", "is missing", "point it at the served price"));
        }
        let live_price = bind("live_price", config.live_price.as_deref(), tree, problems);
        let live_propensity = bind("live_propensity", config.live_propensity.as_deref(), tree, problems);
        let currency =
            CurrencyBinding::compile(config.currency.as_deref(), &config.currencies, tree, problems);
        let previous_price = bind("previous_price", config.previous_price.as_deref(), tree, problems);
        let cost = bind("cost", config.cost.as_deref(), tree, problems);
        let guardrails = PriceGuardrails::compile(config.guardrails.as_ref(), cost.is_some(), problems);
        Some(Self {
            live_price: live_price?,
            live_propensity,
            currency: currency?,
            money: MoneyReading::compile(config.money, &config.exponents, problems),
            previous_price,
            cost,
            quantity: bind("quantity", config.quantity.as_deref(), tree, problems),
            bases: Vec::new(),
            guardrails,
        })
    }

    fn decider(
        &mut self,
        contract: &Contract,
        names: &FieldNames,
        tree: &mut FieldTreeBuilder,
    ) -> Result<Option<PriceDecider>, Problem> {
        let Some(price) = &contract.price else { return Ok(None) };
        let base = match &price.of {
            None => None,
            Some(of) => {
                let slot = tree.slot(&locate(of, "price.of", names)?);
                let known = self.bases.iter().position(|base| *base == slot);
                Some(known.unwrap_or_else(|| {
                    self.bases.push(slot);
                    self.bases.len() - 1
                }))
            }
        };
        Ok(Some(PriceDecider { unit: price.unit, base }))
    }

    fn amounts(&self) -> AmountReading {
        AmountReading { money: self.money.clone(), currency: Some(self.currency.clone()) }
    }

    fn read<'a>(
        &self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
        bases: &mut Vec<i64>,
    ) -> Result<PriceFacts, Rejection<'a>> {
        let currency = self.currency.read(fields, occurred_at_ms)?;
        let price = |slot| positive(fields, slot, &self.money, currency);
        let optional = |slot: Option<SlotId>| slot.map_or(Ok(None), price);
        let live_price = required(fields, self.live_price, Ok(price(self.live_price)?))?;
        for &base in &self.bases {
            bases.push(required(fields, base, Ok(price(base)?))?);
        }
        let (previous_price, cost) = (optional(self.previous_price)?, optional(self.cost)?);
        let quantity = self.quantity.map_or(Ok(None), |slot| quantity(fields, slot))?;
        let live_propensity = self.live_propensity.map_or(Ok(None), |slot| propensity(fields, slot))?;
        Ok(PriceFacts { live_price, live_propensity, currency, previous_price, cost, quantity })
    }

    fn decide(
        &self,
        decider: &PriceDecider,
        facts: &PriceFacts,
        bases: &[i64],
        score: f64,
    ) -> Result<Decision, Code> {
        let base = decider.base.and_then(|index| bases.get(index).copied());
        let price = match (decider.unit, base) {
            (PriceUnit::Minor, _) => score,
            (PriceUnit::Major, _) => score * facts.currency.scale() as f64,
            (PriceUnit::Ratio, base) => score * base.ok_or(Code::MissingField)? as f64,
        };
        let price = money::rounded(price).ok_or(Code::PriceOutOfRange)?;
        let (price, trail) = self.guardrails.hold(price, facts)?;
        let delta = price - facts.live_price;
        let tolerated = self.guardrails.tolerance * facts.live_price as f64;
        Ok(Decision {
            would_be: DecisionValue::Number(Self::KIND, price),
            live: Some(DecisionValue::Number(Self::KIND, facts.live_price)),
            agrees: Some(delta as f64 <= tolerated && -delta as f64 <= tolerated),
            delta_amount: Some(delta),
            trail,
        })
    }
}
