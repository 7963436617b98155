//! What becomes of a quote: bought within minutes, left, or forgotten; some purchases come back.

use super::{DAY, HOUR, Label, MINUTE, OutcomeEvent};
use crate::dice::Dice;
use crate::topics::quotes::Quote;

/// A quote's price holds for a day.
const VALID: f64 = 24.0 * HOUR;

pub(super) fn happenings(quote: &Quote, dice: &mut Dice) -> Vec<OutcomeEvent> {
    let taste = dice.normal(0.0, 0.35);
    if dice.chance(quote.demand.purchase_chance(quote.ratio(), taste)) {
        return purchased(quote, dice);
    }
    if dice.chance(0.6) {
        return vec![happening("abandoned", dice.between(20.0, 60.0) * MINUTE, Some("cart_timeout"))];
    }
    vec![happening("expired", VALID, None)]
}

fn purchased(quote: &Quote, dice: &mut Dice) -> Vec<OutcomeEvent> {
    let after = (0.5 + dice.exponential(6.0)).min(600.0) * MINUTE;
    let mut happenings = vec![happening("purchased", after, None)];
    if dice.chance(quote.category.traits().returned) {
        let back = after + dice.between(3.0, 30.0) * DAY;
        happenings.push(happening("returned", back, Some("returned_goods")));
    }
    happenings
}

fn happening(kind: &'static str, after: f64, reason: Option<&'static str>) -> OutcomeEvent {
    OutcomeEvent {
        kind,
        label: Label::Unknown,
        occurred_after: after,
        reported_after: after,
        reason,
        source: "shop",
    }
}
