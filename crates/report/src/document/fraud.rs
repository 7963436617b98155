//! Fraud: one stream of orders, its labels, its models.

use super::figure::{Amount, Figure, Population, Shown};
use super::money::{MoneySection, MoneyTotal};
use super::shared::{BiasStatement, CurvePoint, Drift, Histogram, ModelKey, Slices, Test};
use bystander_core::decision::Action;
use bystander_core::time::Rfc3339;
use serde::Serialize;

/// A stream of orders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FraudStream {
    /// Its name.
    pub stream: String,
    /// Label maturity.
    pub maturity: Maturity,
    /// Orders and labels over time.
    pub periods: Vec<Period>,
    /// What changes over time, in plain words.
    pub regimes: Vec<String>,
    /// One per model.
    pub models: Vec<FraudModel>,
    /// Challengers against champions, paired.
    pub pairs: Vec<Paired>,
    /// What distorts the figures.
    pub bias: Vec<BiasStatement>,
}

/// How much is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Maturity {
    /// Orders by state; each order is in exactly one.
    pub states: Vec<StateCount>,
    /// From this age on, in days, no news is good news.
    pub maturity_days: f64,
    /// x: age in days, y: share of frauds reported by then, F(a).
    pub curve: Shown<Vec<LatencyPoint>>,
    /// Days from the order to its fraud label, median.
    pub latency_p50_days: Figure,
    /// 90th percentile.
    pub latency_p90_days: Figure,
    /// Share of this window's frauds that is reported so far, by the curve.
    pub reported: Figure,
    /// Share of orders that are mature.
    pub mature_share: Figure,
    /// Which recall and precision the headline uses.
    pub headline: Basis,
    /// Labels still needed to tell the planned difference in recall.
    pub labels_needed: Figure,
    /// In plain words.
    pub sentences: Vec<String>,
}

/// What recall and precision in the headline rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Mature orders only.
    Matured,
    /// Known frauds of all ages, weighted for those still to be reported: too few orders are mature.
    Developed,
}

/// A point of the development curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LatencyPoint {
    /// Age in days.
    pub age_days: f64,
    /// F(a).
    pub share: f64,
    /// Lower limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// Orders in one state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StateCount {
    /// `pending`, `good`, `fraud`, `refunded`, `disputed_won`, `unclear`, `declined`.
    pub state: String,
    /// What it means.
    pub meaning: String,
    /// Orders.
    pub count: u64,
    /// Their money.
    pub amounts: Vec<Amount>,
}

/// Orders of a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// First instant.
    pub start: Rfc3339,
    /// End, exclusive.
    pub end: Rfc3339,
    /// Orders.
    pub orders: u64,
    /// Known frauds.
    pub frauds: u64,
    /// Mature and good.
    pub good: u64,
    /// Not yet mature.
    pub pending: u64,
    /// Fraud among labelled orders.
    pub fraud_share: Figure,
    /// Share that live rejected.
    pub live_reject_share: Figure,
}

/// One model on the stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FraudModel {
    /// Which.
    pub model: ModelKey,
    /// In plain words, most important first.
    pub summary: Vec<String>,
    /// Orders it scored.
    pub compared: u64,
    /// Share of orders that it would hold for review, of all that it scored.
    pub reviewed: Figure,
    /// Share of orders that live held for review, of those with a live decision.
    pub live_reviewed: Figure,
    /// Live × shadow.
    pub swap: SwapSets,
    /// How far both agree.
    pub agreement: AgreementSection,
    /// At the thresholds.
    pub thresholds: Thresholds,
    /// Order of the scores.
    pub ranking: Ranking,
    /// One per currency.
    pub money: Vec<MoneySection>,
    /// All currencies together; refused where there is one only, or where a rate is missing.
    pub total: Shown<MoneyTotal>,
    /// Currencies without a cost assumption.
    pub money_refused: Vec<String>,
    /// Scores as probabilities.
    pub calibration: Shown<Calibration>,
    /// Against the reference.
    pub drift: Drift,
    /// By segment: insult rate and recall.
    pub slices: Vec<Slices>,
    /// Tests of the model against live.
    pub tests: Vec<Test>,
    /// Scores: of this model, of live (where logged), of known frauds, of good orders. Same bins.
    pub histograms: Vec<Histogram>,
}

