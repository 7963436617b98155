//! The guard against card numbers, from both sides: every written form is found, honest ids pass.

#![allow(clippy::print_stdout, reason = "measured rates, which the documentation states")]

use crate::written_forms::{Dice, ISSUERS, card, written};
use bystander_core::privacy::holds_card_number;
use std::fmt::Write as _;

#[test]
fn card_numbers_of_every_issuer_are_found_in_every_written_form() {
    let mut dice = Dice(1);
    let mut missed = vec![];
    let mut looked_at = 0;
    for (issuer, prefix, length) in ISSUERS {
        for _ in 0..20 {
            let number = card(prefix, length, &mut dice);
            for (form, text) in written(&number) {
                looked_at += 1;
                if !holds_card_number(text.as_bytes()) {
                    missed.push(format!("{issuer}, {form}: {text:?}"));
                }
            }
        }
    }
    assert!(looked_at >= 50 * 12, "{looked_at}");
    assert!(missed.is_empty(), "{} of {looked_at} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn numbers_that_schemes_and_acquirers_publish_for_testing_are_found_plain() {
    for card in [
        "4242424242424242",
        "4111111111111111",
        "4000056655665556",
        "5555555555554444",
        "5200828282828210",
        "5105105105105100",
        "2223003122003222",
        "2720990000000007",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "6011000990139424",
        "30569309025904",
        "38520000023237",
        "36227206271667",
        "3566002020360505",
        "3530111333300000",
        "6200000000000005",
        "6205500000000000004",
        "6759649826438453",
        "6799990100000000019",
        "2200000000000004",
        "6521111111111110",
        "5066991111111118",
        "9792030000000000",
    ] {
        assert!(holds_card_number(card.as_bytes()), "{card}");
    }
}

/// How often a plain number reads as a date, by prefix: the price of letting ids that begin with dates pass.
#[test]
fn a_card_number_outside_the_ranges_of_dates_never_reads_as_one() {
    let mut dice = Dice(7);
    for (prefix, length) in [
        ("4", 16),
        ("51", 16),
        ("55", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("645", 16),
        ("3528", 16),
        ("62", 16),
        ("6759", 16),
    ] {
        let missed =
            (0..100_000).filter(|_| !holds_card_number(card(prefix, length, &mut dice).as_bytes())).count();
        assert_eq!(missed, 0, "{prefix}");
    }
}

#[test]
fn one_wrong_digit_makes_it_no_card_number_in_any_form() {
    let mut dice = Dice(2);
    for (_, prefix, length) in ISSUERS {
        let mut number = card(prefix, length, &mut dice).into_bytes();
        let last = number.last_mut().unwrap();
        *last = if *last == b'9' { b'0' } else { *last + 1 };
        let number = String::from_utf8(number).unwrap();
        for (form, text) in written(&number) {
            // Other forms put further digits beside it, which may make another number.
            if ["blank", "plain", "full-width", "card:", "zero-width everywhere", "pairs"]
                .contains(&form.as_str())
            {
                assert!(!holds_card_number(text.as_bytes()), "{form}: {text:?}");
            }
        }
    }
}

/// A day between 2015 and 2031 as year, month and day.
fn day(dice: &mut Dice) -> (u64, u64, u64) {
    (2015 + dice.below(16), 1 + dice.below(12), 1 + dice.below(28))
}

/// With GS1's check digit.
fn gtin(length: usize, dice: &mut Dice) -> String {
    let mut code = dice.digits(length - 1);
    let weighed = code
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| u32::from(byte - b'0') * if place % 2 == 0 { 3 } else { 1 });
    let sum: u32 = weighed.sum();
    let _ = write!(code, "{}", (10 - sum % 10) % 10);
    code
}

fn hex(dice: &mut Dice, length: usize) -> String {
    dice.text(b"0123456789abcdef", length)
}

/// Milliseconds between 2015 and 2031.
fn millis(dice: &mut Dice) -> u64 {
    1_420_070_400_000 + dice.below(504_921_600_000)
}

type Shape = (&'static str, fn(&mut Dice) -> String);

const SHAPES: [Shape; 23] = [
    ("13 digits from 62", |dice| format!("62{}", dice.digits(11))),
    ("13 digits from 40", |dice| format!("40{}", dice.digits(11))),
    ("13 digits from 5", |dice| format!("5{}", dice.digits(12))),
    ("12 digits", |dice| dice.digits(12)),
    ("epoch milliseconds", |dice| millis(dice).to_string()),
    ("epoch microseconds", |dice| (millis(dice) * 1_000 + dice.below(1_000)).to_string()),
    ("epoch nanoseconds", |dice| (millis(dice) * 1_000_000 + dice.below(1_000_000)).to_string()),
    ("ULID", |dice| dice.text(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26)),
    ("UUID", |dice| {
        format!("{}-{}-4{}-a{}-{}", hex(dice, 8), hex(dice, 4), hex(dice, 3), hex(dice, 3), hex(dice, 12))
    }),
    ("UUID without hyphens", |dice| hex(dice, 32)),
    ("upper-case UUID after a word", |dice| {
        format!("ORD-{}-{}-4{}-9{}-{}", hex(dice, 8), hex(dice, 4), hex(dice, 3), hex(dice, 3), hex(dice, 12))
            .to_uppercase()
    }),
    ("24 hexadecimal digits", |dice| hex(dice, 24)),
    ("snowflake", |dice| (((millis(dice) - 1_288_834_974_657) << 22) | dice.below(1 << 22)).to_string()),
    ("snowflake of another epoch", |dice| {
        (((millis(dice) - 1_388_534_400_000) << 22) | dice.below(1 << 22)).to_string()
    }),
    ("sharded id before 2030", |dice| {
        let since = 105_850_378_279 + dice.below(473_000_000_000);
        ((since << 23) | dice.below(1 << 23)).to_string()
    }),
    ("EAN-13", |dice| gtin(13, dice)),
    ("UPC", |dice| gtin(12, dice)),
    ("phone number", |dice| {
        let country = ["1", "30", "34", "36", "39", "44", "49", "52", "55", "62", "81", "86", "91"]
            [dice.below(13) as usize];
        let separators = ["", " ", "-", "."][dice.below(4) as usize];
        format!(
            "+{country}{separators}{}{separators}{}",
            100 + dice.below(900),
            1_000_000 + dice.below(9_000_000)
        )
    }),
    ("date and sequence", |dice| {
        let ((year, month, day), next) = (day(dice), dice.below(1_000_000));
        format!("{year}{month:02}{day:02}{}{next:06}", ["", "-", "_"][dice.below(3) as usize])
    }),
    ("day first and sequence", |dice| {
        let ((year, month, day), next) = (day(dice), dice.below(1_000_000));
        format!("{day:02}{month:02}{year}{next:06}")
    }),
    ("short year since 2023, time and sequence", |dice| {
        let ((_, month, day), year) = (day(dice), 23 + dice.below(8));
        let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
        format!("{:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}{:04}", year, dice.below(10_000))
    }),
    ("time of day", |dice| {
        let (year, month, day) = day(dice);
        let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
        format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}:{second:02}.{:03}", dice.below(1_000))
    }),
    ("3-7-7", |dice| format!("{}-{}-{}", dice.digits(3), dice.digits(7), dice.digits(7))),
];

#[test]
fn of_a_million_ids_of_common_shapes_at_most_ten_are_refused() {
    let each = 1_000_000 / SHAPES.len() + 1;
    let mut refused = vec![];
    for (shape, make) in SHAPES {
        let mut dice = Dice(3);
        let found = (0..each).filter(|_| holds_card_number(make(&mut dice).as_bytes())).count();
        refused.push((shape, found));
    }
    let total: usize = refused.iter().map(|(_, found)| found).sum();
    println!("refused of {each} each: {refused:?}");
    assert!(total <= 10, "{total}: {refused:?}");
}

#[test]
fn every_common_shape_alone_is_refused_at_most_once_in_a_hundred_thousand() {
    let hundred_thousands = if std::env::var_os("BYSTANDER_FULL").is_some() { 30 } else { 1 };
    for (shape, make) in SHAPES {
        let mut dice = Dice(4);
        let ids = hundred_thousands * 100_000;
        let found = (0..ids).filter(|_| holds_card_number(make(&mut dice).as_bytes())).count();
        println!("{shape}: {found} of {ids}");
        assert!(found <= hundred_thousands, "{shape}: {found} of {ids}");
    }
}

/// What the documentation states of numbers that nobody can tell from card numbers.
#[test]
fn random_numbers_of_a_cards_length_are_refused_as_often_as_documented() {
    for (length, least, most) in [
        (14, 0.003, 0.005),
        (15, 0.001, 0.003),
        (16, 0.037, 0.043),
        (17, 0.0, 0.000_1),
        (18, 0.0, 0.0),
        (19, 0.000_5, 0.002),
    ] {
        let mut dice = Dice(5);
        let found = (0..100_000)
            .filter(|_| {
                holds_card_number(format!("{}{}", 1 + dice.below(9), dice.digits(length - 1)).as_bytes())
            })
            .count();
        let share = found as f64 / 1e5;
        println!("{length} digits: {share}");
        assert!((least..=most).contains(&share), "{length} digits: {share}");
    }
}

#[test]
fn fewer_than_one_card_number_in_150_reads_as_a_date() {
    let mut dice = Dice(6);
    for (prefix, length) in [("23", 16), ("26", 16), ("2201", 16), ("300", 14), ("301", 14)] {
        let missed =
            (0..20_000).filter(|_| !holds_card_number(card(prefix, length, &mut dice).as_bytes())).count();
        println!("{prefix}: {missed} of 20,000");
        assert!(missed < 133, "{prefix}: {missed} of 20,000");
    }
}
