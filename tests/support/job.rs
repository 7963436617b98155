//! A job: its config file, its topics, and the commands of its users.

use super::{Fed, Finished, Running, eventually};
use bystander_testkit::{Account, Expectation, ExpectedInput, Isolation, KafkaCluster, unique, verify};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Longest time for a command that only looks or makes topics, and for a service to end.
const COMMAND: Duration = Duration::from_secs(300);
/// Longest time to score everything that is there.
const DRAIN: Duration = Duration::from_secs(600);

/// Everything that the config file says.
#[derive(Debug, Clone)]
pub struct Plan {
    pub job: String,
    pub live_brokers: String,
    pub shadow_brokers: String,
    pub live_properties: Vec<(String, String)>,
    pub shadow_properties: Vec<(String, String)>,
    pub orders: String,
    pub quotes: String,
    pub comparisons: String,
    pub dead_letters: String,
    pub checkpoints: String,
    pub shards: i32,
    pub session_timeout: String,
    /// How long a transaction may stay open, where that is not the default.
    pub transaction_timeout: Option<String>,
    /// The topic of outcomes, where orders and quotes have some.
    pub outcomes: Option<String>,
    /// The model repository.
    pub models: String,
    /// Whether the config has only keys that earlier versions know, too.
    pub older_keys: bool,
}

impl Plan {
    /// A job of its own on one cluster, with names that no other job uses.
    pub fn new(cluster: &KafkaCluster, shards: i32) -> Self {
        Self {
            job: unique("job"),
            live_brokers: cluster.bootstrap(),
            shadow_brokers: cluster.bootstrap(),
            live_properties: Vec::new(),
            shadow_properties: Vec::new(),
            orders: unique("shop.orders"),
            quotes: unique("shop.price-quotes"),
            comparisons: unique("shadow.comparisons"),
            dead_letters: unique("shadow.dead-letters"),
            checkpoints: unique("shadow.checkpoints"),
            shards,
            session_timeout: "6s".to_owned(),
            transaction_timeout: None,
            outcomes: None,
            models: concat!(env!("CARGO_MANIFEST_DIR"), "/models").to_owned(),
            older_keys: false,
        }
    }

    fn toml(&self) -> String {
        let Self { job, live_brokers, shadow_brokers, orders, quotes, models, .. } = self;
        let mut text = format!(
            "job = {job:?}\n\
             [http]\nlisten = \"127.0.0.1:0\"\n\
             [models]\nrepository = {models:?}\n\
             [live]\nbrokers = {live_brokers:?}\nstart = \"earliest\"\nmetadata_interval = \"1s\"\n"
        );
        properties(&mut text, "live", &self.live_properties);
        let _ = write!(
            text,
            "[shadow]\nbrokers = {shadow_brokers:?}\ncomparisons = {:?}\ndead_letters = {:?}\ncheckpoints = {:?}\n\
             shards = {}\ncommit_interval = \"100ms\"\nsession_timeout = {:?}\n",
            self.comparisons, self.dead_letters, self.checkpoints, self.shards, self.session_timeout
        );
        if let Some(timeout) = &self.transaction_timeout {
            let _ = writeln!(text, "transaction_timeout = {timeout:?}");
        }
        properties(&mut text, "shadow", &self.shadow_properties);
        let newer = if self.older_keys { "" } else { NEWER_KEYS };
        let _ = write!(text, "[[streams]]\nname = \"orders\"\ntopic = {orders:?}\n{newer}{ORDERS}");
        let _ = write!(text, "[[streams]]\nname = \"prices\"\ntopic = {quotes:?}\n{newer}{QUOTES}");
        for (topic, stream) in self.outcomes.iter().flat_map(|topic| [(topic, "orders"), (topic, "prices")]) {
            let _ = write!(
                text,
                "[[outcomes]]\nname = \"{stream}-outcomes\"\ntopic = {topic:?}\nstream = {stream:?}\n"
            );
        }
        text
    }
}

fn properties(text: &mut String, table: &str, properties: &[(String, String)]) {
    let _ = writeln!(text, "[{table}.properties]");
    properties.iter().for_each(|(key, value)| {
        let _ = writeln!(text, "{key:?} = {value:?}");
    });
}

/// Properties by which librdkafka logs in as a user of the cluster.
pub fn log_in(cluster: &KafkaCluster, user: &str) -> Vec<(String, String)> {
    let password = cluster.password(user).unwrap();
    [
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "SCRAM-SHA-256"),
        ("sasl.username", user),
        ("sasl.password", password),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// A job with its config file, on the cluster of its inputs and that of its outputs.
#[derive(Debug)]
pub struct Job<'a> {
    pub plan: Plan,
    live: &'a KafkaCluster,
    shadow: &'a KafkaCluster,
    folder: Option<TempDir>,
    started: Cell<usize>,
    /// By topic, the files of records that were removed from it.
    removed: RefCell<BTreeMap<String, Vec<PathBuf>>>,
}

