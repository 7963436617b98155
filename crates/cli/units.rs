//! A warning where a payment provider may count minor units otherwise than ISO 4217 does.

use bystander_core::config::StreamConfig;
use bystander_core::money::{MoneyFormat, differing};
use std::collections::BTreeMap;

/// The currencies that providers count otherwise and no `exponents` of the stream settle, with what the providers do. Only of
/// those that `occur`; empty where the stream's money isn't in minor units.
pub(crate) fn unsettled(stream: &StreamConfig, occur: impl Fn(&str) -> bool) -> Vec<String> {
    if stream.money.unwrap_or_default() != MoneyFormat::Minor || stream.currency.is_none() {
        return Vec::new();
    }
    let settled = |code: &str| stream.exponents.keys().any(|known| known.eq_ignore_ascii_case(code));
    let mut by_currency: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (currency, provider, decimals) in differing() {
        let code = currency.code();
        if occur(code) && !settled(code) {
            let names =
                by_currency.entry(format!("{code} ({} by ISO 4217", currency.exponent())).or_default();
            names.push(format!("{decimals} at {provider}"));
        }
    }
    by_currency.into_iter().map(|(code, names)| format!("{code}, {})", names.join(", "))).collect()
}
