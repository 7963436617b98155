//! The page in a real browser, as readers see it.

use crate::html::sections;
use crate::sample::{empty, refused, rich};
use bystander_report::document::{Figure, Population, Report};
use bystander_report::render::html;
use bystander_testkit::browser::{Browser, browser};
use bystander_testkit::tools_or_skip;

/// Pages on paper; fails with everything that a reader would stumble over.
fn look(browser: &Browser, name: &str, report: &Report, sections: &[String]) -> u64 {
    let folder = browser.tools.join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let page = folder.join(format!("{name}.html"));
    std::fs::write(&page, html(report)).unwrap();
    browser.look(name, &page.display().to_string(), sections)
}

#[test]
fn readers_find_everything_on_a_desk_a_phone_and_paper() {
    let browser = tools_or_skip!("render::browser", browser);
    let pages = look(&browser, "rich", &rich(), &sections());
    assert!((15..=60).contains(&pages), "two models and two currencies on {pages} pages");
    let rest: Vec<_> =
        sections().into_iter().filter(|id| !id.starts_with("fraud") && !id.starts_with("pricing")).collect();
    let pages = look(&browser, "empty", &empty(), &rest);
    // Most of them are the definitions of words and figures.
    assert!((1..=8).contains(&pages), "nothing on {pages} pages");
    look(&browser, "refused", &refused(), &sections());
}

/// The page that goes wrong most easily: many columns, and everything that is decided lies in the lowest part of an axis.
#[test]
fn three_models_whose_scores_lie_below_a_thirtieth_are_readable_side_by_side() {
    let browser = tools_or_skip!("render::browser", browser);
    look(&browser, "three", &three(), &sections());
}

fn three() -> Report {
    let mut report = rich();
    let models = &mut report.chapters.orders.fraud[0].models;
    let mut third = models[1].clone();
    third.model.version = 3;
    third.model.alias = Some("fraud@candidate".to_owned());
    models.push(third);
    for model in models {
        for point in &mut model.thresholds.sweep {
            point.threshold *= 0.03;
        }
        for point in &mut model.thresholds.points {
            point.threshold = point.threshold.map(|at| at * 0.03);
        }
        for money in &mut model.money {
            money.by_threshold.iter_mut().for_each(|point| point.threshold *= 0.03);
            money.cheapest = Figure::new(0.02, 58_100, Population::Labelled);
            money.break_even = Figure::new(0.012, 58_100, Population::Labelled);
        }
    }
    report
}
