//! Checkpoints: what can be read can be written, and means the same.

#![no_main]

use bystander_core::checkpoint::Checkpoint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(data) {
        let text = serde_json::to_vec(&checkpoint).expect("a checkpoint can be written");
        let again: Checkpoint = serde_json::from_slice(&text).expect("and read");
        assert_eq!(again, checkpoint);
    }
});
