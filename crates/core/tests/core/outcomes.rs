//! Outcomes: what becomes of a record, value by value and for any bytes.

use crate::world::*;
use bystander_core::decision::Action;
use bystander_core::outcome::{
    Label, Outcome, OutcomeBinding, OutcomeConfig, OutcomeRead, OutcomeReader, OutcomeType,
};
use bystander_core::privacy::{PrivacyKey, PrivacyKeys, Pseudonymiser};
use bystander_core::record::{RawRecord, RecordHeaders};
use bystander_core::rejection::{Code, Rejection, SkipReason, Stage};
use serde_json::{Value, json};

pub(crate) const PLAIN: &str = "name = \"truth\"\ntopic = \"shop.outcomes\"\nstream = \"orders\"\n";

pub(crate) fn outcome_config(text: &str) -> OutcomeConfig {
    toml::from_str(text).unwrap()
}

pub(crate) fn binding(more: &str, stream: &str) -> OutcomeBinding {
    let key = PrivacyKeys::from(PrivacyKey::new(KEY));
    OutcomeBinding::compile(&outcome_config(&format!("{PLAIN}{more}")), &config(stream), Some(&key)).unwrap()
}

pub(crate) fn plain() -> OutcomeBinding {
    binding("", ORDERS)
}

/// In the canonical shape, as the simulator writes it.
pub(crate) fn dispute() -> Value {
    json!({
        "outcome_id": "out-1", "subject_id": "o-1", "type": "dispute_lost", "label": "fraud",
        "occurred_at": "2026-11-01T08:00:00Z", "reported_at": "2026-11-03T08:00:00Z", "amount": 1299,
        "currency": "EUR", "reason": "fraudulent", "source": "card_scheme",
    })
}

/// What became of a record, with nothing borrowed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Read {
    Outcome(Box<Outcome<'static>>),
    Skip(SkipReason),
    Rejected(Stage, Code, String),
}

impl Read {
    pub(crate) fn outcome(self) -> Outcome<'static> {
        match self {
            Self::Outcome(outcome) => *outcome,
            other => panic!("{other:?}"),
        }
    }
}

/// Reads a record after another one, which must make no difference.
pub(crate) fn read(binding: &OutcomeBinding, record: &RawRecord<'_>) -> Read {
    let mut reader = OutcomeReader::default();
    let alone = owned(reader.read(binding, record));
    let (other, noise) = (dispute().to_string(), [0xff, b'{']);
    for before in [other.as_bytes(), &noise] {
        let _ = reader.read(binding, &self::record(before));
        assert_eq!(owned(reader.read(binding, record)), alone, "what was read before makes no difference");
    }
    alone
}

fn owned(read: Result<OutcomeRead<'_>, Rejection<'_>>) -> Read {
    let own = |text: Option<bystander_core::text::Text<'_>>| text.map(|text| text.into_owned().into());
    match read {
        Ok(OutcomeRead::Outcome(outcome)) => Read::Outcome(Box::new(Outcome {
            outcome_id: own(outcome.outcome_id),
            subject_id: outcome.subject_id.into_owned().into(),
            former_subject_id: own(outcome.former_subject_id),
            currency: own(outcome.currency),
            reason: own(outcome.reason),
            source: own(outcome.source),
            kind: outcome.kind,
            label: outcome.label,
            occurred_at_ms: outcome.occurred_at_ms,
            reported_at_ms: outcome.reported_at_ms,
            dated: outcome.dated,
            amount: outcome.amount,
            quantity: outcome.quantity,
            action: outcome.action,
        })),
        Ok(OutcomeRead::Skip(reason)) => Read::Skip(reason),
        Err(Rejection { stage, code, at, .. }) => Read::Rejected(stage, code, at.to_owned()),
    }
}

pub(crate) fn read_json_text(binding: &OutcomeBinding, event: &str) -> Read {
    read(binding, &record(event.as_bytes()))
}

pub(crate) fn read_json(binding: &OutcomeBinding, event: &Value) -> Read {
    read(binding, &record(event.to_string().as_bytes()))
}

