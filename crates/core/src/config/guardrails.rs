//! `[streams.guardrails]` as it is written.

use serde::Deserialize;
use std::collections::BTreeMap;

/// `[streams.guardrails]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct GuardrailConfig {
    /// Smallest (price − cost) ÷ price.
    pub min_margin: Option<f64>,
    /// Largest change against the previous price, as a share of it.
    pub max_change: Option<f64>,
    /// Lowest price by currency, minor units.
    #[serde(default)]
    pub floor: BTreeMap<String, i64>,
    /// Highest price by currency, minor units.
    #[serde(default)]
    pub ceiling: BTreeMap<String, i64>,
    /// Price points: prices that are `ending` more than a multiple of `step`, minor units; for all currencies, or by
    /// currency.
    pub price_points: Option<PricePointsConfig>,
    /// Share of the live price within which shadow and live agree; default 0.
    pub tolerance: Option<f64>,
}

/// `{ step = 100, ending = 99 }`, or `{ EUR = { step = 100, ending = 99 }, JPY = { step = 10, ending = 0 } }`. A currency that is
/// not named has no price points.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum PricePointsConfig {
    /// The same minor units in every currency.
    All(PricePoints),
    /// By ISO 4217 code.
    ByCurrency(BTreeMap<String, PricePoints>),
}

impl PricePointsConfig {
    pub(crate) fn get(&self, currency: &str) -> Option<PricePoints> {
        match self {
            Self::All(points) => Some(*points),
            Self::ByCurrency(by_currency) => {
                let mut written = by_currency.iter();
                written.find(|(code, _)| code.eq_ignore_ascii_case(currency)).map(|(_, points)| *points)
            }
        }
    }
}

/// Prices such as 9.99: `step = 100, ending = 99`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PricePoints {
    /// Distance between price points.
    pub step: i64,
    /// Remainder of every price point.
    pub ending: i64,
}
