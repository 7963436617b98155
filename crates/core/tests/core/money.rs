//! Money: every way to write it gives the same minor units.

use crate::world::*;
use bystander_core::money::{Currency, LARGEST_AMOUNT};
use bystander_core::rejection::{Code, Stage};
use proptest::prelude::*;
use serde_json::{Value, json};

fn amount(format: &str, written: &Value, currency: &str) -> Result<i64, Code> {
    let stream = stream(&format!("money = \"{format}\"\n{ORDERS}"), FRAUD_WITHOUT_TOTAL);
    let event = with(with(order(), "/total_amount", written.clone()), "/currency", json!(currency));
    let text = event.to_string();
    match decode_json(&stream, &event) {
        Became::Row => Ok(batch_of(&stream, &record(text.as_bytes())).money()[0].unwrap().0),
        Became::DeadLetter(Stage::Schema, code, _) => Err(code),
        other => panic!("{other:?}"),
    }
}

const FRAUD_WITHOUT_TOTAL: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
input = { layout = "matrix", name = "features", type = "float32" }
features = [{ name = "items", source = "length", field = "/items", missing = 0 }]
"#;

#[test]
fn each_format_in_currencies_of_no_two_and_three_decimals() {
    for (format, written, currency, minor) in [
        ("minor", json!(1299), "EUR", 1299),
        ("minor", json!(1299.0), "EUR", 1299),
        ("minor", json!("1299"), "EUR", 1299),
        ("minor", json!(500), "JPY", 500),
        ("decimal", json!("12.99"), "EUR", 1299),
        ("decimal", json!("12.9"), "EUR", 1290),
        ("decimal", json!("500"), "JPY", 500),
        ("decimal", json!("1.234"), "KWD", 1234),
        ("decimal", json!("1.2345"), "KWD", 1234),
        ("number", json!(12.99), "EUR", 1299),
        ("number", json!(0.29), "EUR", 29),
        ("number", json!(1.234), "KWD", 1234),
        ("number", json!(12), "EUR", 1200),
        ("micros", json!(12_990_000), "EUR", 1299),
        ("micros", json!("12990000"), "EUR", 1299),
        ("micros", json!(500_000_000), "JPY", 500),
        ("micros", json!(5_000), "EUR", 0),
        ("micros", json!(15_000), "EUR", 2),
    ] {
        assert_eq!(amount(format, &written, currency), Ok(minor), "{format} {written} {currency}");
    }
}

#[test]
fn what_is_written_in_another_format_is_no_guess() {
    for (format, written, code) in [
        ("minor", json!("12.99"), Code::WrongType),
        ("minor", json!("+1299"), Code::WrongType),
        ("minor", json!(12.99), Code::WrongType),
        ("decimal", json!(12.99), Code::WrongType),
        ("decimal", json!("12,99"), Code::InvalidMoney),
        ("decimal", json!("€12"), Code::InvalidMoney),
        ("decimal", json!("1e3"), Code::InvalidMoney),
        ("number", json!("12.99"), Code::WrongType),
        ("number", json!(1e300), Code::InvalidMoney),
        ("micros", json!(1.5), Code::WrongType),
        ("micros", json!("+12990000"), Code::InvalidMoney),
        ("micros", json!("12.5"), Code::InvalidMoney),
    ] {
        assert_eq!(amount(format, &written, "EUR"), Err(code), "{format} {written}");
    }
}

proptest! {
    #[test]
    fn all_formats_agree_on_an_amount(minor in 0..=1_i64 << 40, currency in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
        let known = Currency::from_code(currency).unwrap();
        let (scale, places) = (known.scale(), known.exponent() as usize);
        let decimal = match places {
            0 => minor.to_string(),
            _ => format!("{}.{:0places$}", minor / scale, minor % scale),
        };
        let number: f64 = decimal.parse().unwrap();
        prop_assert_eq!(amount("minor", &json!(minor), currency), Ok(minor));
        prop_assert_eq!(amount("decimal", &json!(decimal), currency), Ok(minor));
        prop_assert_eq!(amount("number", &json!(number), currency), Ok(minor));
        prop_assert_eq!(amount("micros", &json!(minor * (1_000_000 / scale)), currency), Ok(minor));
    }

    #[test]
    fn no_amount_is_beyond_the_largest(written in any::<i64>()) {
        match amount("minor", &json!(written), "EUR") {
            Ok(minor) => prop_assert!(minor == written && (0..=LARGEST_AMOUNT).contains(&minor)),
            Err(Code::NegativeAmount) => prop_assert!((-LARGEST_AMOUNT..0).contains(&written)),
            Err(Code::CardNumber) => prop_assert!(written.unsigned_abs() > 10_000_000_000_000),
            Err(code) => prop_assert!(code == Code::InvalidMoney && written.unsigned_abs() > 1 << 53),
        }
    }
}
