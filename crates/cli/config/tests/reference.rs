//! docs/configuration.md names every key that is read, and no other.

use super::super::keys::known;
use super::super::raw::{
    RawDrift, RawHttp, RawLive, RawLog, RawModels, RawPrivacy, RawRates, RawReplay, RawReport, RawScoring,
    RawShadow,
};
use bystander_core::config::{GuardrailConfig, StreamConfig};
use bystander_core::contract::{
    Contract, Distribution, Feature, Golden, Policy, PriceOutput, ReferenceDistributions, ScoreOutput,
};
use bystander_core::kind::for_each_kind;
use bystander_core::outcome::OutcomeConfig;
use bystander_report::Gates;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../docs/configuration.md");

/// The keys of the last table of a section whose first column is headed "Key".
fn documented(section: &str) -> BTreeSet<String> {
    let (_, part) = PAGE
        .split_once(&format!("\n## {section}\n"))
        .unwrap_or_else(|| panic!("docs/configuration.md has no section {section}"));
    let part = part.split("\n## ").next().unwrap_or_default();
    let (_, table) = part.split_once("| Key |").unwrap_or_else(|| panic!("{section} has no table of keys"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    rows.map(|row| row.split('`').nth(1).unwrap_or_default().to_owned()).collect()
}

fn same(section: &str, keys: &[&str]) {
    let read: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(
        documented(section),
        read,
        "docs/configuration.md, section {section}: left is documented, right is read"
    );
}

/// The same for the tables of kinds that have one.
macro_rules! same_of_kinds {
    ($($kind:ident in $module:ident { $(keys $keys:ident;)? $(#[$doc:meta] $outcome:ident = $name:literal,)* })+) => {
        $($(same(concat!("[streams.", stringify!($module), "]"), known::<bystander_core::config::kinds::$keys>());)?)+
    };
}

#[test]
fn the_reference_names_every_key_and_no_other() {
    same("[live]", known::<RawLive>());
    same("[shadow]", known::<RawShadow>());
    same("[models]", known::<RawModels>());
    same("[scoring]", known::<RawScoring>());
    same("[drift]", known::<RawDrift>());
    same("[privacy]", known::<RawPrivacy>());
    same("[http]", known::<RawHttp>());
    same("[log]", known::<RawLog>());
    same("[report]", known::<RawReport>());
    same("[report.rates]", known::<RawRates>());
    same("[replay]", known::<RawReplay>());
    same("[[streams]]", known::<StreamConfig>());
    same("[streams.guardrails]", known::<GuardrailConfig>());
    for_each_kind!(same_of_kinds);
    same("[[outcomes]]", known::<OutcomeConfig>());
    same("contract", known::<Contract>());
    same("[[features]]", known::<Feature>());
    same("[output]", known::<ScoreOutput>());
    same("[policy]", known::<Policy>());
    same("[price]", known::<PriceOutput>());
    same("[golden]", known::<Golden>());
    same("[reference]", known::<ReferenceDistributions>());
    same("[reference.score]", known::<Distribution>());
}

/// The gate file's own refusal of an unknown key lists those that it knows.
#[test]
fn the_reference_names_every_key_of_a_gate_and_no_other() {
    let refusal = Gates::parse("[[gates]]\nunheard_of = 1\n").unwrap_err().to_string();
    let (_, listed) = refusal.split_once("expected one of ").unwrap();
    let keys: Vec<&str> = listed.split('`').skip(1).step_by(2).filter(|word| !word.contains(' ')).collect();
    same("[[gates]]", &keys);
}
