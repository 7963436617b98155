//! What the report says of each stream, a list for each kind.

use super::fraud::FraudStream;
use super::pricing::PricingStream;
use serde::Serialize;

/// The streams that have comparisons, by kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Chapters {
    /// One entry per stream of orders that has comparisons.
    pub fraud: Vec<FraudStream>,
    /// One entry per stream of price quotes that has comparisons.
    pub pricing: Vec<PricingStream>,
}
