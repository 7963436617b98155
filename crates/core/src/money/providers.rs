//! Payment providers whose minor units aren't those of ISO 4217, as their documentation has it: what a reader is warned of.

use super::Currency;

/// Provider, currency and decimals of the provider's minor units.
const CONVENTIONS: &[(&str, &str, u32)] = &[
    ("Adyen", "CLP", 2),
    ("Adyen", "CVE", 0),
    ("Adyen", "IDR", 0),
    ("Adyen", "ISK", 2),
    ("Stripe", "ISK", 2),
    ("Stripe", "MGA", 0),
    ("Stripe", "UGX", 2),
];

/// The currencies whose minor units a known provider counts otherwise than ISO 4217 does, each with the providers and their
/// decimals.
pub fn differing() -> impl Iterator<Item = (Currency, &'static str, u32)> {
    let known = |&(provider, code, decimals): &(&'static str, &str, u32)| {
        Some((Currency::from_code(code)?, provider, decimals))
    };
    CONVENTIONS.iter().filter_map(known).filter(|(currency, _, decimals)| currency.exponent != *decimals)
}
