//! What several outcomes of one subject come to: a small machine that is fed in the order of their reports.

use super::column::{NO_AMOUNT, NO_CURRENCY};
use super::outcomes::OutcomeRow;
use bystander_core::outcome::{Label, OutcomeType};
use serde::Serialize;

/// Units below this are what rounding leaves of a complete return.
const KEPT_NOTHING: f64 = 1e-6;

/// The rules of [`resolve_label`], in the words of the report.
pub(crate) const PRECEDENCE: [&str; 8] = [
    "Outcomes reported after the as-of time are left out; the others count in the order of their reports.",
    "A label that an outcome states (fraud or legit) wins over what its type implies; the latest stated label wins.",
    "Without a stated label: an early fraud warning, an opened and a lost dispute say fraud, a won dispute says good, \
     a refund says neither.",
    "A won dispute takes back fraud that a warning or a dispute had said, not fraud that a person or another source \
     had stated.",
    "A legit label of a manual review or of a refund is provisional: the order is good only at maturity, and a later \
     warning or dispute overrides it.",
    "A dispute whose label is stated as unknown, or whose reason code is about goods, processing or the contract, is \
     unclear unless it is taken back; a refund without any label is refunded. Both are left out of rates.",
    "An order without bad news is pending until maturity, then good.",
    "An order that live declined and that no outcome labels is declined: figures that depend on it are ranges over all \
     that it may have been. A label of a review, an exploration or a bureau counts as for any other order.",
];

/// What is known of an order. Each order is in exactly one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No bad news so far, but too young.
    Pending,
    /// Old enough without bad news, or stated to be good.
    Good,
    /// Known fraud.
    Fraud,
    /// The money went back, and nobody says why: a refund may pre-empt a dispute.
    Refunded,
    /// Disputed, and decided for the shop: good.
    DisputedWon,
    /// Disputed for a reason that isn't fraud: a parcel that never came, a wrong amount.
    Unclear,
    /// Live rejected it, and no outcome tells what it was.
    Declined,
    /// Happened after the as-of time: in no figure.
    Future,
}

impl State {
    /// All states of orders that had happened.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Good,
        Self::Fraud,
        Self::Refunded,
        Self::DisputedWon,
        Self::Unclear,
        Self::Declined,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Good => "good",
            Self::Fraud => "fraud",
            Self::Refunded => "refunded",
            Self::DisputedWon => "disputed_won",
            Self::Unclear => "unclear",
            Self::Declined => "declined",
            Self::Future => "future",
        }
    }

    /// What it means, for a legend.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Pending => "no bad news so far, but too young to be sure",
            Self::Good => "old enough without bad news, or stated to be good",
            Self::Fraud => "known to be fraud",
            Self::Refunded => "refunded without a label: may have pre-empted a dispute",
            Self::DisputedWon => "disputed, and decided for the shop: counts as good",
            Self::Unclear => "disputed for a reason that isn't fraud, or isn't said to be",
            Self::Declined => "live declined it, and no outcome says what it was",
            Self::Future => "happened after the as-of time",
        }
    }

    /// Fraud or good; `None` while undecided.
    pub fn is_fraud(self) -> Option<bool> {
        match self {
            Self::Fraud => Some(true),
            Self::Good | Self::DisputedWon => Some(false),
            _ => None,
        }
    }
}

/// What became of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sale {
    /// Nothing was reported.
    Unknown,
    /// Abandoned or expired.
    NotBought,
    /// Bought.
    Purchased,
    /// Bought, and brought back.
    Returned,
}

impl Sale {
    /// All.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::NotBought, Self::Purchased, Self::Returned];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotBought => "not_bought",
            Self::Purchased => "purchased",
            Self::Returned => "returned",
        }
    }

    /// What it means, for a legend.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Unknown => "nothing was reported yet",
            Self::NotBought => "abandoned or expired",
            Self::Purchased => "bought",
            Self::Returned => "bought, and brought back",
        }
    }
}

/// News of an order, before its age is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResolvedLabel {
    pub(crate) news: News,
    /// When the fraud label that stands was first reported.
    pub(crate) fraud_at_ms: Option<i64>,
    /// Whether stated labels contradicted each other, a won dispute aside.
    pub(crate) conflict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    Nothing,
    /// Stated to be good by someone who hasn't: it may still turn.
    Cleared,
    /// Stated to be good by someone who has the last word.
    Good,
    Fraud,
    Refunded,
    Won,
    Unclear,
}

