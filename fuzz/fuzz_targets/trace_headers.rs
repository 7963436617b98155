//! Trace headers: what leaves is what the W3C's grammar allows, and nothing else.

#![no_main]

use bystander_core::privacy::{traceparent, tracestate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(value) = traceparent(data) {
        let text = std::str::from_utf8(value).expect("a traceparent is ASCII");
        let parts: Vec<&str> = text.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        assert!(parts.concat().bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    }
    if let Some(value) = tracestate(data) {
        assert!(value.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == b'\t'));
    }
});
