//! Events of price quotes as JSON.

#![no_main]

use bystander_core::record::RecordHeaders;
use bystander_core::stream::Stream;
use bystander_fuzz::{PRICES, PRICING, decode, record, stream};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static STREAM: LazyLock<Stream> = LazyLock::new(|| stream(PRICES, PRICING));

fuzz_target!(|data: &[u8]| decode(&STREAM, &record(data, RecordHeaders::default())));
