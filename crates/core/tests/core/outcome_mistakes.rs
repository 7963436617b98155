//! Mistakes in an outcomes table: all at once, each with its key and its fix.

use crate::outcomes::{PLAIN, outcome_config};
use crate::world::*;
use bystander_core::outcome::OutcomeBinding;
use bystander_core::privacy::{PrivacyKey, PrivacyKeys};
use bystander_core::problem::Problem;

fn problems(text: &str, stream: &str, key: Option<&PrivacyKeys>) -> Vec<Problem> {
    let found = OutcomeBinding::compile(&outcome_config(text), &config(stream), key);
    let found = found.map(|_| ()).expect_err("these are mistakes");
    for problem in &found {
        assert!(!problem.what.is_empty() && !problem.fix.is_empty(), "{problem:?}");
        assert!(!problem.to_string().contains('\n'), "one line each: {problem}");
    }
    found
}

fn keys(text: &str) -> Vec<String> {
    problems(text, ORDERS, None).into_iter().map(|problem| problem.key).collect()
}

#[test]
fn a_table_of_three_keys_is_enough_and_each_of_them_is_needed() {
    assert!(OutcomeBinding::compile(&outcome_config(PLAIN), &config(ORDERS), None).is_ok());
    assert_eq!(keys(""), ["name", "topic", "stream"]);
    assert_eq!(keys(&PLAIN.replace("truth", " ")), ["name"]);
}

#[test]
fn every_wrong_pointer_is_named_by_its_key() {
    let pointers = [
        "subject",
        "label",
        "occurred_at",
        "reported_at",
        "amount",
        "quantity",
        "action",
        "reason",
        "source",
        "outcome_id",
    ];
    let lines: String = pointers.iter().map(|key| format!("{key} = \"a.b\"\n")).collect();
    let mut found = keys(&format!("{PLAIN}{lines}"));
    found.sort();
    let mut expected = pointers.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for (line, key) in [
        ("type = \"eaten\"", "type"),
        ("type = \"purchased\"", "type"),
        ("type = \"/a~2\"", "type"),
        ("types = { CB = \"chargeback\" }", "types.CB"),
        ("types = { SOLD = \"purchased\" }", "types.SOLD"),
        ("labels = { F = \"bad\" }", "labels.F"),
        ("actions = { HOLD = \"wait\" }", "actions.HOLD"),
        ("currency = \"Euro\"", "currency"),
        ("currency = \"/a~2\"", "currency"),
        ("where = { \"type\" = \"x\" }", "where.type"),
        ("where = { \"/type\" = [] }", "where./type"),
        ("max_event_bytes = 0", "max_event_bytes"),
        ("max_event_bytes = 4294967296", "max_event_bytes"),
    ] {
        assert_eq!(keys(&format!("{PLAIN}{line}")), [key], "{line}");
    }
    assert_eq!(keys(&PLAIN.replace("truth", "the truth")), ["name"]);
    assert_eq!(keys(&PLAIN.replace("shop.outcomes", "shop outcomes")), ["topic"]);
}

#[test]
fn the_words_that_could_stand_there_are_listed() {
    let fix = |line: &str| problems(&format!("{PLAIN}{line}"), ORDERS, None).remove(0).fix;
    for text in [fix("type = \"eaten\""), fix("types = { CB = \"chargeback\" }")] {
        assert!(text.contains("dispute_lost") && !text.contains("purchased"), "{text}");
    }
    assert!(fix("labels = { F = \"bad\" }").contains("fraud, legit, unknown"));
}

#[test]
fn a_rule_for_card_numbers_is_about_an_outcomes_own_texts() {
    assert_eq!(keys(&format!("{PLAIN}\ncard_numbers = {{ subject = \"allow\" }}")), ["card_numbers"]);
}

#[test]
fn pseudonymous_subjects_need_the_key() {
    let hiding = format!("pseudonymise = [\"subject\"]\n{ORDERS}");
    let short = PrivacyKeys::from(PrivacyKey::new(b"fifteen bytes.."));
    for key in [None, Some(&short)] {
        let found = problems(PLAIN, &hiding, key);
        assert_eq!((found.len(), found[0].key.as_str()), (1, "stream"));
        assert!(found[0].fix.contains("privacy.key_file"), "{}", found[0]);
    }
    let kindless = problems(PLAIN, "name = \"orders\"", None);
    assert_eq!(kindless[0].key, "stream");
}