fn rejected(code: Code, at: &str) -> Read {
    Read::Rejected(Stage::Schema, code, at.to_owned())
}

#[test]
fn an_outcome_in_the_canonical_shape_needs_no_pointer() {
    let expected = Outcome {
        outcome_id: Some("out-1".into()),
        subject_id: "o-1".into(),
        former_subject_id: None,
        kind: OutcomeType::DisputeLost,
        label: Some(Label::Fraud),
        occurred_at_ms: 1_793_520_000_000,
        reported_at_ms: 1_793_692_800_000,
        dated: true,
        amount: Some(1299),
        currency: Some("EUR".into()),
        quantity: None,
        action: None,
        reason: Some("fraudulent".into()),
        source: Some("card_scheme".into()),
    };
    assert_eq!(read_json(&plain(), &dispute()).outcome(), expected);
}

#[test]
fn only_a_subject_and_a_type_must_be_there() {
    let found = read_json(&plain(), &json!({ "subject_id": 17, "type": "refunded" })).outcome();
    let expected = Outcome {
        outcome_id: None,
        subject_id: "17".into(),
        former_subject_id: None,
        kind: OutcomeType::Refunded,
        label: None,
        occurred_at_ms: NOW_MS,
        reported_at_ms: NOW_MS,
        dated: false,
        amount: None,
        currency: None,
        quantity: None,
        action: None,
        reason: None,
        source: None,
    };
    assert_eq!(found, expected, "the time is the record's own");
    for field in ["subject_id", "type"] {
        let expected = rejected(Code::MissingField, &format!("/{field}"));
        assert_eq!(read_json(&plain(), &without(dispute(), field)), expected);
        assert_eq!(read_json(&plain(), &with(dispute(), &format!("/{field}"), json!(null))), expected);
    }
    let unreported = read_json(&plain(), &without(dispute(), "reported_at")).outcome();
    assert_eq!(unreported.reported_at_ms, unreported.occurred_at_ms);
}

/// As a line of a file, which has no timestamp of its own.
#[test]
fn without_a_timestamp_one_time_of_its_own_is_enough_and_none_is_a_missing_one() {
    let read_undated = |event: Value| {
        let text = event.to_string();
        read(&plain(), &RawRecord { timestamp_ms: None, ..record(text.as_bytes()) })
    };
    let whole = read_json(&plain(), &dispute()).outcome();
    let reported = read_undated(without(dispute(), "occurred_at")).outcome();
    assert_eq!(
        (reported.occurred_at_ms, reported.reported_at_ms),
        (whole.reported_at_ms, whole.reported_at_ms)
    );
    let occurred = read_undated(without(dispute(), "reported_at")).outcome();
    assert_eq!(
        (occurred.occurred_at_ms, occurred.reported_at_ms),
        (whole.occurred_at_ms, whole.occurred_at_ms)
    );
    let neither = without(without(dispute(), "occurred_at"), "reported_at");
    assert_eq!(read_undated(neither), rejected(Code::MissingField, "/occurred_at"));
}

