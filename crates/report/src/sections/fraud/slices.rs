//! By segment: where the model errs more than elsewhere.

use super::view::{OrderView, live};
use crate::document::{Amount, Figure, Population, Slice, Slices};
use crate::join::{JoinedStream, Segment};
use crate::sections::context::MoneyByCurrency;
use crate::sections::words;
use crate::stats::drift::rates;
use crate::stats::intervals::proportion;
use crate::stats::multiple::benjamini_hochberg;
use bystander_core::decision::Action;

/// Events of interest a slice's complement or base needs: fewer say nothing.
const LEAST_EVENTS: u64 = 10;

/// A share by slice: which orders it is over, and which of them count.
struct Metric {
    name: &'static str,
    /// For the sentence: `of its good orders would be rejected`.
    words: &'static str,
    /// Whether it is over orders with a label, or over those with a live decision.
    of_labels: bool,
    /// `None`: not among the orders it is over. More is worse.
    counts: fn(&OrderView<'_>, u32, Option<bool>) -> Option<bool>,
    /// Orders it must be over at least; `None`: the settings' smallest slice.
    least: Option<u64>,
}

impl Metric {
    fn population(&self, view: &OrderView<'_>) -> Population {
        if self.of_labels { view.population() } else { Population::WithLive }
    }
}

const METRICS: [Metric; 3] = [
    Metric {
        name: "insult rate: good orders rejected ÷ good orders",
        words: "of good orders would be rejected",
        of_labels: true,
        counts: |view, event, label| (label == Some(false)).then(|| view.shadow(event) == Action::Reject),
        least: None,
    },
    Metric {
        name: "miss rate: frauds not rejected ÷ frauds",
        words: "of frauds would not be rejected",
        of_labels: true,
        counts: |view, event, label| (label == Some(true)).then(|| view.shadow(event) != Action::Reject),
        least: Some(LEAST_EVENTS),
    },
    Metric {
        name: "disagreement: orders decided otherwise than live ÷ orders with a live decision",
        words: "of orders would be decided otherwise than live did",
        of_labels: false,
        counts: |view, event, _| view.live(event).map(|live| live != view.shadow(event)),
        least: None,
    },
];

#[derive(Default, Clone)]
struct Tally {
    n: u64,
    hits: u64,
    purse: MoneyByCurrency,
}

/// Segments that only repeat live's decision are left out: [`repeats_live`].
pub(crate) fn section(view: &OrderView<'_>) -> Vec<Slices> {
    let segments = view.chosen.joined.stream.segments.iter();
    let segments: Vec<&Segment> =
        segments.filter(|segment| !repeats_live(view.chosen.joined, segment)).collect();
    METRICS.iter().map(|metric| by_segment(view, metric, &segments)).collect()
}

/// Whether each value of a segment goes with one decision of live, and more than one decision occurs: then it says what live
/// did and nothing about the order.
pub(crate) fn repeats_live(joined: &JoinedStream<'_>, segment: &Segment) -> bool {
    let mut of_value: Vec<Option<Action>> = vec![None; segment.values.len()];
    let mut several = false;
    let mut first = None;
    for event in 0..joined.stream.len() {
        let (Some(value), Some(action)) = (segment.get(event), live(joined, event)) else { continue };
        if *of_value[usize::from(value)].get_or_insert(action) != action {
            return false;
        }
        several |= *first.get_or_insert(action) != action;
    }
    several
}

fn by_segment(view: &OrderView<'_>, metric: &Metric, segments: &[&Segment]) -> Slices {
    let mut all = Tally::default();
    let mut tallies: Vec<Vec<Tally>> =
        segments.iter().map(|segment| vec![Tally::default(); segment.values.len()]).collect();
    let mut labels = view.labelled.events.iter().zip(&view.labelled.labels).peekable();
    for event in &view.events {
        let label = labels.next_if(|(labelled, _)| *labelled == event).map(|(_, fraud)| *fraud);
        let Some(hit) = (metric.counts)(view, *event, label) else { continue };
        let add = |tally: &mut Tally| {
            tally.n += 1;
            tally.hits += u64::from(hit);
            tally.purse.add(view.money(*event));
        };
        add(&mut all);
        for (segment, tallies) in segments.iter().copied().zip(&mut tallies) {
            if let Some(value) = segment.get(*event) {
                add(&mut tallies[usize::from(value)]);
            }
        }
    }
    let least = metric.least.unwrap_or(view.chosen.context.settings.min_slice);
    let mut rows = Vec::new();
    let mut suppressed = 0;
    for (segment, tallies) in segments.iter().copied().zip(&tallies) {
        for (value, tally) in segment.values.iter().zip(tallies).filter(|(_, tally)| tally.n > 0) {
            if tally.n < least {
                suppressed += 1;
                continue;
            }
            rows.push(slice(view, metric, (&segment.name, value), tally, &all));
        }
    }
    finish(view, metric, rows, suppressed, &all, least)
}

fn slice(view: &OrderView<'_>, metric: &Metric, name: (&str, &str), tally: &Tally, all: &Tally) -> Slice {
    let rest = all.n - tally.n;
    let elsewhere = (all.hits - tally.hits) as f64 / rest.max(1) as f64;
    let test = rates::test(tally.hits, tally.n, elsewhere, Some(rest)).filter(|_| rest > 0);
    let amounts: Vec<Amount> = tally.purse.amounts(&view.chosen.context);
    Slice {
        segment: name.0.to_owned(),
        value: name.1.to_owned(),
        n: tally.n,
        amounts,
        figure: share(view, metric, tally),
        further: vec![(
            "elsewhere".to_owned(),
            match rest {
                0 => Figure::refused("all orders have this value"),
                _ => Figure::new(elsewhere, rest, metric.population(view)),
            },
        )],
        p_value: test.map(|test| test.p_value),
        p_adjusted: None,
        flagged: false,
    }
}

fn share(view: &OrderView<'_>, metric: &Metric, tally: &Tally) -> Figure {
    Figure::of(proportion(tally.hits, tally.n, view.confidence()), tally.n, metric.population(view))
}

fn finish(
    view: &OrderView<'_>,
    metric: &Metric,
    mut rows: Vec<Slice>,
    suppressed: u64,
    all: &Tally,
    min_n: u64,
) -> Slices {
    let overall = share(view, metric, all);
    let base = overall.value().unwrap_or(0.0);
    flag(&mut rows, 1.0 - view.confidence(), |slice| slice.figure.value().is_some_and(|here| here > base));
    let excess = |slice: &Slice| slice.figure.value().unwrap_or(0.0) - base;
    let worst = rows.iter().filter(|slice| slice.flagged).max_by(|a, b| excess(a).total_cmp(&excess(b)));
    let sentence = worst.map(|slice| {
        format!(
            "{} = {}: {} {}, against {} elsewhere (n = {}).",
            slice.segment,
            slice.value,
            words::percent(slice.figure.value().unwrap_or(0.0)),
            metric.words,
            words::percent(slice.further.first().and_then(|(_, rest)| rest.value()).unwrap_or(0.0)),
            words::count(slice.n)
        )
    });
    Slices {
        metric: metric.name.to_owned(),
        overall,
        worst: sentence,
        worst_slice: worst.map(|slice| (slice.segment.clone(), slice.value.clone())),
        rows,
        min_n,
        suppressed,
    }
}

/// Corrects for looking at many slices; those that differ after that and are `worse` are flagged.
pub(crate) fn flag(rows: &mut [Slice], alpha: f64, worse: impl Fn(&Slice) -> bool) {
    let tested: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|row| rows[*row].p_value).collect();
    let adjusted = benjamini_hochberg(&p_values).unwrap_or_default();
    for (row, p) in tested.into_iter().zip(adjusted) {
        rows[row].p_adjusted = Some(p);
        rows[row].flagged = p < alpha && worse(&rows[row]);
    }
    rows.sort_by(|a, b| {
        let p = |slice: &Slice| slice.p_adjusted.unwrap_or(1.0);
        a.segment.cmp(&b.segment).then(p(a).total_cmp(&p(b))).then(a.value.cmp(&b.value))
    });
}
