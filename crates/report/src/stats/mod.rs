//! Statistics as pure functions: numbers in, numbers out, one file per family. Each names its definition.

pub mod agreement;
pub mod bootstrap;
pub mod calibration;
pub mod cases;
pub mod confusion;
mod distribution;
pub mod drift;
pub mod hypothesis;
pub mod intervals;
pub mod maturity;
pub mod money;
pub mod multiple;
pub(crate) mod numeric;
pub mod partial;
pub mod pricing;
pub mod ranking;
pub mod sequential;
pub mod swap;
