//! What becomes of an order, given what it is and what the live rules decided.

use super::{DAY, HOUR, Label, OutcomeEvent};
use crate::dice::Dice;
use crate::event::FraudPattern;
use crate::topics::orders::{Action, Order};

/// Share of fraud that a manual review finds, and of honest orders that it takes for fraud.
const REVIEW_FINDS: f64 = 0.75;
const REVIEW_ERRS: f64 = 0.03;

/// A rejected order has no outcome: nobody learns what it would have been.
pub(super) fn happenings(order: &Order, dice: &mut Dice) -> Vec<OutcomeEvent> {
    match order.decision.action {
        Action::Reject => Vec::new(),
        Action::Review => reviewed(order, dice),
        Action::Accept => shipped(order, dice),
    }
}

fn reviewed(order: &Order, dice: &mut Dice) -> Vec<OutcomeEvent> {
    let found = match order.fraud {
        None => dice.chance(REVIEW_ERRS),
        Some(FraudPattern::Friendly) => false,
        Some(_) => dice.chance(REVIEW_FINDS),
    };
    let after = dice.log_normal(3.0, 0.8) * HOUR;
    let (label, reason) = if found { (Label::Fraud, "fraud_confirmed") } else { (Label::Legit, "approved") };
    let mut happenings = vec![happening("manual_review", label, after, after, Some(reason), "review_team")];
    if !found {
        happenings.extend(shipped(order, dice));
    }
    happenings
}

fn shipped(order: &Order, dice: &mut Dice) -> Vec<OutcomeEvent> {
    match order.fraud {
        None => honest(dice),
        Some(FraudPattern::Friendly) => friendly(dice),
        Some(pattern) => stolen(pattern, dice),
    }
}

fn honest(dice: &mut Dice) -> Vec<OutcomeEvent> {
    if dice.chance(0.06) {
        let after = dice.between(2.0, 30.0) * DAY;
        return vec![happening("refunded", Label::Legit, after, after, Some("returned_goods"), "shop")];
    }
    if dice.chance(0.001) {
        return dispute(Label::Unknown, "product_not_received", 0.5, dice);
    }
    Vec::new()
}

fn friendly(dice: &mut Dice) -> Vec<OutcomeEvent> {
    if dice.chance(0.12) {
        return Vec::new();
    }
    dispute(Label::Fraud, "fraudulent", 0.3, dice)
}

/// A stolen card or account: its owner finds out, if the sum is worth it.
fn stolen(pattern: FraudPattern, dice: &mut Dice) -> Vec<OutcomeEvent> {
    let noticed = if pattern == FraudPattern::CardTesting { 0.80 } else { 0.95 };
    if !dice.chance(noticed) {
        return Vec::new();
    }
    let mut happenings = Vec::new();
    if dice.chance(0.55) {
        let after = dice.log_normal(6.0, 0.7).min(45.0) * DAY;
        let reported = after + dice.between(0.5, 2.0) * DAY;
        happenings.push(happening("early_fraud_warning", Label::Fraud, after, reported, None, "card_scheme"));
        if dice.chance(0.2) {
            let refund = reported + dice.between(1.0, 24.0) * HOUR;
            happenings.push(happening(
                "refunded",
                Label::Unknown,
                refund,
                refund,
                Some("pre_dispute"),
                "shop",
            ));
            return happenings;
        }
    }
    happenings.extend(dispute(Label::Fraud, "fraudulent", 0.12, dice));
    happenings
}

/// A dispute weeks later, and its end weeks after that.
fn dispute(label: Label, reason: &'static str, won: f64, dice: &mut Dice) -> Vec<OutcomeEvent> {
    let opened = (5.0 + dice.log_normal(24.0, 0.6)).min(115.0) * DAY;
    let reported = opened + dice.between(0.5, 3.0) * DAY;
    let closed = reported + dice.between(20.0, 60.0) * DAY;
    let wins = dice.chance(won);
    let (kind, end) = if wins { ("dispute_won", Label::Legit) } else { ("dispute_lost", label) };
    vec![
        happening("dispute_opened", label, opened, reported, Some(reason), "card_scheme"),
        happening(kind, end, closed, closed, Some(reason), "card_scheme"),
    ]
}

fn happening(
    kind: &'static str,
    label: Label,
    occurred_after: f64,
    reported_after: f64,
    reason: Option<&'static str>,
    source: &'static str,
) -> OutcomeEvent {
    OutcomeEvent { kind, label, occurred_after, reported_after, reason, source }
}
