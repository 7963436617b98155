//! Money: integer minor units of an ISO 4217 currency, however the shop writes it.

mod binding;
mod former;
mod providers;

pub(crate) use binding::{AmountReading, CurrencyBinding};
pub use providers::differing;

use crate::extract::{Fields, Slot, SlotId};
use crate::privacy::is_card_number;
use crate::problem::Problem;
use crate::rejection::Code;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a stream writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MoneyFormat {
    /// Whole minor units: `1299`.
    #[default]
    Minor,
    /// Decimal text in major units: `"12.99"`.
    Decimal,
    /// A JSON number in major units: `12.99`.
    Number,
    /// Whole millionths of the major unit: `12990000`.
    Micros,
}

/// A currency that has minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: [u8; 3],
    exponent: u32,
    /// For former currencies: the end of the month in which ISO 4217 withdrew them, epoch milliseconds.
    until_ms: Option<i64>,
}

impl Currency {
    /// The currency of an ISO 4217 code in any letter case, a former one among them; `None` for unknown codes and for those
    /// that have no minor units (precious metals, test codes).
    pub fn from_code(code: &str) -> Option<Self> {
        let mut letters: [u8; 3] = code.trim_ascii().as_bytes().try_into().ok()?;
        letters.make_ascii_uppercase();
        if let Some(former) = former::find(letters) {
            return Some(former);
        }
        let currency = iso_currency::Currency::from_code(std::str::from_utf8(&letters).ok()?)?;
        Some(Self { code: letters, exponent: u32::from(currency.exponent()?), until_ms: None })
    }

    /// Whether ISO 4217 listed it at that time.
    pub fn is_of(&self, epoch_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| epoch_ms < until)
    }

    /// The ISO 4217 code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Digits after the decimal point of the major unit.
    pub fn exponent(&self) -> u32 {
        self.exponent
    }

    /// Minor units in a major one.
    pub fn scale(&self) -> i64 {
        10_i64.pow(self.exponent)
    }
}

/// Largest amount that is taken seriously; every amount up to it is exact as a double, too.
pub const LARGEST_AMOUNT: i64 = 1 << 53;

/// How a binding writes amounts.
#[derive(Debug, Clone, Default)]
pub struct MoneyReading {
    format: MoneyFormat,
    /// Decimals of minor units, where they aren't those of ISO 4217.
    exponents: Arc<[(Currency, u32)]>,
}

/// Most decimals that a currency's minor units can be given.
const MOST_DECIMALS: u32 = 6;

impl MoneyReading {
    /// Compiles `money` and `exponents`; what is wrong with them goes to `problems`.
    pub fn compile(
        format: Option<MoneyFormat>,
        exponents: &BTreeMap<String, u32>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let format = format.unwrap_or_default();
        if format != MoneyFormat::Minor && !exponents.is_empty() {
            let what = "they say how many decimals minor units have, and the money isn't in minor units";
            problems.push(Problem::new("exponents", what, "remove them, or set money = \"minor\""));
        }
        let mut known = Vec::new();
        for (code, &decimals) in exponents {
            let key = format!("exponents.{code}");
            match Currency::from_code(code) {
                None => {
                    let what = format!("`{code}` is not a currency of ISO 4217");
                    problems.push(Problem::new(key, what, "write a code such as ISK"));
                }
                Some(_) if decimals > MOST_DECIMALS => {
                    let what = format!("{decimals} is not a number of decimals");
                    problems.push(Problem::new(key, what, format!("write 0 to {MOST_DECIMALS}")));
                }
                Some(currency) => known.push((currency, decimals)),
            }
        }
        Self { format, exponents: known.into() }
    }

    /// Whether amounts are whole minor units with the decimals of ISO 4217: what is written is the amount.
    pub fn is_plain(&self) -> bool {
        self.format == MoneyFormat::Minor && self.exponents.is_empty()
    }

