//! What a report needs to be told beside the rows.

use crate::stats::money::CostModel;
use bystander_core::contract::{Policy, ReferenceDistributions};
use bystander_core::time::DAY_MS;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that changes figures and isn't in the records.
#[derive(Debug, Clone)]
pub struct ReportSettings {
    /// From this age on an order without bad news is good, milliseconds.
    pub maturity_ms: i64,
    /// From this age on a quote of which no outcome tells was not bought, milliseconds.
    pub sale_window_ms: i64,
    /// Below this share of mature orders the headline uses developed recall and precision, 0 to 1.
    pub developed_below: f64,
    /// Coverage of the intervals, for example 0.95.
    pub confidence: f64,
    /// Bootstrap resamples, 2 or more.
    pub resamples: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Threads of the bootstrap; `None`: as many as there are cores. Doesn't change any figure.
    pub threads: Option<usize>,
    /// Smallest slice that is shown.
    pub min_slice: u64,
    /// What mistakes cost, by currency; the program's defaults where a currency isn't listed.
    pub costs: BTreeMap<String, CostModel>,
    /// What is assumed of the orders that live declined and whose label isn't known; `None`: nothing.
    pub declines: Option<DeclinesAssumption>,
    /// Exchange rates, for a total over currencies; `None`: there is no total.
    pub rates: Option<ExchangeRates>,
    /// What is known of each model.
    pub models: Vec<ModelReference>,
    /// Models of which nothing is known, and why.
    pub unknown: Vec<UnknownModel>,
    /// Only runs with this id; `None`: the live run if there is one, else the run that was scored last.
    pub run: Option<String>,
    /// Label of the model that the live system runs, `fraud@champion`: its differences to the logged scores are the
    /// A/A floor.
    pub live_model: Option<String>,
    /// Smallest difference in recall that matters: sizes how many labels are still needed.
    pub difference_of_interest: f64,
    /// Items of the receipt that the caller knows.
    pub receipt: Provenance,
}

/// Exchange rates of one day, as a shop states them.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeRates {
    /// The currency that others are turned into, ISO 4217.
    pub into: String,
    /// What one major unit of each other currency is in it, above zero.
    pub of: BTreeMap<String, f64>,
    /// Their day, as the report cites it.
    pub date: String,
    /// Where they are from, as the report cites it.
    pub source: String,
}

impl ExchangeRates {
    /// What one minor unit of `currency` is in minor units of [`into`](Self::into); `None` without a rate.
    pub fn factor(&self, currency: &str) -> Option<f64> {
        let rate = if currency == self.into { 1.0 } else { *self.of.get(currency)? };
        let exponent = |code: &str| super::words::exponent(code) as i32;
        Some(rate * 10_f64.powi(exponent(&self.into) - exponent(currency)))
    }
}

/// How many of the unlabelled declines would have been fraud, as a shop assumes: for every group of them that a figure
/// tells apart (those that a model would accept, those that it would reject), in orders as in money, the share lies
/// within these bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclinesAssumption {
    /// Least and greatest share, 0 to 1.
    pub fraud_share: (f64, f64),
    /// Where that comes from, as the report cites it.
    pub source: String,
    /// The segment by which the shares differ.
    pub segment: Option<String>,
    /// Shares by that segment's values; `fraud_share` where a value isn't listed.
    pub by_value: BTreeMap<String, (f64, f64)>,
}

/// The program's own assumptions, where a shop gave none: nothing comes back, a fee of 15 and a review of 4 major units, a
/// margin of 30 %, churn of 10 major units, reviews catch 75 %. `exponent`: digits of the currency's minor unit.
pub fn assumed_costs(exponent: u32) -> CostModel {
    // A currency without minor units is about a hundredth of one with them.
    let major = if exponent == 0 { 100.0 } else { 10_f64.powi(exponent as i32) };
    CostModel {
        recovery: 0.0,
        fee: 15.0 * major,
        margin: 0.3,
        churn: 10.0 * major,
        review: 4.0 * major,
        review_catches: 0.75,
    }
}

/// What is known of a model version from its folder.
#[derive(Debug, Clone, Default)]
pub struct ModelReference {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of its bytes: another model under the same number is another model.
    pub sha256: String,
    /// Thresholds; without them they are read off the decisions.
    pub policy: Option<Policy>,
    /// Frozen distributions; without them the first weeks of the window stand in.
    pub reference: ReferenceDistributions,
    /// Features that are functions of the clock.
    pub calendar: BTreeSet<String>,
}

/// A model version whose folder can't be used.
#[derive(Debug, Clone)]
pub struct UnknownModel {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of the bytes that scored.
    pub sha256: String,
    /// Why, after "its folder is not used: ".
    pub why: String,
}

/// What the caller knows of where the rows came from.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// Version of the program.
    pub binary_version: Option<String>,
    /// Hash of the config.
    pub config_sha256: Option<String>,
    /// By stream.
    pub streams: BTreeMap<String, StreamTotals>,
}

/// Account of one stream, from checkpoints or a run receipt, over the window of the comparisons.
#[derive(Debug, Clone, Default)]
pub struct StreamTotals {
    /// Records read.
    pub read: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Skips by reason.
    pub skips: BTreeMap<String, u64>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            maturity_ms: 90 * DAY_MS,
            sale_window_ms: 7 * DAY_MS,
            developed_below: 0.8,
            confidence: 0.95,
            resamples: 1_000,
            seed: 1,
            threads: None,
            min_slice: 100,
            costs: BTreeMap::new(),
            declines: None,
            rates: None,
            models: Vec::new(),
            unknown: Vec::new(),
            run: None,
            live_model: None,
            difference_of_interest: 0.05,
            receipt: Provenance::default(),
        }
    }
}
