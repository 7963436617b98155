//! The examples on the public files they are made for: converted, sent to a real broker and run as their READMEs
//! say, accounted for by another Kafka client than the product's, and reported on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::config::StreamConfig;
use bystander_core::outcome::{Outcome, OutcomeBinding, OutcomeConfig, OutcomeRead, OutcomeReader};
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_testkit::{
    Account, Expectation, ExpectedInput, Isolation, KafkaCluster, kafka_or_skip, real_data_or_skip,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One example's folder, and the broker that it runs on.
struct Example {
    name: &'static str,
    kafka: &'static KafkaCluster,
    events: tempfile::TempDir,
}

impl Example {
    /// The example with its events made of a public file.
    fn converted(name: &'static str, kafka: &'static KafkaCluster, python: &str, file: &Path) -> Self {
        let events = tempfile::tempdir().unwrap();
        finished(Command::new(python).arg(folder(name).join("convert.py")).args([file, events.path()]));
        Self { name, kafka, events }
    }

    /// Sends a file of events to a topic as the README says.
    fn feed(&self, topic: &str, file: &str) {
        let feed = root().join("examples/feed.sh");
        let file = self.events.path().join(file);
        finished(Command::new(feed).args(["-b", &self.kafka.bootstrap(), topic]).arg(file));
    }

    fn bystander(&self, words: &[&str]) {
        let config = folder(self.name).join("bystander.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_bystander"));
        command.args(words).arg("-c").arg(config).args(["-b", &self.kafka.bootstrap()]);
        finished(command.current_dir(root()).env("BYSTANDER__HTTP__LISTEN", "127.0.0.1:0"));
    }

    /// Makes the shadow topics, scores what is there, and draws up the account.
    fn run(&self, inputs: &[(&str, &[&str])]) -> Account {
        self.bystander(&["init", "--execute"]);
        self.bystander(&["check"]);
        self.bystander(&["run", "--until-caught-up"]);
        let input = |(topic, models): &(&str, &[&str])| ExpectedInput {
            topic: self.topic(topic),
            models: models.iter().map(ToString::to_string).collect(),
            removed: Vec::new(),
        };
        let expectation = Expectation {
            job: self.name.into(),
            inputs: inputs.iter().map(input).collect(),
            comparisons: self.topic("comparisons"),
            dead_letters: self.topic("dead-letters"),
            checkpoints: self.topic("checkpoints"),
        };
        let account = self.kafka.verify(&expectation).unwrap();
        assert!(account.clean, "{}: {account:#?}", self.name);
        account
    }

    /// Lines of a file of events: the key and the event.
    fn lines(&self, file: &str) -> Vec<(String, Value)> {
        let text = fs::read_to_string(self.events.path().join(file)).unwrap();
        let line = |line: &str| {
            let (key, event) = line.split_once('\t').unwrap();
            (key.to_owned(), serde_json::from_str(event).unwrap())
        };
        text.lines().map(line).collect()
    }

    /// The file of outcomes, read as the config binds it and counted by what they say. Each is of one comparison.
    fn outcomes(&self, by: impl Fn(&Outcome<'_>) -> &'static str) -> BTreeMap<String, u64> {
        let config = fs::read_to_string(folder(self.name).join("bystander.toml")).unwrap();
        let config: toml::Table = toml::from_str(&config).unwrap();
        let bound: OutcomeConfig = config["outcomes"][0].clone().try_into().unwrap();
        let streams: Vec<StreamConfig> = config["streams"].clone().try_into().unwrap();
        let stream = streams.iter().find(|stream| stream.name == bound.stream).unwrap();
        let binding = OutcomeBinding::compile(&bound, stream, None).unwrap();
        assert_eq!(bound.topic, Some(self.topic("outcomes")));
        let subjects: BTreeSet<String> =
            self.read("comparisons").into_iter().map(|one| text(&one["subject_id"])).collect();
        let (mut reader, mut found) = (OutcomeReader::default(), BTreeMap::new());
        for line in fs::read_to_string(self.events.path().join("outcomes.tsv")).unwrap().lines() {
            let (key, event) = line.split_once('\t').unwrap();
            let record = RawRecord {
                stream: StreamId(0),
                position: Position { partition: 0, offset: 0 },
                timestamp_ms: Some(1_795_168_800_000),
                key: Some(key.as_bytes()),
                payload: Some(event.as_bytes()),
                withheld: None,
                headers: RecordHeaders::default(),
            };
            let Ok(OutcomeRead::Outcome(outcome)) = reader.read(&binding, &record) else { panic!("{line}") };
            assert!(subjects.contains(&*outcome.subject_id), "{line}");
            *found.entry(by(&outcome).to_owned()).or_default() += 1;
        }
        found
    }

    /// Sends the outcomes, and reports on what the topics hold.
    fn report(&self) -> Value {
        self.feed(&self.topic("outcomes"), "outcomes.tsv");
        let (document, page) =
            (self.events.path().join("report.json"), self.events.path().join("report.html"));
        self.bystander(&["report", "--json", document.to_str().unwrap(), "--html", page.to_str().unwrap()]);
        assert!(fs::read_to_string(page).unwrap().starts_with("<!DOCTYPE html>"));
        serde_json::from_slice(&fs::read(document).unwrap()).unwrap()
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    fn read(&self, topic: &str) -> Vec<Value> {
        let records = self.kafka.consume(&self.topic(topic), Isolation::Committed).unwrap();
        records.iter().map(|record| serde_json::from_str(record.value.as_ref().unwrap()).unwrap()).collect()
    }
}

/// Online Retail, sent and scored once for all tests.
fn online_retail(kafka: &'static KafkaCluster, python: &str, file: &Path) -> &'static (Example, Account) {
    static RUN: OnceLock<(Example, Account)> = OnceLock::new();
    RUN.get_or_init(|| {
        let example = Example::converted("online-retail", kafka, python, file);
        example.feed("online-retail.documents", "documents.tsv");
        example.feed("online-retail.prices", "prices.tsv");
        let documents = ("documents", &["fraud@champion", "fraud@challenger"][..]);
        let account = example.run(&[documents, ("prices", &["pricing@champion"])]);
        (example, account)
    })
}

/// `fraud_data.csv`, sent and scored once for all tests.
fn fraud_data(kafka: &'static KafkaCluster, python: &str, file: &Path) -> &'static (Example, Account) {
    static RUN: OnceLock<(Example, Account)> = OnceLock::new();
    RUN.get_or_init(|| {
        let example = Example::converted("fraud-csv", kafka, python, file);
        example.feed("fraud-csv.purchases", "orders.tsv");
        let account = example.run(&[("purchases", &["fraud@champion", "fraud@challenger"])]);
        (example, account)
    })
}

#[test]
fn every_invoice_and_every_price_change_of_online_retail_is_accounted_for() {
    let test = "every_invoice_and_every_price_change_of_online_retail_is_accounted_for";
    let (data, python) = real_data_or_skip!(test, python_with_parquet);
    let kafka = kafka_or_skip!(test);
    let file = data.join("online_retail.parquet");
    let count = finished(Command::new(&python).arg(folder("online-retail").join("count.py")).arg(&file));
    let count: BTreeMap<String, u64> = serde_json::from_str(&count).unwrap();

    let (example, account) = online_retail(kafka, &python, &file);
    assert_eq!((count["documents"], count["credit_notes"]), (25_900, 3_836));
    assert_eq!(account.events, count["documents"] + count["price_changes"]);
    let left_aside = count["credit_notes"] + count["adjustments"];
    assert_eq!(account.skip_reasons, counts(&[("filtered", left_aside)]));
    assert_eq!(account.dead_letter_codes, counts(&[("schema/not_positive", count["changes_to_no_price"])]));
    let (orders, prices) = (count["invoices"], count["changes_to_a_price"]);
    assert_eq!(account.models, counts(&[("fraud/1", orders), ("fraud/2", orders), ("pricing/1", prices)]));

    let comparisons = example.read("comparisons");
    assert!(comparisons.iter().any(|one| one["customer_id"].is_string()), "who ordered is bound");
    let champion =
        comparisons.iter().filter(|one| one["model"]["alias"] == "champion" && one["kind"] == "orders");
    let pence: u64 = champion.map(|one| one["amount"].as_u64().unwrap()).sum();
    assert_eq!(pence, count["invoices_pence"]);
    let document = fs::read_to_string(example.events.path().join("documents.tsv")).unwrap();
    let (_, document) = document.lines().next().unwrap().split_once('\t').unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let first = comparisons.iter().find(|one| one["subject_id"] == document["document"]["number"]).unwrap();
    let pence = document["sums"]["gross"].as_str().unwrap().replace('.', "");
    assert_eq!(
        (&first["amount"], &first["currency"]),
        (&pence.parse::<u64>().unwrap().into(), &"GBP".into())
    );
    assert_eq!(first["live"]["action"], "accept");
    assert_eq!(first["segments"]["country"], document["party"]["country"]);
    assert_eq!(first["occurred_at"], format!("{}.000Z", document["document"]["at"].as_str().unwrap()));
    let sold = [
        ("purchased", count["sold_at_a_changed_price"]),
        ("returned", count["taken_back_at_a_changed_price"]),
    ];
    assert_eq!(example.outcomes(|one| one.kind.name()), counts(&sold));
    the_readme_says("online-retail", &count);
}

#[test]
fn every_order_of_fraud_data_is_scored_and_its_cut_off_line_is_a_dead_letter() {
    let test = "every_order_of_fraud_data_is_scored_and_its_cut_off_line_is_a_dead_letter";
    let (data, python) = real_data_or_skip!(test, python);
    let kafka = kafka_or_skip!(test);
    let file = data.join("fraud_data.csv");
    let text = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let whole: Vec<_> = rows.iter().filter(|row| row.iter().all(|column| !column.is_empty())).collect();

    let (example, account) = fraud_data(kafka, &python, &file);
    let orders = whole.len() as u64;
    assert_eq!((orders, rows.len() as u64), (30_189, 30_190));
    assert_eq!(account.events, 30_190);
    assert_eq!(account.models, counts(&[("fraud/1", orders), ("fraud/2", orders)]));
    assert_eq!(account.dead_letter_codes, counts(&[("schema/missing_field", 1)]));
    assert_eq!((account.skipped, account.skip_reasons.values().sum::<u64>()), (0, 0));
    let [dead] = &example.read("dead-letters")[..] else { panic!("one dead letter") };
    assert_eq!(dead["at"], "/purchase/epoch");
    let last = fs::read_to_string(example.events.path().join("orders.tsv")).unwrap();
    let (key, last) = last.lines().last().unwrap().split_once('\t').unwrap();
    assert_eq!(key, rows.last().unwrap()[0]);
    assert_eq!(dead["payload"]["bytes"], last.len());

    let comparisons = example.read("comparisons");
    let champion = || comparisons.iter().filter(|one| one["model"]["alias"] == "champion");
    let cents: u64 = champion().map(|one| one["amount"].as_u64().unwrap()).sum();
    assert_eq!(cents, whole.iter().map(|row| row[3].parse::<u64>().unwrap() * 100).sum::<u64>());
    assert!(champion().all(|one| one["live"]["action"] == "accept" && one["currency"] == "USD"));

    let frauds = whole.iter().filter(|row| row[10] == "1").count() as u64;
    let labels = counts(&[("fraud", frauds), ("legit", orders - frauds)]);
    assert_eq!(example.outcomes(|one| one.label.unwrap().name()), labels);
    let good = orders - frauds;
    the_readme_says(
        "fraud-csv",
        &counts(&[("rows", 30_190), ("orders", orders), ("frauds", frauds), ("good", good)]),
    );
}

/// January is nearly all fraud: figures over the whole year are about it, and the report has to say so.
#[test]
fn the_report_on_fraud_data_tells_january_from_the_rest_of_the_year() {
    let test = "the_report_on_fraud_data_tells_january_from_the_rest_of_the_year";
    let (data, python) = real_data_or_skip!(test, python);
    let kafka = kafka_or_skip!(test);
    let (example, _) = fraud_data(kafka, &python, &data.join("fraud_data.csv"));
    let report = example.report();

    let stream = &report["fraud"][0];
    let states = stream["maturity"]["states"].as_array().unwrap();
    let count = |state: &str| {
        let found = states.iter().find(|count| count["state"] == state);
        found.unwrap_or_else(|| panic!("no state {state}"))["count"].as_u64().unwrap()
    };
    assert_eq!((count("fraud"), count("good"), count("pending")), (2_867, 27_322, 0));
    let refused = text(&stream["maturity"]["curve"]["refused"]);
    assert!(refused.contains("imported all at once"), "labels were sent in one file: {refused}");

    // Three weeks, to Sunday 18 January.
    let (start, end) = (1_419_811_200, 1_421_625_600);
    let frauds: BTreeSet<String> = example
        .lines("outcomes.tsv")
        .iter()
        .filter(|(_, outcome)| outcome["turned_out"] == "fraud")
        .map(|(_, outcome)| text(&outcome["order"]))
        .collect();
    let inside: Vec<String> = example
        .lines("orders.tsv")
        .iter()
        .filter(|(_, order)| order["purchase"]["epoch"].as_i64().is_some_and(|at| (start..end).contains(&at)))
        .map(|(_, order)| text(&order["purchase"]["number"]))
        .collect();
    let bad = inside.iter().filter(|order| frauds.contains(*order)).count();
    let percent = |part: usize, whole: usize| format!("{:.1} %", 100.0 * part as f64 / whole as f64);
    let said = text(&stream["regimes"][0]);
    let expected = format!(
        "From 2014-12-29 to 2015-01-18, {} of {} labelled orders were fraud",
        percent(bad, inside.len()),
        grouped(inside.len() as u64)
    );
    assert!(said.starts_with(&expected), "{said}; expected {expected}");
    assert!(
        said.contains(&format!("{} of all known frauds lie there", percent(bad, frauds.len()))),
        "{said}"
    );
    assert!(
        said.ends_with("recall, precision and AUC over the whole window are mostly about that stretch."),
        "{said}"
    );
    assert_eq!(stream["regimes"].as_array().unwrap().len(), 1, "one stretch, joined");
    for (week, period) in stream["periods"].as_array().unwrap().iter().enumerate() {
        let (share, n) = (&period["fraud_share"]["value"], &period["fraud_share"]["n"]);
        let loud = share.as_f64().unwrap() > 0.5;
        assert!(loud == (week < 3) || n.as_u64().unwrap() < 30, "week {week}: {period}");
    }
    for model in stream["models"].as_array().unwrap() {
        let said = model["drift"]["sentences"].to_string();
        assert!(
            said.contains("most in those from 2014-12-29") && said.contains("mix these regimes"),
            "{said}"
        );
    }
}

/// A log of prices can't identify what demand would do, however many rows it has.
#[test]
fn the_report_on_online_retail_refuses_an_uplift_and_shows_what_it_knows_of_prices() {
    let test = "the_report_on_online_retail_refuses_an_uplift_and_shows_what_it_knows_of_prices";
    let (data, python) = real_data_or_skip!(test, python_with_parquet);
    let kafka = kafka_or_skip!(test);
    let (example, _) = online_retail(kafka, &python, &data.join("online_retail.parquet"));
    let report = example.report();

    let model = &report["pricing"][0]["models"][0];
    let comparisons = example.read("comparisons");
    let quotes: Vec<&Value> = comparisons.iter().filter(|one| one["kind"] == "prices").collect();
    let amount = |one: &Value, whose: &str| one[whose]["price_amount"].as_i64().unwrap();
    let mut seen: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for one in &quotes {
        let live = amount(one, "live");
        let range = seen.entry(text(&one["item_id"])).or_insert((live, live));
        *range = (range.0.min(live), range.1.max(live));
    }
    let inside = quotes.iter().filter(|one| {
        let (low, high) = seen[one["item_id"].as_str().unwrap()];
        (low..=high).contains(&amount(one, "would_be"))
    });
    let share = inside.count() as f64 / quotes.len() as f64;
    let support = &model["support"];
    assert!(
        (support["inside"]["value"].as_f64().unwrap() - share).abs() < 1e-9,
        "{support}; expected {share}"
    );
    assert_eq!(support["inside"]["n"], quotes.len());
    assert_eq!(support["items"], seen.len());
    assert_eq!(support["items_with_history"], seen.values().filter(|(low, high)| low < high).count());
    let why = text(&support["uplift"]["refused"]);
    assert!(why.contains("propensity") && why.contains("random"), "{why}");
    assert!(model["summary"].to_string().contains("An uplift is refused"), "{}", model["summary"]);

    let asked: Vec<(f64, &Value)> =
        quotes.iter().filter_map(|one| Some((one["quantity"].as_f64()?, *one))).collect();
    let change: f64 =
        asked.iter().map(|(n, one)| n * (amount(one, "would_be") - amount(one, "live")) as f64).sum();
    let repricing = &model["repricing"][0];
    assert_eq!(repricing["currency"], "GBP");
    assert!(text(&repricing["label"]).contains("not an uplift"), "{repricing}");
    let found = &repricing["revenue_change"];
    assert!((found["value"].as_f64().unwrap() - change).abs() < 1.0, "{found}; expected {change}");
    assert_eq!(found["n"], asked.len());
    assert!(found["interval"].is_object() && asked.len() > 180_000, "{found}");
    assert_eq!(repricing["elasticity"][0]["elasticity"], 0.0, "scenarios beside it");
}

/// Every one of these numbers stands in the example's README, written as people do.
fn the_readme_says(example: &str, expected: &BTreeMap<String, u64>) {
    let readme = fs::read_to_string(folder(example).join("README.md")).unwrap();
    let numbers = readme.split(|sign: char| !sign.is_ascii_digit() && sign != ',');
    let words: Vec<&str> = numbers.map(|word| word.trim_matches(',')).collect();
    for (name, number) in expected {
        let written = grouped(*number);
        assert!(words.contains(&written.as_str()), "{example}/README.md does not say {written} ({name})");
    }
}

/// `25900` as `25,900`.
fn grouped(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1_000), number % 1_000),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn python() -> Result<String, String> {
    let version = Command::new("python3").arg("--version").output();
    version.map(|_| "python3".to_owned()).map_err(|error| format!("python3: {error}; install Python 3"))
}

/// The Python of the example's own environment, which needs a package index to be made.
fn python_with_parquet() -> Result<String, String> {
    let made =
        Command::new(folder("online-retail").join("venv.sh")).output().map_err(|error| error.to_string())?;
    let line = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().last().unwrap_or_default().to_owned();
    if made.status.success() { Ok(line(&made.stdout)) } else { Err(line(&made.stderr)) }
}

/// The standard output of a command that must succeed.
fn finished(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}:\n{error}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn folder(example: &str) -> PathBuf {
    root().join("examples").join(example)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
