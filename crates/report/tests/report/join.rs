//! Every rule of the join by a hand case.

use super::common::*;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_report::{Gates, Report};

#[test]
fn the_same_comparison_twice_counts_once_and_a_second_event_of_an_order_is_left_out() {
    let rows = [order("a"), order("a"), order("a").offset(7), order("b")];
    let report = report(&mut dataset(&rows, &[]), day(1));
    assert_eq!((count(&report, "comparisons"), count(&report, "duplicate_comparisons")), (4, 1));
    assert_eq!((count(&report, "repeated_subjects"), model(&report).compared), (1, 2));
    let run = &report.header.models[0].runs[0];
    assert_eq!((run.comparisons, run.duplicates, run.repeated_subjects, run.chosen), (2, 1, 1, true));
}

#[test]
fn of_several_runs_the_live_one_is_used_unless_another_is_asked_for() {
    let rows = [
        order("a").run("live", "job").decided(Action::Accept, Action::Reject),
        order("a").run("replay", "r1"),
        order("b").run("replay", "r1"),
        order("b").run("replay", "r2"),
    ];
    let mut data = dataset(&rows, &[]);
    let live = report(&mut data, day(1));
    assert_eq!((model(&live).compared, live.header.models[0].runs.len()), (1, 3));
    let wanted = bystander_report::ReportSettings { run: Some("r1".to_owned()), ..settings() };
    let replay = Report::build(&mut data, day(1), &wanted, &Gates::default());
    assert_eq!(model(&replay).compared, 2);
    let only_replays = report(&mut dataset(&rows[1..], &[]), day(1));
    assert_eq!(only_replays.header.models[0].runs.iter().filter(|run| run.chosen).count(), 1);
    assert_eq!(only_replays.header.models[0].runs[1].run_id, "r2");
    assert!(only_replays.header.models[0].runs[1].chosen, "the run that came last");
}

#[test]
fn what_is_known_depends_on_the_as_of_time() {
    let rows = [order("a"), order("b").at(day(30))];
    let told = [outcome("a", T::DisputeOpened, None, day(20)), outcome("a", T::DisputeWon, None, day(70))];
    let mut data = dataset(&rows, &told);
    let early = report(&mut data, day(10));
    assert_eq!((state(&early, "pending"), count(&early, "events_after_as_of")), (1, 1));
    assert_eq!(count(&early, "outcomes_after_as_of"), 2);
    let disputed = report(&mut data, day(40));
    assert_eq!((state(&disputed, "fraud"), state(&disputed, "pending")), (1, 1));
    let won = report(&mut data, day(100));
    assert_eq!((state(&won, "disputed_won"), state(&won, "good")), (1, 1));
    assert_eq!(count(&won, "outcomes_after_as_of"), 0);
}

#[test]
fn outcomes_that_fit_nothing_are_counted_and_shown() {
    let rows = [order("a"), order("b").decided(Action::Reject, Action::Accept)];
    let mut before = outcome("a", T::DisputeOpened, FRAUD, day(5));
    before.occurred_at_ms = day(-3);
    let mut yen = outcome("a", T::Refunded, None, day(6));
    yen.currency = Some("JPY".into());
    let twice = outcome("a", T::DisputeLost, None, day(30));
    let told = [
        before,
        yen,
        twice.clone(),
        twice,
        outcome("nobody", T::DisputeLost, None, day(4)),
        outcome("a", T::ManualReview, LEGIT, day(40)),
        outcome("a", T::ManualReview, FRAUD, day(90)),
    ];
    let mut data = dataset(&rows, &told);
    data.count_malformed_outcome("missing_field at /subject_id");
    data.count_malformed_comparison("no JSON");
    let report = report(&mut data, day(200));
    for (name, n) in [
        ("outcomes", 7),
        ("malformed_outcomes", 1),
        ("malformed_comparisons", 1),
        ("duplicate_outcomes", 1),
        ("orphan_outcomes", 1),
        ("outcomes_before_the_event", 1),
        ("outcomes_in_another_currency", 1),
        ("conflicting_labels", 1),
        ("labels_after_maturity", 1),
    ] {
        assert_eq!(count(&report, name), n, "{name}");
    }
    assert_eq!((state(&report, "fraud"), state(&report, "declined")), (1, 1));
}

/// Webhooks of one dispute carry the dispute's id and come in any order.
#[test]
fn another_content_under_one_id_is_another_outcome_in_whatever_order_both_are_read() {
    let under = |id: &'static str, mut one: bystander_core::outcome::Outcome<'static>| {
        one.outcome_id = Some(id.into());
        one
    };
    let told = [
        under("d-1", outcome("a", T::DisputeOpened, None, day(5))),
        under("d-1", outcome("a", T::DisputeWon, None, day(5))),
        under("d-2", outcome("b", T::DisputeOpened, None, day(6))),
        under("d-2", outcome("b", T::DisputeLost, None, day(50))),
        under("d-2", outcome("b", T::DisputeLost, None, day(50))),
        under("d-3", outcome("c", T::DisputeOpened, None, day(7))),
    ];
    let rows = [order("a"), order("b"), order("c")];
    for shift in 0..told.len() {
        for backwards in [false, true] {
            let mut told = told.clone();
            told.rotate_left(shift);
            if backwards {
                told.reverse();
            }
            let report = report(&mut dataset(&rows, &told), day(100));
            assert_eq!((state(&report, "disputed_won"), state(&report, "fraud")), (1, 2));
            let counted =
                ["outcomes", "duplicate_outcomes", "reused_outcome_ids"].map(|name| count(&report, name));
            assert_eq!(counted, [6, 1, 2]);
        }
    }
}