impl News {
    /// The state of an order that is `age_ms` old and that live rejected or not.
    pub(crate) fn state(self, age_ms: i64, maturity_ms: i64, rejected: bool) -> State {
        match self {
            _ if age_ms < 0 => State::Future,
            Self::Fraud => State::Fraud,
            Self::Good => State::Good,
            Self::Won => State::DisputedWon,
            Self::Refunded => State::Refunded,
            Self::Unclear => State::Unclear,
            Self::Nothing if rejected => State::Declined,
            Self::Nothing | Self::Cleared if age_ms >= maturity_ms => State::Good,
            Self::Nothing | Self::Cleared => State::Pending,
        }
    }
}

/// Who said fraud last, so that one knows what can take it back.
#[derive(Debug, Clone, Copy)]
struct Accusation {
    at_ms: i64,
    /// Came with a warning or a dispute, which a won dispute takes back.
    by_card_scheme: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Legit {
    Provisional,
    Final,
}

#[derive(Debug, Default)]
struct Machine {
    fraud: Option<Accusation>,
    legit: Option<Legit>,
    last_stated: Option<Label>,
    won: bool,
    unclear: bool,
    refunded: bool,
    conflict: bool,
}

/// What the outcomes of one order, in the order of their reports, come to.
pub(crate) fn resolve_label<'a>(outcomes: impl Iterator<Item = &'a OutcomeRow>) -> ResolvedLabel {
    let mut machine = Machine::default();
    for outcome in outcomes {
        machine.feed(outcome);
    }
    machine.resolved()
}

impl Machine {
    fn feed(&mut self, outcome: &OutcomeRow) {
        use OutcomeType as T;
        let by_card_scheme =
            matches!(outcome.kind, T::EarlyFraudWarning | T::DisputeOpened | T::DisputeWon | T::DisputeLost);
        if outcome.kind == T::LiveDecision {
            return;
        }
        self.refunded |= outcome.kind == T::Refunded;
        match (outcome.label, outcome.kind) {
            (Some(Label::Fraud), _) => {
                self.state_label(Label::Fraud, false);
                self.accuse(outcome.reported_at_ms, by_card_scheme);
            }
            (Some(Label::Legit), kind) => {
                self.state_label(Label::Legit, kind == T::DisputeWon);
                self.clear();
                self.won = kind == T::DisputeWon;
                let provisional = matches!(kind, T::ManualReview | T::Refunded);
                self.legit = Some(if provisional { Legit::Provisional } else { Legit::Final });
            }
            (Some(Label::Unknown), T::DisputeOpened | T::DisputeLost) => self.unclear = true,
            // It is the opened dispute that was lost, and that wasn't about fraud.
            (None, T::DisputeLost) if self.unclear => {}
            (_, T::EarlyFraudWarning | T::DisputeOpened | T::DisputeLost)
                if self.legit != Some(Legit::Final) || self.won =>
            {
                self.accuse(outcome.reported_at_ms, true);
            }
            (_, T::DisputeWon) if self.fraud.is_none_or(|fraud| fraud.by_card_scheme) => {
                self.clear();
                self.won = true;
            }
            _ => {}
        }
    }

    fn state_label(&mut self, label: Label, takes_back: bool) {
        self.conflict |= self.last_stated.is_some_and(|last| last != label) && !takes_back;
        self.last_stated = Some(label);
    }

    /// The first report of fraud that stands dates it; who said it last decides what takes it back.
    fn accuse(&mut self, at_ms: i64, by_card_scheme: bool) {
        match &mut self.fraud {
            Some(fraud) => fraud.by_card_scheme &= by_card_scheme,
            None => self.fraud = Some(Accusation { at_ms, by_card_scheme }),
        }
        (self.won, self.legit) = (false, None);
    }

    fn clear(&mut self) {
        (self.fraud, self.unclear) = (None, false);
    }

