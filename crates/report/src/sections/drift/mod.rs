//! Scores and features against the model's frozen reference, or against the first part of the window.

mod baseline;
mod row;
mod weeks;

use super::context::Chosen;
use super::periods::{Periods, date};
use super::words;
use crate::document::{Drift, DriftRow, Sample};
use crate::join::SAMPLED_PER_WEEK;
use crate::stats::multiple::benjamini_hochberg;
use baseline::{Baseline, Values};

/// A shift below this is a trifle, whatever its p-value.
const PSI_LIMIT: f64 = 0.1;
/// So is a change of a missing or an unseen rate below this.
const RATE_LIMIT: f64 = 0.05;
/// Stretches named in the sentences.
const NAMED: usize = 3;
/// Why a feature that is a function of the clock is never called drifted, whatever the window and the reference hold.
const CALENDAR: &str =
    "a function of the clock: it says which hours and weekdays the window holds, and not what came in them";

pub(crate) fn section(chosen: &Chosen<'_>, events: &[u32]) -> Drift {
    let occurred = &chosen.joined.stream.occurred_at_ms;
    let Some(periods) = Periods::over(events.iter().map(|event| occurred.get(*event))) else {
        return Drift {
            reference: "none".to_owned(),
            rows: Vec::new(),
            weeks: Vec::new(),
            sentences: Vec::new(),
            sample: None,
        };
    };
    let values = values(chosen, events);
    let frozen = chosen.reference().map(|model| &model.reference);
    let has_frozen =
        frozen.is_some_and(|reference| reference.score.is_some() || !reference.features.is_empty());
    // Without a frozen reference the first quarter of the stretches stands in.
    let first = periods.count.div_ceil(4);
    let baselines: Vec<Option<Baseline>> = values
        .iter()
        .map(|values| match frozen.filter(|_| has_frozen) {
            _ if values.calendar => None,
            Some(reference) => Baseline::frozen(reference, values),
            None if periods.count > first => {
                Baseline::of(values, |event| periods.index(occurred.get(event)) < first)
            }
            None => None,
        })
        .collect();
    let compared = |event: u32| has_frozen || periods.index(occurred.get(event)) >= first;
    let rows = values.iter().zip(&baselines).map(|(values, baseline)| match values.calendar {
        true => row::refused(values, CALENDAR),
        false => row::row(values, baseline.as_ref(), compared),
    });
    let mut rows: Vec<DriftRow> = rows.collect();
    adjust(&mut rows, 1.0 - chosen.context.confidence());
    let weeks = weeks::section(chosen, events, &periods, &values, &baselines);
    let reference = if has_frozen {
        "the model's frozen reference".to_owned()
    } else {
        format!("the first {first} of {} stretches of one {} each", periods.count, periods.word())
    };
    let mut sentences = sentences(&rows, &weeks, &reference, &periods);
    sentences.extend(chosen.unknown().map(|why| {
        format!("The distributions frozen with the model aren't known, for its folder is not used: {why}.")
    }));
    rows.sort_by(|a, b| psi(b).total_cmp(&psi(a)));
    let sampled = chosen.run.features.rows() as u64;
    let sample = (sampled > 0).then_some(Sample { per_week: SAMPLED_PER_WEEK as u64, rows: sampled });
    Drift { reference, rows, weeks, sentences, sample }
}

fn psi(row: &DriftRow) -> f64 {
    row.psi.value().unwrap_or(-1.0)
}

/// The score, then the features.
fn values<'a>(chosen: &Chosen<'a>, events: &[u32]) -> Vec<Values<'a>> {
    let run = chosen.run;
    let scores = events.iter().map(|event| (*event, run.score.get(*event))).collect();
    let calendar = chosen.reference().map(|model| &model.calendar);
    let mut values = vec![Values::new("score", scores, None)];
    for column in run.features() {
        let known = column.values.into_iter().filter(|(event, _)| events.binary_search(event).is_ok());
        let categories = column.category.then_some(&run.features);
        let of_clock = calendar.is_some_and(|features| features.contains(column.name));
        values.push(Values { calendar: of_clock, ..Values::new(column.name, known.collect(), categories) });
    }
    values
}

/// Corrects for looking at many features, and flags what is neither noise nor a trifle.
fn adjust(rows: &mut [DriftRow], alpha: f64) {
    let tested: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|row| rows[*row].p_value).collect();
    let Ok(adjusted) = benjamini_hochberg(&p_values) else { return };
    for (row, p) in tested.into_iter().zip(adjusted) {
        let row = &mut rows[row];
        let missing = row.missing_before.is_some_and(|before| (row.missing_now - before).abs() >= RATE_LIMIT);
        let unseen = row.unseen.is_some_and(|unseen| unseen >= RATE_LIMIT);
        row.p_adjusted = Some(p);
        row.flagged = p < alpha && (psi(row) >= PSI_LIMIT || missing || unseen);
    }
}

fn sentences(
    rows: &[DriftRow],
    weeks: &[crate::document::DriftWeek],
    reference: &str,
    periods: &Periods,
) -> Vec<String> {
    let flagged: Vec<_> = rows.iter().filter(|row| row.flagged).collect();
    let mut said = Vec::new();
    if rows.iter().all(|row| row.psi.shown().is_none()) {
        return vec![
            "Drift can't be told: there is neither a frozen reference nor a second stretch of time."
                .to_owned(),
        ];
    }
    if flagged.is_empty() {
        said.push(format!("No distribution differs from {reference} by more than noise and a trifle."));
    } else {
        let mut flagged = flagged;
        flagged.sort_by(|a, b| psi(b).total_cmp(&psi(a)));
        let names: Vec<_> = flagged.iter().map(|row| format!("{} (PSI {:.2})", row.name, psi(row))).collect();
        let (n, all) = (flagged.len(), rows.iter().filter(|row| row.psi.shown().is_some()).count());
        said.push(format!("{n} of {all} distributions differ from {reference}: {}.", names.join(", ")));
    }
    let mut loud: Vec<_> =
        weeks.iter().filter(|week| week.score_psi.value().is_some_and(|psi| psi >= 0.25)).collect();
    loud.sort_by(|a, b| b.score_psi.value().unwrap_or(0.0).total_cmp(&a.score_psi.value().unwrap_or(0.0)));
    if let Some(first) = loud.first() {
        let named: Vec<_> = loud
            .iter()
            .take(NAMED)
            .map(|week| format!("{} (PSI {:.2})", date(week.start.0), week.score_psi.value().unwrap_or(0.0)))
            .collect();
        said.push(format!(
            "The score is far from the reference in {} of {} stretches of one {}, most in those from {}. Figures over \
             the whole window mix these regimes.",
            loud.len(),
            weeks.len(),
            periods.word(),
            named.join(", ")
        ));
        if let Some(feature) = &first.worst_feature {
            said.push(format!(
                "In the loudest one, `{feature}` moved most (PSI {:.2}).",
                first.worst_psi.value().unwrap_or(0.0)
            ));
        }
    }
    if let Some(missing) = rows.iter().filter(|row| row.flagged).find(|row| row.missing_now >= RATE_LIMIT) {
        said.push(format!("`{}` is missing in {}.", missing.name, words::percent(missing.missing_now)));
    }
    said
}