/// Live × shadow over accept, review, reject. Each order with a live decision is in exactly one cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwapSets {
    /// Nine cells, live accept first, then by the shadow's action.
    pub cells: Vec<SwapCell>,
    /// Orders without a live decision: in no cell.
    pub without_live: u64,
    /// Live accepted, shadow rejects.
    pub outs: SwapOuts,
    /// Live rejected, shadow accepts.
    pub ins: SwapIns,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwapCell {
    /// What live did.
    pub live: Action,
    /// What the model would have done.
    pub shadow: Action,
    /// Orders.
    pub count: u64,
    /// Their money.
    pub amounts: Vec<Amount>,
    /// What is known of them.
    pub outcomes: Outcomes,
    /// Fraud among labelled orders; where live declined, among all orders of the cell.
    pub bad_rate: Figure,
}

/// Orders by what is known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Outcomes {
    /// Known frauds.
    pub fraud: u64,
    /// Mature and good, disputes that were won included.
    pub good: u64,
    /// Everything else: not yet mature, refunded, unclear.
    pub undecided: u64,
}

/// Live accepted, shadow rejects: the label is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwapOuts {
    /// What is known of them.
    pub outcomes: Outcomes,
    /// Fraud that would have been caught.
    pub caught: Vec<Amount>,
    /// Good orders that would newly have been insulted.
    pub insulted: Vec<Amount>,
    /// Fraud among labelled swap-outs.
    pub precision: Figure,
    /// In plain words.
    pub sentence: String,
}

/// Live declined, shadow accepts: most have no label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwapIns {
    /// Orders.
    pub count: u64,
    /// Their money.
    pub amounts: Vec<Amount>,
    /// Share of fraud among them, labelled or not.
    pub bad_rate: Figure,
    /// Frauds among them at least: those known by other means.
    pub fraud_at_least: u64,
    /// Frauds among them at most: all that aren't known to be good.
    pub fraud_at_most: u64,
    /// In plain words.
    pub sentence: String,
}

/// Agreement of live and shadow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgreementSection {
    /// Share of equal actions.
    pub raw: Figure,
    /// Cohen's κ.
    pub kappa: Figure,
    /// The same with linear weights: accept against reject counts twice as much as either against review.
    pub weighted_kappa: Figure,
    /// Spearman's ρ of the two scores, where live logs its score.
    pub spearman: Figure,
    /// Disagreements to look at.
    pub samples: Vec<Disagreement>,
}

/// One order on which both differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// The order, possibly pseudonymised.
    pub subject_id: String,
    /// When.
    pub occurred_at: Rfc3339,
    /// What live did.
    pub live: Action,
    /// What the model would have done.
    pub shadow: Action,
    /// The model's score.
    pub score: f64,
    /// Its money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What is known of it.
    pub state: String,
    /// `topic/partition/offset`.
    pub source: String,
}

/// Whose decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The live system.
    Live,
    /// The model.
    Model,
}

/// What counts as raising an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Rejecting.
    Reject,
    /// Rejecting, or holding for review.
    RejectOrReview,
}

/// Precision, recall and so on where the thresholds stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Thresholds {
    /// Whether a higher score means more risk; where it doesn't, thresholds are upper ends: up to them is flagged.
    pub higher_is_riskier: bool,
    /// Model and live, each flag, each population.
    pub points: Vec<OperatingPoint>,
    /// Over all thresholds, thinned out. Population: labelled.
    pub sweep: Vec<SweepPoint>,
    /// Recall where a given share of good orders is flagged.
    pub recall_at: Vec<RecallAtRate>,
    /// Precision of the k highest scores of each day.
    pub precision_at: Vec<PrecisionAtK>,
}

/// A decision maker at one operating point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// Whose decisions.
    pub who: Who,
    /// What counts as an alarm.
    pub flag: Flag,
    /// Score threshold, from the contract or read off the decisions; absent for live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Which orders.
    pub population: Population,
    /// Frauds flagged.
    pub true_positives: u64,
    /// Good orders flagged.
    pub false_positives: u64,
    /// Good orders passed.
    pub true_negatives: u64,
    /// Frauds passed.
    pub false_negatives: u64,
    /// Orders flagged that live declined and whose label isn't known.
    pub unlabelled_flagged: u64,
    /// Orders passed that live declined and whose label isn't known.
    pub unlabelled_passed: u64,
    /// Money of the frauds flagged.
    pub caught: Vec<Amount>,
    /// Money of the frauds passed.
    pub missed: Vec<Amount>,
    /// Money of the good orders flagged.
    pub insulted: Vec<Amount>,
    /// Frauds among flagged orders.
    pub precision: Figure,
    /// Frauds flagged among frauds.
    pub recall: Figure,
    /// Recall over all frauds known so far, young ones too; early labels weigh too much in it.
    pub recall_so_far: Figure,
    /// Recall with frauds weighted for those still to be reported.
    pub recall_developed: Figure,
    /// Precision with frauds weighted for those still to be reported, over alarms old enough for that, labelled or
    /// not; alarms that live declined, or that were refunded without a label, left out.
    pub precision_developed: Figure,
    /// Good orders flagged among good orders: false-positive rate.
    pub insult_rate: Figure,
    /// Good orders among flagged ones.
    pub false_discovery_rate: Figure,
    /// Flagged among all, labelled or not.
    pub alert_rate: Figure,
}