#[test]
fn a_shops_own_shape_and_words_are_bound() {
    let own = r#"
subject = "/order/number"
type = "/what"
types = { CB = "dispute_lost", "7" = "refunded" }
label = "/class"
labels = { "1" = "fraud", "0" = "legit", "true" = "fraud" }
occurred_at = "/at"
reported_at = "/seen"
time_unit = "s"
amount = "/sum"
money = "decimal"
currency = "USD"
quantity = "/pieces"
reason = "/why"
source = "/by"
outcome_id = "/id"
where = { "/version" = [1, 2] }
"#;
    let binding = binding(own, ORDERS);
    let event = json!({
        "order": { "number": "A-1" }, "what": "CB", "class": 1, "at": 1_793_520_000, "seen": 1_793_692_800,
        "sum": "12.5", "pieces": 2, "why": 10.4, "by": "visa", "id": 9, "version": 2,
    });
    let found = read_json(&binding, &event).outcome();
    let expected = Outcome {
        outcome_id: Some("9".into()),
        subject_id: "A-1".into(),
        former_subject_id: None,
        kind: OutcomeType::DisputeLost,
        label: Some(Label::Fraud),
        occurred_at_ms: 1_793_520_000_000,
        reported_at_ms: 1_793_692_800_000,
        dated: true,
        amount: Some(1250),
        currency: Some("USD".into()),
        quantity: Some(2.0),
        action: None,
        reason: Some("10.4".into()),
        source: Some("visa".into()),
    };
    assert_eq!(found, expected);
    for (pointer, value, kind, label) in [
        ("/what", json!(7), OutcomeType::Refunded, Label::Fraud),
        ("/what", json!("dispute_won"), OutcomeType::DisputeWon, Label::Fraud),
        ("/class", json!(0), OutcomeType::DisputeLost, Label::Legit),
        ("/class", json!(true), OutcomeType::DisputeLost, Label::Fraud),
        ("/class", json!("unknown"), OutcomeType::DisputeLost, Label::Unknown),
    ] {
        let found = read_json(&binding, &with(event.clone(), pointer, value)).outcome();
        assert_eq!((found.kind, found.label), (kind, Some(label)));
    }
    assert_eq!(
        read_json(&binding, &with(event.clone(), "/version", json!(3))),
        Read::Skip(SkipReason::Filtered)
    );
    for field in ["at", "seen"] {
        let expected = rejected(Code::MissingField, &format!("/{field}"));
        assert_eq!(read_json(&binding, &without(event.clone(), field)), expected, "the config names it");
    }
}

#[test]
fn a_topic_of_one_type_names_it_in_the_config() {
    let chargebacks = binding("type = \"dispute_lost\"", ORDERS);
    let event = without(dispute(), "type");
    assert_eq!(read_json(&chargebacks, &event).outcome().kind, OutcomeType::DisputeLost);
    let own_word = binding("type = \"CB\"\ntypes = { CB = \"dispute_opened\" }", ORDERS);
    assert_eq!(read_json(&own_word, &event).outcome().kind, OutcomeType::DisputeOpened);
}

#[test]
fn outcomes_of_the_other_kind_may_share_the_topic() {
    let purchase = json!({ "subject_id": "q-1", "type": "purchased", "quantity": 3 });
    assert_eq!(read_json(&plain(), &purchase), Read::Skip(SkipReason::Filtered));
    let prices = binding("", PRICES);
    let found = read_json(&prices, &purchase).outcome();
    assert_eq!((found.kind, found.quantity), (OutcomeType::Purchased, Some(3.0)));
    assert_eq!(read_json(&prices, &dispute()), Read::Skip(SkipReason::Filtered));
    assert_eq!(
        read_json(&prices, &with(dispute(), "/type", json!("eaten"))),
        rejected(Code::UnknownCategory, "/type")
    );
}

#[test]
fn a_live_decision_has_an_action_and_nothing_else_does() {
    let binding = binding("actions = { HOLD = \"review\" }", ORDERS);
    let decision = |action: Value| json!({ "subject_id": "o-1", "type": "live_decision", "action": action });
    for (word, action) in [("accept", Action::Accept), ("HOLD", Action::Review), ("reject", Action::Reject)] {
        assert_eq!(read_json(&binding, &decision(json!(word))).outcome().action, Some(action));
    }
    for (value, code) in [
        (json!("maybe"), Code::UnknownAction),
        (json!(null), Code::MissingField),
        (json!(1), Code::UnknownAction),
        (json!({}), Code::WrongType),
    ] {
        assert_eq!(read_json(&binding, &decision(value)), rejected(code, "/action"));
    }
    let mut other = dispute();
    other["action"] = json!("anything at all");
    assert_eq!(read_json(&binding, &other).outcome().action, None);
}

