//! Times, against another calendar than our own arithmetic.

use crate::world::*;
use bystander_core::rejection::{Code, Stage};
use bystander_core::time::{Rfc3339, day_of_week, hour_of_day, plausible};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;

proptest! {
    #[test]
    fn hour_and_day_of_week_are_the_calendars(epoch_ms in -60_000_000_000_000..250_000_000_000_000_i64) {
        let zoned = Timestamp::from_millisecond(epoch_ms).unwrap().to_zoned(TimeZone::UTC);
        prop_assert_eq!(hour_of_day(epoch_ms), i64::from(zoned.hour()));
        prop_assert_eq!(day_of_week(epoch_ms), i64::from(zoned.weekday().to_monday_zero_offset()));
    }

    #[test]
    fn any_instant_can_be_shown_and_read_again(epoch_ms in any::<i64>()) {
        let text = Rfc3339(epoch_ms).to_string();
        let read: Timestamp = text.parse().unwrap();
        if Timestamp::from_millisecond(epoch_ms).is_ok() {
            prop_assert_eq!(read.as_millisecond(), epoch_ms);
        }
        prop_assert!(text.ends_with('Z'));
        hour_of_day(epoch_ms);
        day_of_week(epoch_ms);
        plausible(epoch_ms, Some(epoch_ms));
    }

    #[test]
    fn a_time_is_the_same_however_it_is_written(epoch_ms in 946_684_800_000..1_795_168_800_000_i64, hours in -12..14_i64) {
        let (sign, hours_text) = (if hours < 0 { '-' } else { '+' }, hours.abs());
        let local = Timestamp::from_millisecond(epoch_ms + hours * 3_600_000).unwrap();
        let offset = format!("{local:.3}").replace('Z', &format!("{sign}{hours_text:02}:00"));
        let plain = format!("{:.3}", Timestamp::from_millisecond(epoch_ms).unwrap()).replace('Z', "");
        for written in [json!(epoch_ms), json!(Rfc3339(epoch_ms).to_string()), json!(offset), json!(plain)] {
            let text = with(order(), "/created_at", written).to_string();
            let batch = batch_of(&orders(), &record(text.as_bytes()));
            prop_assert_eq!(batch.occurred_at_ms(), [epoch_ms], "{}", text);
        }
    }
}

#[test]
fn numbers_are_in_the_unit_that_the_binding_says() {
    for (unit, written) in [
        ("s", json!(1_795_168_799)),
        ("s", json!(1_795_168_799.0)),
        ("ms", json!(1_795_168_799_000_i64)),
        ("us", json!(1_795_168_799_000_999_i64)),
    ] {
        let stream = stream(&format!("time_unit = \"{unit}\"\n{ORDERS}"), FRAUD);
        let text = with(order(), "/created_at", written).to_string();
        assert_eq!(
            batch_of(&stream, &record(text.as_bytes())).occurred_at_ms(),
            [1_795_168_799_000],
            "{unit}"
        );
    }
}

#[test]
fn the_limits_of_plausible_times() {
    assert!(!plausible(946_684_799_999, None));
    assert!(plausible(946_684_800_000, None));
    assert!(plausible(4_102_444_799_999, None));
    assert!(!plausible(4_102_444_800_000, None), "2100 itself is out, with or without a record timestamp");
    assert!(!plausible(4_102_444_800_000, Some(4_102_444_800_000)));
    assert!(plausible(NOW_MS + 86_400_000, Some(NOW_MS)));
    assert!(!plausible(NOW_MS + 86_400_001, Some(NOW_MS)));
}

/// What becomes of a time in an order that occurred then.
fn occurred(keys: &str, written: &serde_json::Value) -> Result<i64, Code> {
    let stream = stream(&format!("{keys}\n{ORDERS}"), FRAUD);
    let event = with(order(), "/created_at", written.clone());
    match decode_json(&stream, &event) {
        Became::Row => Ok(batch_of(&stream, &record(event.to_string().as_bytes())).occurred_at_ms()[0]),
        Became::DeadLetter(Stage::Schema, code, at) => {
            assert_eq!(at, "/created_at");
            Err(code)
        }
        other => panic!("{other:?}"),
    }
}

