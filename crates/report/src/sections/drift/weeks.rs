//! Drift stretch by stretch.

use super::baseline::{Baseline, Values};
use crate::document::{DriftWeek, Figure, Population};
use crate::sections::context::Chosen;
use crate::sections::periods::Periods;
use bystander_core::time::{DAY_MS, Rfc3339};

pub(crate) fn section(
    chosen: &Chosen<'_>,
    events: &[u32],
    periods: &Periods,
    values: &[Values<'_>],
    baselines: &[Option<Baseline>],
) -> Vec<DriftWeek> {
    let occurred = &chosen.joined.stream.occurred_at_ms;
    let mut counts = vec![0; periods.count];
    events.iter().for_each(|event| counts[periods.index(occurred.get(*event))] += 1);
    let by_period: Vec<Vec<Figure>> = values
        .iter()
        .zip(baselines)
        .map(|(values, baseline)| psi_by_period(chosen, periods, values, baseline.as_ref()))
        .collect();
    let times = || events.iter().map(|event| occurred.get(*event));
    let window = times().min().zip(times().max());
    let week = |(period, n): (usize, &u64)| {
        if let Some(why) = window.and_then(|window| partial(periods, period, window)) {
            let refused = || Figure::refused(&why);
            let start = Rfc3339(periods.start_ms(period));
            return DriftWeek {
                start,
                n: *n,
                score_psi: refused(),
                worst_feature: None,
                worst_psi: refused(),
            };
        }
        let features = values.iter().zip(&by_period).skip(1);
        let worst = features
            .filter_map(|(values, psi)| Some((values.name, &psi[period], psi[period].value()?)))
            .max_by(|a, b| a.2.total_cmp(&b.2));
        DriftWeek {
            start: Rfc3339(periods.start_ms(period)),
            n: *n,
            score_psi: by_period
                .first()
                .map_or_else(|| Figure::refused("no scores"), |psi| psi[period].clone()),
            worst_feature: worst.map(|(name, ..)| name.to_owned()),
            worst_psi: worst
                .map_or_else(|| Figure::refused("no features were recorded"), |(_, psi, _)| psi.clone()),
        }
    };
    counts.iter().enumerate().map(week).collect()
}

/// Why a stretch at an end of the window isn't compared: hours and days of the week come unevenly in a part of one, which
/// looks like drift and is none. Half of it is enough. `window`: the first and the last event.
fn partial(periods: &Periods, period: usize, window: (i64, i64)) -> Option<String> {
    let (start, end) = (periods.start_ms(period), periods.start_ms(period + 1));
    let covered = window.1.min(end) - window.0.max(start);
    let (length, day) = (end - start, DAY_MS as f64);
    let least = length / 2;
    (periods.count > 1 && covered < least).then(|| {
        format!(
            "only {:.1} of {:.0} days are in the window: hours and weekdays are uneven in it",
            covered as f64 / day,
            length as f64 / day
        )
    })
}

fn psi_by_period(
    chosen: &Chosen<'_>,
    periods: &Periods,
    values: &Values<'_>,
    baseline: Option<&Baseline>,
) -> Vec<Figure> {
    let Some(baseline) = baseline else {
        return vec![Figure::refused("no reference to compare with"); periods.count];
    };
    let occurred = &chosen.joined.stream.occurred_at_ms;
    let mut split: Vec<Values<'_>> =
        (0..periods.count).map(|_| Values::new(values.name, Vec::new(), values.categories)).collect();
    for (event, value) in &values.values {
        split[periods.index(occurred.get(*event))].values.push((*event, *value));
    }
    split
        .iter()
        .map(|values| match baseline.compare(&baseline.counts(values, |_| true)) {
            Ok(drift) => Figure::new(drift.psi, drift.n, Population::Compared)
                .noted(format!("{:.4} by chance", drift.psi_by_chance)),
            Err(refusal) => Figure::refused(refusal.to_string()),
        })
        .collect()
}
