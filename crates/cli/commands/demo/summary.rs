//! The demo's summary, for people.

use super::evidence::{Evidence, Seen, SeenModel};
use super::kinds;
use crate::assembly::Assembly;
use crate::logging::print;
use bystander_core::money::Currency;
use std::collections::{BTreeMap, BTreeSet};

/// Disagreements that are shown per model.
pub(super) const EXAMPLES: usize = 3;

pub(super) fn print_summary(evidence: &Evidence, truth: &BTreeMap<String, bool>, assembly: &Assembly) {
    for stream in &assembly.streams {
        let of_stream: Vec<&Seen> =
            evidence.comparisons.iter().filter(|seen| seen.stream == stream.name).collect();
        let models: BTreeSet<&SeenModel> = of_stream.iter().map(|seen| &seen.model).collect();
        for model in models {
            let rows: Vec<&Seen> = of_stream.iter().filter(|seen| seen.model == *model).copied().collect();
            let alias = model.alias.as_deref().unwrap_or("no alias");
            print(format_args!(
                "\n{} · {}/{} ({alias}) · {} comparisons",
                stream.name,
                model.name,
                model.version,
                rows.len()
            ));
            kinds::demo(stream.kind()).summarise(&rows, truth);
        }
    }
    print("\nleft aside");
    for ((stage, code), count) in &evidence.dead_letters {
        print(format_args!("  dead letter  {stage:8} {code:20} {count:>6}"));
    }
    for (reason, count) in &evidence.skips {
        print(format_args!("  skip         {reason:29} {count:>6}"));
    }
    print("");
}

pub(super) fn money(amount: Option<i64>, code: Option<&str>) -> String {
    let (Some(amount), Some(code)) = (amount, code) else { return "?".into() };
    let places = Currency::from_code(code).map_or(2, |currency| currency.exponent() as usize);
    format!("{:.places$} {code}", amount as f64 / 10_f64.powi(places as i32))
}
