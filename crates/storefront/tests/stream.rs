//! The stream as a whole: repeatable, ordered, complete.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashMap;

use bystander_storefront::{
    ConfigError, DayRhythm, Expected, ExpectedSkip, Shop, ShopConfig, ShopEvent, ShopTopic,
};
use common::{config, events, good, json, of_topic, text};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_config_yields_the_asked_counts_in_time_order_and_twice_the_same(
        seed in any::<u64>(), orders in 0u64..400, quotes in 0u64..400, malformed in 0.0f64..=1.0, days in 0.01f64..90.0,
    ) {
        let config = ShopConfig { malformed, days, ..config(seed, orders, quotes) };
        let all = events(&config);
        prop_assert_eq!(of_topic(&all, ShopTopic::Orders).len() as u64, orders);
        prop_assert_eq!(of_topic(&all, ShopTopic::Quotes).len() as u64, quotes);
        prop_assert!(all.is_sorted_by_key(|event| event.time));
        prop_assert_eq!(&all, &events(&config));
    }

    #[test]
    fn the_number_of_quotes_changes_no_order_and_the_other_way_round(seed in any::<u64>()) {
        let topic = |orders, quotes, topic| -> Vec<_> {
            of_topic(&events(&config(seed, orders, quotes)), topic).into_iter().cloned().collect()
        };
        prop_assert_eq!(topic(200, 0, ShopTopic::Orders), topic(200, 300, ShopTopic::Orders));
        prop_assert_eq!(topic(0, 200, ShopTopic::Quotes), topic(300, 200, ShopTopic::Quotes));
    }
}

#[test]
fn another_seed_is_another_shop() {
    assert_ne!(events(&config(1, 50, 50)), events(&config(2, 50, 50)));
}

#[test]
fn a_config_out_of_range_opens_no_shop() {
    let refused = Shop::new(&ShopConfig { malformed: 2.0, ..ShopConfig::default() });
    assert_eq!(refused.map(|_| ()), Err(ConfigError::Malformed(2.0)));
}

#[test]
fn the_window_ends_after_its_days_for_quotes() {
    let config = ShopConfig { days: 3.0, ..config(5, 0, 500) };
    let all = events(&config);
    let last = of_topic(&all, ShopTopic::Quotes).last().unwrap().time;
    let length = last.duration_since(config.start).as_secs_f64() / 86_400.0;
    assert!((2.7..=3.0).contains(&length), "{length} days");
}

#[test]
fn an_even_rhythm_places_everything_in_the_window_at_the_same_pace() {
    for seed in 1..6 {
        let config = ShopConfig { days: 0.02, rhythm: DayRhythm::Even, ..config(seed, 4_000, 1_000) };
        let all = events(&config);
        let placed: Vec<_> = all.iter().filter(|event| event.topic != ShopTopic::Outcomes).collect();
        assert_eq!(placed.len(), 5_000);
        let after = |event: &ShopEvent| event.time.as_millisecond() - config.start.as_millisecond();
        assert!(placed.iter().all(|event| (0..=1_728_000).contains(&after(event))));
        let first_half = placed.iter().filter(|event| after(event) < 864_000).count();
        assert!((2_200..2_800).contains(&first_half), "{first_half} of 5000 in the first half");
    }
}

#[test]
fn keys_are_the_customer_the_item_and_the_subject() {
    let all = events(&config(5, 300, 300));
    for (topic, field) in [
        (ShopTopic::Orders, "/customer_id"),
        (ShopTopic::Quotes, "/sku"),
        (ShopTopic::Outcomes, "/subject_id"),
    ] {
        for event in of_topic(&all, topic) {
            assert_eq!(text(&json(event), field), event.key);
        }
    }
}

#[test]
fn subjects_are_unique() {
    let all = events(&config(6, 5_000, 5_000));
    for (topic, field) in [(ShopTopic::Orders, "/order_id"), (ShopTopic::Quotes, "/quote_id")] {
        let mut seen = HashMap::new();
        for event in good(&all, topic) {
            *seen.entry(text(&json(event), field).to_owned()).or_insert(0) += 1;
        }
        assert!(seen.values().all(|count| *count == 1));
    }
}

#[test]
fn a_few_orders_are_to_be_skipped_and_say_so_themselves() {
    let all = events(&config(7, 20_000, 0));
    let (mut other, mut refused) = (0, 0);
    for event in of_topic(&all, ShopTopic::Orders) {
        let order = json(event);
        match event.expected {
            Expected::Skip(ExpectedSkip::OtherType) => {
                assert_ne!(text(&order, "/type"), "order.placed");
                other += 1;
            }
            Expected::Skip(ExpectedSkip::NoConsent) => {
                assert_eq!(order.pointer("/consent/analytics"), Some(&false.into()));
                refused += 1;
            }
            Expected::Good => assert_eq!(order.pointer("/consent/analytics"), Some(&true.into())),
            Expected::Malformed(kind) => panic!("{kind:?} without being asked for"),
        }
    }
    assert!((300..500).contains(&other), "{other} of another type");
    assert!((130..270).contains(&refused), "{refused} without consent");
}

/// FNV-1a over all payloads.
fn digest(config: &ShopConfig) -> u64 {
    Shop::new(config)
        .unwrap()
        .flat_map(|event| event.payload.unwrap_or_default())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn the_world_is_the_one_that_the_shipped_models_and_golden_scores_were_made_from() {
    let found = digest(&config(4242, 2_000, 2_000));
    assert_eq!(
        found, 0x9b26_d2cf_725d_2194,
        "the events changed: run `make models`, then remake tests/golden, then pin {found:#x}"
    );
}