#[test]
fn subjects_are_the_pseudonyms_that_the_streams_comparisons_have() {
    let hiding = format!("pseudonymise = [\"subject\"]\n{FULL_ORDERS}");
    let binding = binding("", &hiding);
    let stream = stream(&hiding, FRAUD);
    for id in [json!("o-1"), json!(17), json!("\u{e9}\\\"")] {
        let of_outcome =
            read_json(&binding, &with(dispute(), "/subject_id", id.clone())).outcome().subject_id;
        let of_comparison = with_comparison(&stream, &with(full_order(), "/order_id", id), 0.5, |one| {
            one.record("").subject_id.into_owned()
        });
        assert_eq!(of_outcome, of_comparison);
    }
    let mut expected = String::new();
    Pseudonymiser::new(&PrivacyKey::new(KEY)).unwrap().write(b"o-1", &mut expected);
    let found = read_json(&binding, &dispute()).outcome();
    assert_eq!(found.subject_id, expected);
    assert_eq!(found.outcome_id.as_deref(), Some("out-1"), "nothing else is hidden");
    assert_eq!(read_json(&plain(), &dispute()).outcome().subject_id, "o-1");
}

#[test]
fn cloud_events_are_read_in_either_mode() {
    let binding = binding(
        "type = \"ce:type\"\nsubject = \"ce:subject\"\ntypes = { \"shop.cb\" = \"dispute_lost\" }",
        ORDERS,
    );
    let data = without(without(dispute(), "type"), "subject_id");
    let envelope = json!({ "specversion": "1.0", "id": "1", "source": "/psp", "type": "shop.cb", "subject": "o-1", "data": data });
    let (binary, structured) = (data.to_string(), envelope.to_string());
    let headers = |list: &[(&str, &'static str)]| {
        let mut headers = RecordHeaders::default();
        list.iter().for_each(|(name, value)| headers.set(name, Some(value.as_bytes())));
        headers
    };
    let by_header = RawRecord {
        headers: headers(&[("ce_type", "shop.cb"), ("ce_subject", "o-1")]),
        ..record(binary.as_bytes())
    };
    let by_envelope = RawRecord {
        headers: headers(&[("content-type", "application/cloudevents+json")]),
        ..record(structured.as_bytes())
    };
    let found = read(&binding, &by_header).outcome();
    assert_eq!((&*found.subject_id, found.kind), ("o-1", OutcomeType::DisputeLost));
    assert_eq!(read(&binding, &by_envelope).outcome(), found);
    let avro =
        RawRecord { headers: headers(&[("content-type", "application/cloudevents+avro")]), ..by_envelope };
    assert_eq!(
        read(&binding, &avro),
        Read::Rejected(Stage::Decode, Code::UnsupportedEncoding, String::new())
    );
}

#[test]
fn what_cannot_be_an_outcome_is_rejected_with_its_place() {
    let cases = [
        ("/subject_id", json!(""), Code::MissingField),
        ("/subject_id", json!({}), Code::WrongType),
        ("/subject_id", json!("x".repeat(1025)), Code::TooLong),
        ("/subject_id", json!("4242 4242 4242 4242"), Code::CardNumber),
        ("/outcome_id", json!("x".repeat(1025)), Code::TooLong),
        ("/type", json!("eaten"), Code::UnknownCategory),
        ("/type", json!(["refunded"]), Code::WrongType),
        ("/label", json!("bad"), Code::UnknownCategory),
        ("/label", json!({}), Code::WrongType),
        ("/occurred_at", json!("yesterday"), Code::InvalidTime),
        ("/occurred_at", json!(0), Code::TimeOutOfRange),
        ("/reported_at", json!(true), Code::WrongType),
        ("/reported_at", json!("2100-01-01T00:00:00Z"), Code::TimeOutOfRange),
        ("/amount", json!("12.99"), Code::WrongType),
        ("/amount", json!(-1), Code::NegativeAmount),
        ("/amount", json!(1e300), Code::InvalidMoney),
        ("/currency", json!("ZZZ"), Code::UnknownCurrency),
        ("/currency", json!(null), Code::MissingField),
        ("/reason", json!("x".repeat(257)), Code::TooLong),
        ("/reason", json!("card 4242424242424242"), Code::CardNumber),
        ("/source", json!([]), Code::WrongType),
    ];
    for (field, value, code) in cases {
        let event = with(dispute(), field, value);
        assert_eq!(read_json(&plain(), &event), rejected(code, field), "{event}");
    }
    let mut event = dispute();
    for (value, code) in [(json!(0), Code::NotPositive), (json!("one"), Code::WrongType)] {
        event["quantity"] = value;
        assert_eq!(read_json(&plain(), &event), rejected(code, "/quantity"));
    }
    let allowed = binding("", &format!("card_numbers = \"allow\"\n{ORDERS}"));
    let event = with(dispute(), "/reason", json!("4242424242424242"));
    assert!(matches!(read_json(&allowed, &event), Read::Outcome(_)), "as the stream allows it");
}

#[test]
fn a_currency_of_no_amount_is_nothing() {
    let found = read_json(&plain(), &with(dispute(), "/amount", json!(null))).outcome();
    assert_eq!((found.amount, found.currency), (None, None));
    let unknown = with(without(dispute(), "amount"), "/currency", json!("?"));
    assert!(matches!(read_json(&plain(), &unknown), Read::Outcome(_)));
}

#[test]
fn tombstones_are_skipped_and_what_is_no_json_is_rejected() {
    let whole = |code| Read::Rejected(Stage::Decode, code, String::new());
    assert_eq!(
        read(&plain(), &RawRecord { payload: None, ..record(b"") }),
        Read::Skip(SkipReason::Tombstone)
    );
    assert_eq!(read(&plain(), &record(b"")), whole(Code::Empty));
    assert_eq!(read(&plain(), &record(b"{")), whole(Code::NotJson));
    assert_eq!(read(&plain(), &record(b"[]")), whole(Code::NotAnObject));
    assert_eq!(read(&plain(), &record(b"\xff")), whole(Code::InvalidUtf8));
    let small = binding("max_event_bytes = 10", ORDERS);
    assert_eq!(read_json(&small, &dispute()), whole(Code::TooLarge));
    let twice = dispute().to_string().replacen('{', r#"{"subject_id":"other","#, 1);
    let expected = Read::Rejected(Stage::Decode, Code::DuplicateKey, "/subject_id".into());
    assert_eq!(read(&plain(), &record(twice.as_bytes())), expected);
}

#[test]
fn a_reader_keeps_nothing_of_earlier_records() {
    let (binding, mut reader, text) = (plain(), OutcomeReader::default(), dispute().to_string());
    for _ in 0..10 {
        assert!(reader.read(&binding, &record(text.as_bytes())).is_ok());
    }
    assert_eq!(format!("{reader:?}").matches("card_scheme").count(), 1);
}

#[test]
fn while_keys_are_changed_an_outcome_names_its_subject_by_both_pseudonyms() {
    let hiding = format!("pseudonymise = [\"subject\"]\nnormalise = {{ subject = \"email\" }}\n{ORDERS}");
    let previous = PrivacyKey::new(KEY);
    let current = PrivacyKey { id: Some("2027".into()), ..PrivacyKey::new("another key of bytes") };
    let both = PrivacyKeys { current: current.clone(), previous: Some(previous.clone()) };
    let compile = |keys: &PrivacyKeys| {
        OutcomeBinding::compile(&outcome_config(PLAIN), &config(&hiding), Some(keys)).unwrap()
    };
    let pseudonym = |key: &PrivacyKey| {
        let mut out = String::new();
        Pseudonymiser::new(key).unwrap().write(b"jane@example.com", &mut out);
        out
    };
    let event = with(dispute(), "/subject_id", json!(" Jane@Example.com"));
    let outcome = read_json(&compile(&both), &event).outcome();
    assert_eq!(outcome.subject_id, pseudonym(&current));
    assert!(outcome.subject_id.starts_with("2027:"));
    assert_eq!(outcome.former_subject_id.as_deref(), Some(pseudonym(&previous).as_str()));
    let outcome = read_json(&compile(&current.into()), &event).outcome();
    assert_eq!(outcome.former_subject_id, None);
}