impl<'a> Job<'a> {
    /// Input topics of so many partitions, and the shadow topics by `bystander init --execute`.
    pub fn ready(cluster: &'a KafkaCluster, input_partitions: i32, shards: i32) -> Self {
        Self::planned(cluster, input_partitions, Plan::new(cluster, shards))
    }

    /// As [`Job::ready`], by a plan.
    pub fn planned(cluster: &'a KafkaCluster, input_partitions: i32, plan: Plan) -> Self {
        let job = Self::of(cluster, cluster, plan);
        job.create_inputs(input_partitions);
        job.command(&["init", "--execute"]).ok();
        job
    }

    /// Only the config file.
    pub fn of(live: &'a KafkaCluster, shadow: &'a KafkaCluster, plan: Plan) -> Self {
        let folder = Some(tempfile::Builder::new().prefix("bystander-job-").tempdir().unwrap());
        let job = Self { plan, live, shadow, folder, started: Cell::default(), removed: RefCell::default() };
        job.write_config();
        job
    }

    /// Writes the config file anew after the plan was changed; running processes go on with the old one.
    pub fn write_config(&self) {
        fs::write(self.config(), self.plan.toml()).unwrap();
    }

    /// The input topics.
    pub fn create_inputs(&self, partitions: i32) {
        self.live.create_topic(&self.plan.orders, partitions, &[]).unwrap();
        self.live.create_topic(&self.plan.quotes, partitions, &[]).unwrap();
    }