/// 2026-03-07T14:05:09Z.
const SATURDAY_MS: i64 = 1_772_892_309_000;

#[test]
fn a_time_in_any_form_with_one_meaning_is_read() {
    for written in [
        "2026-03-07T14:05:09",
        "2026-03-07 14:05:09",
        "2026-03-07T14:05:09Z",
        "2026-03-07t14:05:09z",
        "2026-03-07 14:05:09Z",
        "2026-03-07 14:05:09 Z",
        "2026-03-07 14:05:09 UTC",
        "2026-03-07 14:05:09 GMT",
        "2026-03-07 15:05:09 +0100",
        "2026-03-07 15:05:09 +01:00",
        "2026-03-07 15:05:09+01",
        "2026-03-07T15:05:09+0100",
        "2026-03-07 14:05:09.000 +0000 UTC",
        "2026-03-07 09:05:09-05",
        "2026-03-07T15:05:09+01:00[Europe/Rome]",
        "2026-03-07T14:05:09Z[UTC]",
        "2026-03-07 15:05:09 Europe/Rome",
        "2026-03-07T15:05:09[Europe/Rome]",
        "20260307T140509Z",
        "20260307140509",
        "2026/03/07 14:05:09",
        "2026.03.07 14:05:09",
        "2026/3/7 2:05:09 PM",
        "Sat, 07 Mar 2026 14:05:09 GMT",
        "Sat, 7 Mar 2026 15:05:09 +0100",
        "Saturday, 07-Mar-2026 14:05:09 GMT",
        "Sat Mar  7 14:05:09 2026",
        "Sat Mar 07 14:05:09 UTC 2026",
        "March 7, 2026 at 2:05:09 PM",
        "Mar 7th, 2026 02:05:09pm",
        "7 March 2026 14:05:09",
        "7. Mar 2026 14:05:09",
        " 2026-03-07 14:05:09 ",
        "/Date(1772892309000)/",
        "/Date(1772892309000+0100)/",
        "1772892309000",
        "1772892309000.0",
    ] {
        assert_eq!(occurred("", &json!(written)), Ok(SATURDAY_MS), "{written}");
    }
    for (written, expected) in [
        ("2026-03-07", "2026-03-07T00:00:00Z"),
        ("20260307", "2026-03-07T00:00:00Z"),
        ("2026-03-07T14:05Z", "2026-03-07T14:05:00Z"),
        ("2026-03-07T24:00:00Z", "2026-03-08T00:00:00Z"),
        ("2026-03-07 14:05:09,250", "2026-03-07T14:05:09.250Z"),
        ("2026-03-07 14:05:09.123456789 UTC", "2026-03-07T14:05:09.123Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("12 Dec 2025 12:00 AM", "2025-12-12T00:00:00Z"),
        ("12 Dec 2025 12:00 PM", "2025-12-12T12:00:00Z"),
    ] {
        let expected: Timestamp = expected.parse().unwrap();
        assert_eq!(occurred("", &json!(written)), Ok(expected.as_millisecond()), "{written}");
    }
}

#[test]
fn a_time_of_several_meanings_is_refused_until_the_binding_says_which() {
    for written in [
        "03/07/2026 14:05:09",
        "7.3.2026",
        "13/07/2026",
        "07-03-2026 14:05",
        "2026-03-07 14:05:09 EST",
        "07/03/26",
    ] {
        assert_eq!(occurred("", &json!(written)), Err(Code::AmbiguousTime), "{written}");
    }
    for (order, written) in
        [("dmy", "07/03/2026 14:05:09"), ("mdy", "3/7/2026 2:05:09 PM"), ("dmy", "7.3.2026 14:05:09")]
    {
        assert_eq!(
            occurred(&format!("date_order = \"{order}\""), &json!(written)),
            Ok(SATURDAY_MS),
            "{written}"
        );
    }
    assert_eq!(
        occurred("date_order = \"mdy\"", &json!("13/07/2026")),
        Err(Code::InvalidTime),
        "there is no month 13"
    );
    assert_eq!(
        occurred("date_order = \"dmy\"", &json!("07/03/26")),
        Err(Code::AmbiguousTime),
        "26 may be a day"
    );
}

#[test]
fn what_is_no_time_is_invalid() {
    for written in [
        "",
        "yesterday",
        "March",
        "14:05:09",
        "2026-13-01",
        "2026-02-30 10:00:00",
        "2026-03-07 25:00:00",
        "2026-03-07 14:05:61",
        "2026-03-07 14:60:00",
        "2026-03-07 13:05 PM",
        "2026-03-07 14:05 Mars/Olympus",
        "2026-03-07 14:05:09 +2500",
        "Mar Apr 7 2026",
        "2026-03-07 14:05 15:05",
        "2026-W10",
        "12:30 2026-03-07 8",
        "\u{1f552}",
        "2026-03-07T14:05:09[",
        "+",
        "/Date()/",
        "/Date(x)/",
    ] {
        assert_eq!(occurred("", &json!(written)), Err(Code::InvalidTime), "{written}");
    }
}

#[test]
fn times_without_a_zone_are_in_the_bindings_and_others_are_not() {
    let rome = "time_zone = \"Europe/Rome\"";
    for written in ["2026-03-07 15:05:09", "7 Mar 2026 15:05:09", "20260307150509", "2026-03-07T14:05:09Z"] {
        assert_eq!(occurred(rome, &json!(written)), Ok(SATURDAY_MS), "{written}");
    }
    assert_eq!(occurred("time_zone = \"Europe/Rome\"", &json!(SATURDAY_MS)), Ok(SATURDAY_MS));
    let twice: Timestamp = "2025-10-26T00:30:00Z".parse().unwrap();
    assert_eq!(occurred(rome, &json!("2025-10-26 02:30:00")), Ok(twice.as_millisecond()), "the earlier one");
    let refused = try_stream(&format!("time_zone = \"Europe/Atlantis\"\n{ORDERS}"), FRAUD).unwrap_err();
    assert!(
        refused.iter().any(|one| one.key == "time_zone" && one.what.contains("Europe/Atlantis")),
        "{refused:?}"
    );
}

#[test]
fn digits_in_quotes_and_single_fields_have_their_unit() {
    for (unit, digits) in [
        ("s", "1772892309"),
        ("ms", "1772892309000"),
        ("us", "1772892309000000"),
        ("ns", "1772892309000000000"),
    ] {
        let key = format!("time_unit = \"{unit}\"");
        assert_eq!(occurred(&key, &json!(digits)), Ok(SATURDAY_MS), "{unit}");
        assert_eq!(occurred(&key, &json!(digits.parse::<i64>().unwrap())), Ok(SATURDAY_MS), "{unit}");
        let field = format!("time_units = {{ \"/created_at\" = \"{unit}\" }}");
        assert_eq!(occurred(&field, &json!(digits)), Ok(SATURDAY_MS), "{unit}");
    }
    assert_eq!(occurred("time_unit = \"s\"", &json!("1772892309.9")), Ok(SATURDAY_MS + 900));
    assert_eq!(occurred("", &json!("1772892309")), Err(Code::TimeOutOfRange), "seconds aren't milliseconds");
    let refused =
        try_stream(&format!("time_units = {{ \"/nowhere\" = \"s\" }}\n{ORDERS}"), FRAUD).unwrap_err();
    assert!(refused.iter().any(|one| one.key == "time_units./nowhere"), "{refused:?}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reading_of_times_panic(text in any::<String>(), keyed in "[0-9TtZz:/. ,+\\-\\[\\]a-zA-Z]{0,30}") {
        for written in [text, keyed] {
            let _ = occurred("date_order = \"dmy\"", &json!(written));
        }
    }
}
