//! What the tables about a topic's events have in common.

/// Declares such a table: its own keys, followed by those that say how its events write times and money.
macro_rules! event_table {
    ($(#[$attribute:meta])* pub struct $table:ident { $($own:tt)* }) => {
        $(#[$attribute])*
        pub struct $table {
            $($own)*
            /// Unit of times written as numbers, also inside strings; default `ms`.
            pub time_unit: Option<$crate::time::TimeUnit>,
            /// Units of single fields, where they differ: pointer = unit.
            #[serde(default)]
            pub time_units: std::collections::BTreeMap<String, $crate::time::TimeUnit>,
            /// Zone of times written without one, by its IANA name such as `Europe/Berlin`; default UTC.
            pub time_zone: Option<String>,
            /// Order of day and month in dates such as `01/05/2026`: `dmy` or `mdy`. Without it, such dates are refused.
            pub date_order: Option<$crate::time::DateOrder>,
            /// The shop's own words for currencies: word = ISO 4217 code. Numbers are matched as JSON writes them.
            #[serde(default)]
            pub currencies: std::collections::BTreeMap<String, String>,
            /// How amounts are written; default `minor`.
            pub money: Option<$crate::money::MoneyFormat>,
            /// Decimals of minor units where they aren't those of ISO 4217, as with some payment providers: code = decimals.
            #[serde(default)]
            pub exponents: std::collections::BTreeMap<String, u32>,
        }

        impl $table {
            /// How its events write times.
            pub fn times(&self) -> $crate::time::TimeKeys<'_> {
                let Self { time_unit, time_units, time_zone, date_order, .. } = self;
                $crate::time::TimeKeys {
                    unit: *time_unit,
                    units: time_units,
                    zone: time_zone.as_deref(),
                    order: *date_order,
                }
            }
        }
    };
}

pub(crate) use event_table;
