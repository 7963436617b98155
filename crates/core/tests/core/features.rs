//! Feature columns: every source, what missing means, every element type.

use bystander_core::contract::Contract;
use bystander_core::dead_letter::{Code, Rejection, Stage};
use bystander_core::features::InputBuilder;
use bystander_core::input::{Column, ModelInput};
use serde_json::{Value, json};

const HEAD: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
"#;

fn columns(feature: &str) -> Contract {
    toml::from_str(&format!(
        "{HEAD}\ninput = {{ layout = \"columns\" }}\nfeatures = [{{ name = \"x\", {feature} }}]"
    ))
    .unwrap()
}

fn matrix(element: &str, feature: &str) -> Contract {
    let input = format!("input = {{ layout = \"matrix\", name = \"m\", type = \"{element}\" }}");
    toml::from_str(&format!("{HEAD}\n{input}\nfeatures = [{{ name = \"x\", {feature} }}]")).unwrap()
}

/// The one value of an event, or why there is none.
fn value(contract: &Contract, event: &Value) -> Result<String, Code> {
    let mut builder = InputBuilder::new(contract).unwrap_or_else(|problems| panic!("{problems:?}"));
    let text = event.to_string();
    let pushed = builder.push(text.as_bytes()).map_err(|Rejection { stage, code, at }| {
        assert_eq!(stage, Stage::Feature);
        assert!(at.starts_with('/'), "{at}");
        code
    });
    let rows = builder.input().rows();
    assert_eq!(rows, usize::from(pushed.is_ok()), "a row only where there is a value");
    pushed.map(|()| match builder.input() {
        ModelInput::MatrixF32 { data, .. } => format!("{:?}", data[0]),
        ModelInput::MatrixF64 { data, .. } => format!("{:?}", data[0]),
        ModelInput::Columns(columns) => match &columns[0] {
            Column::F32(values) => format!("{:?}", values[0]),
            Column::F64(values) => format!("{:?}", values[0]),
            Column::I64(values) => values[0].to_string(),
            Column::Bool(values) => values[0].to_string(),
            Column::Text(values) => format!("{:?}", values.iter().next().unwrap()),
        },
    })
}

