//! The keys of a stream of orders.

use super::KindKey;

pub(super) const KEYS: &[KindKey] = &[
    ("amount", |config| config.amount.is_some()),
    ("live_action", |config| config.live_action.is_some()),
    ("live_score", |config| config.live_score.is_some()),
    ("actions", |config| !config.actions.is_empty()),
];
