//! What is counted of the decisions of each kind of stream. This is the only place of this crate that names all kinds.

mod cells;

pub(crate) use cells::Cell;

use crate::catalogue::StreamModel;
use crate::registry::Families;
use bystander_core::decision::Decision;
use bystander_core::kind::{Kind, for_each_kind};

/// How a kind's decisions are counted.
pub(crate) trait KindMetrics: Sync {
    /// All combinations of live and would-be decision, as the labels of counters have them.
    fn cells(&self) -> Vec<Cell>;

    /// Index among [`cells`](Self::cells) of a decision; `None` for one of another kind.
    fn cell_of(&self, decision: &Decision) -> Option<usize>;

    /// What is counted of one model's decisions beside their cells.
    fn meters(&self, families: &Families, labels: StreamModel<'_>) -> Box<dyn ResultMeters>;
}

/// One shard's local counters of one model's decisions.
pub(crate) trait ResultMeters: Send {
    /// Counts one row.
    fn scored(&self, decision: &Decision, score: f64);

    /// Adds everything to the shared metrics.
    fn flush(&self);
}

/// Declares the kinds' modules, and finds what they hold by the kind.
macro_rules! metrics_by_kind {
    ($($kind:ident in $module:ident { $($own:tt)* })+) => {
        $(mod $module;)+

        /// How the decisions of `kind` are counted.
        pub(crate) fn metrics(kind: Kind) -> &'static dyn KindMetrics {
            match kind {
                $(Kind::$kind => &$module::$kind,)+
            }
        }
    };
}

for_each_kind!(metrics_by_kind);
