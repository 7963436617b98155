//! No personal data leaves: card numbers of every issuer in every written form, e-mail and IP addresses are planted in
//! every place of events and outcomes, and then searched for in the log segments of a real broker, in logs, metrics, pages,
//! reports and the folders of replays.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod support;
#[path = "../crates/core/tests/core/written_forms.rs"]
#[allow(dead_code, reason = "the core's tests use all of it")]
mod written_forms;

use bystander_testkit::{Consumed, Isolation, KafkaCluster, ProduceOptions, kafka_or_skip};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Job, Plan, Running, at, eventually};
use written_forms::{Dice, ISSUERS, card, written};

const CARD: &str = "4242424242424242";
const MAIL: &str = "jane.planted@example.com";
const IP: &str = "203.0.113.77";

/// A card number as text in every form, and as a JSON number in several.
struct Forms {
    texts: Vec<String>,
    numbers: Vec<String>,
}

/// Of one card of every issuer.
fn forms() -> Forms {
    let mut dice = Dice(11);
    let mut cards = vec![CARD.to_owned()];
    cards.extend(ISSUERS.iter().map(|(_, prefix, length)| card(prefix, *length, &mut dice)));
    let texts = cards.iter().flat_map(|card| written(card).into_iter().map(|(_, text)| text)).collect();
    let numbers = cards.iter().flat_map(|card| {
        let (whole, fraction) = card.split_at(1);
        let scientific = format!("{whole}.{}e{}", fraction.trim_end_matches('0'), fraction.len());
        // A double of more digits is another number.
        let doubles = [format!("{card}.0"), scientific, format!("{card}e0")];
        let doubles = doubles.into_iter().filter(|_| card.len() <= 16);
        [card.clone(), format!("-{card}")].into_iter().chain(doubles)
    });
    Forms { texts, numbers: numbers.collect() }
}

/// Texts that must be nowhere, found by their first bytes.
struct Needles {
    by_start: HashMap<[u8; START], Vec<Vec<u8>>>,
}

const START: usize = 8;

impl Needles {
    fn new(forms: &Forms) -> Self {
        let others = [MAIL, IP, "JANE.PLANTED", "jane.planted", "jane%2Eplanted"].map(str::to_owned);
        let mut needles = Self { by_start: HashMap::new() };
        for text in forms.texts.iter().chain(&forms.numbers).chain(&others) {
            let escaped = json!(text).to_string();
            for needle in [text.as_str(), escaped.trim_matches('"')] {
                let start = needle.as_bytes().first_chunk().unwrap();
                needles.by_start.entry(*start).or_default().push(needle.into());
            }
        }
        needles
    }

    fn assert_absent(&self, what: &str, bytes: &[u8]) {
        for (place, start) in bytes.windows(START).enumerate() {
            let start: &[u8; START] = start.try_into().unwrap();
            let candidates = self.by_start.get(start).into_iter().flatten();
            let mut found = candidates.filter(|needle| bytes[place..].starts_with(needle));
            if let Some(needle) = found.next() {
                let around = &bytes[place.saturating_sub(200)..(place + 200).min(bytes.len())];
                let around = String::from_utf8_lossy(around);
                panic!("{what} holds {}: {around}", String::from_utf8_lossy(needle));
            }
        }
    }
}

struct Planted {
    records: Vec<Value>,
    topic: String,
    /// How many must become dead letters for a card number.
    refused: usize,
}

impl Planted {
    fn new(topic: &str) -> Self {
        Self { records: Vec::new(), topic: topic.to_owned(), refused: 0 }
    }

    /// The same, with a card number in a field or key that is bound.
    fn push_refused(&mut self, value: &str, key: &str) {
        self.push(value, key);
        self.refused += 1;
    }

    /// A record with personal data in its key, its headers, and whatever `value` has.
    fn push(&mut self, value: &str, key: &str) {
        let padded = "00-00000000000000004242424242424242-00f067aa0ba902b7-01";
        let traceparent = [MAIL, CARD, padded][self.records.len() % 3];
        self.records.push(json!({
            "topic": self.topic, "partition": 0, "key": key, "value": value,
            "headers": {
                "traceparent": traceparent,
                "tracestate": format!("card={CARD}"), "x-forwarded-for": IP, "ce_id": MAIL, "ce_subject": CARD,
            },
        }));
    }
}

