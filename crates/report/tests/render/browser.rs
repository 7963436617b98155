//! The page in a real browser: overflow, sections, contrast, headings, overlapping text, axe, pages on paper.

use crate::html::sections;
use crate::sample::{empty, refused, rich};
use bystander_report::document::Report;
use bystander_report::render::html;
use bystander_testkit::tools_or_skip;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set to 1 where a missing browser must fail the test.
const REQUIRE: &str = "BYSTANDER_REQUIRE_BROWSER";
/// A Chromium that isn't on the path.
const CHROMIUM: &str = "BYSTANDER_CHROMIUM";
/// A folder for screenshots and PDFs, to look at.
const PICTURES: &str = "BYSTANDER_SCREENSHOTS";

struct Browser {
    chromium: PathBuf,
    tools: PathBuf,
}

fn browser() -> Result<Browser, String> {
    let found = find();
    let required = std::env::var(REQUIRE).is_ok_and(|value| value == "1");
    if let (true, Err(reason)) = (required, &found) {
        panic!("{REQUIRE}=1, but {reason}");
    }
    found
}

fn find() -> Result<Browser, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools = root.join("target/browser");
    on_path("node").ok_or("node is not installed")?;
    let named = std::env::var_os(CHROMIUM).map(PathBuf::from).filter(|path| path.is_file());
    let chromium =
        named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path));
    let chromium = chromium.ok_or(format!("there is no chromium; install it or set {CHROMIUM}"))?;
    if !tools.join("node_modules/playwright-core").is_dir() {
        return Err("target/browser is empty; run crates/report/tests/browser/fetch.sh".to_owned());
    }
    Ok(Browser { chromium, tools })
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Pages on paper; fails with everything that a reader would stumble over.
fn look(browser: &Browser, name: &str, report: &Report, sections: &[String]) -> u64 {
    let folder = browser.tools.join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let page = folder.join(format!("{name}.html"));
    std::fs::write(&page, html(report)).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/check.mjs");
    let mut command = Command::new("node");
    command.arg(script).args([&browser.tools, &browser.chromium, &page]).arg(sections.join(","));
    if let Some(pictures) = std::env::var_os(PICTURES) {
        std::fs::create_dir_all(&pictures).unwrap();
        command.arg(pictures);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let faults: Vec<_> =
        found["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect();
    assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
    found["pages"].as_u64().unwrap()
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
