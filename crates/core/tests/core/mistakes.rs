//! Mistakes in a stream's table or in a contract: all at once, each with its key and its fix.

use crate::world::*;
use bystander_core::privacy::PrivacyKey;
use bystander_core::problem::Problem;
use bystander_core::record::StreamId;
use bystander_core::stream::Stream;

fn problems(binding: &str, model: &str) -> Vec<Problem> {
    let config = config(binding);
    let contract = contract(model);
    let contracts = vec![&contract; config.models.len()];
    let found = Stream::compile(StreamId(0), &config, &contracts, Some(&PrivacyKey::new(KEY)));
    found.map(|stream| stream.name).expect_err("these are mistakes")
}

fn keys(binding: &str, model: &str) -> Vec<String> {
    let found = problems(binding, model);
    for problem in &found {
        assert!(!problem.what.is_empty() && !problem.fix.is_empty(), "{problem:?}");
        assert!(!problem.to_string().contains('\n'), "one line each: {problem}");
    }
    found.into_iter().map(|problem| problem.key).collect()
}

#[test]
fn an_empty_table_lists_all_that_is_missing() {
    assert_eq!(keys("", FRAUD), ["name", "kind", "topic", "subject", "models"]);
    let prices = keys("kind = \"prices\"", PRICING);
    for key in ["live_price", "currency"] {
        assert!(prices.contains(&key.to_owned()), "{prices:?}");
    }
}

#[test]
fn every_wrong_pointer_is_named_by_its_key() {
    let wrong = r#"
name = "orders"
kind = "orders"
topic = "t"
subject = "order_id"
occurred_at = "$.created"
live_action = "a.b"
amount = "total"
currency = "EUR"
consent = "yes"
customer = "who"
live_score = "score"
segments = { country = "x", fine = "/y" }
where = { "type" = "order.placed" }
models = ["fraud/1"]
"#;
    let found = keys(wrong, FRAUD);
    for key in [
        "subject",
        "occurred_at",
        "live_action",
        "amount",
        "consent",
        "segments.country",
        "where.type",
        "customer",
        "live_score",
    ] {
        assert!(found.contains(&key.to_owned()), "{key} in {found:?}");
    }
    assert_eq!(found.len(), 9);
    let of_prices = format!("live_propensity = \"p\"\nquantity = \"q\"\n{PRICES}");
    assert_eq!(keys(&of_prices, PRICING), ["live_propensity", "quantity"]);
}

#[test]
fn what_belongs_to_the_other_kind_is_refused() {
    let with_prices =
        format!("item = \"/sku\"\nlive_price = \"/p\"\ncost = \"/c\"\n{ORDERS}\n[guardrails]\n");
    assert_eq!(keys(&with_prices, FRAUD), ["item", "live_price", "cost", "guardrails"]);
    let with_orders =
        format!("amount = \"/a\"\nlive_action = \"/b\"\nactions = {{ A = \"accept\" }}\n{PRICES}");
    assert_eq!(keys(&with_orders, PRICING), ["amount", "live_action", "actions"]);
    let of_prices = format!("live_propensity = \"/p\"\nquantity = \"/q\"\n{ORDERS}");
    assert_eq!(keys(&of_prices, FRAUD), ["live_propensity", "quantity"]);
    assert_eq!(keys(&format!("live_score = \"/s\"\n{PRICES}"), PRICING), ["live_score"]);
    assert_eq!(keys(PRICES, FRAUD), ["models[0]"]);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let cases = [
        ("currency = \"/currency\"", "currency = \"Euro\"", "currency"),
        ("name = \"orders\"", "name = \"all orders\\n\"", "name"),
        ("topic = \"shop.orders\"", "topic = \"shop orders\"", "topic"),
        ("where = {", "max_event_bytes = 0\nwhere = {", "max_event_bytes"),
        ("where = {", "max_event_bytes = 4294967296\nwhere = {", "max_event_bytes"),
        ("where = {", "actions = { HOLD = \"wait\" }\nwhere = {", "actions.HOLD"),
        ("where = {", "pseudonymise = [\"customer\"]\nwhere = {", "pseudonymise"),
        ("where = {", "pseudonymise = [\"segments.town\"]\nwhere = {", "pseudonymise"),
        ("where = {", "pseudonymise = [\"item\"]\nwhere = {", "pseudonymise"),
        ("where = {", "card_numbers = { customer = \"allow\" }\nwhere = {", "card_numbers"),
        ("where = {", "card_numbers = { key = \"allow\" }\nwhere = {", "card_numbers"),
        ("where = {", "card_numbers = { \"segments.town\" = \"allow\" }\nwhere = {", "card_numbers"),
        ("where = {", "normalise = { subject = \"email\" }\nwhere = {", "normalise.subject"),
        ("where = {", "record_key = \"copy\"\nnormalise = { key = \"phone\" }\nwhere = {", "normalise.key"),
        ("where = {", "fields = { \"/nowhere\" = \"/else\" }\nwhere = {", "fields./nowhere"),
        ("where = {", "fields = { \"/items\" = \"lines\" }\nwhere = {", "fields./items"),
        ("{ \"/type\" = \"order.placed\" }", "{ \"/type\" = [] }", "where./type"),
        ("{ country = ", "{ \"a b\" = ", "segments.a b"),
    ];
    for (from, to, key) in cases {
        assert!(ORDERS.contains(from), "{from}");
        assert_eq!(keys(&ORDERS.replace(from, to), FRAUD)[0], key, "{to}");
    }
}

