//! Writes a shop's events to files: `dump SEED ORDERS QUOTES MALFORMED DIRECTORY`.

use std::error::Error;
use std::path::Path;

use bystander_storefront::{Shop, ShopConfig, ShopTopic, write_jsonl};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seed, orders, quotes, malformed, directory] = arguments.as_slice() else {
        return Err("usage: dump SEED ORDERS QUOTES MALFORMED DIRECTORY".into());
    };
    let config = ShopConfig {
        seed: seed.parse()?,
        records: [(ShopTopic::Orders, orders.parse()?), (ShopTopic::Quotes, quotes.parse()?)].into(),
        malformed: malformed.parse()?,
        ..ShopConfig::default()
    };
    write_jsonl(Shop::new(&config)?, Path::new(directory))?;
    Ok(())
}
