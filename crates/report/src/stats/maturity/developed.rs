//! Figures developed to full age beside those of matured orders alone.
//!
//! A fraud on an order of age a is seen with probability F(a), so each seen fraud stands for 1/F(a) (Horvitz and
//! Thompson). Orders so young that F is below a floor are left out: their few frauds would carry huge weights. "Fraud"
//! means a label by the curve's oldest age throughout. Assumed: how soon a label comes does not depend on the
//! model's decision or the amount. Population: orders whose label can come at all (accepted live).

use super::curve::{Curve, Fraud, Refusal, Tail};
use super::layout::Layout;
use crate::stats::bootstrap::{self, Bootstrap, Plan, resample};
use serde::Serialize;

/// An order that can get a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// From the order to now.
    pub age: i64,
    /// From the order to its fraud label, if one has come.
    pub fraud: Option<i64>,
    /// The decision in question catches it (reject, or review and reject: the caller's choice).
    pub flagged: bool,
    /// Its amount, minor units.
    pub amount: i64,
    /// Its cluster.
    pub customer: u32,
}

/// A figure of [`Figures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Frauds flagged ÷ frauds.
    Recall,
    /// The same in money.
    RecallOfAmount,
    /// Frauds flagged ÷ orders flagged.
    Precision,
    /// Frauds ÷ orders.
    FraudRate,
}

/// Sums and what follows from them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Orders counted.
    pub orders: f64,
    /// Of them flagged.
    pub flagged: f64,
    /// Frauds, weighted.
    pub frauds: f64,
    /// Flagged frauds, weighted.
    pub caught: f64,
    /// Amount of the frauds, weighted.
    pub fraud_amount: f64,
    /// Amount of the flagged frauds, weighted.
    pub caught_amount: f64,
}

impl Figures {
    /// `None` where its denominator is zero.
    pub fn get(&self, figure: Figure) -> Option<f64> {
        let (above, below) = match figure {
            Figure::Recall => (self.caught, self.frauds),
            Figure::RecallOfAmount => (self.caught_amount, self.fraud_amount),
            Figure::Precision => (self.caught, self.flagged),
            Figure::FraudRate => (self.frauds, self.orders),
        };
        (below > 0.0).then(|| above / below)
    }

    fn add_fraud(&mut self, order: &Order, weight: f64) {
        let amount = weight * order.amount as f64;
        self.frauds += weight;
        self.fraud_amount += amount;
        if order.flagged {
            self.caught += weight;
            self.caught_amount += amount;
        }
    }
}

/// Both side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Developed {
    /// Orders from the curve's oldest age on, unweighted.
    pub matured: Figures,
    /// Orders from `youngest` on, frauds weighted 1/F.
    pub developed: Figures,
    /// The first age at which F reaches the floor.
    pub youngest: i64,
    /// What is known of later labels.
    pub tail: Tail,
    /// The curve that was used.
    pub curve: Curve,
}

/// Computes both. `least_share` is the floor of F, for example 0.2.
///
/// # Errors
/// See [`Refusal`].
pub fn develop(orders: &[Order], horizon: Option<i64>, least_share: f64) -> Result<Developed, Refusal> {
    let prepared = Prepared::new(orders, horizon, least_share)?;
    let (curve, youngest) = (prepared.layout.curve(|_| 1), prepared.youngest);
    let oldest = curve.oldest();
    let mut found = Developed {
        matured: Figures::default(),
        developed: Figures::default(),
        youngest,
        tail: curve.tail,
        curve,
    };
    for order in orders {
        let weight = 1.0 / found.curve.share_at(order.age);
        let both = [(&mut found.developed, youngest, weight), (&mut found.matured, oldest, 1.0)];
        for (figures, from, weight) in both {
            if order.age >= from {
                figures.orders += 1.0;
                figures.flagged += f64::from(order.flagged);
                if order.fraud.is_some_and(|delay| delay <= oldest) {
                    figures.add_fraud(order, weight);
                }
            }
        }
    }
    Ok(found)
}

/// Bootstraps a developed figure over `customers`. The curve is estimated again in each resample, so the interval holds
/// its uncertainty too.
///
/// # Errors
/// [`bootstrap::Refusal`]; [`bootstrap::Refusal::Undefined`] when there is no curve.
pub fn interval(
    orders: &[Order],
    customers: usize,
    horizon: Option<i64>,
    least_share: f64,
    figure: Figure,
    plan: &Plan,
) -> Result<Bootstrap<1>, bootstrap::Refusal> {
    if orders.iter().any(|order| order.customer as usize >= customers) {
        return Err(bootstrap::Refusal::Rows);
    }
    let prepared =
        Prepared::new(orders, horizon, least_share).map_err(|_refusal| bootstrap::Refusal::Undefined)?;
    let mut counts = vec![[0.0; 2]; customers];
    for order in orders.iter().filter(|order| order.age >= prepared.youngest) {
        let count = &mut counts[order.customer as usize];
        *count = [count[0] + 1.0, count[1] + f64::from(order.flagged)];
    }
    resample(customers, plan, |weights| {
        let mut figures = prepared.frauds(weights)?;
        for ([orders, flagged], weight) in counts.iter().zip(weights) {
            figures.orders += orders * f64::from(*weight);
            figures.flagged += flagged * f64::from(*weight);
        }
        figures.get(figure).map(|value| [value])
    })
}

/// What all resamples share.
struct Prepared {
    layout: Layout,
    /// The frauds the layout was made of.
    frauds: Vec<Order>,
    youngest: i64,
}

impl Prepared {
    fn new(orders: &[Order], horizon: Option<i64>, least_share: f64) -> Result<Self, Refusal> {
        let (delays, frauds): (Vec<_>, Vec<_>) = orders
            .iter()
            .filter_map(|order| Some((Fraud { delay: order.fraud?, age: order.age }, *order)))
            .unzip();
        let layout = Layout::new(&delays, horizon)?;
        let curve = layout.curve(|_| 1);
        let step = curve.share.iter().position(|share| *share >= least_share.clamp(f64::MIN_POSITIVE, 1.0));
        let youngest = step.map_or(curve.oldest(), |step| curve.ages[step]);
        Ok(Self { layout, frauds, youngest })
    }

    /// The fraud sums with each customer counted as often as its weight says; `None` where the resample's curve is 0
    /// at an age with a fraud.
    fn frauds(&self, weights: &[u32]) -> Option<Figures> {
        let weight = |fraud: usize| u64::from(weights[self.frauds[fraud].customer as usize]);
        let shares = self.layout.shares(weight);
        let mut figures = Figures::default();
        for place in &self.layout.places {
            let (order, copies) = (&self.frauds[place.fraud], weight(place.fraud) as f64);
            if order.age >= self.youngest && copies > 0.0 {
                let share = shares[place.age];
                figures.add_fraud(order, (share > 0.0).then(|| copies / share)?);
            }
        }
        Some(figures)
    }
}
