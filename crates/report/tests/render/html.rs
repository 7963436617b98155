//! The HTML holds everything, is well formed, self-contained, and harmless whatever the data says.

use crate::sample::{DAY, HOSTILE, START, empty, refused, rich};
use bystander_core::time::Rfc3339;
use bystander_report::document::{CurvePoint, Figure, Population, Report, Shown};
use bystander_report::render::{Staleness, html, stale};
use roxmltree::{Document, Node};
use serde_json::Value;
use std::collections::BTreeSet;

/// Sections of one stream of orders, one of prices, and the rest.
const FRAUD: [&str; 14] = [
    "glance",
    "maturity",
    "time",
    "swap",
    "thresholds",
    "ranking",
    "scores",
    "money",
    "calibration",
    "drift",
    "slices",
    "agreement",
    "tests",
    "bias",
];
const PRICING: [&str; 10] = [
    "glance",
    "change",
    "guardrails",
    "stability",
    "repricing",
    "support",
    "drift",
    "slices",
    "pairs",
    "next",
];
const REST: [&str; 8] = [
    "verdict",
    "gates-results",
    "data-streams",
    "data-counts",
    "data-outcomes",
    "receipts-settings",
    "receipts-floor",
    "receipts-models",
];

/// Ids of all sections that a page of the rich sample must have.
pub(crate) fn sections() -> Vec<String> {
    let fraud = FRAUD.iter().map(|name| format!("fraud-1-{name}"));
    let pricing = PRICING.iter().map(|name| format!("pricing-1-{name}"));
    fraud.chain(pricing).chain(REST.map(str::to_owned)).collect()
}

fn reports() -> [Report; 3] {
    [rich(), empty(), refused()]
}

/// The page as XML: the only tags that HTML leaves open are closed first.
fn strict(page: &str) -> String {
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a page starts with its type");
    let (head, rest) = body.split_once("<title>").unwrap();
    format!("{}<title>{rest}", head.replace("\">", "\"/>").replace("lang=\"en\"/>", "lang=\"en\">"))
}

fn text(node: Node<'_, '_>) -> String {
    let said = node.descendants().filter(|node| node.is_text()).filter_map(|node| node.text());
    said.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_page_is_well_formed_and_has_its_sections() {
    for report in reports() {
        let page = strict(&html(&report));
        let tree = Document::parse(&page).unwrap();
        let ids: Vec<_> = tree.descendants().filter_map(|node| node.attribute("id")).collect();
        let once: BTreeSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "an id stands twice");
        let wanted = sections().into_iter().filter(|id| {
            !(report.chapters.orders.fraud.is_empty() && id.starts_with("fraud")
                || report.chapters.prices.pricing.is_empty() && id.starts_with("pricing"))
        });
        for id in wanted {
            let section = tree.descendants().find(|node| node.attribute("id") == Some(&id));
            let section = section.unwrap_or_else(|| panic!("{id} is missing"));
            let said = text(section);
            assert!(said.len() > 80, "{id} says only {said}");
        }
        for link in tree.descendants().filter_map(|node| node.attribute("href")) {
            assert!(ids.contains(&link.trim_start_matches('#')), "{link} leads nowhere");
        }
    }
}

#[test]
fn every_picture_has_a_title_and_nothing_but_numbers_for_coordinates() {
    let numbers = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d"];
    for report in reports() {
        let page = strict(&html(&report));
        let tree = Document::parse(&page).unwrap();
        let pictures = tree.descendants().filter(|node| node.attribute("role") == Some("img"));
        for picture in pictures {
            let title = picture.children().find(|child| child.has_tag_name("title")).expect("a title");
            assert!(!text(title).trim().is_empty());
        }
        for node in tree.descendants().filter(|node| node.is_element()) {
            for attribute in node.attributes().filter(|attribute| numbers.contains(&attribute.name())) {
                let plain =
                    attribute.value().chars().all(|letter| "0123456789.-%MLHVZlmhvz ".contains(letter));
                assert!(plain, "{}={}", attribute.name(), attribute.value());
            }
        }
    }
}

