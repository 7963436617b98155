//! Guardrails: what no model's price may break, and the trail of what they did.

use super::PriceFacts;
use crate::config::{GuardrailConfig, PricePoints, PricePointsConfig};
use crate::decision::{GuardrailRule, GuardrailTrail};
use crate::money::{Currency, LARGEST_AMOUNT};
use crate::problem::Problem;
use crate::rejection::Code;
use std::collections::BTreeMap;

/// Compiled guardrails. A later rule has the last word: largest change, ceiling, floor, margin; then the
/// price is rounded to the nearest price point that breaks none of them.
#[derive(Debug, Clone, Default)]
pub struct PriceGuardrails {
    min_margin: Option<f64>,
    max_change: Option<f64>,
    floor: BTreeMap<String, i64>,
    ceiling: BTreeMap<String, i64>,
    price_points: Option<PricePointsConfig>,
    pub(super) tolerance: f64,
}

impl PriceGuardrails {
    pub(super) fn compile(
        config: Option<&GuardrailConfig>,
        cost_bound: bool,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let config = config.cloned().unwrap_or_default();
        let mut wrong = |key: &str, what: String, fix: &str| {
            problems.push(Problem::new(format!("guardrails.{key}"), what, fix));
        };
        let shares = [("min_margin", config.min_margin), ("tolerance", config.tolerance)];
        for (key, share) in shares {
            if let Some(share) = share.filter(|share| !(0.0..1.0).contains(share)) {
                wrong(
                    key,
                    format!("{share} is not a valid share"),
                    "write a number from 0 up to 1, such as 0.05",
                );
            }
        }
        if let Some(change) = config.max_change.filter(|change| !(*change >= 0.0 && change.is_finite())) {
            wrong(
                "max_change",
                format!("{change} is not a valid change"),
                "write a number from 0 on, such as 0.15",
            );
        }
        if config.min_margin.is_some() && !cost_bound {
            wrong("min_margin", "a margin needs a cost".into(), "bind `cost`, or remove min_margin");
        }
        let mut limits = |key: &str, written: &BTreeMap<String, i64>| -> BTreeMap<String, i64> {
            let known = written.iter().filter_map(|(code, limit)| {
                let currency = Currency::from_code(code).filter(|_| (1..=LARGEST_AMOUNT).contains(limit));
                if currency.is_none() {
                    let what = format!("{code} = {limit} is not a price");
                    wrong(key, what, "write an ISO 4217 code and minor units above 0, such as EUR = 199");
                }
                Some((currency?.code().to_owned(), *limit))
            });
            known.collect()
        };
        let (floors, ceilings) = (limits("floor", &config.floor), limits("ceiling", &config.ceiling));
        for (code, floor) in &floors {
            if let Some(ceiling) = ceilings.get(code).filter(|ceiling| *ceiling < floor) {
                let what = format!("{code} = {floor} is above the ceiling of {ceiling}");
                wrong("floor", what, "set the floor to at most the ceiling");
            }
        }
        let mistake = config.price_points.as_ref().and_then(PricePointsConfig::mistake);
        if let Some(what) = &mistake {
            let fix = "write a step above 0 and an ending from 0 up to below it, such as { step = 100, ending = 99 } or \
                       { EUR = { step = 100, ending = 99 } }";
            wrong("price_points", what.clone(), fix);
        }
        Self {
            min_margin: config.min_margin,
            max_change: config.max_change,
            floor: floors,
            ceiling: ceilings,
            price_points: config.price_points.filter(|_| mistake.is_none()),
            tolerance: config.tolerance.unwrap_or(0.0),
        }
    }