/// The event with a note that nothing binds, and with some of its fields replaced.
fn planted(event: &Value, changes: &[(&str, Value)]) -> String {
    let mut event = event.clone();
    let fields = event.as_object_mut().unwrap();
    fields.insert("note".into(), json!({ "card": CARD, "mail": MAIL, "ip": IP }));
    for (field, value) in changes {
        fields.insert((*field).into(), value.clone());
    }
    event.to_string()
}

/// The event with the field as a number that is written so.
fn with_number(event: &Value, field: &str, number: &str) -> String {
    let text = planted(event, &[(field, json!("(number)"))]);
    text.replacen("\"(number)\"", number, 1)
}

/// Sound simulated events of a file.
fn simulated(job: &Job<'_>, file: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let words =
        ["simulate", "--orders", "60", "--quotes", "60", "--malformed", "0", "--seed", "3", "--out", &out];
    job.start(&words).wait(Duration::from_secs(300)).ok();
    let text = fs::read_to_string(folder.path().join(file)).unwrap();
    let sound =
        |event: &Value| event.pointer("/consent/analytics").is_none_or(|consent| *consent == json!(true));
    let known =
        |event: &Value| ["order.placed", "price.quoted"].contains(&event["type"].as_str().unwrap_or(""));
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| known(event) && sound(event)).collect()
}

/// The stream pseudonymises its customers and asks for consent.
fn orders(job: &Job<'_>, forms: &Forms) -> Planted {
    let events = simulated(job, "orders.jsonl");
    let mut all = Planted::new(&job.plan.orders);
    for (index, event) in events.iter().take(10).enumerate() {
        let mail = [MAIL, " Jane.Planted@Example.com"][index % 2];
        all.push(&planted(event, &[("customer_id", json!(mail))]), mail);
    }
    for (index, form) in forms.texts.iter().enumerate() {
        let change = match index % 2 {
            0 => ("order_id", json!(form)),
            _ => ("shipping_address", json!({ "country_code": form })),
        };
        all.push_refused(&planted(&events[10], &[change]), [CARD, MAIL, IP][index % 3]);
    }
    for number in &forms.numbers {
        all.push_refused(&with_number(&events[11], "order_id", number), IP);
    }
    for consent in [json!({ "analytics": false }), json!({}), json!({ "analytics": MAIL }), json!(CARD)] {
        all.push(&planted(&events[12], &[("consent", consent)]), MAIL);
    }
    for wrong in [json!(CARD), json!({ "card": CARD }), json!(-1)] {
        all.push(&planted(&events[13], &[("total_amount", wrong)]), MAIL);
    }
    all.push(&planted(&events[14], &[("created_at", json!(MAIL))]), MAIL);
    all.push(&planted(&events[14], &[("currency", json!(CARD))]), MAIL);
    all.push(&planted(&events[14], &[("live_decision", json!({ "action": MAIL }))]), MAIL);
    for malformed in [MAIL, CARD, IP, "", "[1]"] {
        all.push(malformed, MAIL);
    }
    let whole = planted(&events[15], &[]);
    all.push(&whole[..whole.len() - 1], MAIL);
    all.push(&whole.replacen("\"order_id\"", &format!("\"order_id\":\"{CARD}\",\"order_id\""), 1), MAIL);
    all
}

/// The stream pseudonymises nothing and asks for no consent, so that only the payloads' own contents speak against them.
fn quotes(job: &Job<'_>, forms: &Forms) -> Planted {
    let events = simulated(job, "price-quotes.jsonl");
    let mut all = Planted::new(&job.plan.quotes);
    for event in events.iter().take(10) {
        all.push(&planted(event, &[]), "quote-key");
    }
    for (index, form) in forms.texts.iter().enumerate() {
        match index % 5 {
            0 => all.push_refused(&planted(&events[10], &[]), form),
            1 => all.push_refused(&planted(&events[10], &[("quote_id", json!(form))]), "quote-key"),
            2 => all.push_refused(&planted(&events[10], &[("sku", json!(form))]), "quote-key"),
            3 => all.push_refused(&planted(&events[10], &[("channel", json!(form))]), "quote-key"),
            _ => all.push(&format!("<quote>{form}</quote>"), form),
        }
    }
    for number in &forms.numbers {
        all.push_refused(&with_number(&events[10], "sku", number), "quote-key");
    }
    for one in [MAIL, IP, CARD] {
        all.push(&format!("<quote>{one}</quote>"), "quote-key");
        let event = json!({ "type": "price.quoted", "quote_id": "q-1", "note": one });
        all.push(&event.to_string(), "quote-key");
    }
    all.push("<quote>harmless</quote>", "quote-key");
    all
}

