//! Golden events: events with the training library's own scores, which the converted model must reproduce.

use crate::loaded::GoldenResult;
use crate::refusal::{CheckFailure, RefusalKind};
use bystander_core::contract::Contract;
use bystander_core::golden::InputBuilder;
use bystander_core::rejection::Code;
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
pub(crate) fn read(text: &str, inputs: &mut InputBuilder) -> Result<Vec<Case>, CheckFailure> {
    inputs.clear();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let cases = lines.map(|(index, line)| case(index + 1, line, inputs)).collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        let fix = "write events with the training library's own scores there, one JSON object per line";
        return Err(CheckFailure::new(RefusalKind::GoldenInvalid, "golden.jsonl holds no event", fix));
    }
    Ok(cases)
}

fn case(line: usize, text: &str, inputs: &mut InputBuilder) -> Result<Case, CheckFailure> {
    let invalid = |what: String, fix: &str| Err(CheckFailure::new(RefusalKind::GoldenInvalid, what, fix));
    let parsed: Line<'_> = match serde_json::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let what = format!("golden.jsonl line {line} can't be read: {error}");
            return invalid(what, "write {\"case\": \"…\", \"event\": {…}, \"score\": 0.5}");
        }
    };
    let name = parsed.case;
    if let Err(rejection) = inputs.push(parsed.event.get().as_bytes()) {
        let (code, at) = (rejection.code, rejection.at);
        let what =
            format!("golden.jsonl line {line} ({name}): the event makes no row: {} at `{at}`", code.name());
        return invalid(what, unreadable(code));
    }
    Ok(Case { line, name, expected: parsed.score })
}

/// What to do about an event that makes no row.
fn unreadable(code: Code) -> &'static str {
    match code {
        Code::TimeOutOfRange => {
            "say in [golden] how its times are written: time_unit = \"s\", \"ms\", \"us\" or \"ns\" (default: as the stream's \
             events, else ms)"
        }
        Code::AmbiguousTime => "say in [golden] which comes first: date_order = \"dmy\" or \"mdy\"",
        Code::InvalidTime => "write the time as 2026-01-31T09:30:00Z, or as a number in golden.time_unit",
        _ => "correct the event, or what the contract says about this field",
    }
}

/// Compares each case's score with the training library's.
pub(crate) fn compare(
    cases: &[Case],
    scores: &[f64],
    contract: &Contract,
) -> Result<GoldenResult, CheckFailure> {
    let golden = &contract.golden;
    let near = |(case, score): (&Case, &f64)| golden.accepts(*score, case.expected);
    let off: Vec<_> = cases.iter().zip(scores).enumerate().filter(|(_, pair)| !near(*pair)).collect();
    if let Some((_, (Case { line, name, expected }, got))) = off.first() {
        let tolerance = match golden.relative_tolerance {
            0.0 => format!("tolerance {}", golden.tolerance),
            share => format!("tolerance {} or {share} of the expected score", golden.tolerance),
        };
        let what = format!(
            "golden.jsonl line {line} ({name}): expected {expected}, got {got}, {tolerance}; {} of {} golden events are off",
            off.len(),
            cases.len()
        );
        return Err(CheckFailure::new(RefusalKind::GoldenMismatch, what, mismatch(contract)));
    }
    let differences = cases.iter().zip(scores).map(|(case, got)| (got - case.expected).abs());
    Ok(GoldenResult { cases: cases.len(), largest_difference: differences.fold(0.0, f64::max) })
}

/// What to do about a score that differs.
fn mismatch(contract: &Contract) -> String {
    let clock = contract.features.iter().find(|feature| feature.source.is_calendar());
    let zone = clock.map_or_else(String::new, |feature| {
        format!(
            ", the zone of feature `{}` (its time_zone is {})",
            feature.name,
            feature.time_zone.as_deref().unwrap_or("not set: UTC")
        )
    });
    format!(
        "thresholds that the exporter rounded to float32 are the usual cause: floor them to float32 before the conversion \
         (floor_to_float32 in models/train/onnx_tools.py); else look at missing values{zone}, or write golden.jsonl with \
         the training library that made this model; where scores are large, set golden.relative_tolerance"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cases(expected: &[f64]) -> Vec<Case> {
        let case = |(index, &expected): (usize, &f64)| Case { line: index + 1, name: "c".into(), expected };
        expected.iter().enumerate().map(case).collect()
    }

    fn contract(golden: &str) -> Contract {
        let text = "schema = 1\nkind = \"orders\"\ninput = { layout = \"columns\" }\nfeatures = []\noutput = { name = \"s\" }";
        toml::from_str(&format!("{text}\n[golden]\n{golden}")).unwrap()
    }

    #[test]
    fn a_score_passes_within_either_tolerance() {
        let contract = contract("tolerance = 0.5\nrelative_tolerance = 0.01");
        assert!(compare(&cases(&[1000.0, 0.1]), &[1009.0, 0.5], &contract).is_ok());
        let finding = compare(&cases(&[1000.0]), &[1011.0], &contract).unwrap_err();
        assert!(finding.what.contains("tolerance 0.5 or 0.01 of the expected score"), "{}", finding.what);
    }

    #[test]
    fn scores_within_the_tolerance_pass_and_the_largest_difference_is_told() {
        let result = compare(&cases(&[0.5, 0.25]), &[0.5, 0.375], &contract("tolerance = 0.125")).unwrap();
        assert_eq!(result, GoldenResult { cases: 2, largest_difference: 0.125 });
    }

    #[test]
    fn a_score_outside_the_tolerance_is_refused_with_line_and_figures() {
        let finding = compare(&cases(&[0.5, 0.25]), &[0.5, 0.5], &contract("tolerance = 0.125")).unwrap_err();
        assert_eq!(finding.check, RefusalKind::GoldenMismatch);
        assert!(finding.what.contains("line 2 (c): expected 0.25, got 0.5, tolerance 0.125; 1 of 2"));
    }

    #[test]
    fn a_score_that_is_no_number_is_refused() {
        let finding = compare(&cases(&[0.5]), &[f64::NAN], &contract("tolerance = 1.0")).unwrap_err();
        assert_eq!(finding.check, RefusalKind::GoldenMismatch);
    }
}
