//! Orders: a fraud score becomes accept, review or reject.

use super::rules::KindRules;
use super::{ContractSection, EventFacts, Words, action_words};
use crate::config::StreamConfig;
use crate::contract::{Contract, Policy};
use crate::decision::{Action, Decides, Decision, DecisionValue, GuardrailTrail};
use crate::extract::{
    FieldNames, FieldTreeBuilder, Fields, LONGEST_NUMBER, SlotId, as_word, bind, required, schema,
};
use crate::kind::Kind;
use crate::money::{AmountReading, Currency, CurrencyBinding, MoneyReading};
use crate::privacy::is_card_number;
use crate::problem::Problem;
use crate::rejection::{Code, Rejection};

/// Where an order holds its amount and the checkout's decision.
#[derive(Debug, Clone)]
pub(super) struct Orders {
    amount: Option<(SlotId, CurrencyBinding)>,
    money: MoneyReading,
    live_action: Option<SlotId>,
    live_score: Option<SlotId>,
    words: Words<Action>,
}

/// What an order says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OrderFacts {
    /// Total in minor units, and its currency.
    pub money: Option<(i64, Currency)>,
    /// What the checkout did.
    pub live: Option<Action>,
    /// The score that the live system logged.
    pub live_score: Option<f64>,
}

impl EventFacts for OrderFacts {
    fn money(&self) -> Option<(i64, Currency)> {
        self.money
    }

    fn currency_code(&self) -> Option<&str> {
        self.money.as_ref().map(|(_, currency)| currency.code())
    }

    fn live_score(&self) -> Option<f64> {
        self.live_score
    }
}

impl KindRules for Orders {
    type Facts = OrderFacts;
    type Decider = Policy;

    const KIND: Kind = Kind::Orders;
    const DECIDES: Decides = Decides::Action;
    const SECTIONS: &'static [ContractSection] = &[("policy", |contract| contract.policy.is_some())];

    fn contract_problems(contract: &Contract) -> Vec<Problem> {
        let mut problems = Vec::new();
        match &contract.policy {
            None => problems.push(Problem::new(
                "policy",
                "a model for orders needs its thresholds",
                "add [policy] with review and reject",
            )),
            Some(policy) if !policy.is_ordered() => problems.push(wrong_order(policy)),
            Some(_) => {}
        }
        problems
    }

    fn compile(
        config: &StreamConfig,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let amount = bind("amount", config.amount.as_deref(), tree, problems);
        let amount = match amount {
            Some(slot) => {
                let (written, words) = (config.currency.as_deref(), &config.currencies);
                CurrencyBinding::compile(written, words, tree, problems).map(|currency| (slot, currency))
            }
            None => None,
        };
        let money = MoneyReading::compile(config.money, &config.exponents, problems);
        let live_action = bind("live_action", config.live_action.as_deref(), tree, problems);
        Some(Self {
            amount,
            money,
            live_action,
            live_score: bind("live_score", config.live_score.as_deref(), tree, problems),
            words: action_words(&config.actions, problems),
        })
    }

    fn decider(
        &mut self,
        contract: &Contract,
        _: &FieldNames,
        _: &mut FieldTreeBuilder,
    ) -> Result<Option<Policy>, Problem> {
        Ok(contract.policy)
    }

    fn amounts(&self) -> AmountReading {
        let currency = self.amount.as_ref().map(|(_, currency)| currency.clone());
        AmountReading { money: self.money.clone(), currency }
    }

    fn read<'a>(
        &self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
        _: &mut Vec<i64>,
    ) -> Result<OrderFacts, Rejection<'a>> {
        let money = match &self.amount {
            None => None,
            Some((slot, currency)) => {
                let currency = currency.read(fields, occurred_at_ms)?;
                let amount = required(fields, *slot, self.money.amount(fields, *slot, currency))?;
                if amount < 0 {
                    return Err(schema(fields, *slot, Code::NegativeAmount));
                }
                Some((amount, currency))
            }
        };
        let live_score = match self.live_score {
            None => None,
            Some(slot) => match fields.number(slot).map_err(|code| schema(fields, slot, code))? {
                Some(score) if is_card_number(score) => return Err(schema(fields, slot, Code::CardNumber)),
                score => score,
            },
        };
        Ok(OrderFacts { money, live: self.live(fields)?, live_score })
    }

    /// What the thresholds make of a score, beside what the checkout did.
    fn decide(&self, policy: &Policy, facts: &OrderFacts, _: &[i64], score: f64) -> Result<Decision, Code> {
        let would_be = policy.action(score);
        let taken = |live: Action| facts.money.map(|(amount, _)| would_be.takes(amount) - live.takes(amount));
        Ok(Decision {
            would_be: DecisionValue::Action(would_be),
            live: facts.live.map(DecisionValue::Action),
            agrees: facts.live.map(|live| live == would_be),
            delta_amount: facts.live.and_then(taken),
            trail: GuardrailTrail::default(),
        })
    }
}

impl Orders {
    fn live<'a>(&self, fields: &Fields<'a>) -> Result<Option<Action>, Rejection<'a>> {
        let Some(slot) = self.live_action else { return Ok(None) };
        let mut digits = [0; LONGEST_NUMBER];
        match as_word(fields, slot, &mut digits) {
            Ok(None) => Ok(None),
            Ok(Some(word)) => {
                self.words.meaning(word).map(Some).ok_or_else(|| schema(fields, slot, Code::UnknownAction))
            }
            Err(code) => Err(schema(fields, slot, code)),
        }
    }
}

fn wrong_order(policy: &Policy) -> Problem {
    let (side, fix) = if policy.higher_is_riskier {
        (
            "below",
            "set review to at most reject; for a score that is high for good orders, set higher_is_riskier = false",
        )
    } else {
        ("above", "set review to at least reject: higher_is_riskier = false turns both around")
    };
    let what = format!("review = {} is not {side} reject = {}", policy.review, policy.reject);
    Problem::new("policy", what, fix)
}

impl Policy {
    /// Whether both thresholds are numbers, and what is rejected would be reviewed too.
    pub(crate) fn is_ordered(&self) -> bool {
        let Self { review, reject, higher_is_riskier } = *self;
        review.is_finite()
            && reject.is_finite()
            && if higher_is_riskier { review <= reject } else { review >= reject }
    }

    /// The action for a score; a score on a threshold takes the stricter side.
    pub fn action(&self, score: f64) -> Action {
        let reaches =
            |threshold: f64| if self.higher_is_riskier { score >= threshold } else { score <= threshold };
        if reaches(self.reject) {
            Action::Reject
        } else if reaches(self.review) {
            Action::Review
        } else {
            Action::Accept
        }
    }
}
