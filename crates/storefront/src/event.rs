//! What the simulator yields.

use jiff::Timestamp;

use crate::topics::ShopTopic;

/// A record's value: the bytes as they go on the wire, or `None` for a tombstone.
pub type EventPayload = Option<Vec<u8>>;

/// One record of one of the shop's topics.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopEvent {
    /// Where the record belongs.
    pub topic: ShopTopic,
    /// The record's key: the customer of an order, the item of a quote, the subject of an outcome.
    pub key: String,
    /// The record's timestamp. It never decreases from one event to the next.
    pub time: Timestamp,
    /// The record's value.
    pub payload: EventPayload,
    /// What the simulator meant the record to be.
    pub expected: Expected,
    /// What really is behind the record; `None` where there is nothing to know.
    pub truth: Option<Truth>,
}

/// What the simulator meant a record to be, for tests that account for every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expected {
    /// An order to score, a quote to score, or an outcome.
    Good,
    /// A sound record that a binding skips.
    Skip(ExpectedSkip),
    /// A record that can't be read as an order or a quote.
    Malformed(Malformation),
}

/// Why a sound record isn't scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpectedSkip {
    /// Its `type` is `order.updated` or `order.cancelled`.
    OtherType,
    /// Its `consent.analytics` is `false`.
    NoConsent,
}

/// How a malformed record is malformed. `field` is always one that the default binding binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformation {
    /// Text of another format.
    NotJson,
    /// JSON that ends before its end.
    Truncated,
    /// A value of zero bytes.
    Empty,
    /// A record without a value; services usually skip it rather than take it for an error.
    Tombstone,
    /// A field of a type that can't be read as what it should be.
    WrongType {
        /// The field at fault.
        field: &'static str,
    },
    /// A required field is absent.
    MissingField {
        /// The absent field.
        field: &'static str,
    },
    /// The number `1e400`, which no float holds.
    NumberTooLarge {
        /// The field at fault.
        field: &'static str,
    },
    /// A byte that no UTF-8 text holds.
    InvalidUtf8 {
        /// The field at fault.
        field: &'static str,
    },
    /// A currency code that ISO 4217 doesn't know.
    UnknownCurrency,
    /// An amount below zero.
    NegativeAmount {
        /// The field at fault.
        field: &'static str,
    },
    /// An event time in 1970.
    TimeIn1970 {
        /// The field at fault.
        field: &'static str,
    },
    /// An event time in 2100.
    TimeIn2100 {
        /// The field at fault.
        field: &'static str,
    },
    /// A key that stands twice in the object, with two values.
    DuplicateKey {
        /// The field at fault.
        field: &'static str,
    },
}

impl Malformation {
    /// A short stable name, without the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::Tombstone => "tombstone",
            Self::WrongType { .. } => "wrong_type",
            Self::MissingField { .. } => "missing_field",
            Self::NumberTooLarge { .. } => "number_too_large",
            Self::InvalidUtf8 { .. } => "invalid_utf8",
            Self::UnknownCurrency => "unknown_currency",
            Self::NegativeAmount { .. } => "negative_amount",
            Self::TimeIn1970 { .. } => "time_in_1970",
            Self::TimeIn2100 { .. } => "time_in_2100",
            Self::DuplicateKey { .. } => "duplicate_key",
        }
    }
}

/// What really is behind a record. It stands in no event.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// An order that an honest customer placed.
    Legit {
        /// The order.
        order_id: String,
    },
    /// An order that is fraud.
    Fraud {
        /// The order.
        order_id: String,
        /// How the fraud works.
        pattern: FraudPattern,
    },
    /// How the customer of a quote answers to price: at `ratio` times the list price, the chance of a
    /// purchase is `1 / (1 + exp(-(intercept - slope × ln(ratio))))`.
    Demand {
        /// The quote.
        quote_id: String,
        /// Log odds of a purchase at list price.
        intercept: f64,
        /// How fast the log odds fall with the logarithm of the price; always positive.
        slope: f64,
    },
}

/// How a fraudulent order came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FraudPattern {
    /// A burst of small orders from one device, each with another stolen card.
    CardTesting,
    /// A stranger in an old account: new device, often a new country, a high amount.
    AccountTakeover,
    /// A handful of accounts made seconds before, shipping dear goods to one place.
    NewAccountBurst,
    /// The customer's own card and address, and a dispute weeks later.
    Friendly,
}

impl FraudPattern {
    /// A short stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CardTesting => "card_testing",
            Self::AccountTakeover => "account_takeover",
            Self::NewAccountBurst => "new_account_burst",
            Self::Friendly => "friendly",
        }
    }
}
