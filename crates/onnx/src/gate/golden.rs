//! Golden events: events with the training library's own scores, which the converted model must reproduce.

use crate::loaded::GoldenResult;
use crate::refusal::{Finding, RefusalKind};
use bystander_core::features::InputBuilder;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One line of `golden.jsonl`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    case: String,
    #[serde(borrow)]
    event: &'a RawValue,
    score: f64,
}

/// What one golden event must give.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    line: usize,
    name: String,
    expected: f64,
}

/// Reads all golden events; their rows stand in `inputs` afterwards, in the order of the cases.
pub(crate) fn read(text: &str, inputs: &mut InputBuilder) -> Result<Vec<Case>, Finding> {
    inputs.clear();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let cases = lines.map(|(index, line)| case(index + 1, line, inputs)).collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        let fix = "write events with the training library's own scores there, one JSON object per line";
        return Err(Finding::new(RefusalKind::GoldenInvalid, "golden.jsonl holds no event", fix));
    }
    Ok(cases)
}

fn case(line: usize, text: &str, inputs: &mut InputBuilder) -> Result<Case, Finding> {
    let invalid = |what: String, fix: &str| Err(Finding::new(RefusalKind::GoldenInvalid, what, fix));
    let parsed: Line<'_> = match serde_json::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let what = format!("golden.jsonl line {line} can't be read: {error}");
            return invalid(what, "write {\"case\": \"…\", \"event\": {…}, \"score\": 0.5}");
        }
    };
    let name = parsed.case;
    if let Err(rejection) = inputs.push(parsed.event.get().as_bytes()) {
        let (code, at) = (rejection.code.name(), rejection.at);
        let what = format!("golden.jsonl line {line} ({name}): the event makes no row: {code} at `{at}`");
        return invalid(what, "correct the event, or what the contract says about this field");
    }
    Ok(Case { line, name, expected: parsed.score })
}

/// Compares each case's score with the training library's.
pub(crate) fn compare(cases: &[Case], scores: &[f64], tolerance: f64) -> Result<GoldenResult, Finding> {
    let difference = |(case, got): (&Case, &f64)| (got - case.expected).abs();
    let differences: Vec<f64> = cases.iter().zip(scores).map(difference).collect();
    let off = |difference: &f64| difference.is_nan() || *difference > tolerance;
    if let Some(first) = differences.iter().position(off) {
        let Case { line, name, expected } = &cases[first];
        let (got, count, all) = (scores[first], differences.iter().filter(|d| off(d)).count(), cases.len());
        let what = format!(
            "golden.jsonl line {line} ({name}): expected {expected}, got {got}, tolerance {tolerance}; \
             {count} of {all} golden events are off"
        );
        let fix = "convert the model anew (thresholds rounded to float32 and missing values are the usual \
                   causes), or write golden.jsonl with the training library that made this model";
        return Err(Finding::new(RefusalKind::GoldenMismatch, what, fix));
    }
    Ok(GoldenResult { cases: cases.len(), largest_difference: differences.into_iter().fold(0.0, f64::max) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cases(expected: &[f64]) -> Vec<Case> {
        let case = |(index, &expected): (usize, &f64)| Case { line: index + 1, name: "c".into(), expected };
        expected.iter().enumerate().map(case).collect()
    }

    #[test]
    fn scores_within_the_tolerance_pass_and_the_largest_difference_is_told() {
        let result = compare(&cases(&[0.5, 0.25]), &[0.5, 0.375], 0.125).unwrap();
        assert_eq!(result, GoldenResult { cases: 2, largest_difference: 0.125 });
    }

    #[test]
    fn a_score_outside_the_tolerance_is_refused_with_line_and_figures() {
        let finding = compare(&cases(&[0.5, 0.25]), &[0.5, 0.5], 0.125).unwrap_err();
        assert_eq!(finding.check, RefusalKind::GoldenMismatch);
        assert!(finding.what.contains("line 2 (c): expected 0.25, got 0.5, tolerance 0.125; 1 of 2"));
    }

    #[test]
    fn a_score_that_is_no_number_is_refused() {
        let finding = compare(&cases(&[0.5]), &[f64::NAN], 1.0).unwrap_err();
        assert_eq!(finding.check, RefusalKind::GoldenMismatch);
    }
}