    fn resolved(&self) -> ResolvedLabel {
        let news = match self {
            Self { fraud: Some(_), .. } => News::Fraud,
            Self { won: true, .. } => News::Won,
            Self { unclear: true, .. } => News::Unclear,
            Self { legit: Some(Legit::Final), .. } => News::Good,
            Self { legit: Some(Legit::Provisional), .. } => News::Cleared,
            Self { refunded: true, .. } => News::Refunded,
            _ => News::Nothing,
        };
        ResolvedLabel { news, fraud_at_ms: self.fraud.map(|fraud| fraud.at_ms), conflict: self.conflict }
    }
}

/// What a quote offered, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Offered {
    /// Units that were asked for.
    pub(crate) quantity: Option<f64>,
    /// Live's price of one unit, minor units of `currency`.
    pub(crate) price: Option<f64>,
    /// Index of the dataset.
    pub(crate) currency: u8,
}

impl Offered {
    /// Units that an outcome is about: its own quantity, or its amount at `unit_price`.
    fn units(&self, outcome: &OutcomeRow, unit_price: Option<f64>) -> Option<f64> {
        stated(outcome).or_else(|| Some(self.amount(outcome)? / unit_price.filter(|price| *price > 0.0)?))
    }

    /// An outcome's amount, where it is of the quote's currency.
    fn amount(&self, outcome: &OutcomeRow) -> Option<f64> {
        let same = outcome.currency == NO_CURRENCY || outcome.currency == self.currency;
        Some(outcome.amount).filter(|amount| same && *amount != NO_AMOUNT).map(|amount| amount as f64)
    }

    /// What one unit was sold for: as the purchases say, which may include taxes, or else live's price.
    fn unit_price<'a>(&self, purchases: impl Iterator<Item = &'a OutcomeRow>) -> Option<f64> {
        let (mut amounts, mut quantities) = (0.0, 0.0);
        for purchase in purchases {
            if let (Some(amount), Some(quantity)) = (self.amount(purchase), stated(purchase)) {
                amounts += amount;
                quantities += quantity;
            }
        }
        if quantities > 0.0 { Some(amounts / quantities) } else { self.price }
    }
}

fn stated(outcome: &OutcomeRow) -> Option<f64> {
    Some(f64::from(outcome.quantity)).filter(|quantity| quantity.is_finite())
}

/// What the outcomes of one quote come to, and the units that were bought and kept, where that is known. Purchases add up,
/// by their quantities, by their amounts at live's price, or as the quantity asked for. A return takes back its quantity, or its
/// amount at the price of the purchase, or, where it states neither, everything that was bought until then. The order of the
/// reports does not matter.
pub(crate) fn resolve_sale(outcomes: &[OutcomeRow], offered: &Offered) -> (Sale, Option<f64>) {
    let of = |kind: OutcomeType| outcomes.iter().filter(move |outcome| outcome.kind == kind);
    let unit_price = offered.unit_price(of(OutcomeType::Purchased));
    let returned = |outcome: &OutcomeRow| offered.units(outcome, unit_price);
    let took_all = of(OutcomeType::Returned).filter(|outcome| returned(outcome).is_none());
    let took_all_at = took_all.map(|outcome| outcome.occurred_at_ms).max();
    let after = |outcome: &&OutcomeRow| took_all_at.is_none_or(|at| outcome.occurred_at_ms > at);
    let mut bought = of(OutcomeType::Purchased).filter(after).peekable();
    if bought.peek().is_none() {
        let left =
            |outcome: &OutcomeRow| matches!(outcome.kind, OutcomeType::Abandoned | OutcomeType::Expired);
        return match (of(OutcomeType::Returned).next(), outcomes.iter().any(left)) {
            (Some(_), _) => (Sale::Returned, None),
            (None, true) => (Sale::NotBought, None),
            (None, false) => (Sale::Unknown, None),
        };
    }
    let bought =
        bought.map(|outcome| offered.units(outcome, offered.price).or(offered.quantity)).sum::<Option<f64>>();
    let returned: f64 = of(OutcomeType::Returned).filter(after).filter_map(returned).sum();
    match bought.map(|bought| bought - returned) {
        Some(kept) if kept <= KEPT_NOTHING => (Sale::Returned, None),
        kept => (Sale::Purchased, kept),
    }
}
