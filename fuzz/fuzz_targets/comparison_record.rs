//! Comparisons that are read back from the shadow side or from files.

#![no_main]

use bystander_core::comparison::ComparisonRecord;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(record) = ComparisonRecord::from_json(data) {
        // A record that was read can be copied out of its bytes, written and read again.
        assert_eq!(format!("{record:?}"), format!("{:?}", record.clone()));
        let mut written = Vec::new();
        if record.write_json(&mut written).is_ok() && record.score.is_finite() {
            assert!(ComparisonRecord::from_json(&written).is_ok());
        }
    }
});
