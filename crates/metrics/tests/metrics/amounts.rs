//! Money at stake, by cell and currency.

use crate::observer::{batch, model, order, price};
use crate::scrape::{NOW, Scrape, catalogue, scrape};
use bystander_core::decision::Action::{Accept, Reject};
use bystander_core::kind::Kind;
use bystander_core::money::Currency;
use bystander_core::scored::ScoredBatch;
use bystander_pipeline::Observer;

const AMOUNTS: &str = "bystander_amount_minor_total";

fn money(amount: i64, code: &str) -> Option<(i64, Currency)> {
    Some((amount, Currency::from_code(code).expect("a currency")))
}

fn amount(scrape: &Scrape, version: &str, live: &str, would_be: &str, currency: &str) -> f64 {
    let labels = [
        ("stream", "orders"),
        ("model", "fraud"),
        ("version", version),
        ("live", live),
        ("would_be", would_be),
        ("currency", currency),
    ];
    scrape.value(AMOUNTS, &labels)
}

#[test]
fn an_orders_amount_counts_in_each_models_cell_and_in_its_own_currency() {
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    assert!(!scrape(&catalogue).types.contains_key(AMOUNTS), "no currency was met");
    let models = [
        model(
            &[0.1; 4],
            vec![order(Accept, Some(Accept)), order(Reject, Some(Accept)), order(Accept, None), None],
        ),
        model(
            &[0.1; 4],
            vec![order(Reject, Some(Accept)), order(Reject, Some(Accept)), order(Accept, None), None],
        ),
    ];
    let orders = batch(0, Kind::Orders, &[NOW; 4], &models);
    let amounts = [money(1_299, "EUR"), money(500, "JPY"), None, money(7, "EUR")];
    observer.scored(&ScoredBatch { money: &amounts, ..orders });
    observer.scored(&ScoredBatch { money: &[money(1, "EUR"), None, None, None], ..orders });

    let scrape = scrape(&catalogue);
    assert_eq!(amount(&scrape, "1", "accept", "accept", "EUR"), 1_300.0);
    assert_eq!(amount(&scrape, "1", "accept", "reject", "JPY"), 500.0);
    assert_eq!(amount(&scrape, "2", "accept", "reject", "EUR"), 1_300.0);
    assert_eq!(amount(&scrape, "2", "accept", "reject", "JPY"), 500.0);
    assert_eq!(scrape.sum(AMOUNTS, &[]), 2.0 * 1_800.0, "a record that failed has no decision to count for");
    let series = scrape.series.keys().filter(|(name, _)| name == AMOUNTS).count();
    assert_eq!(
        series,
        2 * 12 * 2,
        "two models, twelve cells, two currencies: all of them from the first event on"
    );
    assert_eq!(amount(&scrape, "1", "reject", "accept", "EUR"), 0.0);
}

#[test]
fn a_prices_amount_is_the_price_served() {
    let catalogue = catalogue();
    let mut observer = catalogue.observer();
    let models = [model(
        &[1.0; 2],
        vec![price(900, Some(1000), Some(false), &[]), price(1002, Some(1000), Some(true), &[])],
    )];
    let quotes = batch(1, Kind::Prices, &[NOW; 2], &models);
    observer.scored(&ScoredBatch { money: &[money(1_000, "USD"); 2], ..quotes });
    let scrape = scrape(&catalogue);
    for would_be in ["lower", "same"] {
        let cell = [("live", "served"), ("would_be", would_be), ("currency", "USD")];
        assert_eq!(scrape.sum(AMOUNTS, &cell), 1_000.0, "{would_be}");
    }
    assert_eq!(scrape.sum(AMOUNTS, &[]), 2_000.0);
}
