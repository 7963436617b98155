//! Bystander's pure core: records in, decisions out.
//!
//! Performs no IO, reads no clock and spawns nothing; time is always a parameter.

pub mod checkpoint;
pub mod contract;
pub mod dead_letter;
pub mod decision;
pub mod input;
pub mod kinds;
pub mod model;
pub mod problem;
pub mod record;
pub mod scored;