const SOURCES: &[(&str, &str, &str)] = &[
    // source keys, a sound event, its number
    ("source = \"number\", field = \"/v\"", r#"{"v": 3}"#, "3"),
    ("source = \"decimal\", field = \"/v\"", r#"{"v": "3.0"}"#, "3"),
    ("source = \"decimal\", field = \"/v\"", r#"{"v": 3}"#, "3"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": true}"#, "1"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": false}"#, "0"),
    ("source = \"length\", field = \"/v\"", r#"{"v": [1, [2], {"a": 3}]}"#, "3"),
    ("source = \"length\", field = \"/v\"", r#"{"v": []}"#, "0"),
    ("source = \"hour_of_day\", field = \"/v\"", r#"{"v": "2026-11-20T23:59:59.999Z"}"#, "23"),
    ("source = \"hour_of_day\", field = \"/v\"", r#"{"v": "2026-11-20T23:00:00-02:00"}"#, "1"),
    ("source = \"day_of_week\", field = \"/v\"", r#"{"v": "2026-11-20T00:00:00Z"}"#, "4"),
    ("source = \"day_of_week\", field = \"/v\"", r#"{"v": "1969-12-31T23:59:59Z"}"#, "2"),
    (
        "source = \"seconds_between\", from = \"/a\", to = \"/v\"",
        r#"{"a": "2026-11-20T00:00:00Z", "v": "2026-11-20T00:01:00Z"}"#,
        "60",
    ),
    (
        "source = \"category\", field = \"/v\", vocabulary = [\"z\", \"b\", \"a\"], unknown = \"reject\"",
        r#"{"v": "a"}"#,
        "2",
    ),
];

#[test]
fn every_source_gives_its_number_in_every_type() {
    for (keys, event, number) in SOURCES {
        let event: Value = serde_json::from_str(event).unwrap();
        let feature = format!("{keys}, missing = \"reject\"");
        for element in ["float32", "float64"] {
            assert_eq!(
                value(&matrix(element, &feature), &event),
                Ok(format!("{number}.0")),
                "{keys} {element}"
            );
        }
        for (element, expected) in [
            ("float32", format!("{number}.0")),
            ("float64", format!("{number}.0")),
            ("int64", (*number).to_owned()),
            ("bool", (*number != "0").to_string()),
        ] {
            let contract = columns(&format!("{feature}, type = \"{element}\""));
            assert_eq!(value(&contract, &event), Ok(expected), "{keys} {element}");
        }
    }
}

#[test]
fn missing_and_null_become_what_the_contract_says_in_every_type() {
    for (keys, ..) in SOURCES {
        for event in [json!({}), json!({"v": null}), json!({"a": null})] {
            for (element, missing, expected) in [
                ("float32", "\"nan\"", Ok("NaN")),
                ("float32", "-1.5", Ok("-1.5")),
                ("float32", "\"reject\"", Err(Code::MissingField)),
                ("float64", "\"nan\"", Ok("NaN")),
                ("float64", "1e300", Ok("1e300")),
                ("float64", "true", Ok("1.0")),
                ("int64", "-1", Ok("-1")),
                ("int64", "\"reject\"", Err(Code::MissingField)),
                ("bool", "true", Ok("true")),
                ("bool", "false", Ok("false")),
                ("bool", "\"reject\"", Err(Code::MissingField)),
            ] {
                let contract = columns(&format!("{keys}, missing = {missing}, type = \"{element}\""));
                let expected = expected.map(str::to_owned);
                assert_eq!(value(&contract, &event), expected, "{keys} {element} {missing} {event}");
            }
        }
    }
}

#[test]
fn another_type_of_value_is_rejected_by_every_source() {
    for (keys, ..) in SOURCES {
        let wrong = if keys.contains("length") { json!({"v": {"a": 1}}) } else { json!({"v": [1]}) };
        let mut event = wrong.clone();
        event["a"] = json!("2026-11-20T00:00:00Z");
        let contract = matrix("float32", &format!("{keys}, missing = \"nan\""));
        assert_eq!(value(&contract, &event), Err(Code::WrongType), "{keys}");
    }
    let number = matrix("float32", "source = \"number\", field = \"/v\", missing = \"nan\"");
    assert_eq!(value(&number, &json!({"v": "3"})), Err(Code::WrongType), "text is no number");
    let decimal = matrix("float32", "source = \"decimal\", field = \"/v\", missing = \"nan\"");
    for text in ["three", "", "nan", "inf", "1e999", "1,5"] {
        assert_eq!(value(&decimal, &json!({ "v": text })), Err(Code::WrongType), "{text}");
    }
    let hour = matrix("float32", "source = \"hour_of_day\", field = \"/v\", missing = \"nan\"");
    assert_eq!(value(&hour, &json!({"v": "noon"})), Err(Code::InvalidTime));
}

#[test]
fn a_word_outside_the_vocabulary_becomes_what_unknown_says() {
    let keys = "source = \"category\", field = \"/v\", vocabulary = [\"a\"], missing = 9";
    for (unknown, expected) in
        [("-1", Ok("-1.0")), ("\"nan\"", Ok("NaN")), ("\"reject\"", Err(Code::UnknownCategory))]
    {
        let contract = matrix("float64", &format!("{keys}, unknown = {unknown}"));
        assert_eq!(value(&contract, &json!({"v": "b"})), expected.map(str::to_owned));
        assert_eq!(value(&contract, &json!({"v": ""})), expected.map(str::to_owned), "empty is a word");
        assert_eq!(value(&contract, &json!({})), Ok("9.0".into()), "missing isn't unknown");
    }
}

#[test]
fn strings_go_through_as_they_are() {
    let keys = "source = \"string\", field = \"/v\", type = \"string\"";
    for (missing, event, expected) in [
        ("\"\"", json!({"v": "a\"b\u{e9}"}), Ok("\"a\\\"bé\"")),
        ("\"none\"", json!({}), Ok("\"none\"")),
        ("\"nan\"", json!({"v": null}), Ok("\"nan\"")),
        ("\"reject\"", json!({}), Err(Code::MissingField)),
        ("\"none\"", json!({"v": 1}), Err(Code::WrongType)),
    ] {
        let contract = columns(&format!("{keys}, missing = {missing}"));
        assert_eq!(value(&contract, &event), expected.map(str::to_owned), "{event}");
    }
}

#[test]
fn a_whole_number_column_takes_no_fractions_and_nothing_that_a_double_would_change() {
    let contract = columns("source = \"number\", field = \"/v\", missing = 0, type = \"int64\"");
    assert_eq!(value(&contract, &json!({"v": -7.0})), Ok("-7".into()));
    assert_eq!(value(&contract, &json!({"v": 9_007_199_254_740_991_i64})), Ok("9007199254740991".into()));
    for wrong in [json!(0.5), json!(1e18)] {
        assert_eq!(value(&contract, &json!({ "v": wrong })), Err(Code::WrongType), "{wrong}");
    }
    // This one would silently become 9007199254740992.
    assert_eq!(value(&contract, &json!({"v": 9_007_199_254_740_993_i64})), Err(Code::WrongType));
}

#[test]
fn float32_rounds_to_the_nearest_and_never_to_infinity() {
    let contract = matrix("float32", "source = \"number\", field = \"/v\", missing = \"nan\"");
    assert_eq!(value(&contract, &json!({"v": 0.1})), Ok(format!("{:?}", 0.1_f64 as f32)));
    assert_eq!(value(&contract, &json!({"v": 16_777_217})), Ok("16777216.0".into()));
    assert_eq!(value(&contract, &json!({"v": 3.5e38})), Err(Code::NumberOutOfRange));
    assert_eq!(value(&contract, &json!({"v": -1e300})), Err(Code::NumberOutOfRange));
    assert_eq!(value(&contract, &json!({"v": 1e-300})), Ok("0.0".into()));
}

#[test]
fn seconds_between_can_be_negative_and_have_fractions() {
    let contract =
        matrix("float64", "source = \"seconds_between\", from = \"/a\", to = \"/b\", missing = \"nan\"");
    let event = json!({"a": "2026-11-20T00:00:01.500Z", "b": "2026-11-20T00:00:00Z"});
    assert_eq!(value(&contract, &event), Ok("-1.5".into()));
    let same =
        matrix("float64", "source = \"seconds_between\", from = \"/a\", to = \"/a\", missing = \"nan\"");
    assert_eq!(value(&same, &event), Ok("0.0".into()));
    let extremes = json!({"a": i64::MIN, "b": i64::MAX});
    assert_eq!(value(&contract, &extremes), Ok("1.844674407370955e16".into()), "no overflow");
}

#[test]
fn rows_are_kept_in_order_and_a_rejected_event_leaves_no_part_of_one() {
    let mut contract = matrix("float32", "source = \"number\", field = \"/a\", missing = \"reject\"");
    let second = columns("source = \"number\", field = \"/b\", missing = \"reject\"").features.remove(0);
    contract.features.push(bystander_core::contract::Feature { name: "y".into(), ..second });
    let mut builder = InputBuilder::new(&contract).unwrap();
    builder.push(br#"{"a":1,"b":2}"#).unwrap();
    assert_eq!(builder.push(br#"{"a":3}"#), Err(Rejection::new(Stage::Feature, Code::MissingField, "/b")));
    builder.push(br#"{"a":5,"b":6}"#).unwrap();
    assert_eq!(*builder.input(), ModelInput::MatrixF32 { data: vec![1.0, 2.0, 5.0, 6.0], width: 2 });
    let view = builder.input().matrix_f32().unwrap();
    assert_eq!((view.dim(), view[[1, 0]]), ((2, 2), 5.0));
    builder.clear();
    assert_eq!(builder.input().rows(), 0);
}
