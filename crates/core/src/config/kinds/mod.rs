//! Which keys of `[[streams]]` belong to some kinds only.

use super::StreamConfig;
use crate::kind::{Kind, for_each_kind};
use crate::problem::Problem;

/// A key of a stream's config that belongs to some kinds only, and whether it is set.
type KindKey = (&'static str, fn(&StreamConfig) -> bool);

/// Declares the kinds' modules, exports the tables of those that have one, and finds the keys by the kind.
macro_rules! keys_by_kind {
    ($($kind:ident in $module:ident { $(keys $keys:ident;)? $(#[$doc:meta] $outcome:ident = $name:literal,)* })+) => {
        $(
            mod $module;
            $(pub use $module::$keys;)?
        )+

        /// The keys that the kind has and others may not.
        fn keys_of(kind: Kind) -> &'static [KindKey] {
            match kind {
                $(Kind::$kind => $module::KEYS,)+
            }
        }
    };
}

for_each_kind!(keys_by_kind);

impl StreamConfig {
    /// The keys that are set and belong to other kinds alone, each once.
    pub(crate) fn foreign_keys(&self, kind: Kind) -> Vec<Problem> {
        let has = |kind: Kind, name: &str| keys_of(kind).iter().any(|(key, _)| *key == name);
        let mut foreign: Vec<&str> = Vec::new();
        for (key, is_set) in Kind::ALL.into_iter().flat_map(keys_of) {
            if is_set(self) && !has(kind, key) && !foreign.contains(key) {
                foreign.push(key);
            }
        }
        let problem = |key: &str| {
            let others: Vec<_> = Kind::ALL.into_iter().filter(|other| has(*other, key)).collect();
            let what = format!("{} have no such key", kind.name());
            Problem::new(key, what, format!("remove it, or set {}", Kind::choice(&others)))
        };
        foreign.into_iter().map(problem).collect()
    }
}
