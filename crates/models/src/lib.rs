//! The model repository and the load gate, whatever engine runs the models.
//!
//! A model version may score only after [`gate::load`] has checked everything about it that can be checked without
//! production traffic; what comes out is a [`LoadedModel`], from which each shard makes a scorer of its own. An
//! [`Engine`] names its kind of file, inspects bytes and opens sessions; it is all that the gate knows of how models run. Nothing here reads the
//! network, and nothing is loaded by path: the bytes that were checked and hashed are the bytes that run.

mod batching;
pub mod engine;
pub mod gate;
mod loaded;
pub mod promotion;
mod refusal;
pub mod repository;
mod rows;
mod scorer;
pub mod verify;
pub mod wire;

pub use batching::Batching;
pub use engine::{Engine, EngineChoice, EngineIdentity, ModelFormat, Session, Unscored};
pub use loaded::{GoldenResult, LoadedModel};
pub use refusal::{CheckFailure, Refusal, RefusalKind};
pub use repository::{AliasRevision, ModelRef, Repository};
pub use scorer::BatchedScorer;
pub use verify::{VersionCheck, verify_directory};
