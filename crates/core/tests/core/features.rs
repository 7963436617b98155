//! Feature columns: every source, what missing means, every element type.

use bystander_core::contract::Contract;
use bystander_core::golden::InputBuilder;
use bystander_core::input::{Column, ModelInput};
use bystander_core::rejection::{Code, Rejection, Stage};
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
    let mut builder = InputBuilder::new(contract, None).unwrap_or_else(|problems| panic!("{problems:?}"));
    let text = event.to_string();
    let pushed = builder.push(text.as_bytes()).map_err(|Rejection { stage, code, at, .. }| {
        assert_eq!(stage, Stage::Feature);
        assert!(at.starts_with('/'), "{at}");
        code
    });
    let rows = builder.input().rows();
    assert_eq!(rows, usize::from(pushed.is_ok()), "a row only where there is a value");
    pushed.map(|()| match builder.input() {
        ModelInput::MatrixF32 { data, .. } => format!("{:?}", data[0]),
        ModelInput::MatrixF64 { data, .. } => format!("{:?}", data[0]),
        ModelInput::Matrix { data, .. } => shown(data),
        ModelInput::Columns(columns) => shown(&columns[0]),
    })
}

fn shown(column: &Column) -> String {
    match column {
        Column::F16(values) => format!("{:?}", values[0].to_f64()),
        Column::F32(values) => format!("{:?}", values[0]),
        Column::F64(values) => format!("{:?}", values[0]),
        Column::I32(values) => values[0].to_string(),
        Column::I64(values) => values[0].to_string(),
        Column::Bool(values) => values[0].to_string(),
        Column::Text(values) => format!("{:?}", values.iter().next().unwrap()),
    }
}

