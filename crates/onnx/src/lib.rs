//! ONNX models, run by ONNX Runtime.
//!
//! [`OnnxEngine`] scans a model's bytes before anything parses them for real, and opens sessions that are bound to the
//! contract's inputs and output. [`mend()`] changes files that the scan refuses and that can be mended.

mod bind;
mod deadline;
mod engine;
mod library;
mod protobuf;
mod runtime;
mod session;

pub use deadline::{Stuck, on_stuck};
pub use engine::{FORMAT, OnnxEngine};
pub use protobuf::{Mended, mend};
pub use runtime::{Runtime, RuntimeError};
