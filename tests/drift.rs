//! Drift of the shipped models on the simulated shop: it isn't there where nothing has changed, and is where something
//! has; and a running service shows it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "support/mod.rs"]
mod support;

use bystander_core::decision::{Action, Decision, DecisionValue, GuardrailTrail};
use bystander_core::drift::DriftPlan;
use bystander_core::golden::InputBuilder;
use bystander_core::scored::ScoredModel;
use bystander_models::{Engine, LoadedModel, Repository, gate};
use bystander_onnx::{FORMAT, OnnxEngine, Runtime};
use bystander_pipeline::Scorer;
use bystander_storefront::{Expected, Shop, ShopConfig, ShopTopic};
use bystander_testkit::kafka_or_skip;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;
use support::{Job, eventually, page};

/// The shop that the shipped models were trained on: see models/train/README.md.
const TRAINING: ShopSize = ShopSize { seed: 11, orders: 200_000, quotes: 100_000 };
/// From here on its accounts have the ages that it was trained on.
const SETTLED: usize = 100_000;
const EVENTS: usize = 5_000;

struct ShopSize {
    seed: u64,
    orders: u64,
    quotes: u64,
}

/// Sound events of the training shop: its first orders, later orders, later quotes.
static EVENTS_OF: LazyLock<[Vec<Value>; 3]> = LazyLock::new(|| {
    let ShopSize { seed, orders, quotes } = TRAINING;
    let records = [(ShopTopic::Orders, orders), (ShopTopic::Quotes, quotes)].into();
    let config = ShopConfig { seed, records, ..ShopConfig::default() };
    let (mut seen, mut found) = ([0, 0], [Vec::new(), Vec::new(), Vec::new()]);
    for event in Shop::new(&config).unwrap() {
        let kind = match event.topic {
            ShopTopic::Orders => 0,
            ShopTopic::Quotes => 1,
            _ => continue,
        };
        if event.expected != Expected::Good {
            continue;
        }
        seen[kind] += 1;
        let early = kind == 0 && seen[0] <= EVENTS;
        let place = if early { 0 } else { kind + 1 };
        let settled = early || seen[kind] > SETTLED / (kind + 1);
        if settled && found[place].len() < EVENTS {
            found[place].push(serde_json::from_slice(&event.payload.unwrap()).unwrap());
        }
        if found.iter().all(|events| events.len() == EVENTS) {
            return found;
        }
    }
    panic!("the shop closed early");
});

fn model(reference: &str) -> LoadedModel {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = root.join("target/onnxruntime/libonnxruntime.so");
    let engine: std::sync::Arc<dyn Engine> = std::sync::Arc::new(OnnxEngine::new(
        Runtime::open(Some(&library)).expect("`make test` fetches ONNX Runtime first"),
    ));
    let repository = Repository::open(&root.join("models"), &[FORMAT]).unwrap();
    gate::load(&[engine], &repository, &repository.resolve(reference).unwrap(), None).unwrap()
}

/// Stability index, share missing and share unseen, where they are told.
type Figures = (Option<f64>, Option<f64>, Option<f64>);

/// What is told of each feature after a model was fed `events`.
fn fed(reference: &str, events: &[Value]) -> BTreeMap<String, Figures> {
    let model = model(reference);
    let plan = DriftPlan::new(&model.contract);
    let (mut scorer, mut tally) = (model.scorer().unwrap(), plan.tally());
    for events in events.chunks(256) {
        let mut rows = InputBuilder::new(&model.contract, None).unwrap();
        events.iter().for_each(|event| rows.push(event.to_string().as_bytes()).unwrap());
        let mut scored = ScoredModel::default();
        scorer.score(rows.input(), &mut scored.scores).unwrap();
        scored.decisions = vec![Some(decision()); events.len()];
        plan.count(rows.input(), &scored, events.len(), &mut tally);
    }
    assert_eq!(tally.rows(), events.len() as u64);
    let figures = plan.read(&tally).map(|one| (one.feature.to_owned(), (one.psi, one.missing, one.unseen)));
    figures.collect()
}

/// That there was one is all that counts.
fn decision() -> Decision {
    let would_be = DecisionValue::Action(Action::Accept);
    Decision { would_be, live: None, agrees: None, delta_amount: None, trail: GuardrailTrail::default() }
}

