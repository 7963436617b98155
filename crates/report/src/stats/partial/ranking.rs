//! How well scores rank where some orders have no label.

use super::Bounds;

/// The labels that make the ROC AUC smallest (or `largest`), the unknown ones (`None`) chosen freely; `None` where no choice has
/// both classes.
///
/// With a fixed number of frauds among the unknown, the AUC is largest where they are the ones with the highest scores:
/// exchanging a fraud for a good order that scores higher wins their own pair and loses none with others. So only that number
/// is searched, one order at a time from the highest score down.
pub fn extreme_auc(scores: &[f64], labels: &[Option<bool>], largest: bool) -> Option<Vec<bool>> {
    // The AUC of negated scores is 1 less the AUC, so their largest is the smallest.
    let score = |row: usize| if largest { scores[row] } else { -scores[row] };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|a, b| score(*b).total_cmp(&score(*a)));
    let unknown: Vec<usize> = order.iter().copied().filter(|row| labels[*row].is_none()).collect();
    let mut best: Option<(f64, usize)> = None;
    for (frauds, auc) in aucs(&order, score, labels).into_iter().enumerate() {
        if let Some(auc) = auc
            && best.is_none_or(|(highest, _)| auc > highest)
        {
            best = Some((auc, frauds));
        }
    }
    let (_, frauds) = best?;
    let mut found: Vec<bool> = labels.iter().map(|label| label.unwrap_or(false)).collect();
    unknown.iter().take(frauds).for_each(|row| found[*row] = true);
    Some(found)
}

/// Counts of known frauds, known good orders and unknown ones.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    frauds: f64,
    good: f64,
    unknown: f64,
}

impl Counts {
    fn add(&mut self, label: Option<bool>) {
        *(match label {
            Some(true) => &mut self.frauds,
            Some(false) => &mut self.good,
            None => &mut self.unknown,
        }) += 1.0;
    }
}

/// The AUC with the first 0, 1, 2, … of the unknown orders as frauds, from the highest score down.
fn aucs(order: &[usize], score: impl Fn(usize) -> f64, labels: &[Option<bool>]) -> Vec<Option<f64>> {
    let mut all = Counts::default();
    order.iter().for_each(|row| all.add(labels[*row]));
    // Pairs of a fraud above a good order, ties half, with every unknown order good.
    let mut pairs = 0.0;
    let mut steps = Vec::new();
    let mut above = Counts::default();
    for tied in order.chunk_by(|a, b| score(*a) == score(*b)) {
        let mut here = Counts::default();
        tied.iter().for_each(|row| here.add(labels[*row]));
        let good_below = all.good + all.unknown - above.good - above.unknown - here.good - here.unknown;
        pairs += here.frauds * (good_below + (here.good + here.unknown) / 2.0);
        for nth in 0..here.unknown as usize {
            let nth = nth as f64;
            // As a good order it had these frauds above it, unknown ones that were made frauds before among them …
            let frauds_above = above.frauds + above.unknown + (here.frauds + nth) / 2.0;
            // … and as a fraud it has these good orders below it.
            let below = all.good + all.unknown - above.good - above.unknown - here.good - here.unknown;
            steps.push(below + (here.good + here.unknown - nth - 1.0) / 2.0 - frauds_above);
        }
        above.frauds += here.frauds;
        above.good += here.good;
        above.unknown += here.unknown;
    }
    let auc = |pairs: f64, made: f64| {
        let (frauds, good) = (all.frauds + made, all.good + all.unknown - made);
        (frauds > 0.0 && good > 0.0).then(|| pairs / (frauds * good))
    };
    let mut found = vec![auc(pairs, 0.0)];
    for (made, step) in steps.into_iter().enumerate() {
        pairs += step;
        found.push(auc(pairs, made as f64 + 1.0));
    }
    found
}

/// What can be said of flagging every order from a threshold on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtThreshold {
    /// Frauds flagged ÷ frauds.
    pub recall: Bounds,
    /// Good orders flagged ÷ good orders.
    pub false_positive_rate: Bounds,
    /// Frauds ÷ flagged orders.
    pub precision: Bounds,
}

/// Orders by score, to look up any threshold.
#[derive(Debug, Clone)]
pub struct Ranges {
    /// Scores from the lowest up: of known frauds, of known good orders, of unknown ones.
    scores: [Vec<f64>; 3],
}

impl Ranges {
    /// Sorts once.
    pub fn new(scores: &[f64], labels: &[Option<bool>]) -> Self {
        let of = |wanted: Option<bool>| {
            let rows = scores.iter().zip(labels).filter(|(_, label)| **label == wanted);
            let mut found: Vec<f64> = rows.map(|(score, _)| *score).collect();
            found.sort_unstable_by(f64::total_cmp);
            found
        };
        Self { scores: [of(Some(true)), of(Some(false)), of(None)] }
    }

    /// Rates over all labels of the unknown orders; `None` where one is undefined for every label. A rate that some labels
    /// leave undefined can be anything.
    pub fn at(&self, threshold: f64) -> Option<AtThreshold> {
        let count = |scores: &Vec<f64>| {
            let below = scores.partition_point(|score| *score < threshold);
            ((scores.len() - below) as f64, below as f64)
        };
        let [(frauds, missed), (insulted, passed), (flagged, let_through)] =
            [count(&self.scores[0]), count(&self.scores[1]), count(&self.scores[2])];
        // Least with every unknown order in the class that lies below, most with every one that lies above.
        let rate = |hit: f64, other: f64| {
            let all = hit + other;
            let any = all + flagged + let_through;
            let ends = (hit / (all + let_through), (hit + flagged) / (all + flagged));
            let ends = if all > 0.0 { ends } else { (0.0, 1.0) };
            (any > 0.0).then_some(Bounds { least: ends.0, most: ends.1 })
        };
        let alarms = frauds + insulted + flagged;
        Some(AtThreshold {
            recall: rate(frauds, missed)?,
            false_positive_rate: rate(insulted, passed)?,
            precision: (alarms > 0.0)
                .then(|| Bounds { least: frauds / alarms, most: (frauds + flagged) / alarms })?,
        })
    }
}
