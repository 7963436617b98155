//! Bystander's pure core: records in, decisions out.
//!
//! Performs no IO, reads no clock and spawns nothing; time is always a parameter.

pub mod batch;
pub mod checkpoint;
pub mod comparison;
pub mod config;
pub mod contract;
pub mod dead_letter;
pub mod decision;
pub mod drift;
pub mod extract;
pub mod features;
pub mod golden;
pub mod input;
pub mod kind;
pub mod kinds;
pub mod model;
pub mod money;
pub mod outcome;
pub mod privacy;
pub mod problem;
pub mod record;
pub mod rejection;
pub mod run;
pub mod scored;
pub mod stream;
pub mod text;
pub mod time;
