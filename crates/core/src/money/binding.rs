//! How a binding writes amounts, and where it says of which currency they are.

use super::{Currency, MoneyReading};
use crate::extract::{FieldTreeBuilder, Fields, LONGEST_NUMBER, SlotId, as_word, bind, required, schema};
use crate::problem::Problem;
use crate::rejection::{Code, Rejection};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a stream writes amounts, and of which currency they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct AmountReading {
    pub(crate) money: MoneyReading,
    pub(crate) currency: Option<CurrencyBinding>,
}

/// Where a stream's currency comes from.
#[derive(Debug, Clone)]
pub(crate) enum CurrencyBinding {
    Fixed(Currency),
    /// A field, and the shop's own words for currencies.
    Field(SlotId, Arc<BTreeMap<String, Currency>>),
}

const FIX: &str = "write a pointer such as \"/currency\", or an ISO 4217 code such as \"EUR\"";

impl CurrencyBinding {
    /// `written` is a pointer or a code; `words` are the shop's own for codes.
    pub(crate) fn compile(
        written: Option<&str>,
        words: &BTreeMap<String, String>,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let mut known = BTreeMap::new();
        for (word, code) in words {
            match Currency::from_code(code) {
                Some(currency) => drop(known.insert(word.clone(), currency)),
                None => {
                    let what = format!("`{code}` is not a currency");
                    problems.push(Problem::new(format!("currencies.{word}"), what, "write an ISO 4217 code"));
                }
            }
        }
        match written {
            None => {
                problems.push(Problem::new("currency", "money is bound without a currency", FIX));
                None
            }
            Some(code) if !code.starts_with('/') => match Currency::from_code(code) {
                Some(currency) => Some(Self::Fixed(currency)),
                None => {
                    problems.push(Problem::new("currency", format!("`{code}` is not a currency"), FIX));
                    None
                }
            },
            Some(_) => bind("currency", written, tree, problems).map(|slot| Self::Field(slot, known.into())),
        }
    }

    /// The currency of an event that occurred at `occurred_at_ms`.
    pub(crate) fn read<'a>(
        &self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
    ) -> Result<Currency, Rejection<'a>> {
        let currency = self.of(fields)?;
        match self {
            Self::Field(slot, _) if !currency.is_of(occurred_at_ms) => {
                Err(schema(fields, *slot, Code::UnknownCurrency))
            }
            _ => Ok(currency),
        }
    }

    /// The currency, whenever the event occurred.
    pub(crate) fn of<'a>(&self, fields: &Fields<'a>) -> Result<Currency, Rejection<'a>> {
        let (slot, words) = match self {
            Self::Fixed(currency) => return Ok(*currency),
            Self::Field(slot, words) => (*slot, words),
        };
        let mut digits = [0; LONGEST_NUMBER];
        let word = required(fields, slot, as_word(fields, slot, &mut digits))?;
        let own = words.get(word).copied();
        own.or_else(|| Currency::from_code(word)).ok_or_else(|| schema(fields, slot, Code::UnknownCurrency))
    }
}
