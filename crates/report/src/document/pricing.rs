//! Prices: one stream of quotes and its models.

use super::figure::{Amount, Figure, Shown};
use super::money::Repricing;
use super::shared::{Drift, Histogram, ModelKey, Slices, Test};
use serde::Serialize;

/// A stream of price quotes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PricingStream {
    /// Its name.
    pub stream: String,
    /// Quotes by what became of them: `purchased`, `returned`, `not_bought`, `unknown`.
    pub outcomes: Vec<super::StateCount>,
    /// One per model.
    pub models: Vec<PricingModel>,
    /// Challengers against champions.
    pub pairs: Vec<PricingPair>,
}

/// One model on the stream. The live price is what happened, not the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PricingModel {
    /// Which.
    pub model: ModelKey,
    /// In plain words, most important first.
    pub summary: Vec<String>,
    /// Quotes it priced.
    pub compared: u64,
    /// Shadow against live price.
    pub change: Shown<PriceChange>,
    /// What the guardrails did.
    pub guardrails: Guardrails,
    /// How restless the prices are.
    pub stability: Stability,
    /// At unchanged demand, one per currency.
    pub repricing: Vec<Repricing>,
    /// Whether the data can tell anything about demand.
    pub support: Support,
    /// Against the reference.
    pub drift: Drift,
    /// By segment: median relative change, as a fairness check.
    pub slices: Vec<Slices>,
    /// What to run next, in plain words.
    pub next_tests: Vec<String>,
}

/// Shadow − live price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceChange {
    /// Relative change, (shadow − live) ÷ live.
    pub relative: PriceSummary,
    /// ln(shadow ÷ live).
    pub log_ratio: PriceSummary,
    /// In minor units, one per currency.
    pub absolute: Vec<(String, PriceSummary)>,
    /// Share of quotes priced up.
    pub up: Figure,
    /// Share priced down.
    pub down: Figure,
    /// Share within the stream's tolerance, as the comparisons say.
    pub within: Figure,
    /// Up against down, zeros left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_test: Option<Test>,
    /// Σ |shadow − live| ÷ Σ live, one per currency.
    pub wape: Vec<(String, Figure)>,
    /// Relative change.
    pub histogram: Histogram,
}

/// A distribution in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceSummary {
    /// Middle.
    pub median: Figure,
    /// Mean.
    pub mean: Figure,
    /// Median absolute deviation from the median.
    pub mad: Figure,
    /// (percent, value): 1, 5, 25, 50, 75, 95, 99.
    pub percentiles: Vec<(f64, f64)>,
}

/// What the guardrails did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guardrails {
    /// Share of quotes whose price a guardrail moved.
    pub moved: Figure,
    /// By rule, in the order they are applied.
    pub rules: Vec<GuardrailRow>,
    /// Relative change to live before the guardrails.
    pub before: Shown<PriceSummary>,
    /// And after them.
    pub after: Shown<PriceSummary>,
    /// Share of quotes that were scored more than an hour after their record came.
    pub stale: Figure,
    /// How old what the price was made from was.
    pub inputs: StaleInputs,
}

/// How old what a price was made from was, as far as comparisons tell. Inputs stand in the quote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StaleInputs {
    /// From a quote to its record.
    pub arrival: Delay,
    /// Share of quotes whose record came more than an hour later.
    pub arrived_late: Figure,
    /// From a record to its scoring; live only.
    pub scoring: Delay,
    /// Share of items whose cost stood still at the end for three times as long as it ever did before.
    pub frozen_costs: Figure,
    /// What can't be told.
    pub unknown: String,
}

/// A distribution of delays.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delay {
    /// Half of them are shorter.
    pub median_ms: Figure,
    /// 99 of 100 are shorter.
    pub p99_ms: Figure,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuardrailRow {
    /// Its name.
    pub rule: String,
    /// Share of quotes it moved.
    pub share: Figure,
    /// Prices it raised.
    pub raised: u64,
    /// Prices it lowered.
    pub lowered: u64,
    /// Price points that were missed because the other rules allowed none near the price; 0 for other rules.
    pub missed: u64,
    /// Mean of (after − before) ÷ before over the quotes it moved.
    pub mean_move: Figure,
}

