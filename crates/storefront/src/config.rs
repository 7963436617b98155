//! What can be chosen about a simulated shop.

use jiff::Timestamp;
use thiserror::Error;

use crate::topics::{ShopRecords, ShopTopic};

/// Everything that decides what a [`Shop`](crate::Shop) yields. Equal configs yield equal bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopConfig {
    /// The seed of every random stream.
    pub seed: u64,
    /// How many records each topic gets.
    pub records: ShopRecords,
    /// Share of orders and of quotes that are malformed, in `0..=1`.
    pub malformed: f64,
    /// Event time of the window's beginning.
    pub start: Timestamp,
    /// Length of the window in days over which orders and quotes spread. Outcomes go on after it.
    pub days: f64,
    /// How activity spreads over the day.
    pub rhythm: DayRhythm,
    /// How customers spread over currencies.
    pub currencies: CurrencyMix,
}

/// How a shop's activity spreads over the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DayRhythm {
    /// Quiet at night, a peak in the evening. Orders of a fraud campaign may come after the end of the window.
    #[default]
    Daily,
    /// The same at every hour. All orders and quotes come within the window.
    Even,
}

/// Relative weights of the shop's currencies; they need not sum to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrencyMix {
    /// Weight of the euro.
    pub eur: f64,
    /// Weight of the US dollar.
    pub usd: f64,
    /// Weight of the pound sterling.
    pub gbp: f64,
    /// Weight of the yen, which has no minor unit.
    pub jpy: f64,
}

/// A [`ShopConfig`] that no shop can be made of.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ConfigError {
    /// `malformed` is no share.
    #[error("malformed is {0}, but a share lies between 0 and 1")]
    Malformed(f64),
    /// `days` is no length of a window.
    #[error("days is {0}, but the window must be longer than 0 and at most 3660 days")]
    Days(f64),
    /// `start` would make an ordinary event look like a malformed one.
    #[error("start is {0}, but it must lie between 1980-01-01T00:00:00Z and 2080-01-01T00:00:00Z")]
    Start(Timestamp),
    /// The currency weights choose nothing.
    #[error("currency weights must be zero or more and finite, with at least one above zero")]
    Currencies,
}

/// 2026-01-01T00:00:00Z in epoch seconds.
const DEFAULT_START: i64 = 1_767_225_600;
/// 1980-01-01T00:00:00Z and 2080-01-01T00:00:00Z in epoch seconds.
const STARTS: std::ops::RangeInclusive<i64> = 315_532_800..=3_471_292_800;

impl Default for ShopConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            records: ShopRecords::default(),
            malformed: 0.0,
            start: Timestamp::from_second(DEFAULT_START).unwrap_or(Timestamp::UNIX_EPOCH),
            days: 30.0,
            rhythm: DayRhythm::default(),
            currencies: CurrencyMix::default(),
        }
    }
}

impl Default for CurrencyMix {
    fn default() -> Self {
        Self { eur: 0.58, usd: 0.19, gbp: 0.18, jpy: 0.05 }
    }
}

impl ShopConfig {
    /// Number of records of a topic; `None` for outcomes, which follow from the others.
    pub fn count(&self, topic: ShopTopic) -> Option<u64> {
        (topic != ShopTopic::Outcomes).then(|| self.records.of(topic))
    }

    /// Event time of the window's end, epoch milliseconds.
    pub fn end_millis(&self) -> i64 {
        self.start.as_millisecond().saturating_add((self.days * 86_400_000.0) as i64)
    }

    /// Refuses a config that no shop can be made of, naming the first field at fault.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !(0.0..=1.0).contains(&self.malformed) {
            return Err(ConfigError::Malformed(self.malformed));
        }
        if !(self.days > 0.0 && self.days <= 3660.0) {
            return Err(ConfigError::Days(self.days));
        }
        if !STARTS.contains(&self.start.as_second()) {
            return Err(ConfigError::Start(self.start));
        }
        let weights = self.currencies.weights();
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
            || weights.iter().sum::<f64>() <= 0.0
        {
            return Err(ConfigError::Currencies);
        }
        Ok(())
    }
}

impl CurrencyMix {
    pub(crate) fn weights(&self) -> [f64; 4] {
        [self.eur, self.usd, self.gbp, self.jpy]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_config_is_valid_and_starts_in_2026() {
        let config = ShopConfig::default();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.start.to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn shares_windows_starts_and_weights_out_of_range_are_refused() {
        let base = ShopConfig::default();
        let refuse = |config: ShopConfig| config.validate().is_err();
        assert!(refuse(ShopConfig { malformed: 1.01, ..base.clone() }));
        assert!(refuse(ShopConfig { malformed: f64::NAN, ..base.clone() }));
        assert!(refuse(ShopConfig { days: 0.0, ..base.clone() }));
        assert!(refuse(ShopConfig { days: f64::INFINITY, ..base.clone() }));
        assert!(refuse(ShopConfig { start: Timestamp::UNIX_EPOCH, ..base.clone() }));
        let none = CurrencyMix { eur: 0.0, usd: 0.0, gbp: 0.0, jpy: 0.0 };
        assert!(refuse(ShopConfig { currencies: none, ..base }));
    }
}
