//! A strict reader of Prometheus' text format, and a catalogue to read.

use bystander_core::contract::Contract;
use bystander_core::drift::DriftPlan;
use bystander_core::kind::Kind;
use bystander_core::model::ModelIdentity;
use bystander_metrics::{BuildInfo, Catalogue, StreamLabels, WatchedModel};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// When all batches made by hand were scored, and when they are looked at unless a test says otherwise.
pub(crate) const NOW: i64 = 1_790_000_000_000;

/// Of all models of [`streams`]; what it says about decisions isn't looked at.
pub(crate) const CONTRACT: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
input = { layout = "matrix", name = "features", type = "float32" }
features = [
    { name = "total", source = "number", field = "/t", missing = "nan" },
    { name = "method", source = "category", field = "/m", missing = "reject", vocabulary = ["card", "paypal"], unknown = -1 },
]
[reference.score]
edges = [0.5]
shares = [0.5, 0.5]
[reference.features]
total = { edges = [1000.0, 2000.0], shares = [0.25, 0.5, 0.25] }
method = { values = ["card", "paypal"], shares = [0.75, 0.25] }
"#;

/// A scrape taken apart: what it says of each metric, and the value of each time series.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    /// Help text by metric.
    pub(crate) help: BTreeMap<String, String>,
    /// Type by metric.
    pub(crate) types: BTreeMap<String, String>,
    /// Value by series name and labels.
    pub(crate) series: BTreeMap<(String, BTreeMap<String, String>), f64>,
}

impl Scrape {
    /// Reads `text`; panics where it isn't what the format asks for.
    pub(crate) fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut scrape = Self::default();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help text");
                assert_eq!(scrape.help.insert(name.to_owned(), help.to_owned()), None, "one HELP of {name}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert_eq!(scrape.types.insert(name.to_owned(), kind.to_owned()), None, "one TYPE of {name}");
            } else {
                scrape.sample(line);
            }
        }
        scrape
    }

    fn sample(&mut self, line: &str) {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, read_labels(labels.strip_suffix('}').expect("a closing brace"))),
            None => (series, BTreeMap::new()),
        };
        assert!(self.types.contains_key(&Self::metric_of(&self.types, name)), "{name} follows its TYPE");
        let value: f64 = value.parse().expect("a number");
        let before = self.series.insert((name.to_owned(), labels), value);
        assert_eq!(before, None, "each series once: {line}");
    }

    /// The metric that a series belongs to: histograms have three kinds of series.
    pub(crate) fn metric_of(types: &BTreeMap<String, String>, series: &str) -> String {
        let suffixes = ["_bucket", "_sum", "_count"];
        let base = suffixes.iter().find_map(|suffix| series.strip_suffix(suffix));
        match base.filter(|base| types.get(*base).is_some_and(|kind| kind == "histogram")) {
            Some(base) => base.to_owned(),
            None => series.to_owned(),
        }
    }

    /// The value of a series; panics when it doesn't exist.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let key = (name.to_owned(), labels);
        *self.series.get(&key).unwrap_or_else(|| panic!("no series {key:?}"))
    }

    /// Sum over all series of a name that carry these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let carries = |has: &BTreeMap<String, String>| {
            labels.iter().all(|(name, value)| has.get(*name).is_some_and(|found| found == value))
        };
        self.series
            .iter()
            .filter(|((found, has), _)| found == name && carries(has))
            .map(|(_, value)| value)
            .sum()
    }
}

fn read_labels(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect("a quoted value");
        let (value, after) = after.split_once('"').expect("a closing quote");
        assert!(!value.contains('\\'), "the tests' values need no escapes");
        labels.insert(name.to_owned(), value.to_owned());
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    labels
}

/// An orders stream with two models and a prices stream with one.
pub(crate) fn streams() -> Vec<StreamLabels> {
    let contract: Contract = toml::from_str(CONTRACT).expect("a contract");
    let drift = Arc::new(DriftPlan::new(&contract));
    let model = |name: &str, version, alias: Option<&str>| {
        let (name, sha256) = (name.to_owned(), "ab".repeat(32));
        let identity = ModelIdentity {
            name,
            version,
            sha256,
            alias: alias.map(str::to_owned),
            contract_sha256: "c".repeat(64),
            engine: "onnxruntime 1.31".into(),
        };
        WatchedModel { identity, drift: Arc::clone(&drift) }
    };
    let fraud = vec![model("fraud", 1, Some("champion")), model("fraud", 2, Some("challenger"))];
    vec![
        StreamLabels { name: "orders".to_owned(), kind: Kind::Orders, models: fraud },
        StreamLabels {
            name: "prices".to_owned(),
            kind: Kind::Prices,
            models: vec![model("pricing", 1, None)],
        },
    ]
}

/// A fresh catalogue of [`streams`].
pub(crate) fn catalogue() -> Catalogue {
    let build = BuildInfo { version: "1.2.3", revision: "abcdef0" };
    Catalogue::new(&streams(), build, Duration::from_secs(60 * 60)).expect("a catalogue")
}

/// What a scrape of `catalogue` says.
pub(crate) fn scrape(catalogue: &Catalogue) -> Scrape {
    scrape_at(catalogue, NOW)
}

/// What it says at a time, epoch milliseconds.
pub(crate) fn scrape_at(catalogue: &Catalogue, now_ms: i64) -> Scrape {
    Scrape::read(&catalogue.scrape(now_ms).expect("a scrape"))
}
