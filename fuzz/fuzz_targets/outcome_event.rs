//! Outcomes as JSON.

#![no_main]

use bystander_core::outcome::{OutcomeBinding, OutcomeConfig, OutcomeReader};
use bystander_core::record::RecordHeaders;
use bystander_core::config::StreamConfig;
use bystander_fuzz::{ORDERS, key, record};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static BINDING: LazyLock<OutcomeBinding> = LazyLock::new(|| {
    let stream: StreamConfig = toml::from_str(ORDERS).expect("a stream");
    let table = "name = \"outcomes\"\ntopic = \"shop.outcomes\"\nstream = \"orders\"\ntypes = { chargeback = \"dispute_lost\" }";
    let config: OutcomeConfig = toml::from_str(table).expect("a table of outcomes");
    OutcomeBinding::compile(&config, &stream, Some(&key().into())).expect("a binding")
});

fuzz_target!(|data: &[u8]| {
    let _ = OutcomeReader::default().read(&BINDING, &record(data, RecordHeaders::default()));
});
