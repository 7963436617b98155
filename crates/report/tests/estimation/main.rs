//! Bootstrap, drift, label maturity, money, swap sets, pricing and sequential figures, against reference values
//! (`references/make_b.py`), by their promises, and by simulation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod bootstrap;
mod coverage;
mod drift;
mod intervals;
mod maturity;
mod money;
mod partial;
mod pricing;
mod sequential;
mod support;
