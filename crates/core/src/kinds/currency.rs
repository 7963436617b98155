//! How a binding writes amounts, and where it says of which currency they are.

use super::{bind, required, schema};
use crate::dead_letter::{Code, Rejection};
use crate::extract::{FieldTreeBuilder, Fields, SlotId};
use crate::money::{Currency, MoneyFormat};
use crate::problem::Problem;

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
    /// `written` is a pointer or a code.
    pub(crate) fn compile(
        written: Option<&str>,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let fix = "write a pointer such as \"/currency\", or an ISO 4217 code such as \"EUR\"";
        match written {
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
            Some(_) => bind("currency", written, tree, problems).map(Self::Field),
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
