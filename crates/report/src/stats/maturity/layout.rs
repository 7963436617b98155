//! Delays and ages in the order in which the product limit visits them.

use super::curve::{Curve, CurveRefusal, Fraud, LEAST_AT_RISK, Tail};

/// A fraud by its place among the distinct delays. Layouts have them from the shortest delay on.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Step of its delay.
    delay: usize,
    /// Last step at or before its order's age.
    age: usize,
}

/// The steps that can be estimated, and the frauds on them.
#[derive(Debug)]
pub(super) struct Layout {
    steps: Vec<i64>,
    places: Vec<Place>,
    left_out: u64,
    tail: Tail,
}

impl Layout {
    /// Sorts, and cuts the old end where it can't be estimated.
    pub(super) fn new(frauds: &[Fraud], horizon: Option<i64>) -> Result<Self, CurveRefusal> {
        if frauds.iter().any(|fraud| fraud.delay < 0 || fraud.delay > fraud.age) {
            return Err(CurveRefusal::Clock);
        }
        let mut ages: Vec<i64> = frauds.iter().map(|fraud| fraud.age).collect();
        let reliable = ages.len().checked_sub(LEAST_AT_RISK as usize).ok_or(CurveRefusal::TooFewFrauds)?;
        // At this age there are still enough frauds that could show a label.
        let (_, reliable, _) = ages.select_nth_unstable(reliable);
        let oldest = (*reliable).min(horizon.unwrap_or(i64::MAX));
        // Nearly no work for frauds that come in this order, as those of resamples do.
        let mut by_delay = frauds.to_vec();
        by_delay.sort_unstable_by_key(|fraud| fraud.delay);
        let mut from = 0;
        let mut layout = Self::of(&by_delay, from, oldest);
        if let Some(later) = layout.after_few() {
            from = later;
            layout = Self::of(&by_delay, from, oldest);
        }
        let cut = layout.cut();
        if cut < layout.steps.len() {
            let oldest = layout.steps[cut] - 1;
            layout = Self::of(&by_delay, from, oldest);
        }
        let counted =
            frauds.iter().filter(|fraud| horizon.is_none_or(|horizon| fraud.delay <= horizon)).count();
        if layout.places.len() * 2 < counted {
            return Err(CurveRefusal::Apart);
        }
        if layout.steps.is_empty() {
            return Err(CurveRefusal::TooFewFrauds);
        }
        let closed =
            horizon.filter(|horizon| matches!(layout.tail, Tail::Unknown { oldest } if oldest >= *horizon));
        if let Some(horizon) = closed {
            layout.tail = Tail::Closed { horizon };
        }
        Ok(layout)
    }

    fn of(by_delay: &[Fraud], from: i64, oldest: i64) -> Self {
        let begin = by_delay.partition_point(|fraud| fraud.delay < from);
        let end = by_delay.partition_point(|fraud| fraud.delay <= oldest);
        let kept = by_delay.get(begin..end).unwrap_or(&[]);
        let mut steps: Vec<i64> = kept.iter().map(|fraud| fraud.delay).collect();
        steps.dedup();
        let last = steps.last().copied().unwrap_or(0);
        // Most orders are older than any delay.
        let at_age = |age: i64| match age >= last {
            true => steps.len() - 1,
            false => steps.partition_point(|step| *step <= age) - 1,
        };
        let mut delay = 0;
        let places = kept.iter().map(|fraud| {
            delay += usize::from(fraud.delay > steps[delay]);
            Place { delay, age: at_age(fraud.age) }
        });
        let places: Vec<_> = places.collect();
        let left_out = (by_delay.len() - places.len()) as u64;
        Self { left_out, tail: Tail::Unknown { oldest }, places, steps }
    }

    /// The step that all earlier frauds are too young for, where these are few: the quickest label came on an order that is
    /// hardly older. They can't be related to the others, and would hide all of them. What comes after such a step may
    /// be few and apart again; leaving out what came before changes nothing in it, so one pass finds the last.
    fn after_few(&self) -> Option<i64> {
        let (labels, risk) = self.at_risk();
        let (mut from, mut before) = (0, 0);
        for step in 0..labels.len() {
            if step > from && risk[step] == labels[step] {
                if before >= LEAST_AT_RISK {
                    break;
                }
                (from, before) = (step, 0);
            }
            before += labels[step];
        }
        (from > 0).then(|| self.steps[from])
    }

    /// How many steps can be estimated: from the old end, enough must be at risk, and below no step may take all that
    /// are at risk with it, unless it is the first.
    fn cut(&self) -> usize {
        let (labels, risk) = self.at_risk();
        let whole = (1..labels.len()).find(|step| risk[*step] == labels[*step]).unwrap_or(labels.len());
        (0..whole).rfind(|step| risk[*step] >= LEAST_AT_RISK).map_or(0, |last| last + 1)
    }

    /// d and R of each step.
    fn at_risk(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut labels, mut too_young) = (vec![0; self.steps.len()], vec![0; self.steps.len()]);
        for place in &self.places {
            labels[place.delay] += 1;
            too_young[place.age] += 1;
        }
        let mut at_risk = 0;
        let risk = labels.iter().zip(&too_young).map(|(labels, too_young)| {
            at_risk += labels;
            let here = at_risk;
            at_risk -= too_young;
            here
        });
        let risk = risk.collect();
        (labels, risk)
    }

    /// F at each step.
    fn shares(labels: &[u64], risk: &[u64]) -> Vec<f64> {
        let mut share = vec![1.0; labels.len()];
        for step in (1..labels.len()).rev() {
            let staying =
                if risk[step] == 0 { 1.0 } else { (risk[step] - labels[step]) as f64 / risk[step] as f64 };
            share[step - 1] = share[step] * staying;
        }
        share
    }

    /// The curve with its variance.
    pub(super) fn curve(&self) -> Curve {
        let (labels, risk) = self.at_risk();
        let share = Self::shares(&labels, &risk);
        let mut log_variance = vec![0.0; labels.len()];
        for step in (1..labels.len()).rev() {
            let (labels, risk) = (labels[step] as f64, risk[step] as f64);
            log_variance[step - 1] = log_variance[step] + labels / (risk * (risk - labels));
        }
        Curve {
            ages: self.steps.clone(),
            share,
            log_variance,
            frauds: self.places.len() as u64,
            left_out: self.left_out,
            tail: self.tail,
        }
    }
}
