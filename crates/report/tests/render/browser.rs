//! The page in a real browser, as readers see it.

use crate::html::sections;
use crate::sample::{empty, refused, rich};
use bystander_report::document::Report;
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
    assert!((1..=5).contains(&pages), "nothing on {pages} pages");
    look(&browser, "refused", &refused(), &sections());
}
