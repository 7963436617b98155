//! Mechanical repricing, and scenarios in which demand answers.
//!
//! At unchanged demand the shadow's prices would have brought Σ q (p′ − p) more. That is arithmetic, **not an uplift**:
//! customers answer prices. The scenarios say by how much they may: q′ = q (p′ ÷ p)^ε for elasticities ε ≤ 0.

use serde::Serialize;

/// What was sold at one quote. Equal lines may be put together: quantities add up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Quantity sold at the live price.
    pub quantity: f64,
    /// Live price, minor units, above 0.
    pub live: i64,
    /// Shadow price, minor units, above 0.
    pub shadow: i64,
    /// Unit cost, minor units, if known.
    pub cost: Option<i64>,
}

/// Sums at one elasticity, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scenario {
    /// ε; 0 is mechanical repricing.
    pub elasticity: f64,
    /// Σ q′ − q.
    pub quantity_change: f64,
    /// Σ q′ p′ − q p.
    pub revenue_change: f64,
    /// Σ q′ (p′ − c) − q (p − c) over the lines with a cost; `None` without any.
    pub margin_change: Option<f64>,
}

/// Where the margin stays what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum BreakEven {
    /// At these elasticities, mildest first; a single one nearly always.
    At {
        /// Each below 0 and above the steepest that was looked at.
        elasticities: Vec<f64>,
    },
    /// The shadow's margin is higher at every elasticity looked at.
    AlwaysHigher,
    /// The shadow's margin is lower at every elasticity looked at.
    AlwaysLower,
    /// The same prices, or nothing sold: no difference at any elasticity.
    NoDifference,
}

/// Lines ready for any elasticity.
#[derive(Debug, Clone)]
pub struct Repricing {
    /// With ln(shadow ÷ live).
    lines: Vec<(Line, f64)>,
}

/// Elasticities to look at between roots.
const STEPS: u32 = 100;

impl Repricing {
    /// Leaves out lines with a price not above 0 or a quantity that is negative or not finite, and takes each logarithm
    /// once.
    pub fn new(lines: &[Line]) -> Self {
        let usable =
            |line: &&Line| line.live > 0 && line.shadow > 0 && line.quantity >= 0.0 && line.quantity <= 1e15;
        let with_logs = |line: &Line| (*line, (line.shadow as f64 / line.live as f64).ln());
        Self { lines: lines.iter().filter(usable).map(with_logs).collect() }
    }

    /// Sums at an elasticity; 0 is mechanical repricing. `None` without lines or for an elasticity outside [−50, 0].
    pub fn scenario(&self, elasticity: f64) -> Option<Scenario> {
        if self.lines.is_empty() || !(-50.0..=0.0).contains(&elasticity) {
            return None;
        }
        let costed = self.lines.iter().any(|(line, _)| line.cost.is_some());
        let mut scenario = Scenario {
            elasticity,
            quantity_change: 0.0,
            revenue_change: 0.0,
            margin_change: costed.then_some(0.0),
        };
        for (line, log_ratio) in &self.lines {
            let (live, shadow) = (line.live as f64, line.shadow as f64);
            let quantity = line.quantity * (elasticity * log_ratio).exp();
            scenario.quantity_change += quantity - line.quantity;
            scenario.revenue_change += quantity * shadow - line.quantity * live;
            if let (Some(cost), Some(margin)) = (line.cost, &mut scenario.margin_change) {
                let cost = cost as f64;
                *margin += quantity * (shadow - cost) - line.quantity * (live - cost);
            }
        }
        let finite =
            [scenario.quantity_change, scenario.revenue_change, scenario.margin_change.unwrap_or(0.0)];
        finite.iter().all(|sum| sum.is_finite()).then_some(scenario)
    }

    /// The elasticities between 0 and `steepest` (below 0, at least −50) at which the margin does not change: signs at
    /// 100 steps, halved between them, so roots closer than a step may hide in pairs. `None` without costs or where a sum overflows.
    pub fn break_even(&self, steepest: f64) -> Option<BreakEven> {
        let at = |elasticity: f64| self.scenario(elasticity).and_then(|scenario| scenario.margin_change);
        let step = steepest.max(-50.0) / f64::from(STEPS);
        let values: Vec<(f64, f64)> = (0..=STEPS)
            .map(|i| Some((f64::from(i) * step, at(f64::from(i) * step)?)))
            .collect::<Option<_>>()?;
        if values.iter().all(|(_, change)| *change == 0.0) {
            return Some(BreakEven::NoDifference);
        }
        let mut elasticities: Vec<f64> = values
            .iter()
            .skip(1)
            .filter(|(_, change)| *change == 0.0)
            .map(|(elasticity, _)| *elasticity)
            .collect();
        for pair in values.windows(2).filter(|pair| pair[0].1 * pair[1].1 < 0.0) {
            let (mut mild, mut steep) = (pair[0].0, pair[1].0);
            for _ in 0..60 {
                let middle = f64::midpoint(mild, steep);
                if at(middle)? * pair[0].1 > 0.0 { mild = middle } else { steep = middle }
            }
            elasticities.push(f64::midpoint(mild, steep));
        }
        elasticities.sort_by(|a, b| b.total_cmp(a));
        Some(match values.iter().find(|(_, change)| *change != 0.0) {
            _ if !elasticities.is_empty() => BreakEven::At { elasticities },
            Some((_, change)) if *change > 0.0 => BreakEven::AlwaysHigher,
            _ => BreakEven::AlwaysLower,
        })
    }
}