#[test]
fn guardrails_that_make_no_sense_are_refused() {
    let cases = [
        ("min_margin = 1.0", "min_margin"),
        ("min_margin = -0.1", "min_margin"),
        ("max_change = -0.1", "max_change"),
        ("max_change = nan", "max_change"),
        ("tolerance = 2.0", "tolerance"),
        ("floor = { Euro = 100 }", "floor"),
        ("floor = { EUR = 0 }", "floor"),
        ("ceiling = { EUR = 9223372036854775807 }", "ceiling"),
        ("floor = { EUR = 200 }\nceiling = { EUR = 100 }", "floor"),
        ("price_points = { step = 100, ending = 100 }", "price_points"),
        ("price_points = { step = 0, ending = 0 }", "price_points"),
        ("price_points = { step = 9223372036854775807, ending = 1 }", "price_points"),
        ("price_points = { EUR = { step = 100, ending = 100 } }", "price_points"),
        ("price_points = { EURO = { step = 100, ending = 99 } }", "price_points"),
    ];
    for (line, key) in cases {
        let found = keys(&format!("{PRICES}\n[guardrails]\n{line}"), PRICING);
        assert_eq!(found, [format!("guardrails.{key}")], "{line}");
    }
    let no_cost = format!("{}\n[guardrails]\nmin_margin = 0.1", PRICES.replace("cost = ", "#"));
    assert_eq!(keys(&no_cost, PRICING), ["guardrails.min_margin"]);
}

#[test]
fn pseudonyms_need_a_key_of_sixteen_bytes() {
    let config = config(&format!("pseudonymise = [\"subject\"]\n{ORDERS}"));
    let contract = contract(FRAUD);
    for key in [None, Some(PrivacyKey::new(b"fifteen bytes.."))] {
        let found = Stream::compile(StreamId(0), &config, &[&contract], key.as_ref());
        let found = found.map(|stream| stream.name).expect_err("no key");
        assert_eq!(found[0].key, "pseudonymise");
        assert!(!format!("{key:?}").contains("102"), "a key is never shown");
    }
}

#[test]
fn more_than_32_segments_are_refused() {
    let many: Vec<_> = (0..33).map(|index| format!("s{index} = \"/s{index}\"")).collect();
    assert_eq!(
        keys(&ORDERS.replace("country = \"/shipping/country\"", &many.join(", ")), FRAUD),
        ["segments"]
    );
}

#[test]
fn every_mistake_in_a_contract_is_named() {
    let cases = [
        ("schema = 1", "schema = 2", "models[0].schema"),
        ("review = 0.4", "review = 0.9", "models[0].policy"),
        ("review = 0.4", "review = nan", "models[0].policy"),
        ("type = \"float32\"", "type = \"int64\"", "models[0].features[2].missing"),
        ("{ name = \"score\" }", "{ name = \"\" }", "models[0].output.name"),
        ("name = \"items\"", "name = \"total\"", "models[0].features"),
        ("field = \"/items\"", "field = \"items\"", "models[0].features[1].field"),
        ("field = \"/items\"", "from = \"/items\"", "models[0].features[1].field"),
        ("missing = 0", "missing = 1e39", "models[0].features[1].missing"),
        ("missing = 0", "missing = \"zero\"", "models[0].features[1].missing"),
        ("unknown = \"reject\"", "unknown = \"zero\"", "models[0].features[2].unknown"),
        ("unknown = \"reject\"", "", "models[0].features[2].vocabulary"),
        ("[\"card\", \"invoice\"]", "[\"card\", \"card\"]", "models[0].features[2].vocabulary"),
        ("missing = \"nan\"", "missing = \"nan\"\ntype = \"int64\"", "models[0].features[2].type"),
        ("output =", "golden = { tolerance = -1 }\noutput =", "models[0].golden.tolerance"),
    ];
    for (from, to, key) in cases {
        assert!(FRAUD.contains(from), "{from}");
        let found = keys(ORDERS, &FRAUD.replacen(from, to, 1));
        assert!(found.contains(&key.to_owned()), "{to}: {found:?}");
    }
}

#[test]
fn fields_are_renamed_for_contracts_and_only_there() {
    let binding = ORDERS
        .replace("where = {", "fields = { \"/items\" = \"/lines\", \"/method\" = \"/pay/with\" }\nwhere = {");
    let stream = stream(&binding, FRAUD);
    let mut event = without(order(), "items");
    event["lines"] = serde_json::json!([1, 2, 3]);
    event["pay"] = serde_json::json!({ "with": "invoice" });
    let text = event.to_string();
    let input = batch_of(&stream, &record(text.as_bytes())).input(0).clone();
    let matrix = input.matrix_f32().unwrap();
    assert_eq!(matrix.row(0).to_vec(), [1299.0, 3.0, 1.0]);
}