/// Features whose index is above a limit.
fn above(limit: f64, figures: &BTreeMap<String, Figures>) -> Vec<&str> {
    let drifting = figures.iter().filter(|(_, (psi, ..))| psi.is_some_and(|psi| psi > limit));
    drifting.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn nothing_drifts_in_the_shop_that_the_models_were_trained_on() {
    let [_, orders, quotes] = &*EVENTS_OF;
    for (reference, events, indices) in
        [("fraud/1", orders, 25), ("fraud/2", orders, 16), ("pricing/1", quotes, 13)]
    {
        let figures = fed(reference, events);
        let told = figures.values().filter(|(psi, ..)| psi.is_some()).count();
        assert_eq!(told, indices, "{reference}: the score and all features but those of the clock");
        assert_eq!(above(0.1, &figures), Vec::<&str>::new(), "{reference}: {figures:?}");
        assert!(figures.values().all(|(.., unseen)| unseen.unwrap_or(0.0) == 0.0), "{reference}");
    }
}

/// Whoever starts the simulator sees this: its customers have had their accounts for long, and nobody's is days old.
#[test]
fn a_shop_that_has_just_opened_drifts_in_the_age_of_its_accounts_alone() {
    let figures = fed("fraud/1", &EVENTS_OF[0]);
    assert_eq!(above(0.25, &figures), ["account_age_seconds"]);
    assert_eq!(above(0.1, &figures), ["account_age_seconds"]);
}

#[test]
fn planted_faults_are_told_apart() {
    let with = |change: &dyn Fn(usize, &mut Value)| {
        let mut events = EVENTS_OF[1].clone();
        events.iter_mut().enumerate().for_each(|(row, event)| change(row, event));
        fed("fraud/1", &events)
    };
    let cents =
        with(&|_, event| event["total_amount"] = json!(event["total_amount"].as_i64().unwrap() * 100));
    assert!(above(0.25, &cents).contains(&"total_amount"), "another unit: {cents:?}");
    let lost = with(&|row, event| {
        if row.is_multiple_of(2) {
            event.as_object_mut().unwrap().remove("ip_country");
        }
    });
    let (psi, missing, unseen) = lost["ip_country"];
    assert!(psi.unwrap() < 0.1, "those that are left are as they were");
    assert!((0.5..0.52).contains(&missing.unwrap()) && unseen == Some(0.0), "{lost:?}");
    let new = with(&|row, event| {
        if row.is_multiple_of(10) {
            event["payment"]["method"] = json!("barter");
        }
    });
    let (psi, missing, unseen) = new["payment_method"];
    assert!(psi.unwrap() > 0.25 && missing.is_none() && unseen == Some(0.1), "{new:?}");
}

/// The value of a series, by its name and what its labels must have.
fn value(page: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let of_name = |line: &&str| line.split_once('{').is_some_and(|(found, _)| found == name);
    let line = page.lines().filter(of_name).find(|line| labels.iter().all(|label| line.contains(label)))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[test]
fn a_running_service_shows_drift_and_money_at_stake() {
    let cluster = kafka_or_skip!("a_running_service_shows_drift_and_money_at_stake");
    let job = Job::ready(cluster, 2, 2);
    let fed = job.fed(12_000, 12_000, TRAINING.seed);
    let process = job.run();
    eventually("everything is read", Duration::from_secs(120), || {
        job.status()["totals"]["read"].as_u64() == Some(fed.events())
    });
    let shown = page(&process).unwrap();
    for (model, features) in [
        ("model=\"fraud\",stream=\"orders\",version=\"1\"", ["score", "total_amount", "payment_method"]),
        ("model=\"fraud\",stream=\"orders\",version=\"2\"", ["score", "card_country", "line_count"]),
        ("model=\"pricing\",stream=\"prices\",version=\"1\"", ["score", "cost_amount", "channel"]),
    ] {
        for feature in features {
            let psi = value(&shown, "bystander_drift_psi", &[model, &format!("feature={feature:?},")]);
            assert!(psi.is_some_and(|psi| (0.0..0.1).contains(&psi)), "{model} {feature}: {psi:?}");
        }
    }
    let orders = ["model=\"fraud\"", "version=\"1\""];
    let of = |feature| [&orders[..], &[feature]].concat();
    let missing =
        value(&shown, "bystander_feature_missing_ratio", &of("feature=\"second_category\",")).unwrap();
    assert!((0.4..0.65).contains(&missing), "half of the orders have one line: {missing}");
    let unseen = value(&shown, "bystander_feature_unseen_ratio", &of("feature=\"payment_method\","));
    assert_eq!(unseen, Some(0.0));
    let amounts = |version: &str, currency: &str| -> f64 {
        let of_both = |line: &&str| {
            let labels =
                [format!("version={version:?}"), format!("currency={currency:?}"), "orders".to_owned()];
            line.starts_with("bystander_amount_minor_total{")
                && labels.iter().all(|label| line.contains(label))
        };
        let value = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap();
        shown.lines().filter(of_both).map(value).sum()
    };
    for currency in ["EUR", "USD", "GBP", "JPY"] {
        let (champion, challenger) = (amounts("1", currency), amounts("2", currency));
        assert!(champion > 0.0 && champion == challenger, "{currency}: both have judged the same orders");
    }
    job.terminate([process]);
}
