//! The page as a function of a status.

use crate::sample::{HOSTILE, NOW, ill, letters, shard, well};
use bystander_core::time::Rfc3339;
use bystander_metrics::health::ShardState;
use bystander_metrics::page;
use bystander_metrics::status::Status;
use proptest::prelude::*;
use roxmltree::{Document, Node};

pub(crate) const SECTIONS: [&str; 5] = ["now", "shards", "lag", "dead-letters", "streams"];

/// The page as XML: the only tags that HTML leaves open are closed first, and attributes without a value get one.
fn strict(page: &str) -> String {
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a page starts with its type");
    let (head, rest) = body.split_once("<title>").expect("a title");
    let head = head.replace("\">", "\"/>").replace("lang=\"en\"/>", "lang=\"en\">");
    let (before, script) = rest.split_once("<script>").expect("the script");
    let script = script.replace('&', "&amp;").replace("=>", "=&gt;");
    format!("{head}<title>{}<script>{script}", before.replace(" hidden>", " hidden=\"\">"))
}

fn text(node: Node<'_, '_>) -> String {
    let said = node.descendants().filter(|node| node.is_text()).filter_map(|node| node.text());
    said.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the page says in the section of this id.
pub(crate) fn said(status: &Status, id: &str) -> String {
    let page = strict(&page(status));
    let tree = Document::parse(&page).expect("a well-formed page");
    let found = tree.descendants().find(|node| node.attribute("id") == Some(id));
    text(found.unwrap_or_else(|| panic!("{id} is missing")))
}

fn cells(status: &Status, id: &str) -> usize {
    let page = strict(&page(status));
    let tree = Document::parse(&page).expect("a well-formed page");
    let section = tree.descendants().find(|node| node.attribute("id") == Some(id)).expect("the section");
    let grids = section.descendants().filter(|node| node.attribute("class") == Some("cells"));
    grids.map(|grid| grid.children().filter(Node::is_element).count()).sum()
}

#[test]
fn every_section_is_there_with_0_1_and_50_shards_in_good_and_bad_nights() {
    for shards in [0, 1, 50] {
        for status in [well(shards), ill(shards)] {
            for id in SECTIONS {
                assert!(said(&status, id).len() > 20, "{id} with {shards}");
            }
            assert_eq!(cells(&status, "shards"), shards as usize);
            assert_eq!(cells(&status, "lag"), 2 * shards as usize, "a cell for each input partition");
        }
    }
}

#[test]
fn an_instance_without_shards_says_what_it_waits_for() {
    let mut status = well(0);
    status.shards_expected = Some(4);
    let now = said(&status, "now");
    let by = "◌ Standing by: other instances run all 4 shards Note No shard is assigned to this instance What to do: Nothing: this passes by itself.";
    assert!(now.contains(by), "{now}");
    assert!(
        now.contains("Records waiting nothing is read here") && !now.contains("Records waiting 0"),
        "{now}"
    );
    assert!(said(&status, "shards").contains("The job has 4 shards, shared by 1 instance."), "{now}");
    assert!(said(&status, "shards").contains("no shard now, so it reads nothing"));
    assert!(said(&status, "lag").contains("No input partition is read here"));
    status.not_ready = Some("waiting for the first assignment of shards".to_owned());
    let late = said(&status, "now");
    let by = "▲ This instance has no shards; other instances run them all What to do: Nothing is urgent.";
    assert!(
        late.contains(by) && late.contains("Not ready: waiting for the first assignment of shards."),
        "{late}"
    );
    status.started_at = Rfc3339(NOW - 20_000);
    let early = said(&status, "now");
    assert!(early.contains("Note This instance is not ready What to do: Nothing: this passes"), "{early}");
    assert!(early.contains("Not ready: waiting for the first assignment of shards."), "{early}");
}

#[test]
fn while_all_is_well_it_says_so_and_nothing_else() {
    let now = said(&well(50), "now");
    assert!(now.contains("✔ All is well: all 50 shards run here"), "{now}");
    assert!(!now.contains("Alarm") && !now.contains("Warning") && !now.contains("Note"), "{now}");
    assert!(said(&well(1), "now").contains("All is well: the only shard runs here"));
}

#[test]
fn shards_that_change_hands_are_named_and_no_alarm() {
    let mut status = well(4);
    (status.shards[1].state, status.shards[2].state) = (ShardState::Draining, ShardState::Draining);
    let now = said(&status, "now");
    assert!(now.contains("Shards 1, 2 change hands"), "{now}");
    assert!(now.contains("No alarm: this passes by itself"), "{now}");
    assert!(said(&status, "shards").contains("2 draining · 2 running"));
}

#[test]
fn the_worst_stands_first() {
    let now = said(&ill(50), "now");
    let sentences = [
        "✖ Isolation from the live cluster is broken",
        "Seen: a Produce request.",
        "And 5 more:",
        "Shard 0 has made no progress for 3 min (failed)",
        "59.8% of recent records of orders became dead letters",
        "Shard 3 failed and restarts",
        "can't commit within 10 s: broker 2 is down",
        "27,009,021 records wait: 2 d 12 h of work at the present rate",
        "Retention removed 1,200 offsets of orders before they were read",
        "Shards 13–16 start",
        "Shards 11, 12 change hands",
    ];
    let mut rest = now.as_str();
    for sentence in sentences {
        let (_, after) =
            rest.split_once(sentence).unwrap_or_else(|| panic!("{sentence} is not next in {rest}"));
        rest = after;
    }
}

#[test]
fn dead_letters_are_told_by_code_with_when_they_were_last_seen() {
    assert!(said(&well(1), "dead-letters").contains("None since the start."));
    let letters = said(&ill(1), "dead-letters");
    assert!(letters.contains("missing_field orders, stage schema 2 s ago 600 1,644"), "{letters}");
    assert!(letters.contains("not_json orders, stage decode 2 h ago 0 1,044"), "{letters}");
}

#[test]
fn dead_letters_beyond_the_six_kinds_seen_last_are_folded_away_and_stay_unfolded() {
    let mut status = ill(1);
    let kind = |number: i64| letters("orders", "schema", &format!("code_{number}"), 1, NOW - number * 1000);
    status.dead_letters = (0..6).map(kind).collect();
    assert!(!page(&status).contains("<details"), "six rows are no long table");
    status.dead_letters = (0..20).map(kind).collect();
    let shown = page(&status);
    let (before, folded) = shown.split_once("<details id=\"more-dead-letters\">").expect("a fold");
    assert!(before.contains("code_5") && !before.contains("code_6"));
    assert!(folded.contains("<summary>14 more, last seen before those</summary>"), "{folded}");
    assert!(folded.contains("code_6") && folded.contains("code_19"));
    assert!(shown.contains("details[open]"), "the script keeps it open when it puts the next page in place");
}

#[test]
fn every_model_stands_with_its_version_alias_hash_and_agreement() {
    let streams = said(&well(1), "streams");
    for said in [
        "fraud/1 champion sha 3f2a9c1b0d7e 1,234,567 comparisons 90.0% of 35,000 95.1% of 1,200,000",
        "fraud/2 challenger",
        "pricing/1 sha",
    ] {
        assert!(streams.contains(said), "{said} is missing in {streams}");
    }
    assert!(
        streams.contains("1,237,777 read: 1,234,567 scored, 3,210 skipped, 0 dead letters; 120/s"),
        "{streams}"
    );
}

#[test]
fn nothing_is_fetched_from_elsewhere_and_no_style_or_handler_stands_in_a_tag() {
    let page = strict(&page(&ill(50)));
    let tree = Document::parse(&page).expect("a well-formed page");
    for node in tree.descendants().filter(|node| node.is_element()) {
        for attribute in node.attributes() {
            let name = attribute.name();
            assert!(name != "style" && name != "src" && !name.starts_with("on"), "{name} of {node:?}");
            let link =
                name != "href" || ["status", "metrics", "healthz", "readyz"].contains(&attribute.value());
            assert!(link, "{}", attribute.value());
        }
    }
    for forbidden in ["http://", "https://", "url(", "@import"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![Just(HOSTILE.to_owned()), ".+", r#"[<>"'&/=!-]{1,20}"#]
}

/// A status in which every text is `text` and every number is one of `numbers`.
pub(crate) fn filled(text: &str, numbers: [i64; 4]) -> Status {
    let mut status = ill(4);
    let [a, b, c, d] = numbers;
    (status.job, status.version, status.revision) = (text.into(), text.into(), text.into());
    (status.not_ready, status.offending_request) = (Some(text.into()), Some(text.into()));
    (status.now, status.started_at, status.window_seconds) = (Rfc3339(a), Rfc3339(b), c.unsigned_abs());
    status.shards[0].last_error = Some(text.into());
    status.shards.push(shard(i32::MAX, ShardState::Failed));
    for stream in &mut status.streams {
        (stream.name, stream.topic) = (text.into(), text.into());
        (stream.recent.scored, stream.recent.dead_letters) = (a.unsigned_abs(), b.unsigned_abs());
        for model in &mut stream.models {
            (model.name, model.alias, model.sha256) = (text.into(), Some(text.into()), text.into());
            (model.recent.agreeing, model.recent.with_live) = (c.unsigned_abs(), d.unsigned_abs());
        }
    }
    for input in &mut status.inputs {
        input.topic = text.into();
        (input.next_offset, input.end_offset, input.lag, input.lag_before) = (a, Some(b), Some(c), Some(d));
    }
    status.dead_letters = vec![letters(text, text, text, 1, a)];
    status
}

proptest! {
    #[test]
    fn whatever_things_are_called_text_stays_text(text in hostile(), numbers: [i64; 4]) {
        let tags = |status: &Status| {
            let page = strict(&page(status));
            let tree = Document::parse(&page).expect("a well-formed page");
            let tags: Vec<_> = tree.descendants().filter(Node::is_element).map(|node| node.tag_name().name().to_owned()).collect();
            tags
        };
        prop_assert_eq!(tags(&filled(&text, numbers)), tags(&filled("plain", numbers)));
        let page = page(&filled(&text, numbers));
        let steers = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202E}';
        prop_assert!(!page.chars().any(steers), "control characters are replaced");
        prop_assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}

#[test]
fn times_are_said_as_one_would() {
    let mut status = well(1);
    status.started_at = Rfc3339(NOW - 7_260_000);
    let now = said(&status, "now");
    assert!(now.contains("as of 2026-09-21 14:13:20 UTC"), "{now}");
    assert!(page(&status).contains("Started 2026-09-21 12:12:20 UTC (2 h 1 min ago)"));
}