    /// The price that the guardrails let through, and which of them moved it.
    ///
    /// # Errors
    /// [`Code::PriceOutOfRange`] when a limit is too large to be an amount.
    pub(super) fn hold(&self, price: i64, facts: &PriceFacts) -> Result<(i64, GuardrailTrail), Code> {
        let bounds = self.bounds(facts)?;
        let mut trail = GuardrailTrail::default();
        let mut held = price;
        for (rule, low, high) in &bounds {
            held = trail.note(*rule, held, held.max(*low).min(*high));
        }
        // No rule may be passed by rounding; where rules contradict, the later one holds already.
        let allowed = |price: i64| {
            bounds
                .iter()
                .all(|(_, low, high)| (*low..=*high).contains(&price) || !(*low..=*high).contains(&held))
        };
        let points = self.price_points.as_ref().and_then(|points| points.get(facts.currency.code()));
        match points.map(|points| points.nearest(held, allowed)) {
            Some(Some(point)) => held = trail.note(GuardrailRule::PricePoint, held, point),
            Some(None) => trail.note_missed(GuardrailRule::PricePoint, held),
            None => {}
        }
        if held <= 0 { Err(Code::PriceOutOfRange) } else { Ok((held, trail)) }
    }

    /// Each rule as the range it leaves, in the order of application.
    fn bounds(&self, facts: &PriceFacts) -> Result<[(GuardrailRule, i64, i64); 4], Code> {
        let limit = |table: &BTreeMap<String, i64>| table.get(facts.currency.code()).copied();
        let amount = |value: f64| crate::money::rounded(value).ok_or(Code::PriceOutOfRange);
        let from = facts.previous_price.unwrap_or(facts.live_price) as f64;
        let (least, most) = match self.max_change {
            None => (i64::MIN, i64::MAX),
            Some(change) => (amount(up(from * (1.0 - change)))?, amount(down(from * (1.0 + change)))?),
        };
        let dearest_loss = match (self.min_margin, facts.cost) {
            (Some(margin), Some(cost)) => amount(up(cost as f64 / (1.0 - margin)))?,
            _ => i64::MIN,
        };
        Ok([
            (GuardrailRule::MaxChange, least, most),
            (GuardrailRule::Ceiling, i64::MIN, limit(&self.ceiling).unwrap_or(i64::MAX)),
            (GuardrailRule::Floor, limit(&self.floor).unwrap_or(i64::MIN), i64::MAX),
            (GuardrailRule::MinMargin, dearest_loss, i64::MAX),
        ])
    }
}

/// Rounds up, unless a rounding error alone keeps the limit from a whole amount: 100 × 1.15 is 115.
fn up(limit: f64) -> f64 {
    whole(limit).unwrap_or(limit.ceil())
}

/// Rounds down, with the same exception.
fn down(limit: f64) -> f64 {
    whole(limit).unwrap_or(limit.floor())
}

fn whole(limit: f64) -> Option<f64> {
    let nearest = limit.round();
    ((limit - nearest).abs() <= limit.abs() * 4.0 * f64::EPSILON).then_some(nearest)
}

impl PricePointsConfig {
    /// What is wrong, if anything.
    fn mistake(&self) -> Option<String> {
        let wrong = |points: &PricePoints| !points.are_prices();
        match self {
            Self::All(points) => wrong(points).then(|| points.refusal()),
            Self::ByCurrency(by_currency) => by_currency.iter().find_map(|(code, points)| {
                if Currency::from_code(code).is_none() {
                    return Some(format!("{code} is not an ISO 4217 code"));
                }
                wrong(points).then(|| format!("{code}: {}", points.refusal()))
            }),
        }
    }
}

impl PricePoints {
    fn are_prices(self) -> bool {
        (1..=LARGEST_AMOUNT).contains(&self.step) && (0..self.step).contains(&self.ending)
    }

    fn refusal(self) -> String {
        format!("step {} and ending {} do not make price points", self.step, self.ending)
    }

    /// The nearest allowed price point, the lower one of two equally near; `None` when neither neighbour is.
    fn nearest(self, price: i64, allowed: impl Fn(i64) -> bool) -> Option<i64> {
        let below = price - (price - self.ending).rem_euclid(self.step);
        let above = below.checked_add(self.step)?;
        let mut candidates = if price - below <= above - price { [below, above] } else { [above, below] };
        if below == price {
            candidates = [below, below];
        }
        candidates.into_iter().find(|&point| point > 0 && allowed(point))
    }
}