#[test]
fn nothing_is_fetched_and_nothing_is_run() {
    for report in reports() {
        let page = html(&report);
        for forbidden in
            ["<script", "http://", "https://", "url(", "@import", "<link", " src=", "javascript:", " on"]
        {
            let found = page.find(forbidden).map(|at| page[at..].chars().take(60).collect::<String>());
            let said = found.filter(|_| forbidden != " on" || has_handler(&page));
            assert_eq!(said, None, "{forbidden}");
        }
    }
}

fn has_handler(page: &str) -> bool {
    let page = strict(page);
    let tree = Document::parse(&page).unwrap();
    tree.descendants().any(|node| node.attributes().any(|attribute| attribute.name().starts_with("on")))
}

#[test]
fn text_from_data_stays_text() {
    let mut report = rich();
    report.header.verdict.headline = HOSTILE.into();
    report.chapters.orders.fraud[0].stream = "\"><img src=x onerror=alert(1)>".into();
    report.chapters.orders.fraud[0].models[0].model.alias =
        Some("</title></svg><script>alert(1)</script>@x".into());
    report.chapters.orders.fraud[0].models[0].money[0].currency = "\"><b>".into();
    report.gates[0].name = "</style><script>".into();
    report.data.counts[0].meaning = "<!--".into();
    let page = html(&report);
    let page = strict(&page);
    let tree = Document::parse(&page).unwrap();
    for forbidden in ["script", "img", "b"] {
        assert!(!tree.descendants().any(|node| node.has_tag_name(forbidden)), "{forbidden}");
    }
    let heading = tree.descendants().find(|node| node.has_tag_name("h1")).unwrap();
    let said = text(heading);
    assert!(said.ends_with("<script>alert(1)</script>\u{FFFD}[31m\u{FFFD} & \"quoted\""), "{said}");
}

#[test]
fn nothing_undefined_is_written() {
    for report in reports() {
        let page = strict(&html(&report));
        let tree = Document::parse(&page).unwrap();
        let body = tree.descendants().find(|node| node.has_tag_name("body")).unwrap();
        let said = text(body);
        let words: BTreeSet<_> = said.split(|letter: char| !letter.is_alphanumeric()).collect();
        for forbidden in ["NaN", "inf", "infinity", "null", "Shown", "Refused"] {
            assert!(!words.contains(forbidden), "{forbidden}");
        }
        for zero in ["\u{2212}0 ", "\u{2212}0%", "\u{2212}0.00 ", "\u{2212}0.00%", "\u{2212}0.000 "] {
            assert!(!said.contains(zero), "zero has no sign");
        }
    }
}

/// Every figure's n and every refusal's reason: what the JSON says, the page says.
#[test]
fn every_figure_shows_its_n_and_every_refusal_its_reason() {
    for report in reports() {
        let page = strict(&html(&report));
        let tree = Document::parse(&page).unwrap();
        let said = text(tree.root_element()).split_whitespace().collect::<Vec<_>>().join(" ");
        let mut met = 0;
        figures(&serde_json::to_value(&report).unwrap(), &mut |figure| {
            met += 1;
            if let Some(reason) = figure.get("refused") {
                assert!(said.contains(reason.as_str().unwrap()), "{reason} is missing");
            } else {
                let n = grouped(figure["n"].as_u64().unwrap());
                assert!(said.contains(&format!("n {n}")), "n {n} is missing: {figure}");
            }
        });
        assert!(met > 100 || report.chapters.orders.fraud.is_empty(), "{met} figures met");
    }
}

