//! Scores in the same bins: the model's, live's, of known frauds, of good orders.

use super::view::OrderView;
use crate::document::{Bar, Histogram};

const BINS: usize = 40;

pub(crate) fn section(view: &OrderView<'_>) -> Vec<Histogram> {
    let score = |event: &u32| view.chosen.run.score.get(*event);
    let live = &view.chosen.joined.stream.live_score;
    let scores = || view.events.iter().map(score);
    let live_scores = || view.events.iter().filter_map(|event| live.number(*event));
    let (low, high) = scores()
        .chain(live_scores())
        .fold((0.0_f64, 1.0_f64), |(low, high), score| (low.min(score), high.max(score)));
    let of_state = |fraud: bool| {
        let events = view.events.iter().filter(move |event| view.state(**event).is_fraud() == Some(fraud));
        events.map(score)
    };
    let histogram = |label: &str, values: &mut dyn Iterator<Item = f64>| count(label, values, low, high);
    let all = [
        histogram("model", &mut scores()),
        histogram("live", &mut live_scores()),
        histogram("known fraud", &mut of_state(true)),
        histogram("good", &mut of_state(false)),
    ];
    all.into_iter().filter(|histogram| histogram.bars.iter().any(|bar| bar.count > 0)).collect()
}

/// Counts finite values between `low` and `high` into equal bins, the last one closed.
pub(crate) fn count(label: &str, values: &mut dyn Iterator<Item = f64>, low: f64, high: f64) -> Histogram {
    let width = (high - low) / BINS as f64;
    let mut counts = [0_u64; BINS];
    let mut outside = 0;
    for value in values {
        if value < low || value > high {
            outside += 1;
        } else {
            counts[(((value - low) / width) as usize).min(BINS - 1)] += 1;
        }
    }
    let edge = |bin: usize| if bin == BINS { high } else { low + width * bin as f64 };
    let bars = counts.iter().enumerate();
    let bars = bars.map(|(bin, count)| Bar { low: edge(bin), high: edge(bin + 1), count: *count }).collect();
    Histogram { label: label.to_owned(), bars, outside }
}
