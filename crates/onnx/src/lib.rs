//! The model repository, the load gate and ONNX Runtime sessions.
//!
//! A model version may score only after [`gate::load`] has checked everything about it that can be checked
//! without production traffic; what comes out is a [`LoadedModel`], from which each shard makes a
//! [`OnnxScorer`] of its own. Nothing here reads the network, and nothing is loaded by path: the bytes that
//! were checked and hashed are the bytes that run.

mod batching;
mod deadline;
pub mod gate;
mod library;
mod loaded;
mod mend;
mod protobuf;
mod refusal;
pub mod repository;
mod rows;
mod runtime;
mod scorer;
mod session;
pub mod verify;

pub use batching::Batching;
pub use deadline::{Stuck, on_stuck};
pub use loaded::{GoldenResult, LoadedModel};
pub use mend::mend;
pub use protobuf::Mended;
pub use refusal::{Refusal, RefusalKind};
pub use repository::{ModelRef, Repository};
pub use runtime::{Runtime, RuntimeError};
pub use scorer::OnnxScorer;
pub use verify::{Verdict, verify_directory};
