//! Tree ensembles of ONNX models, scored many times faster than by the engine that they are taken from, with the same bits.
//!
//! [`TreeEngine`] stands before another engine. It takes the ensemble out of a model whose score is that of a tree ensemble
//! and of nothing else, and runs it itself only after its scores were the other engine's, to the bit, on rows that are drawn
//! from the contract's reference and on rows on both sides of every threshold. In every other case the other engine runs the
//! model, and the session says why.

mod engine;
mod ensemble;
mod extract;
mod finish;
mod graph;
mod kernel;
mod number;
mod probe;
mod program;
mod proof;
mod session;
mod unfit;

pub use engine::{TreeEngine, methods};