fn outcomes(job: &Job<'_>, topic: &str, forms: &Forms) -> Planted {
    let mut all = Planted::new(topic);
    let events = simulated(job, "orders.jsonl");
    for (index, form) in forms.texts.iter().enumerate() {
        let mut outcome = json!({
            "outcome_id": "out", "subject_id": events[index % 10]["order_id"], "type": "dispute_lost",
            "occurred_at": events[0]["created_at"],
        });
        outcome[["subject_id", "reason", "source", "outcome_id"][index % 4]] = json!(form);
        all.push(&outcome.to_string(), MAIL);
    }
    for event in events.iter().take(10) {
        let outcome = json!({
            "outcome_id": format!("out-{}", event["order_id"]), "subject_id": event["order_id"], "type": "dispute_lost",
            "occurred_at": event["created_at"], "note": [CARD, MAIL, IP],
        });
        all.push(&outcome.to_string(), MAIL);
        for field in ["subject_id", "reason", "source", "outcome_id"] {
            let mut outcome = outcome.clone();
            outcome[field] = json!(CARD);
            all.push(&outcome.to_string(), MAIL);
        }
        let mut wrong = outcome.clone();
        wrong["label"] = json!(MAIL);
        all.push(&wrong.to_string(), MAIL);
    }
    all.push(MAIL, MAIL);
    all
}

/// A job whose config asks for as much as can be asked for.
fn asking(cluster: &KafkaCluster) -> Job<'_> {
    let outcomes = bystander_testkit::unique("shop.outcomes");
    let plan = Plan {
        outcomes: Some(outcomes.clone()),
        shadow_properties: vec![("compression.type".to_owned(), "none".to_owned())],
        ..Plan::new(cluster, 1)
    };
    let job = Job::planned(cluster, 1, plan);
    cluster.create_topic(&outcomes, 1, &[]).unwrap();
    let file = job.config_file();
    fs::write(file.with_file_name("pseudonyms.key"), "a key of more than sixteen bytes").unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let text = text
        .replace(
            "[shadow]\n",
            "[privacy]\nkey_file = \"pseudonyms.key\"\n[shadow]\ndead_letter_payload = true\n",
        )
        .replace("record_key = \"copy\"\n", "record_key = \"copy\"\ntracestate = true\nfeatures = true\n")
        .replace("card_numbers = { subject = \"allow\", key = \"allow\" }\n", "")
        .replace(
            "subject = \"/order_id\"\n",
            "subject = \"/order_id\"\ncustomer = \"/customer_id\"\npseudonymise = [\"customer\"]\n\
             normalise = { customer = \"email\", key = \"email\" }\n",
        );
    fs::write(&file, text).unwrap();
    job
}

/// Every file below `folder` of which `takes` says so.
fn files(folder: &Path, takes: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, takes, found);
        } else if takes(&path) {
            found.push(path);
        }
    }
}

/// The log segments of the shadow topics and of the broker's own, uncompressed.
fn segments(job: &Job<'_>) -> Vec<PathBuf> {
    let plan = &job.plan;
    let ours = [&plan.comparisons, &plan.dead_letters, &plan.checkpoints, REPLAYED];
    let takes = |path: &Path| {
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let mine = ours.iter().any(|topic| folder.starts_with(*topic)) || folder.starts_with("__");
        mine && path.extension().is_some_and(|extension| extension == "log")
    };
    let mut found = Vec::new();
    files(job.shadow().shell().folder(), &takes, &mut found);
    found
}

fn letters(job: &Job<'_>) -> Vec<Consumed> {
    job.shadow().consume(&job.plan.dead_letters, Isolation::Committed).unwrap()
}

/// Where the test's replay goes.
const REPLAYED: &str = "shadow.replayed-planted";

#[test]
fn planted_personal_data_is_nowhere_on_the_shadow_side() {
    let cluster = kafka_or_skip!("planted_personal_data_is_nowhere_on_the_shadow_side");
    let job = asking(cluster);
    let topic = job.plan.outcomes.clone().unwrap();
    let forms = forms();
    assert!(forms.texts.len() >= 50 * 12, "{}", forms.texts.len());
    let needles = Needles::new(&forms);
    let all = [orders(&job, &forms), quotes(&job, &forms), outcomes(&job, &topic, &forms)];
    let events = (all[0].records.len() + all[1].records.len()) as u64;
    for planted in &all {
        job.live().produce(planted.records.iter().cloned(), &ProduceOptions::default()).unwrap();
    }
    let process = job.run();
    eventually("everything is read", Duration::from_secs(300), || job.status()["totals"]["read"] == events);
    pages_hold_none(&needles, &process);
    job.terminate([process]);
    reports_hold_none(&needles, &job);
    replays_hold_none(&needles, &job);
    let segments = segments(&job);
    assert!(segments.iter().filter(|path| path.to_string_lossy().contains(REPLAYED)).count() >= 3);
    let mut searched = Vec::new();
    for segment in &segments {
        let bytes = fs::read(segment).unwrap();
        needles.assert_absent(&segment.display().to_string(), &bytes);
        searched.extend(bytes);
    }
    // The search would find what is there: segments are in clear, and hold what may leave.
    let there = |text: &str| searched.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(there("\"subject_id\"") && there("<quote>harmless</quote>") && there("quote-key"));
    the_fates_are_as_expected(&job, events, all[0].refused + all[1].refused);
}