/// A producer that sends again gives the record another time, and the partitions are read in any order.
#[test]
fn an_outcome_without_times_that_is_sent_twice_counts_once_at_its_first_record() {
    let sent = |time: i64| {
        let mut one = outcome("a", T::DisputeLost, FRAUD, time);
        (one.outcome_id, one.dated) = (Some("e-1".into()), false);
        one
    };
    for told in [[sent(day(80)), sent(day(20))], [sent(day(20)), sent(day(80))]] {
        let mut data = dataset(&[order("a")], &told);
        let early = report(&mut data, day(30));
        let counted = ["duplicate_outcomes", "reused_outcome_ids"].map(|name| count(&early, name));
        assert_eq!((state(&early, "fraud"), counted), (1, [1, 0]));
    }
}

#[test]
fn a_live_decision_from_its_own_topic_fills_a_gap_and_never_replaces_the_events_own() {
    let mut gap = order("a").decided(Action::Accept, Action::Reject);
    gap.live = None;
    let mut said = outcome("a", T::LiveDecision, None, day(1));
    said.action = Some(Action::Review);
    let mut contradiction = outcome("b", T::LiveDecision, None, day(1));
    contradiction.action = Some(Action::Reject);
    let report = report(&mut dataset(&[gap, order("b")], &[said, contradiction]), day(2));
    assert_eq!(count(&report, "live_decisions_filled"), 1);
    assert_eq!(count(&report, "live_decisions_conflicting"), 1);
    let swap = &model(&report).swap;
    let cell = |live, shadow| {
        swap.cells.iter().find(|cell| (cell.live, cell.shadow) == (live, shadow)).unwrap().count
    };
    assert_eq!((cell(Action::Review, Action::Reject), cell(Action::Accept, Action::Accept)), (1, 1));
    let samples = &model(&report).agreement.samples;
    assert_eq!((samples.len(), samples[0].subject_id.as_str()), (1, "a"));
}

#[test]
fn reasons_for_lines_that_cannot_be_read_are_told_apart_up_to_a_bound() {
    let mut data = dataset(&[order("a")], &[]);
    for number in 0..100 {
        data.count_malformed_outcome(&format!("missing_field at /{number}"));
        data.count_malformed_outcome("missing_field at /0");
    }
    let report = report(&mut data, day(1));
    let reasons = &report.data.malformed;
    assert_eq!((count(&report, "malformed_outcomes"), reasons.len()), (200, 31));
    assert_eq!(reasons.iter().map(|reason| reason.count).sum::<u64>(), 200);
    assert!(
        reasons.iter().any(|reason| (reason.name.as_str(), reason.count) == ("missing_field at /0", 101))
    );
}

#[test]
fn a_record_that_was_old_when_it_came_says_nothing_of_latency() {
    let mut old = order("a");
    old.scored_at_ms = old.source.timestamp_ms.map(|written| written + 60 * 86_400_000);
    let latency = |rows: &[_]| report(&mut dataset(rows, &[]), day(100)).header.models[0].latency.clone();
    let none = latency(&[old.clone()]);
    assert!(none.reason().unwrap().contains("seven weeks"), "a number would mean nothing");
    let both = latency(&[old, order("b")]);
    let p50 = &shown(&both).p50_ms;
    assert_eq!((p50.value(), shown(p50).n), (Some(200.0), 1));
}

#[test]
fn currencies_stand_apart_and_are_never_added_up() {
    let rows = [order("a").money(500, "EUR"), order("b").money(70, "JPY"), order("c").money(300, "EUR")];
    let report = report(&mut dataset(&rows, &[]), day(100));
    let good = stream(&report).maturity.states.iter().find(|state| state.state == "good").unwrap();
    let amounts: Vec<_> =
        good.amounts.iter().map(|amount| (amount.currency.as_str(), amount.exponent, amount.minor)).collect();
    assert_eq!(amounts, [("EUR", 2, 800), ("JPY", 0, 70)]);
    assert_eq!(report.header.streams[0].currencies.len(), 2);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows: Vec<_> = (0..40)
        .map(|number| {
            let shadow = Action::ALL[number % 3];
            let record = order(&format!("o{number}")).decided(Action::ALL[number % 2], shadow);
            record
                .at(day(number as i64))
                .scored(number as f64 / 40.0)
                .segment("country", ["DE", "FR"][number % 2])
        })
        .collect();
    let told: Vec<_> = (0..40)
        .step_by(3)
        .map(|number| outcome(&format!("o{number}"), T::DisputeLost, None, day(number + 20)))
        .collect();
    let one = report(&mut dataset(&rows, &told), day(150));
    let mut data = bystander_report::Dataset::new();
    told.iter().rev().for_each(|outcome| data.push_outcome(outcome));
    rows.iter().for_each(|record| data.push_comparison(record));
    let two = report(&mut data, day(150));
    assert_eq!(one.to_json().unwrap(), two.to_json().unwrap());
}
