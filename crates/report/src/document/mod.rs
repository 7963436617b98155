//! The report as one value: what every form of it (HTML, JSON, terminal) is written from.
//!
//! Everything here is data that is ready to show. A figure either is a finite number with its count, population and
//! interval, or a refusal that says why; no NaN and no null gets into the JSON, absent keys mean absent values.

mod figure;
mod fraud;
mod gates;
mod header;
mod money;
mod pricing;
mod quality;
mod shared;

pub use figure::{Amount, AssumedRange, Figure, Measured, Population, Range, Shown};
pub use fraud::{
    AgreementSection, Basis, Calibration, Disagreement, Flag, FraudModel, FraudStream, LatencyPoint,
    Maturity, OperatingPoint, Outcomes, Paired, Period, PrecisionAtK, Ranking, RecallAtRate, ReliabilityBin,
    StateCount, SwapCell, SwapIns, SwapOuts, SwapSets, SweepPoint, Thresholds, Who,
};
pub use gates::{GateResult, Unit, Verdict, VerdictWord};
pub use header::{
    AaFloor, Header, Latency, ModelReceipt, OffsetRange, RunReceipt, SettingsReceipt, Span, StreamReceipt,
};
pub use money::{
    Costs, DeclinedMoney, ElasticityPoint, MoneyPoint, MoneySection, MoneyTotal, Repricing,
    SegmentElasticity, Sensitivity,
};
pub use pricing::{
    Delay, GuardrailRow, Guardrails, PriceChange, PriceSummary, PricingModel, PricingPair, PricingStream,
    Stability, StaleInputs, Support, Uplift, UpliftOf,
};
pub use quality::{Count, DataQuality};
pub use shared::{
    Bar, BiasStatement, CurvePoint, CurveRange, Drift, DriftRow, DriftWeek, Histogram, ModelKey, Sample,
    Slice, Slices, Test,
};

pub use crate::kinds::Chapters;
use serde::Serialize;

/// Version of the JSON: raised when a key changes its meaning or goes; new keys may come without.
pub const SCHEMA: u32 = 5;

/// Everything the report says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Verdict and receipts.
    pub header: Header,
    /// What is said of each stream.
    #[serde(flatten)]
    pub chapters: Chapters,
    /// In the order of `gates.toml`.
    pub gates: Vec<GateResult>,
    /// What was counted while joining.
    pub data: DataQuality,
}

impl Report {
    /// The exit code of `bystander report`: 3 when a gate is not met, else 0. A gate on hold doesn't fail.
    pub fn exit(&self) -> u8 {
        if self.gates.iter().any(|gate| gate.result == VerdictWord::NotMet) { 3 } else { 0 }
    }

    /// The versioned JSON.
    ///
    /// # Errors
    /// Never for a report that this crate built; the signature is serde's.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}
