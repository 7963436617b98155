//! The terminal's summary fits a terminal and is not steered by data.

use crate::sample::{empty, refused, rich};
use bystander_report::document::Report;
use bystander_report::render::{summary, terminal};

fn reports() -> [Report; 3] {
    [rich(), empty(), refused()]
}

#[test]
fn it_fits_sixty_lines_of_any_width() {
    for report in reports() {
        for width in [40, 80, 120] {
            let text = terminal(&report, width, false);
            assert!(text.lines().count() <= 60, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}: {text}");
        }
    }
}

#[test]
fn it_says_verdict_gates_and_figures_with_intervals() {
    let text = terminal(&rich(), 80, false);
    for said in [
        "NOT MET  fraud@challenger isn't ready",
        "insult rate no worse",
        "HOLD",
        "fraud@champion: catches 57% of fraud",
        "(95%:",
        "n 61,208",
        "To look at",
    ] {
        assert!(text.contains(said), "{said} is missing in\n{text}");
    }
}

#[test]
fn it_says_what_was_left_out_and_that_currencies_stand_apart() {
    let text = terminal(&rich(), 80, false);
    for said in [
        "orders: EUR, JPY, each for itself, added up only at",
        "412 outcomes unknown subject",
        "7 for missing_field at",
    ] {
        assert!(text.contains(said), "{said} is missing in\n{text}");
    }
}

#[test]
fn the_first_page_fits_ten_lines_and_answers_for_every_model() {
    for report in reports() {
        for width in [40, 80, 120] {
            let text = summary(&report, width, false);
            assert!((1..=10).contains(&text.lines().count()), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}: {text}");
            let whole = text.trim_end().ends_with('.') || text.lines().count() == 1;
            assert!(whole, "a sentence is cut off at {width}: {text}");
        }
    }
    let text = summary(&rich(), 120, false);
    for said in
        ["NOT MET", "fraud@champion: ", "fraud@challenger: ", "fraud@challenger against fraud@champion"]
    {
        assert!(text.contains(said), "{said} is missing in\n{text}");
    }
}

#[test]
fn a_long_report_is_cut_and_says_so() {
    let mut report = rich();
    let stream = report.chapters.orders.fraud[0].clone();
    report.chapters.orders.fraud = vec![stream; 9];
    let text = terminal(&report, 80, false);
    assert_eq!(text.lines().count(), 60);
    assert!(text.ends_with("all of it stands in the HTML\n"), "{text}");
}

#[test]
fn nothing_undefined_is_written() {
    for report in reports() {
        let text = terminal(&report, 80, false);
        assert!(!text.contains("NaN") && !text.contains("inf ") && !text.contains("-0."), "{text}");
    }
}

#[test]
fn colours_only_where_they_are_asked_for_and_data_never_sends_its_own() {
    let mut report = rich();
    report.header.verdict.headline = "\u{1b}[2Jgone\u{7}".into();
    report.chapters.orders.fraud[0].stream = "\u{1b}]0;title\u{202e}".into();
    let plain = terminal(&report, 80, false);
    assert!(!plain.chars().any(|letter| letter.is_control() && letter != '\n'), "{plain:?}");
    let painted = terminal(&report, 80, true);
    assert!(painted.contains("\u{1b}[31m"), "not met is red");
    assert!(!painted.contains("\u{1b}[2J") && !painted.contains("\u{1b}]"), "{painted:?}");
}
