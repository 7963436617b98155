//! Recall with each known fraud weighted 1 ÷ F(age), so that those still to be reported are made up for.
//!
//! A fraud on an order of age a is seen with probability F(a), so each seen fraud stands for 1/F(a) (Horvitz and
//! Thompson). How soon a label comes depends on what the order went through: a review labels within hours, a dispute
//! takes weeks, and frauds that a model catches are often those that card schemes warn of early. So F is estimated apart
//! for each combination of live's action (held or not) and of the model's alarm, where there are enough frauds; a group
//! with too few takes the curve of all. "Fraud" means a label by the curve's oldest age throughout.

use super::curve::{Curve, Fraud, Refusal};
use crate::stats::bootstrap::{self, Bootstrap, Plan, resample};

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

/// Share of the frauds that is caught, those still to be reported made up for. `None` where none is old enough to be
/// weighted.
///
/// # Errors
/// Where it can't be told how labels arrive: see [`Refusal`].
pub fn recall(frauds: &[KnownFraud]) -> Result<Option<f64>, Refusal> {
    weighted(frauds, |_| 1)
}

/// Bootstraps [`recall`] over `customers`. The curves are estimated again in each resample, so an interval holds their
/// uncertainty too.
///
/// # Errors
/// See [`bootstrap::Refusal`].
pub fn bootstrap(
    frauds: &[KnownFraud],
    customers: usize,
    plan: &Plan,
) -> Result<Bootstrap<1>, bootstrap::Refusal> {
    if frauds.iter().any(|fraud| fraud.customer as usize >= customers) {
        return Err(bootstrap::Refusal::Rows);
    }
    // Each resample's frauds then come in the order in which its curves need them.
    let mut frauds = frauds.to_vec();
    frauds.sort_unstable_by_key(|known| (known.fraud.delay, known.fraud.age, known.customer));
    let recall = |weights: &[u32]| weighted(&frauds, |fraud| weights[fraud.customer as usize]);
    resample(customers, plan, |weights| recall(weights).ok().flatten().map(|one| [one]))
}

/// Recall with each fraud counted as often as `copies` says.
fn weighted(frauds: &[KnownFraud], copies: impl Fn(&KnownFraud) -> u32) -> Result<Option<f64>, Refusal> {
    let mut groups: [Vec<Fraud>; GROUPS] = Default::default();
    let mut all = Vec::new();
    for known in frauds {
        for _ in 0..copies(known) {
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
    Ok((caught + missed > 0.0).then(|| caught / (caught + missed)))
}

/// The first age at which F reaches `share`.
fn age_at(curve: &Curve, share: f64) -> i64 {
    let step = curve.share.iter().position(|found| *found >= share);
    step.map_or(curve.oldest(), |step| curve.ages[step])
}
