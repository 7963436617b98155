//! Times, against another calendar than our own arithmetic.

use crate::world::*;
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
