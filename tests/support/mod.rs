//! Jobs of the compiled binary on a real broker, run as their users run them.
//!
//! Nothing here knows the product's code: config files, commands, exit codes and topics are all that is shared.
// Each test binary uses its own part of this.
#![allow(dead_code, unused_imports, unreachable_pub)]

mod dice;
mod http;
mod job;
mod ledger;
mod process;
pub mod tools;
mod untouched;

pub use dice::{Dice, full, sized};
pub use http::{at, metric, page, status_page};
pub use job::{Job, Plan, log_in};
pub use ledger::Fed;
pub use process::{Finished, Running, eventually};
pub use untouched::{assert_untouched, wait_until_left};