    /// The amount in `slot` in minor units of ISO 4217, rounded half to even where it is written finer; `None` when missing.
    ///
    /// # Errors
    /// [`Code::WrongType`] when it is written in another way than the binding says, [`Code::InvalidMoney`] when it can't be
    /// an amount or is larger than [`LARGEST_AMOUNT`], [`Code::CardNumber`] when its digits are a card number's.
    pub fn amount(&self, fields: &Fields<'_>, slot: SlotId, currency: Currency) -> Result<Option<i64>, Code> {
        let minor = match (self.format, fields.slot(slot).rounded(fields)) {
            (_, Slot::Missing | Slot::Null) => return Ok(None),
            (MoneyFormat::Minor, Slot::Float(value)) if value.fract() == 0.0 => {
                rounded(value).and_then(|value| self.minor(value, currency))
            }
            (MoneyFormat::Minor, _) => fields.integer(slot)?.and_then(|value| self.minor(value, currency)),
            (MoneyFormat::Number, Slot::Integer(value)) => value.checked_mul(currency.scale()),
            (MoneyFormat::Number, Slot::Float(value)) => rounded(value * currency.scale() as f64),
            (MoneyFormat::Micros, Slot::Integer(value)) => micros(value, currency),
            (MoneyFormat::Decimal | MoneyFormat::Micros, Slot::Text { .. } | Slot::Unescaped { .. }) => {
                let text = fields.text(slot)?.unwrap_or_default();
                match self.format {
                    MoneyFormat::Micros if text.starts_with('+') => None,
                    MoneyFormat::Micros => text.parse().ok().and_then(|value| micros(value, currency)),
                    _ => decimal(text, currency.exponent),
                }
            }
            _ => return Err(Code::WrongType),
        };
        let fits = |value: &i64| value.unsigned_abs() <= LARGEST_AMOUNT.unsigned_abs();
        match minor.filter(fits).ok_or(Code::InvalidMoney)? {
            minor if [minor, minor / currency.scale()].into_iter().any(|one| is_card_number(one as f64)) => {
                Err(Code::CardNumber)
            }
            minor => Ok(Some(minor)),
        }
    }

    /// Whole minor units as the binding counts them, in those of ISO 4217.
    fn minor(&self, value: i64, currency: Currency) -> Option<i64> {
        let differing = self.exponents.iter().find(|(known, _)| known.code == currency.code);
        let Some((_, decimals)) = differing else { return Some(value) };
        let scaled = i128::from(value) * i128::from(currency.scale());
        i64::try_from(divide_half_even(scaled, 10_i128.pow(*decimals))).ok()
    }
}

/// A double rounded half to even, if it is small enough to be exact.
pub fn rounded(value: f64) -> Option<i64> {
    let whole = value.round_ties_even();
    (whole.abs() <= LARGEST_AMOUNT as f64).then_some(whole as i64)
}

fn micros(value: i64, currency: Currency) -> Option<i64> {
    let scaled = i128::from(value) * i128::from(currency.scale());
    i64::try_from(divide_half_even(scaled, 1_000_000)).ok()
}

fn divide_half_even(value: i128, by: i128) -> i128 {
    let (quotient, rest) = (value.div_euclid(by), value.rem_euclid(by));
    let up = match (rest * 2).cmp(&by) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient.rem_euclid(2) == 1,
        std::cmp::Ordering::Greater => true,
    };
    quotient + i128::from(up)
}

/// `[-]digits[.digits]` in units of `10^-exponent`, exactly, rounded half to even.
fn decimal(text: &str, exponent: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let dangling = digits.ends_with('.') || whole.is_empty();
    if dangling || digits.len() > 30 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let value =
        whole.bytes().chain(fraction.bytes()).fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let places = fraction.len() as u32;
    let scaled = if places > exponent {
        divide_half_even(value, 10_i128.pow(places - exponent))
    } else {
        value.checked_mul(10_i128.pow(exponent - places))?
    };
    i64::try_from(if negative { -scaled } else { scaled }).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn currencies_have_their_own_number_of_decimals() {
        let exponent = |code| Currency::from_code(code).map(|currency| currency.exponent());
        assert_eq!(exponent("EUR"), Some(2));
        assert_eq!(exponent("JPY"), Some(0));
        assert_eq!(exponent("KWD"), Some(3));
        assert_eq!(exponent("XAU"), None, "gold has no minor unit");
        assert_eq!(exponent("kwd"), Some(3));
        assert_eq!(exponent("ZZZ"), None);
    }

    #[test]
    fn decimal_text_is_exact_and_rounds_half_to_even() {
        for (text, cents) in
            [("12.99", 1299), ("12.9", 1290), ("12", 1200), ("0.125", 12), ("0.135", 14), ("-3.50", -350)]
        {
            assert_eq!(decimal(text, 2), Some(cents), "{text}");
        }
        for text in
            ["", ".5", "5.", "1e3", "NaN", "inf", "1,5", "--1", " 1", "99999999999999999999999999999999"]
        {
            assert_eq!(decimal(text, 2), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_written_as_decimal_text_reads_back(cents in 0..=LARGEST_AMOUNT) {
            prop_assert_eq!(decimal(&format!("{}.{:02}", cents / 100, cents % 100), 2), Some(cents));
        }

        #[test]
        fn an_amount_written_as_a_number_reads_back(cents in 0..=1_i64 << 45) {
            prop_assert_eq!(rounded(cents as f64 / 100.0 * 100.0), Some(cents));
        }
    }
}