    /// The cluster of the inputs.
    pub fn live(&self) -> &'a KafkaCluster {
        self.live
    }

    /// The cluster of the outputs.
    pub fn shadow(&self) -> &'a KafkaCluster {
        self.shadow
    }

    fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    fn config(&self) -> PathBuf {
        self.folder().join("bystander.toml")
    }

    /// The config file, for a test that writes into it itself.
    pub fn config_file(&self) -> PathBuf {
        self.config()
    }

    /// A file or folder beside the job's config and logs.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Starts a command with this job's config.
    pub fn start(&self, words: &[&str]) -> Running {
        self.start_limited(None, words)
    }

    /// The same by another binary.
    pub fn start_by(&self, binary: &Path, words: &[&str]) -> Running {
        self.start_as(binary, None, words)
    }

    /// Starts the service by another binary.
    pub fn run_by(&self, binary: &Path) -> Running {
        self.start_by(binary, &["run"])
    }

    /// The same, unable to write a file of more than so many bytes.
    pub fn limited(&self, most_bytes: u64, words: &[&str]) -> Running {
        self.start_limited(Some(most_bytes), words)
    }

    fn start_limited(&self, most_bytes: Option<u64>, words: &[&str]) -> Running {
        self.start_as(Path::new(env!("CARGO_BIN_EXE_bystander")), most_bytes, words)
    }

    fn start_as(&self, binary: &Path, most_bytes: Option<u64>, words: &[&str]) -> Running {
        let config = self.config().display().to_string();
        let number = self.started.replace(self.started.get() + 1);
        let words = [&words[..1], &["-c", &config], &words[1..]].concat();
        let name = format!("{number:03}-{}", words[0]);
        Running::start_by(binary, (self.folder(), &name), most_bytes, &words)
    }

    /// Runs a command with this job's config.
    pub fn command(&self, words: &[&str]) -> Finished {
        self.start(words).wait(COMMAND)
    }

    /// Starts the service.
    pub fn run(&self) -> Running {
        self.start(&["run"])
    }

    /// Scores everything that is there with `processes` processes, which must all end well.
    pub fn drain(&self, processes: usize) -> Vec<Finished> {
        let running: Vec<_> = (0..processes).map(|_| self.start(&["run", "--until-caught-up"])).collect();
        running.into_iter().map(|process| process.wait(DRAIN).ok()).collect()
    }

    /// Ends processes by `kill -TERM`; each must end well.
    pub fn terminate(&self, processes: impl IntoIterator<Item = Running>) {
        let processes: Vec<Running> = processes.into_iter().collect();
        for process in &processes {
            // Before that a signal ends it as any process that has not begun yet.
            eventually("it listens to signals", COMMAND, || process.address().is_some());
            process.terminate();
        }
        processes.into_iter().for_each(|process| drop(process.wait(COMMAND).ok()));
    }

    /// Starts the simulator, with 1 % malformed events.
    pub fn feed(&self, orders: u64, quotes: u64, further: &[&str]) -> Running {
        let (orders, quotes) = (orders.to_string(), quotes.to_string());
        let words =
            ["simulate", "--execute", "--orders", &orders, "--quotes", &quotes, "--malformed", "0.01"];
        self.start(&[&words[..], further].concat())
    }

    /// Runs the simulator to its end, as fast as it goes.
    pub fn fed(&self, orders: u64, quotes: u64, seed: u64) -> Fed {
        let finished = self.feed(orders, quotes, &["--seed", &seed.to_string()]).wait(DRAIN).ok();
        Fed::read(&finished.out)
    }

    /// What `status` says.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.command(&["status", "--output", "json"]).ok().out).unwrap()
    }

    /// Puts what stands in the shadow topics beside the logs of the test that is about to fail.
    pub fn keep_evidence(&self, account: &Account) {
        fs::write(self.folder().join("account.txt"), format!("{account:#?}")).unwrap();
        for topic in [&self.plan.comparisons, &self.plan.checkpoints] {
            for isolation in [Isolation::Committed, Isolation::Uncommitted] {
                let records = self.shadow.consume(topic, isolation).unwrap();
                let lines = records.iter().map(|record| {
                    let value = record.value.as_deref().unwrap_or_default();
                    format!("{} {} {} {value}\n", record.partition, record.offset, record.timestamp)
                });
                let file = format!("{topic}.{isolation:?}.txt");
                fs::write(self.folder().join(file), lines.collect::<String>()).unwrap();
            }
        }
    }

    /// Deletes the records of an input partition below an offset, as retention does. The other client's account knows
    /// of them all the same.
    pub fn remove_records(&self, topic: &str, partition: i32, before: i64) {
        let mut removed = self.removed.borrow_mut();
        let files = removed.entry(topic.to_owned()).or_default();
        let file = self.beside(&format!("removed-{topic}-{}.jsonl", files.len()));
        let (live, bootstrap) = (self.live, self.live.bootstrap());
        live.shell().consume_into(&file, &bootstrap, topic, Isolation::Committed).unwrap();
        live.delete_records(topic, partition, before).unwrap();
        files.push(file);
    }

    /// Whether [`Job::remove_records`] removed any.
    pub fn has_removed(&self) -> bool {
        !self.removed.borrow().is_empty()
    }

    /// The account that the other client draws up.
    pub fn account(&self) -> Account {
        let Plan { job, orders, quotes, comparisons, dead_letters, checkpoints, .. } = self.plan.clone();
        let models = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let removed = |topic: &str| self.removed.borrow().get(topic).cloned().unwrap_or_default();
        let input = |topic: String, names: &[&str]| {
            let removed = removed(&topic);
            ExpectedInput { topic, models: models(names), removed }
        };
        let inputs = vec![input(orders, &["fraud/1", "fraud/2"]), input(quotes, &["pricing/1"])];
        let expectation = Expectation { job, inputs, comparisons, dead_letters, checkpoints };
        let (live, shadow) = (self.live.bootstrap(), self.shadow.bootstrap());
        verify(self.shadow.shell(), &live, &shadow, &expectation).unwrap()
    }
}

impl Drop for Job<'_> {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take().filter(|_| std::thread::panicking()) {
            eprintln!("config and logs of the failed test are kept in {}", folder.keep().display());
        }
    }
}

/// What a stream may say since a later version than the first.
const NEWER_KEYS: &str = r#"record_key = "copy"
card_numbers = { subject = "allow", key = "allow" }
"#;

const ORDERS: &str = r#"kind = "orders"
subject = "/order_id"
occurred_at = "/created_at"
live_action = "/live_decision/action"
amount = "/total_amount"
currency = "/currency"
segments = { country = "/shipping_address/country_code", method = "/payment/method" }
where = { "/type" = "order.placed" }
consent = "/consent/analytics"
models = ["fraud@champion", "fraud@challenger"]
"#;

const QUOTES: &str = r#"kind = "prices"
subject = "/quote_id"
occurred_at = "/quoted_at"
item = "/sku"
live_price = "/price_amount"
live_propensity = "/price_propensity"
previous_price = "/previous_price_amount"
cost = "/cost_amount"
currency = "/currency"
segments = { category = "/category", channel = "/channel" }
where = { "/type" = "price.quoted" }
models = ["pricing@champion"]
[streams.guardrails]
min_margin = 0.05
max_change = 0.15
tolerance = 0.005
"#;
