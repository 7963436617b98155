//! Money: of one currency each, in minor units.

use super::figure::{Figure, Shown};
use serde::Serialize;

/// What mistakes cost, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Costs {
    /// Share of a missed fraud's amount that comes back.
    pub recovery: f64,
    /// Fee per missed fraud (chargeback), minor units.
    pub fee: f64,
    /// Margin lost with a good order that is declined, as a share of its amount.
    pub margin: f64,
    /// What an insulted customer costs beside the order, minor units.
    pub churn: f64,
    /// What a review costs, minor units.
    pub review: f64,
    /// Share of frauds that a review catches.
    pub review_catches: f64,
    /// Whether these are the program's defaults rather than the shop's own.
    pub assumed: bool,
}

/// Fraud in money. Population: mature orders of this currency with a live decision. What live declined without a label makes
/// a figure a range; totals of money, the cheapest threshold and the curve are about labelled orders only.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoneySection {
    /// ISO 4217.
    pub currency: String,
    /// Digits after the decimal point of the major unit.
    pub exponent: u32,
    /// What was assumed.
    pub costs: Costs,
    /// Fraud that the model would have stopped and live let through, minor units.
    pub caught: Figure,
    /// Good orders that the model would have declined and live let through, minor units.
    pub insulted: Figure,
    /// Fraud that both let through, minor units.
    pub missed: Figure,
    /// Cost of the model's decisions per 1,000 orders, minor units.
    pub model_per_1000: Figure,
    /// Cost of live's decisions per 1,000 orders, minor units.
    pub live_per_1000: Figure,
    /// Model less live per 1,000 orders, minor units: negative saves money.
    pub delta_per_1000: Figure,
    /// What unlabelled declines do to that difference; refused where there are none.
    pub declined: Shown<DeclinedMoney>,
    /// Accepting everything, per 1,000 orders.
    pub accept_all_per_1000: Figure,
    /// Rejecting everything, per 1,000 orders.
    pub reject_all_per_1000: Figure,
    /// 1 − Cost(model) ÷ min(Cost(accept all), Cost(reject all)), after Bahnsen et al. 2015.
    pub savings: Figure,
    /// The rejecting threshold that costs least on these rows (no review).
    pub cheapest: Figure,
    /// The rejecting threshold that flags most and costs no more than live did (no review); its note names the other end.
    pub break_even: Figure,
    /// The difference to live under other assumptions.
    pub sensitivity: Vec<Sensitivity>,
    /// Cost over thresholds on labelled orders, without scoring again.
    pub by_threshold: Vec<MoneyPoint>,
    /// Cost of live's decisions per 1,000 of the curve's orders, minor units.
    pub curve_live_per_1000: Figure,
    /// Accepting everything, per 1,000 of the curve's orders.
    pub curve_accept_all_per_1000: Figure,
}

/// All currencies of a model added up at the config's rates. Population: as of each currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoneyTotal {
    /// The currency that all are turned into, ISO 4217.
    pub currency: String,
    /// Digits after the decimal point of the major unit.
    pub exponent: u32,
    /// What one major unit of each other currency is in it.
    pub rates: Vec<(String, f64)>,
    /// The day of the rates, as the config states it.
    pub date: String,
    /// Where they are from, as the config states it.
    pub source: String,
    /// Cost of the model's decisions per 1,000 orders, minor units.
    pub model_per_1000: Figure,
    /// Cost of live's decisions per 1,000 orders, minor units.
    pub live_per_1000: Figure,
    /// Model less live per 1,000 orders, minor units: negative saves money.
    pub delta_per_1000: Figure,
}

/// What orders that live declined and whose label isn't known do to the difference between model and live.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeclinedMoney {
    /// Such orders of this currency.
    pub unlabelled: u64,
    /// Those of them that move the difference: the model would not have rejected them.
    pub moved: u64,
    /// Share of fraud among those at which model and live cost the same, if frauds and good orders among them have the
    /// same amounts on average: below it the model is cheaper.
    pub break_even_fraud_share: Figure,
    /// Model less live per 1,000 orders that live did not decline, minor units.
    pub not_declined_per_1000: Figure,
    /// What the config assumes of them and its source: the range under it stands in each figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumption: Option<String>,
    /// In plain words.
    pub sentence: String,
}

/// The difference to live, were one assumption another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Which assumption.
    pub assumption: String,
    /// What it was set to.
    pub value: f64,
    /// Model less live per 1,000 orders, minor units.
    pub delta_per_1000: Figure,
}

/// One threshold: reject from it on, accept below.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MoneyPoint {
    /// Threshold of the score.
    pub threshold: f64,
    /// Cost per 1,000 orders, minor units.
    pub cost_per_1000: f64,
    /// Fraud stopped, minor units.
    pub fraud_stopped: f64,
    /// Good orders declined, minor units.
    pub good_declined: f64,
}

/// What the model's prices would have brought in at unchanged demand. *Not an uplift.*
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repricing {
    /// ISO 4217.
    pub currency: String,
    /// Digits after the decimal point of the major unit.
    pub exponent: u32,
    /// Says that demand is held fixed and that this is no uplift.
    pub label: String,
    /// Σ quantity × (shadow − live price) over everything quoted, minor units: as if all of it had been bought.
    pub revenue_change: Figure,
    /// Σ quantity bought and kept × live price, minor units: what was sold.
    pub live_revenue: Figure,
    /// Σ quantity × live price over everything quoted, minor units.
    pub live_quoted: Figure,
    /// Σ quantity × (live price − cost), minor units.
    pub live_margin: Figure,
    /// Σ quantity × (shadow price − cost), minor units.
    pub shadow_margin: Figure,
    /// Σ quantity bought and kept × (shadow − live price), minor units: the change of revenue at unchanged demand.
    pub purchased_change: Figure,
    /// Change of revenue and margin when quantity answers: q′ = q (p′ ÷ p)^ε.
    pub elasticity: Vec<ElasticityPoint>,
    /// The elasticity at which the margin wouldn't change.
    pub break_even_elasticity: Figure,
    /// The same by segment.
    pub by_segment: Vec<SegmentElasticity>,
}

/// One assumed elasticity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ElasticityPoint {
    /// ε, zero or negative.
    pub elasticity: f64,
    /// Change of revenue, minor units.
    pub revenue_change: f64,
    /// Change of margin, minor units; absent without costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_change: Option<f64>,
}

/// The break-even elasticity of one segment value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentElasticity {
    /// Segment.
    pub segment: String,
    /// Its value.
    pub value: String,
    /// The elasticity at which its margin wouldn't change.
    pub break_even: Figure,
}
