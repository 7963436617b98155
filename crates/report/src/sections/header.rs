//! Receipts: what exactly was looked at.

use super::context::{Chosen, Context};
use crate::document::{
    AaFloor, Figure, Latency, ModelReceipt, OffsetRange, Population, RunReceipt, SettingsReceipt, Shown,
    Span, StreamReceipt,
};
use crate::join::{JoinedStream, Run};
use crate::kinds;
use crate::stats::agreement::bland_altman;
use crate::stats::intervals::{Interval, Method, proportion, quantile_places};
use bystander_core::time::{DAY_MS, Rfc3339};
use std::collections::BTreeMap;

pub(crate) fn settings(context: &Context<'_>) -> SettingsReceipt {
    let settings = context.settings;
    SettingsReceipt {
        binary_version: settings.receipt.binary_version.clone(),
        config_sha256: settings.receipt.config_sha256.clone(),
        maturity_days: context.joined.maturity_ms as f64 / DAY_MS as f64,
        confidence: settings.confidence,
        resamples: settings.resamples,
        seed: settings.seed,
        min_slice: settings.min_slice,
        run: settings.run.clone(),
        live_model: settings.live_model.clone(),
    }
}

/// First and last event time, and first and last time of scoring, of the chosen runs.
pub(crate) fn spans(context: &Context<'_>, chosen: &[Chosen<'_>]) -> (Option<Span>, Option<Span>) {
    let events = context.joined.streams.iter().flat_map(|joined| {
        let as_of = context.joined.as_of_ms;
        let happened = (0..joined.stream.len()).filter(move |event| joined.happened(*event, as_of));
        happened.map(|event| joined.stream.occurred_at_ms.get(event))
    });
    let scored = chosen.iter().filter_map(|chosen| chosen.run.scored).flat_map(|(first, last)| [first, last]);
    (span(events), span(scored))
}

fn span(times: impl Iterator<Item = i64>) -> Option<Span> {
    let range = times.fold(None, |range: Option<(i64, i64)>, time| {
        let (first, last) = range.unwrap_or((time, time));
        Some((first.min(time), last.max(time)))
    });
    range.map(|(from, to)| Span { from: Rfc3339(from), to: Rfc3339(to) })
}

pub(crate) fn stream(context: &Context<'_>, joined: &JoinedStream<'_>) -> StreamReceipt {
    let stream = joined.stream;
    let events = u64::from(stream.len()) - joined.future;
    let mut currencies: BTreeMap<String, u64> = BTreeMap::new();
    for event in (0..stream.len()).filter(|event| joined.happened(*event, context.joined.as_of_ms)) {
        if let Some(currency) = stream.currency(event) {
            *currencies.entry(context.currency(currency).to_owned()).or_default() += 1;
        }
    }
    let totals = context.settings.receipt.streams.get(&stream.name);
    let coverage = match totals {
        Some(totals) => {
            let eligible = totals.read.saturating_sub(totals.skips.values().sum());
            let all = u64::from(stream.len());
            let figure = Figure::of(
                proportion(all.min(eligible), eligible, context.confidence()),
                eligible,
                Population::Records,
            );
            figure
                .noted("orders or quotes ÷ (records read − skips); repeated events of one subject count once")
        }
        None => Figure::refused(
            "the number of eligible records isn't known here: give the run's checkpoints or receipt",
        ),
    };
    StreamReceipt {
        stream: stream.name.clone(),
        kind: stream.kind,
        events,
        coverage,
        dead_letters: totals.map(|totals| totals.dead_letters),
        skips: totals.map(|totals| totals.skips.clone()).unwrap_or_default(),
        without_live: kinds::report(stream.kind).without_live(context, joined),
        late: stream.late(),
        currencies,
    }
}

pub(crate) fn model(chosen: &Chosen<'_>) -> ModelReceipt {
    let run = chosen.run;
    let same_model = |other: &&Run| {
        let (one, two) = (&run.identity, &other.identity);
        (&one.model, one.version, &one.sha256) == (&two.model, two.version, &two.sha256)
    };
    let runs = chosen.joined.stream.runs.iter().filter(same_model);
    ModelReceipt {
        stream: chosen.joined.stream.name.clone(),
        model: chosen.key(),
        runs: runs.map(|one| receipt(one, std::ptr::eq(one, run))).collect(),
        comparisons: chosen.events().count() as u64,
        contract: contract(chosen),
        partitions: partitions(run),
        latency: latency(chosen),
        aa_floor: aa_floor(chosen),
    }
}