/// One threshold of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SweepPoint {
    /// Flag from this score on.
    pub threshold: f64,
    /// Labelled orders flagged.
    pub flagged: u64,
    /// Share of labelled orders flagged.
    pub alert_rate: f64,
    /// Frauds among flagged.
    pub precision: f64,
    /// Frauds flagged among frauds.
    pub recall: f64,
    /// Good orders flagged among good orders.
    pub insult_rate: f64,
}

/// Recall at a fixed false-positive rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecallAtRate {
    /// Largest share of good orders flagged.
    pub insult_rate: f64,
    /// Recall there.
    pub recall: Figure,
    /// Its threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// Precision of a day's highest scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionAtK {
    /// How many a team can look at in a day.
    pub k: u64,
    /// Frauds among them, over all days.
    pub precision: Figure,
}

/// How well the scores order the labelled orders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// Average precision.
    pub average_precision: Figure,
    /// What average precision would be by chance: the share of fraud.
    pub prevalence: Figure,
    /// ROC AUC.
    pub auc: Figure,
    /// ROC AUC over all mature orders: a range where live declined some without a label.
    pub auc_of_all: Figure,
    /// Average precision over all mature orders; refused where live declined some without a label.
    pub average_precision_of_all: Figure,
    /// Largest distance of the score's distribution among frauds and among good orders.
    pub ks: Figure,
    /// 2 AUC − 1.
    pub gini: Figure,
    /// x: share of orders with the highest scores, y: their fraud share ÷ the overall one.
    pub lift: Vec<CurvePoint>,
    /// x: recall, y: precision.
    pub pr: Vec<CurvePoint>,
    /// x: false-positive rate, y: recall.
    pub roc: Vec<CurvePoint>,
}

/// Scores as probabilities. Population: labelled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Reliability diagram.
    pub bins: Vec<ReliabilityBin>,
    /// Mean squared error.
    pub brier: Figure,
    /// Murphy's reliability: 0 is perfect.
    pub reliability: f64,
    /// Murphy's resolution: the larger the better.
    pub resolution: f64,
    /// Murphy's uncertainty: what can't be helped.
    pub uncertainty: f64,
    /// Mean negative log likelihood.
    pub log_loss: Figure,
    /// Expected calibration error.
    pub ece: Figure,
    /// Of the logistic recalibration; 1 is perfect.
    pub slope: Figure,
    /// Of the logistic recalibration; 0 is perfect.
    pub intercept: Figure,
    /// Frauds ÷ Σ scores; 1 is perfect.
    pub observed_over_expected: Figure,
}

/// One bin of the reliability diagram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Mean score.
    pub mean_score: f64,
    /// Share of fraud.
    pub observed: Figure,
}

/// Challenger against champion on the same orders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paired {
    /// The one that is compared with.
    pub champion: ModelKey,
    /// The one in question.
    pub challenger: ModelKey,
    /// Orders that both scored.
    pub n: u64,
    /// Share of equal actions.
    pub agreement: Figure,
    /// McNemar on decisions, `DeLong` on AUC.
    pub tests: Vec<Test>,
    /// Challenger less champion.
    pub auc_difference: Figure,
    /// Challenger less champion.
    pub average_precision_difference: Figure,
    /// Challenger less champion, recall when rejecting.
    pub recall_difference: Figure,
    /// Challenger less champion, share of good orders rejected.
    pub insult_rate_difference: Figure,
    /// Challenger less champion per 1,000 orders, minor units, one per currency.
    pub cost_differences: Vec<(String, Figure)>,
    /// The same of all currencies together, minor units of the currency that the config's rates turn them into.
    pub total_cost_difference: Figure,
    /// Share of score differences that are below the A/A floor.
    pub below_floor: Figure,
    /// In plain words.
    pub sentences: Vec<String>,
}
