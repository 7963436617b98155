//! docs/bad-input.md and the code say the same.

use crate::outcomes::{Read, dispute, plain, read_json};
use crate::world::*;
use bystander_core::rejection::{Code, SkipReason, Stage};
use std::collections::BTreeSet;

const TABLE: &str = include_str!("../../../../docs/bad-input.md");

struct Line<'t> {
    example: &'t str,
    result: &'t str,
    stage: &'t str,
    code: &'t str,
}

/// The rows on events.
fn lines() -> Vec<Line<'static>> {
    lines_of(TABLE.split_once("## Outcomes").unwrap().0)
}

fn lines_of(part: &'static str) -> Vec<Line<'static>> {
    let head = |line: &str| line.starts_with("| Input") || line.starts_with("| Outcome |");
    let rows = part.lines().filter(|line| line.starts_with("| ") && !head(line));
    let cells = |row: &'static str| row.split('|').skip(1).take(5).map(str::trim).collect::<Vec<_>>();
    rows.map(|row| {
        let cells = cells(row);
        assert_eq!((cells.len(), row.matches('|').count()), (5, 6), "{row}");
        let plain = |text: &'static str| text.trim_matches('`');
        Line { example: cells[1], result: cells[2], stage: plain(cells[3]), code: plain(cells[4]) }
    })
    .collect()
}

#[test]
fn every_code_and_every_reason_has_a_row_and_no_row_names_another() {
    let named = |result: &str| {
        lines().iter().filter(|line| line.result == result).map(|line| line.code).collect::<BTreeSet<_>>()
    };
    assert_eq!(named("dead letter"), Code::ALL.iter().map(|code| code.name()).collect());
    assert_eq!(named("skip"), SkipReason::ALL.iter().map(|reason| reason.name()).collect());
    assert!(lines().iter().all(|line| matches!(line.result, "dead letter" | "skip" | "row")));
}

#[test]
fn every_stage_of_the_table_is_one_of_the_code() {
    let stages: BTreeSet<_> =
        lines().iter().filter(|line| line.result == "dead letter").map(|line| line.stage).collect();
    assert_eq!(stages, Stage::ALL.iter().map(|stage| stage.name()).collect());
}

/// A row whose example is `field = raw JSON` or a whole payload in backticks is run as it stands.
#[test]
fn the_examples_of_the_table_become_what_it_says() {
    let mut ran = 0;
    for line in lines() {
        let Some(example) = line.example.strip_prefix('`').and_then(|text| text.strip_suffix('`')) else {
            continue;
        };
        let payload = match example.split_once(" = ") {
            Some((field, raw)) => order_with_raw(field, raw.as_bytes()),
            None => example.as_bytes().to_vec(),
        };
        let (result, stage, code) = match decode_bytes(&orders(), &payload) {
            Became::Row => ("row", "", ""),
            Became::Skip(reason) => ("skip", "", reason.name()),
            Became::DeadLetter(stage, code, _) => ("dead letter", stage.name(), code.name()),
        };
        assert_eq!((result, stage, code), (line.result, line.stage, line.code), "{example}");
        ran += 1;
    }
    assert!(ran >= 15, "{ran} examples ran");
}

/// The same for outcomes.
#[test]
fn the_examples_of_outcomes_become_what_the_table_says() {
    let mut ran = 0;
    for line in lines_of(TABLE.split_once("## Outcomes").unwrap().1) {
        let example = line.example.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
        let Some((field, raw)) = example.and_then(|example| example.split_once(" = ")) else { continue };
        let mut event = dispute();
        event[field] = serde_json::from_str(raw).unwrap();
        let (result, stage, code) = match read_json(&plain(), &event) {
            Read::Outcome(_) => ("outcome", "", ""),
            Read::Skip(reason) => ("skip", "", reason.name()),
            Read::Rejected(stage, code, _) => ("rejected", stage.name(), code.name()),
        };
        assert_eq!((result, stage, code), (line.result, line.stage, line.code), "{field} = {raw}");
        ran += 1;
    }
    assert!(ran >= 12, "{ran} examples ran");
}
