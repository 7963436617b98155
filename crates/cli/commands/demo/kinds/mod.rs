//! Each kind's part of the demo.

use super::evidence::Seen;
use bystander_core::kind::{Kind, for_each_kind};
use std::collections::BTreeMap;

/// A kind's part of the demo.
pub(super) trait KindDemo {
    /// Its streams and their outcomes, as a config has them.
    fn config(&self) -> &'static str;

    /// Records of its topic that are simulated unless the command line says otherwise.
    fn records(&self) -> u64;

    /// Prints what one model's comparisons come to. `truth` says of orders whether they were fraud.
    fn summarise(&self, rows: &[&Seen], truth: &BTreeMap<String, bool>);
}

/// Declares the kinds' modules, and finds what they hold by the kind.
macro_rules! demo_by_kind {
    ($($kind:ident in $module:ident { $($own:tt)* })+) => {
        $(mod $module;)+

        pub(super) fn demo(kind: Kind) -> &'static dyn KindDemo {
            match kind {
                $(Kind::$kind => &$module::$kind,)+
            }
        }
    };
}

for_each_kind!(demo_by_kind);

/// The demo's whole config; brokers, topic names and the repository are still to be filled in.
pub(super) fn config() -> String {
    let own = Kind::ALL.map(|kind| demo(kind).config());
    format!("{}\n{}", include_str!("../demo.toml"), own.join("\n"))
}
