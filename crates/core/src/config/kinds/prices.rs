//! The keys of a stream of prices.

use super::KindKey;

pub(super) const KEYS: &[KindKey] = &[
    ("item", |config| config.item.is_some()),
    ("live_price", |config| config.live_price.is_some()),
    ("live_propensity", |config| config.live_propensity.is_some()),
    ("previous_price", |config| config.previous_price.is_some()),
    ("cost", |config| config.cost.is_some()),
    ("quantity", |config| config.quantity.is_some()),
    ("guardrails", |config| config.guardrails.is_some()),
];
