//! ONNX Runtime is found or its absence explained. One test: the runtime is loaded once per process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bystander_onnx::{Runtime, RuntimeError};
use std::path::Path;

#[test]
fn a_wrong_path_is_one_clear_error_and_the_right_one_still_works_afterwards() {
    let missing = Runtime::open(Some(Path::new("/nowhere/libonnxruntime.so"))).unwrap_err();
    assert!(matches!(missing, RuntimeError::Missing(_)));
    assert_explained(&missing, "/nowhere/libonnxruntime.so");

    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("libonnxruntime.so");
    std::fs::write(&text, "no library").unwrap();
    let unusable = Runtime::open(Some(&text)).unwrap_err();
    assert!(matches!(unusable, RuntimeError::Unusable { .. }));
    assert_explained(&unusable, "can't be loaded as ONNX Runtime");

    let runtime = common::runtime();
    assert!(runtime.path().is_absolute());
    assert_eq!(common::runtime().path(), runtime.path());

    let other = folder.path().join("other.so");
    std::fs::copy(runtime.path(), &other).unwrap();
    let twice = Runtime::open(Some(&other)).unwrap_err();
    assert!(matches!(twice, RuntimeError::AlreadyLoaded { .. }), "{twice}");
}

fn assert_explained(error: &RuntimeError, what: &str) {
    let line = error.to_string();
    for part in [what, "`make onnxruntime`", "BYSTANDER_ONNXRUNTIME", "`models.runtime`"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains('\n'), "{line}");
}
