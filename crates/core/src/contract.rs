//! The contract of a model version: how an event becomes its inputs, and its output a decision.
//!
//! Written as `contract.toml` beside the model; this is its exact shape, unknown keys refused.

use crate::input::ElementType;
use crate::kind::Kind;
use crate::time::{DateOrder, TimeUnit};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The only contract schema so far.
pub const SCHEMA: u32 = 1;

/// How one model version is fed and read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Version of this format: [`SCHEMA`].
    pub schema: u32,
    /// The kind of stream the model scores.
    pub kind: Kind,
    /// One line for people.
    #[serde(default)]
    pub description: String,
    /// The engine that runs it, where the folder has models for several.
    pub engine: Option<String>,
    /// Layout of the inputs.
    pub input: InputLayout,
    /// Columns, in the matrix's order.
    pub features: Vec<Feature>,
    /// Where the score stands in the outputs.
    pub output: ScoreOutput,
    /// Thresholds; required for `orders`.
    pub policy: Option<Policy>,
    /// What the output means as money; required for `prices`.
    pub price: Option<PriceOutput>,
    /// How exactly golden events must be met.
    #[serde(default)]
    pub golden: Golden,
    /// Distributions seen in training, for drift.
    #[serde(default)]
    pub reference: ReferenceDistributions,
}

impl Contract {
    /// Whether it reads the canonical field `pointer`.
    pub fn names(&self, pointer: &str) -> bool {
        let of = self.price.as_ref().and_then(|price| price.of.as_ref());
        let features = self.features.iter().flat_map(|one| [&one.field, &one.from, &one.to]);
        features.flatten().chain(of).any(|named| named == pointer)
    }
}

/// One matrix or one tensor per column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "layout", rename_all = "lowercase", deny_unknown_fields)]
pub enum InputLayout {
    /// One `[rows × features]` tensor.
    Matrix {
        /// Name of the graph's input.
        name: String,
        /// float16, float32, float64, int32, int64, bool, or string.
        #[serde(rename = "type")]
        element: ElementType,
    },
    /// One `[rows × 1]` tensor per feature, named as the feature; or one per group of features that name the same `input`.
    Columns {},
}

impl InputLayout {
    /// The matrix's element type, if it is one.
    pub fn matrix(&self) -> Option<ElementType> {
        match self {
            Self::Matrix { element, .. } => Some(*element),
            Self::Columns {} => None,
        }
    }

    /// Element type of a feature's values.
    pub fn element(&self, feature: &Feature) -> ElementType {
        self.matrix().or(feature.element).unwrap_or(ElementType::Float32)
    }
}

/// One column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The column's name; the graph input's name in the columns layout.
    pub name: String,
    /// How the value comes out of the event.
    pub source: FeatureSource,
    /// JSON Pointer; for all sources but `seconds_between`.
    pub field: Option<String>,
    /// `seconds_between`: the earlier time.
    pub from: Option<String>,
    /// `seconds_between`: the later time.
    pub to: Option<String>,
    /// `hour_of_day` and `day_of_week`: the IANA name of the zone whose clocks count; default UTC.
    pub time_zone: Option<String>,
    /// What a missing or null field becomes.
    pub missing: Missing,
    /// Element type; columns layout only.
    #[serde(rename = "type")]
    pub element: Option<ElementType>,
    /// Columns layout: the graph's input that takes this column, where one input takes several; its columns come in the order
    /// of the contract. By default an input is named as its feature.
    pub input: Option<String>,
    /// `category`: the known values; a value becomes its index.
    pub vocabulary: Option<Vec<String>>,
    /// `category`: what a value outside the vocabulary becomes.
    pub unknown: Option<Missing>,
}

impl Feature {
    /// Columns layout: the graph's input that takes it.
    pub fn input_name(&self) -> &str {
        self.input.as_deref().unwrap_or(&self.name)
    }
}

/// How a column's value comes out of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSource {
    /// A number, written as a JSON number or inside a string.
    Number,
    /// An amount of money, written as the stream writes its money: minor units of the event's currency.
    Amount,
    /// The same as `number`.
    Decimal,
    /// A boolean, written as a JSON boolean, as the texts `true` and `false`, or as 1 and 0: 0 or 1.
    Boolean,
    /// A value of a vocabulary: its index. Numbers and booleans are matched as JSON writes them.
    Category,
    /// Seconds from one time to another.
    SecondsBetween,
    /// Hour of a time, 0 to 23, in UTC or in `time_zone`.
    HourOfDay,
    /// Day of the week of a time, Monday 0, in UTC or in `time_zone`.
    DayOfWeek,
    /// Number of elements of an array.
    Length,
    /// The string itself, or a number or boolean as JSON writes it; string columns only.
    String,
}