fn contract(chosen: &Chosen<'_>) -> String {
    match chosen.unknown() {
        None => "thresholds and frozen distributions are those of its folder".to_owned(),
        Some(why) => format!(
            "its folder is not used: {why}; thresholds are read off its decisions, and drift is against the first part of \
             the window"
        ),
    }
}

fn receipt(run: &Run, chosen: bool) -> RunReceipt {
    RunReceipt {
        mode: run.identity.mode.clone(),
        run_id: run.identity.run_id.clone(),
        comparisons: run.rows,
        duplicates: run.duplicates,
        repeated_subjects: run.repeated,
        chosen,
    }
}

fn partitions(run: &Run) -> Vec<OffsetRange> {
    let range = |range: &crate::join::Range| OffsetRange {
        cluster: range.cluster.clone(),
        topic: range.topic.clone(),
        partition: range.partition,
        first: range.first,
        last: range.last,
        comparisons: range.rows,
    };
    let mut ranges: Vec<_> = run.ranges.iter().map(range).collect();
    ranges.sort_by(|a, b| (&a.cluster, &a.topic, a.partition).cmp(&(&b.cluster, &b.topic, b.partition)));
    ranges
}

/// Why there is no latency.
pub(crate) const WITHOUT_LATENCY: &str = "no time of scoring is recorded, as of replays, or it lies seven weeks and more \
                                          behind the records' timestamps";

fn latency(chosen: &Chosen<'_>) -> Shown<Latency> {
    let latencies = chosen.events().filter_map(|event| chosen.run.latency(event));
    let mut latencies: Vec<f64> = latencies.map(f64::from).collect();
    if latencies.is_empty() {
        return Shown::refused(WITHOUT_LATENCY);
    }
    latencies.sort_unstable_by(f64::total_cmp);
    let figure = |p: f64| percentile(&latencies, p, chosen.context.confidence());
    Shown::Shown(Latency { p50_ms: figure(0.5), p95_ms: figure(0.95), p99_ms: figure(0.99) })
}

/// The smallest of these sorted delays that a share `p` doesn't exceed; there is at least one.
pub(crate) fn percentile(sorted: &[f64], p: f64, confidence: f64) -> Figure {
    let n = sorted.len();
    let at = sorted[((n as f64 * p).ceil() as usize).clamp(1, n) - 1];
    let interval = quantile_places(n, p, confidence).and_then(|(low, high)| {
        Interval::new(sorted[low], at, sorted[high], confidence, Method::OrderStatistics)
    });
    Figure::new(at, n as u64, Population::Compared).with(interval)
}

pub(crate) fn aa_floor(chosen: &Chosen<'_>) -> Shown<AaFloor> {
    let live = &chosen.joined.stream.live_score;
    let (mut logged, mut scores) = (Vec::new(), Vec::new());
    if live.used() {
        for event in chosen.events() {
            if let Some(score) = live.number(event) {
                logged.push(score);
                scores.push(chosen.run.score.get(event));
            }
        }
    }
    if logged.len() < 2 {
        return Shown::refused(
            "live logs no score: bind `live_score` to learn how much two scorings of one model differ",
        );
    }
    let found = match bland_altman(&logged, &scores, chosen.context.confidence()) {
        Ok(found) => found,
        Err(error) => return Shown::refused(error.to_string()),
    };
    let n = logged.len() as u64;
    let largest = logged.iter().zip(&scores).map(|(live, score)| (score - live).abs()).fold(0.0, f64::max);
    let limits = found.limits.unwrap_or((0.0, 0.0));
    Shown::Shown(AaFloor {
        mean_difference: Figure::of(found.mean, n, Population::WithLive),
        lower_limit: limits.0,
        upper_limit: limits.1,
        largest: Figure::new(largest, n, Population::WithLive),
        same_model: is_live_model(chosen),
    })
}

fn is_live_model(chosen: &Chosen<'_>) -> bool {
    chosen.context.settings.live_model.as_deref().is_some_and(|name| chosen.is_called(name))
}

/// The largest difference of two scorings of the live model, if that is what is seen.
pub(crate) fn floor(chosen: &Chosen<'_>) -> Option<f64> {
    let floor = aa_floor(chosen);
    floor.shown().filter(|floor| floor.same_model).and_then(|floor| floor.largest.value())
}