/// How restless the prices are, beside live's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stability {
    /// Changes of the model's price per item and day.
    pub changes_per_item_day: Figure,
    /// The same of live's.
    pub live_changes_per_item_day: Figure,
    /// Share of changes that take back the change before: a → b → a.
    pub flip_flops: Figure,
    /// The same of live's.
    pub live_flip_flops: Figure,
    /// (highest − lowest) ÷ lowest of the model's prices for one item within an hour, mean over hours with several
    /// quotes.
    pub dispersion: Figure,
    /// The same of live's.
    pub live_dispersion: Figure,
}

/// Whether the data can tell anything about demand at the model's prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Support {
    /// Share of shadow prices inside the item's own range of live prices.
    pub inside: Figure,
    /// Items.
    pub items: u64,
    /// Items with at least two different live prices.
    pub items_with_history: u64,
    /// Money at stake in quotes outside the range, one per currency.
    pub outside: Vec<Amount>,
    /// Share of quotes whose price live drew at random: with a logged chance below 1.
    pub explored: Figure,
    /// What the model's prices would have earned, one per currency: refused unless live's prices were drawn at random
    /// with logged chances.
    pub uplift: Shown<Vec<Uplift>>,
}

/// What the model's prices would have earned at explored quotes, estimated from those at which live drew a price like the
/// model's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Uplift {
    /// ISO 4217.
    pub currency: String,
    /// Digits after the decimal point of the major unit.
    pub exponent: u32,
    /// Share of the quotes that are old enough to have been bought and have a quantity whose price live drew at random. All
    /// other figures are of these quotes; what the model's prices would do at the rest is not estimated.
    pub explored: Figure,
    /// Share of quotes at which live served a price within the tolerance of the model's.
    pub matched: Figure,
    /// Effective sample size by money, (Σ w s)² ÷ Σ (w s)²: w = 1 ÷ propensity of matched quotes, s = quantity × the
    /// model's price. The estimates need 100.
    pub effective: Figure,
    /// Mean weight by money, Σ w s ÷ Σ s: 1 where each of the model's prices could have been drawn and the propensities are right.
    pub mean_weight: Figure,
    /// The largest w s as a share of all.
    pub largest_share: Figure,
    /// Revenue of what was bought.
    pub revenue: Shown<UpliftOf>,
    /// Revenue less cost of what was bought.
    pub margin: Shown<UpliftOf>,
}

/// Money per 1,000 explored quotes, minor units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpliftOf {
    /// What live took in, its exploration included.
    pub live: Figure,
    /// What the model's prices would have taken in, by self-normalised importance sampling. A matched quote earns what live
    /// sold it for, which may differ from the model's price by the stream's tolerance; the doubly robust estimate corrects that.
    pub snips: Figure,
    /// That less live's, paired.
    pub snips_change: Figure,
    /// What the model's prices would have taken in, doubly robust: importance sampling of what a cross-fitted answer of
    /// purchases to price leaves over.
    pub doubly_robust: Figure,
    /// That less live's, paired. The estimate to go by.
    pub doubly_robust_change: Figure,
}

/// Challenger against champion on the same quotes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PricingPair {
    /// The one that is compared with.
    pub champion: ModelKey,
    /// The one in question.
    pub challenger: ModelKey,
    /// Quotes that both priced.
    pub n: u64,
    /// Challenger ÷ champion − 1.
    pub difference: Shown<PriceSummary>,
    /// Who prices higher, ties left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_test: Option<Test>,
    /// Challenger less champion of Σ quantity × price, at unchanged demand, one per currency. Not an uplift.
    pub revenue_differences: Vec<(String, Figure)>,
}
