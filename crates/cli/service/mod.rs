//! The running service: which shards run here, and what is shown of them.

mod active_models;
mod decision_watch;
mod ends;
mod fleet;
pub(crate) mod isolation;
mod membership;
mod model_watch;
mod serve;
mod shard;
mod status;
mod web;

pub(crate) use serve::{ServeOptions, job, serve};
pub(crate) use web::{SignalHandlers, Web};