fn pages_hold_none(needles: &Needles, process: &Running) {
    for path in ["/", "/status", "/metrics", "/healthz", "/readyz"] {
        needles.assert_absent(path, at(process, path).unwrap().as_bytes());
    }
    needles.assert_absent("the log of run", process.log().as_bytes());
}

fn reports_hold_none(needles: &Needles, job: &Job<'_>) {
    let folder = job.config_file().parent().unwrap().to_owned();
    let (html, json) = (folder.join("report.html"), folder.join("report.json"));
    let words = ["report", "--html", html.to_str().unwrap(), "--json", json.to_str().unwrap()];
    for words in [&words[..], &["status"], &["check"]] {
        let finished = job.command(words).ok();
        needles.assert_absent(words[0], [finished.out, finished.log].concat().as_bytes());
    }
    for file in [html, json] {
        needles.assert_absent(&file.display().to_string(), &fs::read(&file).unwrap());
    }
}

/// Into a topic, whose segments are searched with all others, and into files, with their names, receipts and journals.
fn replays_hold_none(needles: &Needles, job: &Job<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let (files_of, topic_of) = (out("files"), out("topic"));
    for words in [
        &["replay", "--format", "jsonl", "--out", &files_of][..],
        &["replay", "--to-topic", REPLAYED, "--out", &topic_of],
    ] {
        let finished = job.start(words).wait(Duration::from_secs(300)).ok();
        needles.assert_absent("a replay", [finished.out, finished.log].concat().as_bytes());
    }
    let mut found = Vec::new();
    files(folder.path(), &|_| true, &mut found);
    assert!(
        found.iter().any(|path| path.extension().is_some_and(|extension| extension == "zst")),
        "{found:?}"
    );
    for path in found {
        let bytes = fs::read(&path).unwrap();
        let bytes = if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            zstd::decode_all(&bytes[..]).unwrap()
        } else {
            bytes
        };
        let name = path.display().to_string();
        needles.assert_absent(&name, name.as_bytes());
        needles.assert_absent(&name, &bytes);
    }
}

/// Nothing was hidden by not being read: what could be scored was, and each letter says why its payload stayed.
fn the_fates_are_as_expected(job: &Job<'_>, events: u64, refused: usize) {
    let totals = job.status()["totals"].clone();
    assert_eq!(totals["read"], events);
    let comparisons = job.shadow().consume(&job.plan.comparisons, Isolation::Committed).unwrap();
    let values =
        comparisons.iter().map(|one| serde_json::from_str::<Value>(one.value.as_deref().unwrap()).unwrap());
    let orders: Vec<Value> = values.filter(|one| one["kind"] == "orders").collect();
    assert_eq!(orders.len(), 20, "ten orders by two models");
    let customer = orders[0]["customer_id"].as_str().unwrap();
    assert!(orders.iter().all(|order| order["customer_id"] == customer), "one customer is one pseudonym");
    let keys: Vec<_> = comparisons.iter().filter_map(|one| one.key.as_deref()).collect();
    assert!(keys.contains(&customer) && keys.contains(&"quote-key"), "{keys:?}");
    let (mut reasons, mut cards) = (BTreeSet::new(), 0);
    for letter in letters(job) {
        reasons.insert(letter.header("bystander_payload_withheld").unwrap_or("(sent)").to_owned());
        assert_eq!((letter.header("traceparent"), letter.header("tracestate")), (None, None));
        cards += usize::from(letter.header("bystander_code") == Some("card_number"));
    }
    assert!(reasons.iter().eq(["(sent)", "address", "card_number", "consent", "pseudonyms"]), "{reasons:?}");
    assert!(cards >= refused, "{cards} letters for {refused} card numbers in bound fields");
}
