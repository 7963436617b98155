//! The chapters of each kind of stream.

use bystander_core::kind::for_each_kind;
use bystander_report::document::Chapters;

/// Declares the kinds' modules, and puts their chapters together.
macro_rules! chapters_by_kind {
    ($($kind:ident in $module:ident { $($own:tt)* })+) => {
        $(mod $module;)+

        pub(super) fn chapters() -> Chapters {
            Chapters { $($module: $module::chapters(),)+ }
        }
    };
}

for_each_kind!(chapters_by_kind);
