//! The live rule engine: it takes the real decision, by points, and is wrong often enough.

use super::Order;
use crate::catalogue::Category;
use crate::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Action {
    #[default]
    Accept,
    Review,
    Reject,
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    /// Points of the rules that fired, in `0..=0.99`.
    pub(crate) score: f64,
    pub(crate) decided_millis: i64,
}

const REVIEW_FROM: f64 = 0.40;
const REJECT_FROM: f64 = 0.56;
/// Share of rejections that go to review instead, so that some of them get a label.
const SECOND_LOOK: f64 = 0.10;
const MINUTE: i64 = 60_000;

#[derive(Debug, Default)]
pub(super) struct Rules {
    seen: DeviceCounter,
}

impl Rules {
    pub(super) fn decide(&mut self, order: &Order, dice: &mut Dice) -> Decision {
        let points =
            0.03 + card_points(order) + place_points(order) + worth_points(order) + age_points(order);
        let score = (points + self.device_points(order)).min(0.99);
        let score = (score * 100.0).round() / 100.0;
        let second_look = dice.chance(SECOND_LOOK);
        let action = match score {
            score if score >= REJECT_FROM && !second_look => Action::Reject,
            score if score >= REVIEW_FROM => Action::Review,
            _ => Action::Accept,
        };
        let decided_millis = order.millis + 30 + dice.exponential(90.0) as i64;
        Decision { action, score, decided_millis }
    }

    fn device_points(&mut self, order: &Order) -> f64 {
        if order.device_id.is_none() {
            return 0.05;
        }
        match self.seen.count(order.device, order.millis) {
            0..=2 => 0.0,
            3..=5 => 0.14,
            _ => 0.28,
        }
    }
}

fn card_points(order: &Order) -> f64 {
    let address = match order.card.avs {
        Some("N") => 0.20,
        Some("U") => 0.06,
        _ => 0.0,
    };
    let code = if order.card.cvv == Some("N") { 0.24 } else { 0.0 };
    let foreign = order.card.country.is_some_and(|country| country != order.billing.country);
    address + code + if foreign { 0.14 } else { 0.0 }
}

fn place_points(order: &Order) -> f64 {
    let away = order.ip_country.is_some_and(|country| country != order.billing.country);
    let elsewhere = order.shipping.as_ref().is_some_and(|address| address.country != order.billing.country);
    f64::from(u8::from(away)) * 0.16 + f64::from(u8::from(elsewhere)) * 0.15
}

fn worth_points(order: &Order) -> f64 {
    let euros = order.currency.euros(order.total_amount());
    let risky = matches!(order.first_category(), Category::Electronics | Category::GiftCards);
    let high = match euros {
        euros if euros >= 700.0 => 0.20,
        euros if euros >= 250.0 => 0.10,
        _ => 0.0,
    };
    high + if risky { 0.07 } else { 0.0 }
}

fn age_points(order: &Order) -> f64 {
    match order.account_created_millis.map(|created| order.millis - created) {
        None => 0.04,
        Some(age) if age < 10 * MINUTE => 0.16,
        Some(age) if age < 24 * 60 * MINUTE => 0.08,
        Some(_) => 0.0,
    }
}

/// Orders per device in the last half hour, in a table of fixed size: a collision forgets the older device.
#[derive(Debug)]
struct DeviceCounter {
    slots: Vec<(u64, i64, u32)>,
}

const SLOTS: usize = 4_096;
const FORGET_AFTER: i64 = 30 * MINUTE;

impl Default for DeviceCounter {
    fn default() -> Self {
        Self { slots: vec![(0, 0, 0); SLOTS] }
    }
}

impl DeviceCounter {
    fn count(&mut self, device: u64, millis: i64) -> u32 {
        let slot = &mut self.slots[device as usize % SLOTS];
        let before = if slot.0 == device && millis - slot.1 < FORGET_AFTER { slot.2 } else { 0 };
        *slot = (device, millis, before + 1);
        before + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_counted_within_half_an_hour_and_forgotten_after_it() {
        let mut counter = DeviceCounter::default();
        assert_eq!(counter.count(9, 0), 1);
        assert_eq!(counter.count(9, MINUTE), 2);
        assert_eq!(counter.count(9, 60 * MINUTE), 1);
        assert_eq!(counter.count(9 + SLOTS as u64, 60 * MINUTE), 1);
        assert_eq!(counter.count(9, 60 * MINUTE), 1);
    }
}
