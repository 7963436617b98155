//! The examples on the public files they are made for: converted, sent to a real broker and run as their READMEs
//! say, and accounted for by another Kafka client than the product's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bystander_core::outcome::{Outcome, OutcomeBinding, OutcomeConfig, OutcomeRead, OutcomeReader};
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_core::stream::StreamConfig;
use bystander_testkit::{
    Account, Expectation, ExpectedInput, Isolation, KafkaCluster, kafka_or_skip, real_data_or_skip,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One example's folder, and the broker that it runs on.
struct Example<'a> {
    name: &'a str,
    kafka: &'a KafkaCluster,
    events: tempfile::TempDir,
}

impl<'a> Example<'a> {
    /// The example with its events made of a public file.
    fn converted(name: &'a str, kafka: &'a KafkaCluster, python: &str, file: &Path) -> Self {
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
                headers: RecordHeaders::default(),
            };
            let Ok(OutcomeRead::Outcome(outcome)) = reader.read(&binding, &record) else { panic!("{line}") };
            assert!(subjects.contains(&*outcome.subject_id), "{line}");
            *found.entry(by(&outcome).to_owned()).or_default() += 1;
        }
        found
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    fn read(&self, topic: &str) -> Vec<Value> {
        let records = self.kafka.consume(&self.topic(topic), Isolation::Committed).unwrap();
        records.iter().map(|record| serde_json::from_str(record.value.as_ref().unwrap()).unwrap()).collect()
    }
}

#[test]
fn every_invoice_and_every_price_change_of_online_retail_is_accounted_for() {
    let test = "every_invoice_and_every_price_change_of_online_retail_is_accounted_for";
    let (data, python) = real_data_or_skip!(test, python_with_parquet);
    let kafka = kafka_or_skip!(test);
    let file = data.join("online_retail.parquet");
    let count = finished(Command::new(&python).arg(folder("online-retail").join("count.py")).arg(&file));
    let count: BTreeMap<String, u64> = serde_json::from_str(&count).unwrap();

    let example = Example::converted("online-retail", kafka, &python, &file);
    example.feed("online-retail.documents", "documents.tsv");
    example.feed("online-retail.prices", "prices.tsv");
    let account = example
        .run(&[("documents", &["fraud@champion", "fraud@challenger"]), ("prices", &["pricing@champion"])]);

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

    let example = Example::converted("fraud-csv", kafka, &python, &file);
    example.feed("fraud-csv.purchases", "orders.tsv");
    let account = example.run(&[("purchases", &["fraud@champion", "fraud@challenger"])]);

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
    value.as_str().unwrap().to_owned()
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