impl Contract {
    /// Names of the features that are functions of the clock.
    pub fn calendar(&self) -> impl Iterator<Item = &str> {
        self.features
            .iter()
            .filter(|feature| feature.source.is_calendar())
            .map(|feature| feature.name.as_str())
    }
}

impl FeatureSource {
    /// Whether it is a function of the clock: a window shorter than the clock's own cycle always differs from it.
    pub fn is_calendar(self) -> bool {
        matches!(self, Self::HourOfDay | Self::DayOfWeek)
    }
}

/// What stands in for a value that isn't there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Missing {
    /// This boolean.
    Boolean(bool),
    /// This number.
    Number(f64),
    /// `"nan"`, `"reject"` (the event becomes a dead letter), or a literal for string columns.
    Word(String),
}

/// Where the score stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreOutput {
    /// Name of the graph's output.
    pub name: String,
    /// Column of a `[rows × columns]` output; absent for `[rows]` and `[rows × 1]`.
    pub column: Option<usize>,
}

/// Two thresholds: `score ≥ reject` rejects, else `score ≥ review` reviews, else accepts. With `higher_is_riskier = false`, ≤ takes
/// the place of ≥.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Review from this score on.
    pub review: f64,
    /// Reject from this score on.
    pub reject: f64,
    /// Whether a higher score means more risk, as it does by default. Where it is false, as for a probability of being good,
    /// both thresholds are upper ends: a score up to `reject` rejects, else one up to `review` reviews.
    #[serde(default = "default_direction")]
    pub higher_is_riskier: bool,
}

fn default_direction() -> bool {
    true
}

/// What a pricing output means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceOutput {
    /// Unit of the output.
    pub unit: PriceUnit,
    /// `ratio`: JSON Pointer to the amount that the ratio multiplies.
    pub of: Option<String>,
}

/// Unit of a pricing output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriceUnit {
    /// Minor units of the event's currency (cents).
    Minor,
    /// Major units (euros).
    Major,
    /// A multiple of another amount of the event.
    Ratio,
}

/// How golden events are written, and how exactly they must be met. Times are written as the stream's events write them, unless
/// it is said here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Largest absolute difference to the training library's own score.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    /// Largest difference as a share of that score: a score within either passes.
    #[serde(default)]
    pub relative_tolerance: f64,
    /// Unit of times written as numbers.
    pub time_unit: Option<TimeUnit>,
    /// Units of single fields, where they differ: pointer = unit.
    #[serde(default)]
    pub time_units: BTreeMap<String, TimeUnit>,
    /// Zone of times written without one.
    pub time_zone: Option<String>,
    /// Order of day and month in dates such as `01/05/2026`.
    pub date_order: Option<DateOrder>,
}

fn default_tolerance() -> f64 {
    1e-6
}

impl Default for Golden {
    fn default() -> Self {
        Self {
            tolerance: default_tolerance(),
            relative_tolerance: 0.0,
            time_unit: None,
            time_units: BTreeMap::new(),
            time_zone: None,
            date_order: None,
        }
    }
}

impl Golden {
    /// Whether a score is near enough to the training library's.
    pub fn accepts(&self, score: f64, expected: f64) -> bool {
        let difference = (score - expected).abs();
        difference <= self.tolerance || difference <= self.relative_tolerance * expected.abs()
    }
}

/// Frozen distributions of the training data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceDistributions {
    /// Of the score.
    pub score: Option<Distribution>,
    /// Of each feature, by its name.
    #[serde(default)]
    pub features: BTreeMap<String, Distribution>,
}

/// Among a reference's values: every one outside the vocabulary.
pub const UNKNOWN: &str = "<unknown>";

/// A histogram (edges) or a table of categories (values), with the share of each.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Inner bin edges, rising; `shares` has one more entry. A value on an edge belongs to the bin below.
    #[serde(default)]
    pub edges: Vec<f64>,
    /// Category values; `shares` has as many entries. [`UNKNOWN`] stands for all that are outside the vocabulary.
    #[serde(default)]
    pub values: Vec<String>,
    /// Share of each bin or category among non-missing values.
    pub shares: Vec<f64>,
    /// Share of missing values.
    #[serde(default)]
    pub missing: f64,
}