fn figures(value: &Value, met: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(keys) => {
            if keys.contains_key("refused")
                || keys.contains_key("population")
                    && (keys.contains_key("value") || keys.contains_key("range"))
            {
                met(value);
            }
            keys.values().for_each(|value| figures(value, met));
        }
        Value::Array(all) => all.iter().for_each(|value| figures(value, met)),
        _ => {}
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[test]
fn intervals_stand_beside_their_figures_and_money_has_its_currencys_decimals() {
    let page = html(&rich());
    for said in [
        "EUR\u{a0}48,000",
        "EUR\u{a0}41,000 to 55,000",
        "JPY\u{a0}7,700,000<",
        "a saving of EUR\u{a0}50 to a cost of EUR\u{a0}80",
        "JPY\u{a0}1,800 to a cost of JPY\u{a0}500",
        "0.808 to 0.828",
        "95% DeLong",
        "95% confidence sequence",
        "1.2% higher",
        "disputed won",
    ] {
        assert!(page.contains(said), "{said} is missing");
    }
}

/// That live runs another model is said only where it is known.
#[test]
fn the_floor_says_which_model_live_runs_or_that_nobody_said_so() {
    let mut report = rich();
    let said = html(&report);
    assert!(
        said.contains("Live runs this very model")
            && said.contains("Live runs fraud@champion, so this is a difference")
    );
    report.header.settings.live_model = None;
    report.header.models.iter_mut().for_each(|model| {
        if let Shown::Shown(floor) = &mut model.aa_floor {
            floor.same_model = false;
        }
    });
    let unsaid = html(&report);
    assert!(unsaid.contains("isn't said") && unsaid.contains("--live-model fraud@champion"), "how to say it");
    assert!(!unsaid.contains("Live runs this very model") && !unsaid.contains("so this is a difference"));
}

#[test]
fn extreme_values_leave_no_trace_in_the_page_but_themselves() {
    let mut report = rich();
    let wild =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, 1e308];
    let model = &mut report.chapters.orders.fraud[0].models[0];
    model.ranking.roc =
        wild.iter().map(|x| CurvePoint { x: *x, y: *x, threshold: Some(*x), range: None }).collect();
    for (point, value) in model.money[0].by_threshold.iter_mut().zip(wild) {
        point.cost_per_1000 = value;
        point.threshold = value;
    }
    for (bar, value) in model.histograms[0].bars.iter_mut().zip(wild) {
        (bar.low, bar.high, bar.count) = (value, value, u64::MAX / 64);
    }
    model.ranking.auc = Figure::new(f64::NAN, 1, Population::Labelled);
    model.ranking.ks = Figure::new(f64::MAX, u64::MAX, Population::Labelled);
    model.money[0].caught = Figure::new(-0.0, 0, Population::Labelled);
    let page = strict(&html(&report));
    let tree = Document::parse(&page).unwrap();
    let said = text(tree.root_element());
    let words: BTreeSet<_> = said.split(|letter: char| !letter.is_alphanumeric()).collect();
    assert!(!words.contains("NaN") && !words.contains("inf"), "what isn't a number is never written");
    assert!(page.contains("EUR\u{a0}0.00"), "zero has no sign");
}

#[test]
fn a_large_report_stays_under_a_megabyte_and_says_what_it_left_out() {
    let mut report = rich();
    for model in &mut report.chapters.orders.fraud[0].models {
        for slices in &mut model.slices {
            let row = slices.rows[0].clone();
            slices.rows = vec![row; 400];
        }
        let row = model.drift.rows[0].clone();
        model.drift.rows = vec![row; 300];
        let sample = model.agreement.samples[0].clone();
        model.agreement.samples = vec![sample; 200];
        let point = model.thresholds.sweep[0];
        model.thresholds.sweep = vec![point; 500];
    }
    let page = html(&report);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("360 more slices"), "slices are cut with notice");
    assert!(page.contains("240 more features"), "features are cut with notice");
    assert!(page.contains("25 of 200"), "samples are cut with notice");
}

#[test]
fn a_notice_stands_on_top_of_the_page_and_is_never_markup() {
    let (since, last) = (Rfc3339(START), Rfc3339(START + DAY));
    let reason = "the broker <b>at</b> 10.0.0.1 doesn't answer";
    let page = stale(&rich(), &Staleness { since, last, reason });
    let (before, _) = page.split_once("id=\"verdict\"").unwrap();
    assert!(before.contains("role=\"status\"") && before.contains("&lt;b&gt;at&lt;/b&gt;"), "{before}");
    assert!(before.contains("2026-03-01") && before.contains("2026-03-02"), "{before}");
    assert_eq!(page.matches("role=\"status\"").count(), 1);
    assert!(!html(&rich()).contains("role=\"status\""), "there is none without a reason");
}
