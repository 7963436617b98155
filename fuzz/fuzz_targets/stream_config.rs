//! Configs of streams and contracts: whatever they hold, compiling them ends in a stream or a list of mistakes.

#![no_main]

use bystander_core::contract::Contract;
use bystander_core::record::StreamId;
use bystander_core::stream::Stream;
use bystander_core::config::StreamConfig;
use bystander_fuzz::{FRAUD, ORDERS, key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A line of three dashes parts the stream from its contract.
    let (config, contract) = text.split_once("\n---\n").unwrap_or((text, FRAUD));
    let config = if config.is_empty() { ORDERS } else { config };
    let (Ok(config), Ok(contract)) =
        (toml::from_str::<StreamConfig>(config), toml::from_str::<Contract>(contract))
    else {
        return;
    };
    let contracts = vec![&contract; config.models.len()];
    if let Err(problems) = Stream::compile(StreamId(0), &config, &contracts, Some(&key())) {
        assert!(!problems.is_empty());
    }
});
