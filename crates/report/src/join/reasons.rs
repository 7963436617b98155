//! What a dispute is about, by its reason code: a parcel that never came is no fraud.
//!
//! The codes are those of the card schemes and of common payment providers, compared without case, spaces and punctuation. A
//! shop's own words, and other answers for these, are given in the config. A code that nobody knows says nothing: such a dispute
//! counts as fraud, as one without a reason does, and is counted so that it can be mapped.

use bystander_core::outcome::Label;
use std::collections::BTreeMap;

/// Says that somebody else than the cardholder paid, or that the cardholder says so.
const FRAUD: &[&str] = &[
    // Visa: 10.1 to 10.5; Mastercard; American Express; Discover and Diners Club.
    "10.1",
    "10.2",
    "10.3",
    "10.4",
    "10.5",
    "4837",
    "4840",
    "4847",
    "4849",
    "4863",
    "4870",
    "4871",
    "F10",
    "F14",
    "F22",
    "F24",
    "F29",
    "F30",
    "F31",
    "FR2",
    "FR4",
    "FR6",
    "UA01",
    "UA02",
    "UA03",
    "UA05",
    "UA06",
    "UA10",
    "UA11",
    "UA12",
    "UA18",
    "UA20",
    "UA21",
    "UA22",
    "UA23",
    "UA28",
    "UA30",
    "UA31",
    "UA32",
    "UA38",
    "UA99",
    // Providers' words.
    "fraud",
    "fraudulent",
    "unrecognized",
    "unrecognised",
    "not_recognized",
    "not_recognised",
    "debit_not_authorized",
    "unauthorized",
    "unauthorised",
    "unauthorized_purchase",
    "unauthorized_transaction",
    "no_knowledge",
    "emv_liability_shift",
    "card_absent_fraud",
    "card_present_fraud",
    "counterfeit",
    "counterfeit_card",
    "lost_or_stolen_card",
    "stolen_card",
    "account_takeover",
    "identity_theft",
    "no_cardholder_authorization",
];

/// Is about the goods, the payment or the contract.
const OTHER: &[&str] = &[
    // Visa: authorisation, processing, consumer disputes.
    "11.1",
    "11.2",
    "11.3",
    "12.1",
    "12.2",
    "12.3",
    "12.4",
    "12.5",
    "12.6",
    "12.6.1",
    "12.6.2",
    "12.7",
    "13.1",
    "13.2",
    "13.3",
    "13.4",
    "13.5",
    "13.6",
    "13.7",
    "13.8",
    "13.9",
    // Mastercard.
    "4807",
    "4808",
    "4812",
    "4831",
    "4834",
    "4841",
    "4842",
    "4846",
    "4850",
    "4853",
    "4854",
    "4855",
    "4859",
    "4860",
    "4999",
    // American Express.
    "A01",
    "A02",
    "A08",
    "C02",
    "C04",
    "C05",
    "C08",
    "C14",
    "C18",
    "C28",
    "C31",
    "C32",
    "M01",
    "M10",
    "M49",
    "P01",
    "P03",
    "P04",
    "P05",
    "P07",
    "P08",
    "P22",
    "P23",
    "R03",
    "R13",
    // Discover and Diners Club.
    "AA",
    "AP",
    "AT",
    "AW",
    "CD",
    "CR",
    "DA",
    "DP",
    "EX",
    "IC",
    "IN",
    "IS",
    "LP",
    "NA",
    "NC",
    "PM",
    "RG",
    "RM",
    "RN",
    "RN2",
    "SV",
    "TF",
    "TNM",
    "05",
    "NF",
    // Providers' words.
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "duplicate",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "subscription_cancelled",
    "product_unsatisfactory",
    "processed_incorrectly",
    "cancelled_recurring_transaction",
    "canceled_recurring_transaction",
    "invalid_account",
    "transaction_amount_differs",
    "merchandise_or_service_not_received",
    "merchandise_or_service_not_as_described",
    "duplicate_transaction",
    "incorrect_amount",
    "payment_by_other_means",
    "paid_by_other_means",
    "canceled_recurring_billing",
    "problem_with_remittance",
    "amount_differs",
    "cancelled",
    "canceled",
    "not_received",
    "not_as_described",
    "customer_requests_credit",
    "goods_not_received",
    "item_not_received",
    "return",
    "returned",
    "faulty_goods",
    "incorrect_invoice",
    "already_paid",
    "late_presentment",
    "authorization",
    "processing_error",
    "quality",
];

/// Labels by reason, for disputes whose outcome states no label.
#[derive(Debug, Clone)]
pub struct DisputeReasons(BTreeMap<String, Label>);

impl Default for DisputeReasons {
    fn default() -> Self {
        let entries =
            |codes: &'static [&'static str], label| codes.iter().map(move |code| (plain(code), label));
        Self(entries(FRAUD, Label::Fraud).chain(entries(OTHER, Label::Unknown)).collect())
    }
}

impl DisputeReasons {
    /// The defaults, with a shop's own answers on top.
    pub fn with(own: impl IntoIterator<Item = (String, Label)>) -> Self {
        let Self(mut all) = Self::default();
        all.extend(own.into_iter().map(|(reason, label)| (plain(&reason), label)));
        Self(all)
    }

    /// The label of a reason; `None` where it isn't known.
    pub fn label(&self, reason: &str) -> Option<Label> {
        let plain = plain(reason);
        // Scheme and code in one, as in `visa_10.4`.
        let schemes = ["visa", "mastercard", "mc", "amex", "americanexpress", "discover", "diners"];
        let code = schemes.iter().find_map(|scheme| plain.strip_prefix(scheme)).unwrap_or(&plain);
        self.0.get(&plain).or_else(|| self.0.get(code)).copied()
    }
}

/// Letters and digits in lower case: `Visa 10.4` and `visa_104` are one.
fn plain(reason: &str) -> String {
    reason.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
