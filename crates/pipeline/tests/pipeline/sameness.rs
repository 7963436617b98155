//! Reproducible: neither batches nor interleavings nor a second run change a record.

use crate::delivery::{pace, records};
use crate::world::*;
use bystander_testkit::{MemorySink, OwnedRecord};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// What one run wrote, by input partition and kind of record, in order, without the time of scoring.
fn written(records: &[OwnedRecord], pace: Pace) -> BTreeMap<String, Vec<Value>> {
    let sink = MemorySink::default();
    let all = partitions(records);
    live(records, sink.clone(), || committed(&sink.log(), &all), pace, None).unwrap();
    let mut pipelines: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for message in &sink.log().messages {
        let mut json = message.json();
        json.as_object_mut().unwrap().remove("scored_at");
        let mut headers: Vec<_> = message.headers.iter().filter(|(name, _)| name != "ce_time").collect();
        headers.sort();
        json["headers"] = format!("{headers:?}").into();
        json["key"] = format!("{:?}", message.key).into();
        let pipeline =
            format!("{:?} {} {} {}", message.output, json["stream"], message.source_partition, json["model"]);
        pipelines.entry(pipeline).or_default().push(json);
    }
    pipelines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn batches_commits_and_a_second_run_change_nothing(records in records(), one in pace(), other in pace()) {
        let plain: Vec<_> = records.iter().map(|(record, _)| record.clone()).collect();
        // Dead letters of different stages are written as soon as they are known, so only their order may
        // differ by batch: each is compared by its place.
        let sorted = |mut pipelines: BTreeMap<String, Vec<Value>>| {
            for (pipeline, list) in &mut pipelines {
                if pipeline.starts_with("DeadLetters") {
                    list.sort_by_key(|json| json["source"]["offset"].as_i64());
                }
            }
            pipelines
        };
        let single = Pace { batch_rows: 1, linger_ms: 1, commit_ms: 1 };
        let whole = Pace { batch_rows: 4096, linger_ms: 1_000_000, commit_ms: 1_000_000 };
        let first = sorted(written(&plain, single));
        for pace in [single, whole, one, other] {
            prop_assert_eq!(&sorted(written(&plain, pace)), &first, "{:?}", pace);
        }
    }
}