const SOURCES: &[(&str, &str, &str)] = &[
    // source keys, a sound event, its number
    ("source = \"number\", field = \"/v\"", r#"{"v": 3}"#, "3"),
    ("source = \"number\", field = \"/v\"", r#"{"v": "3"}"#, "3"),
    ("source = \"decimal\", field = \"/v\"", r#"{"v": "3.0"}"#, "3"),
    ("source = \"decimal\", field = \"/v\"", r#"{"v": 3}"#, "3"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": true}"#, "1"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": false}"#, "0"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": "TRUE"}"#, "1"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": "false"}"#, "0"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": 1}"#, "1"),
    ("source = \"boolean\", field = \"/v\"", r#"{"v": "0"}"#, "0"),
    ("source = \"length\", field = \"/v\"", r#"{"v": [1, [2], {"a": 3}]}"#, "3"),
    ("source = \"length\", field = \"/v\"", r#"{"v": []}"#, "0"),
    ("source = \"hour_of_day\", field = \"/v\"", r#"{"v": "2026-11-20T23:59:59.999Z"}"#, "23"),
    ("source = \"hour_of_day\", field = \"/v\"", r#"{"v": "2026-11-20T23:00:00-02:00"}"#, "1"),
    ("source = \"day_of_week\", field = \"/v\"", r#"{"v": "2026-11-20T00:00:00Z"}"#, "4"),
    ("source = \"day_of_week\", field = \"/v\"", r#"{"v": "1969-12-31T23:59:59Z"}"#, "2"),
    (
        "source = \"category\", field = \"/v\", vocabulary = [\"5999\", \"7\", \"true\"], unknown = \"reject\"",
        r#"{"v": 7}"#,
        "1",
    ),
    (
        "source = \"category\", field = \"/v\", vocabulary = [\"5999\", \"7\", \"true\"], unknown = \"reject\"",
        r#"{"v": 7.0}"#,
        "1",
    ),
    (
        "source = \"category\", field = \"/v\", vocabulary = [\"5999\", \"7\", \"true\"], unknown = \"reject\"",
        r#"{"v": true}"#,
        "2",
    ),
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
            ("float16", format!("{number}.0")),
            ("int32", (*number).to_owned()),
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
    for source in ["number", "decimal"] {
        let number = matrix("float32", &format!("source = \"{source}\", field = \"/v\", missing = \"nan\""));
        for text in ["three", "", "nan", "inf", "1e999", "1,5", "0x10", "1_000", "true"] {
            assert_eq!(value(&number, &json!({ "v": text })), Err(Code::WrongType), "{text}");
        }
        assert_eq!(value(&number, &json!({ "v": true })), Err(Code::WrongType));
    }
    let boolean = matrix("float32", "source = \"boolean\", field = \"/v\", missing = \"nan\"");
    for other in [json!("yes"), json!(""), json!(2), json!(-1), json!(0.5), json!("on")] {
        assert_eq!(value(&boolean, &json!({ "v": other })), Err(Code::WrongType), "{other}");
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
        ("\"none\"", json!({"v": 1}), Ok("\"1\"")),
        ("\"none\"", json!({"v": [1]}), Err(Code::WrongType)),
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
fn narrow_types_take_what_they_hold_and_refuse_the_rest() {
    let whole = columns("source = \"number\", field = \"/v\", missing = 0, type = \"int32\"");
    assert_eq!(value(&whole, &json!({"v": -2_147_483_648_i64})), Ok("-2147483648".into()));
    for wrong in [json!(2_147_483_648_i64), json!(0.5), json!(-3e9)] {
        assert_eq!(value(&whole, &json!({ "v": wrong })), Err(Code::WrongType), "{wrong}");
    }
    let half = matrix("float16", "source = \"number\", field = \"/v\", missing = \"nan\"");
    assert_eq!(value(&half, &json!({"v": 0.1})), Ok("0.0999755859375".into()));
    assert_eq!(value(&half, &json!({"v": 70_000})), Err(Code::NumberOutOfRange));
    assert_eq!(value(&half, &json!({})), Ok("NaN".into()));
    let integers = matrix("int64", "source = \"number\", field = \"/v\", missing = -1");
    assert_eq!(
        (value(&integers, &json!({"v": 7.0})), value(&integers, &json!({}))),
        (Ok("7".into()), Ok("-1".into()))
    );
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
    assert_eq!(value(&contract, &extremes), Err(Code::TimeOutOfRange));
}

#[test]
fn calendar_features_follow_the_clocks_of_their_zone_over_the_change_of_the_clocks() {
    let feature = |source: &str, zone: &str| {
        matrix(
            "float64",
            &format!("source = \"{source}\", field = \"/v\", missing = \"nan\", time_zone = \"{zone}\""),
        )
    };
    for (zone, time, hour, day) in [
        ("America/Sao_Paulo", "2026-06-07T02:30:00Z", "23.0", "5.0"),
        ("Europe/Lisbon", "2026-03-29T00:30:00Z", "0.0", "6.0"),
        ("Europe/Lisbon", "2026-03-29T01:30:00Z", "2.0", "6.0"),
        ("Asia/Kolkata", "2026-03-29T18:31:00Z", "0.0", "0.0"),
        ("UTC", "2026-03-29T18:31:00Z", "18.0", "6.0"),
    ] {
        let event = json!({ "v": time });
        assert_eq!(value(&feature("hour_of_day", zone), &event), Ok(hour.into()), "{zone} {time}");
        assert_eq!(value(&feature("day_of_week", zone), &event), Ok(day.into()), "{zone} {time}");
    }
    for (keys, key) in [
        (
            "source = \"hour_of_day\", field = \"/v\", missing = 0, time_zone = \"Europe/Atlantis\"",
            "not a known time zone",
        ),
        (
            "source = \"number\", field = \"/v\", missing = 0, time_zone = \"UTC\"",
            "not a function of the calendar",
        ),
    ] {
        let problems = InputBuilder::new(&matrix("float32", keys), None).unwrap_err();
        assert!(problems[0].to_string().contains(key), "{problems:?}");
    }
}

#[test]
fn a_time_that_cannot_be_one_is_never_a_feature() {
    let hour = matrix("float32", "source = \"hour_of_day\", field = \"/v\", missing = \"nan\"");
    let age =
        matrix("float64", "source = \"seconds_between\", from = \"/v\", to = \"/b\", missing = \"nan\"");
    for wrong in [
        json!(0),
        json!(1_790_000_000),
        json!(1_790_000_000_000_000_i64),
        json!("0001-01-01T00:00:00Z"),
        json!("1899-12-30"),
        json!("9999-12-31"),
        json!("1790000000"),
    ] {
        let event = json!({ "v": wrong, "b": "2026-11-20T00:00:00Z" });
        assert_eq!(value(&hour, &event), Err(Code::TimeOutOfRange), "{wrong}");
        assert_eq!(value(&age, &event), Err(Code::TimeOutOfRange), "{wrong}");
    }
    let born = json!({ "v": "1958-04-03", "b": "1958-04-04" });
    assert_eq!(value(&age, &born), Ok("86400.0".into()), "a date of birth is one");
}

#[test]
fn golden_events_write_times_as_their_stream_does_or_as_the_contract_says() {
    let features = "source = \"hour_of_day\", field = \"/v\", missing = \"nan\"";
    let (plain, stated) = (matrix("float32", features), {
        let mut contract = matrix("float32", features);
        contract.golden = toml::from_str("time_units = { \"/v\" = \"us\" }").unwrap();
        contract
    });
    let read = |contract: &Contract, stream: &str, event: &str| {
        let stream = toml::from_str(stream).unwrap();
        let mut builder = InputBuilder::new(contract, Some(&stream)).unwrap();
        builder.push(event.as_bytes()).map_err(|rejection| rejection.code)?;
        match builder.input() {
            ModelInput::MatrixF32 { data, .. } => Ok(data[0]),
            other => panic!("{other:?}"),
        }
    };
    let (seconds, micros) = (r#"{"v": 1779278400}"#, r#"{"v": 1779278400000000}"#);
    assert_eq!(read(&plain, "", seconds), Err(Code::TimeOutOfRange));
    assert_eq!(read(&plain, "time_unit = \"s\"", seconds), Ok(12.0));
    let renamed = "time_units = { \"/own/place\" = \"s\" }\nfields = { \"/v\" = \"/own/place\" }";
    assert_eq!(read(&plain, renamed, seconds), Ok(12.0), "golden events have the contract's names");
    assert_eq!(read(&stated, "time_unit = \"s\"", micros), Ok(12.0));
}

#[test]
fn rows_are_kept_in_order_and_a_rejected_event_leaves_no_part_of_one() {
    let mut contract = matrix("float32", "source = \"number\", field = \"/a\", missing = \"reject\"");
    let second = columns("source = \"number\", field = \"/b\", missing = \"reject\"").features.remove(0);
    contract.features.push(bystander_core::contract::Feature { name: "y".into(), ..second });
    let mut builder = InputBuilder::new(&contract, None).unwrap();
    builder.push(br#"{"a":1,"b":2}"#).unwrap();
    assert_eq!(builder.push(br#"{"a":3}"#), Err(Rejection::new(Stage::Feature, Code::MissingField, "/b")));
    builder.push(br#"{"a":5,"b":6}"#).unwrap();
    assert_eq!(*builder.input(), ModelInput::MatrixF32 { data: vec![1.0, 2.0, 5.0, 6.0], width: 2 });
    let view = builder.input().matrix_f32().unwrap();
    assert_eq!((view.dim(), view[[1, 0]]), ((2, 2), 5.0));
    builder.clear();
    assert_eq!(builder.input().rows(), 0);
}
