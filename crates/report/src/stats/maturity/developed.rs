//! Recall and precision with each known fraud weighted 1 ÷ F(age), so that those still to be reported are made up for.
//!
//! A fraud on an order of age a is seen with probability F(a), so each seen fraud stands for 1/F(a) (Horvitz and
//! Thompson). How soon a label comes depends on what the order went through: a review labels within hours, a dispute
//! takes weeks, and frauds that a model catches are often those that card schemes warn of early. So F is estimated apart
//! for each combination of live's action (held or not) and of the model's alarm, where there are enough frauds; a group
//! with too few takes the curve of all. "Fraud" means a label by the curve's oldest age throughout.

use super::curve::{Curve, CurveRefusal, Fraud};
use crate::stats::bootstrap::{self, Bootstrap, Resampling, resample};

/// Frauds a group needs for a curve of its own.
const LEAST_FRAUDS: usize = 30;
/// Orders younger than the age at which every group's F reaches this are left out: their weights would be huge.
const LEAST_SHARE: f64 = 0.25;
/// Live held the order or not, the model raised an alarm or not.
const GROUPS: usize = 4;

/// A fraud whose label has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFraud {
    /// When its label came, and how old its order is.
    pub fraud: Fraud,
    /// Live rejected it or had it reviewed.
    pub held: bool,
    /// The decision in question raises an alarm.
    pub caught: bool,
    /// Its cluster.
    pub customer: u32,
}

impl KnownFraud {
    fn group(&self) -> usize {
        usize::from(self.held) * 2 + usize::from(self.caught)
    }
}

/// An alarm on an order that can have a label, fraud or not, known or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// How old its order is.
    pub age: i64,
    /// Its cluster, numbered as those of the frauds.
    pub customer: u32,
}

/// Both figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Developed {
    /// Frauds caught ÷ frauds.
    pub recall: f64,
    /// Frauds caught ÷ alarms; `None` where no alarm is old enough.
    pub precision: Option<f64>,
    /// Alarms that are old enough.
    pub alarms: u64,
    /// The oldest age that the curve of all frauds covers: "fraud" means a label by then.
    pub oldest: i64,
    /// F at half of that age: near 1 where the curve has levelled off well before its end, so that few labels are to be
    /// expected after it.
    pub at_half: f64,
}

/// Recall and precision, frauds still to be reported made up for. `None` where no fraud is old enough to be weighted.
///
/// # Errors
/// Where it can't be told how labels arrive: see [`CurveRefusal`].
pub fn developed(frauds: &[KnownFraud], alarms: &[Alarm]) -> Result<Option<Developed>, CurveRefusal> {
    weighted(frauds, alarms, |_| 1)
}

/// Bootstraps recall and precision of [`developed`] over `customers`; without any alarm the precision is 0 throughout. The
/// curves are estimated again in each resample, so an interval holds their uncertainty too.
///
/// # Errors
/// See [`bootstrap::BootstrapRefusal`].
pub fn bootstrap(
    frauds: &[KnownFraud],
    alarms: &[Alarm],
    customers: usize,
    plan: &Resampling,
) -> Result<Bootstrap<2>, bootstrap::BootstrapRefusal> {
    let mut whose =
        frauds.iter().map(|fraud| fraud.customer).chain(alarms.iter().map(|alarm| alarm.customer));
    if whose.any(|customer| customer as usize >= customers) {
        return Err(bootstrap::BootstrapRefusal::Rows);
    }
    // Each resample's frauds then come in the order in which its curves need them.
    let mut frauds = frauds.to_vec();
    frauds.sort_unstable_by_key(|known| (known.fraud.delay, known.fraud.age, known.customer));
    resample(customers, plan, |weights| {
        let found = weighted(&frauds, alarms, |customer| weights[customer as usize]).ok().flatten()?;
        let precision = if alarms.is_empty() { Some(0.0) } else { found.precision };
        Some([found.recall, precision?])
    })
}

/// Both with each customer counted as often as `copies` says.
fn weighted(
    frauds: &[KnownFraud],
    alarms: &[Alarm],
    copies: impl Fn(u32) -> u32,
) -> Result<Option<Developed>, CurveRefusal> {
    let mut groups: [Vec<Fraud>; GROUPS] = Default::default();
    let mut all = Vec::new();
    for known in frauds {
        for _ in 0..copies(known.customer) {
            groups[known.group()].push(known.fraud);
            all.push(known.fraud);
        }
    }
    let pooled = Curve::estimate(&all, None)?;
    let own = groups.each_ref().map(|frauds| {
        let enough = frauds.len() >= LEAST_FRAUDS;
        enough.then(|| Curve::estimate(frauds, None).ok()).flatten().unwrap_or_else(|| pooled.clone())
    });
    // One youngest age for all groups: with an age of its own the group whose labels come early would count orders
    // that the others leave out.
    let there = groups.iter().zip(&own).filter(|(frauds, _)| !frauds.is_empty());
    let youngest = there.map(|(_, curve)| age_at(curve, LEAST_SHARE)).max().unwrap_or(i64::MAX);
    let (mut caught, mut missed) = (0.0, 0.0);
    for (group, (frauds, curve)) in groups.iter().zip(&own).enumerate() {
        let old = frauds.iter().filter(|fraud| fraud.age >= youngest);
        let total: f64 = old.map(|fraud| 1.0 / curve.share_at(fraud.age)).sum();
        *(if group % 2 == 1 { &mut caught } else { &mut missed }) += total;
    }
    let old = alarms.iter().filter(|alarm| alarm.age >= youngest);
    let alarms: u64 = old.map(|alarm| u64::from(copies(alarm.customer))).sum();
    let there = caught + missed > 0.0;
    // Weights may make up for more frauds than there are alarms.
    let precision = (alarms > 0).then(|| (caught / alarms as f64).min(1.0));
    let (oldest, at_half) = (pooled.oldest(), pooled.share_at(pooled.oldest() / 2));
    Ok(there.then(|| Developed { recall: caught / (caught + missed), precision, alarms, oldest, at_half }))
}

/// The first age at which F reaches `share`.
fn age_at(curve: &Curve, share: f64) -> i64 {
    let step = curve.share.iter().position(|found| *found >= share);
    step.map_or(curve.oldest(), |step| curve.ages[step])
}
