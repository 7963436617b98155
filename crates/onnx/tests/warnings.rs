//! What ONNX Runtime says reaches the log, but not with every batch. One test: what is logged is decided per
//! process, so no other test may run beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_pipeline::Scorer;
use common::{golden_inputs, load_good};

#[test]
fn a_label_of_the_wrong_declared_shape_is_not_warned_about_on_every_call() {
    let (log, subscriber) = common::log();
    tracing::subscriber::with_default(subscriber, || {
        let model = load_good("lightgbm_classifier/1");
        let input = golden_inputs(&model);
        let mut scorer = model.scorer().unwrap();
        (0..10).for_each(|_| scorer.score(&input, &mut Vec::new()).unwrap());
    });
    let text = log.text();
    assert!(text.contains("model loaded"), "the log is listened to: {text}");
    assert_eq!(text.matches("onnx runtime").count(), 0, "{text}");
}
