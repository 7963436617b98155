//! Every threshold that matters, from one sorted pass, thinned to what a reader or a chart can use.

use super::{Cell, Confusion};
use crate::stats::ranking::{Ranked, Step, Totals};
use serde::Serialize;

/// Halvings of the step: enough to come within a thousandth of the finest that fits.
const HALVINGS: u32 = 16;

/// Tables over falling thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// From nothing flagged (no threshold) to everything flagged.
    pub points: Vec<Confusion>,
    /// Thresholds at which a curve can turn, before thinning.
    pub corners: usize,
    /// Where corners were dropped, the neighbours that remain differ by at most this in recall, in
    /// false-positive rate and, with amounts, in the shares of fraud and good value. 0 where none was.
    pub resolution: f64,
}

/// The tables at every threshold where a curve can turn, or at `max_points` of them (at least 3).
///
/// Left out without loss are thresholds inside a run of good cases: recall stands still there, the false-positive
/// rate, the ROC and precision–recall curves go straight, and any cost is least at an end of the run. Among the
/// rest, the finest even spacing that fits is taken, on recall, false-positive rate, value, and the logarithm of
/// the alerts, so that the few alerts at the top keep their detail. A jump made by one tied score keeps both ends.
pub fn sweep(ranked: &Ranked, max_points: usize) -> Sweep {
    let room = max_points.max(3) - 1;
    let corners = corners(ranked).count();
    let (kept, resolution) =
        if corners <= room { (self::corners(ranked).collect(), 0.0) } else { thinned(ranked, room) };
    let mut points = vec![table(ranked, None, &Totals::default())];
    points.extend(kept.iter().map(|step| table(ranked, Some(step.score), &step.above)));
    Sweep { points, corners, resolution }
}

/// The table at a step.
pub(super) fn table(ranked: &Ranked, threshold: Option<f64>, above: &Totals) -> Confusion {
    let totals = ranked.totals();
    Confusion {
        threshold,
        true_positive: Cell::from(above.positive),
        false_positive: Cell::from(above.negative),
        true_negative: Cell::from(totals.negative.less(&above.negative)),
        false_negative: Cell::from(totals.positive.less(&above.positive)),
    }
}

/// Steps that add a fraud, those just before them, and the last.
fn corners(ranked: &Ranked) -> impl Iterator<Item = Step> {
    let mut steps = ranked.steps().peekable();
    let mut frauds_before = 0;
    std::iter::from_fn(move || {
        loop {
            let step = steps.next()?;
            let adds = step.above.positive.rows > frauds_before;
            frauds_before = step.above.positive.rows;
            let next_adds = steps.peek().is_none_or(|next| next.above.positive.rows > frauds_before);
            if adds || next_adds {
                return Some(step);
            }
        }
    })
}

/// At most `room` corners by the finest step that fits, and that step.
fn thinned(ranked: &Ranked, room: usize) -> (Vec<Step>, f64) {
    let axes = Axes::new(ranked);
    // One pass over all rows at a step far below the result leaves a list short enough to try steps on.
    let finest = 1.0 / (64.0 * room as f64);
    let fine = thin(corners(ranked).map(|corner| (corner, axes.of(&corner.above))), finest, usize::MAX);
    let fine: Vec<(Step, Place)> = fine.unwrap_or_default();
    let (mut fits, mut fails) = (1.0, finest);
    let mut kept = thin(fine.iter().copied(), fits, room).unwrap_or_default();
    for _ in 0..HALVINGS {
        let step = f64::midpoint(fits, fails);
        match thin(fine.iter().copied(), step, room) {
            Some(finer) => (fits, kept) = (step, finer),
            None => fails = step,
        }
    }
    (kept.into_iter().map(|(corner, _)| corner).collect(), fits)
}

/// Keeps a corner where going on to the next would move any axis by more than `step`, and the last; `None` above
/// `room` of them.
fn thin(corners: impl Iterator<Item = (Step, Place)>, step: f64, room: usize) -> Option<Vec<(Step, Place)>> {
    let mut kept: Vec<(Step, Place)> = Vec::new();
    let mut from = Place::default();
    let mut previous: Option<(Step, Place)> = None;
    for (corner, at) in corners {
        let far = from.iter().zip(at).any(|(from, at)| (at - from).abs() > step);
        if let Some((end, place)) = previous.filter(|_| far) {
            kept.push((end, place));
            from = place;
        }
        if kept.len() >= room {
            return None;
        }
        previous = Some((corner, at));
    }
    kept.extend(previous);
    Some(kept)
}

/// A point's progress along each axis, from 0 to 1.
type Place = [f64; 5];

/// Progress of a sweep from 0 to 1 in each direction that has to stay fine.
struct Axes {
    totals: Totals,
    amounts: bool,
    depth: f64,
}

impl Axes {
    fn new(ranked: &Ranked) -> Self {
        let depth = (ranked.rows() as f64).ln_1p();
        Self { totals: *ranked.totals(), amounts: ranked.has_amounts(), depth }
    }

    fn of(&self, above: &Totals) -> Place {
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        // Refunds can be negative: held in range, so that a step of 1 always fits.
        let value =
            |part: f64, whole: f64| if self.amounts { share(part, whole).clamp(0.0, 1.0) } else { 0.0 };
        let rows = above.positive.rows + above.negative.rows;
        [
            share(above.positive.count, self.totals.positive.count),
            share(above.negative.count, self.totals.negative.count),
            value(above.positive.amount, self.totals.positive.amount),
            value(above.negative.amount, self.totals.negative.amount),
            share((rows as f64).ln_1p(), self.depth),
        ]
    }
}
