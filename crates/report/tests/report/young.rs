//! Windows in which few orders are mature: developed figures lead, and a precision that can't be developed is refused.

use super::common::*;
use super::shop::noise;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_core::time::DAY_MS;
use bystander_report::Dataset;
use bystander_report::document::{Basis, Flag, OperatingPoint, Population, Report, Who};

/// 60 days of 100 orders, every tenth a fraud whose label takes `delay` days; the model rejects six of ten frauds and one good
/// order in forty.
fn shop(delay: impl Fn(f64) -> f64) -> Dataset {
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for number in 0..6_000_usize {
        let id = format!("o{number}");
        let at = day(number as i64 / 100) + (number % 100) as i64 * 60_000;
        let fraud = number % 10 == 0;
        let reject = if fraud { number / 10 % 10 < 6 } else { number % 40 == 1 };
        let shadow = if reject { Action::Reject } else { Action::Accept };
        rows.push(order(&id).at(at).decided(Action::Accept, shadow).scored(if reject { 0.9 } else { 0.1 }));
        if fraud {
            let days = delay(noise(&id, 5));
            told.push(outcome(&id, T::DisputeLost, None, at + (days * DAY_MS as f64) as i64));
        }
    }
    dataset(&rows, &told)
}

fn rejecting(report: &Report) -> &OperatingPoint {
    let wanted = |point: &&OperatingPoint| {
        (point.who, point.flag, point.population) == (Who::Model, Flag::Reject, Population::Labelled)
    };
    model(report).thresholds.points.iter().find(wanted).unwrap()
}

#[test]
fn a_developed_precision_is_refused_while_labels_still_come_in_at_the_oldest_age_that_can_be_seen() {
    // Labels take up to 100 days, and the oldest order is 40 days old.
    let report = report(&mut shop(|part| 100.0 * part), day(40));
    let point = rejecting(&report);
    let why =
        point.precision_developed.reason().expect("nobody knows how many frauds are still to be reported");
    assert!(why.contains("labels are seen up to an age of") && why.contains("mature after 60 days"), "{why}");
    // What is missing is missing above and below the line of a recall.
    assert!((value(&point.recall_developed) - 0.6).abs() < 0.2, "{:?}", point.recall_developed);
}

#[test]
fn a_developed_precision_in_a_young_window_says_which_frauds_it_counts() {
    // Nearly all labels come within ten days, and the oldest order is 40 days old.
    let young = report(&mut shop(|part| 10.0 * part), day(40));
    let point = rejecting(&young);
    let precision = shown(&point.precision_developed);
    let note = precision.note.as_ref().expect("a caveat");
    assert!(
        note.contains("counts frauds reported within") && note.contains("labels mature after 60 days"),
        "{note}"
    );
    assert!((value(&point.precision_developed) - 6.0 / (6.0 + 2.25)).abs() < 0.08, "{precision:?}");
    // Once orders are as old as maturity there is nothing to add.
    let old = report(&mut shop(|part| 10.0 * part), day(140));
    assert_eq!(shown(&rejecting(&old).precision_developed).note, None);
}

#[test]
fn the_headline_is_developed_where_few_orders_are_mature_and_says_so() {
    let young = report(&mut shop(|part| 20.0 * part), day(80));
    let maturity = &stream(&young).maturity;
    assert_eq!(maturity.headline, Basis::Developed);
    assert!((value(&maturity.mature_share) - 2_000.0 / 6_000.0).abs() < 0.02, "{:?}", maturity.mature_share);
    let said = &young.header.verdict.sentences;
    assert!(
        maturity.sentences[1].contains("of orders are mature, less than 80.0 %"),
        "{:?}",
        maturity.sentences
    );
    let developed = said.iter().position(|said| said.contains("Developed for frauds still to be reported"));
    let matured = said.iter().position(|said| said.contains("On mature orders, rejecting, it catches"));
    assert!(developed < matured && developed.is_some(), "{said:#?}");
    let text = bystander_report::render::terminal(&young, 120, false);
    assert!(text.contains("of fraud, developed"), "{text}");
    let old = report(&mut shop(|part| 20.0 * part), day(200));
    assert_eq!(stream(&old).maturity.headline, Basis::Matured);
    assert!(!old.header.verdict.sentences.iter().any(|said| said.contains("Developed")));
    assert!(!bystander_report::render::terminal(&old, 120, false).contains("developed"));
}
