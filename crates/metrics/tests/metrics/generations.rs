//! Models that are exchanged while shards count.

use crate::observer::{batch, model, order};
use crate::scrape::{CONTRACT, NOW, Scrape, scrape, scrape_at};
use bystander_core::config::StreamConfig;
use bystander_core::contract::Contract;
use bystander_core::decision::Action::{Accept, Reject};
use bystander_core::input::ModelInput;
use bystander_core::kind::Kind;
use bystander_core::model::ModelIdentity;
use bystander_core::money::Currency;
use bystander_core::record::StreamId;
use bystander_core::rejection::{Code, Stage};
use bystander_core::scored::ScoredBatch;
use bystander_core::stream::Stream;
use bystander_metrics::status::History;
use bystander_metrics::{BuildInfo, Catalogue, ShardObserver, StreamLabels};
use bystander_pipeline::{GenerationModel, ModelGeneration, Observer, StreamModels};
use bystander_testkit::opener;
use std::sync::Arc;
use std::time::Duration;

const PSI: &str = "bystander_drift_psi";
const COMPARISONS: &str = "bystander_comparisons_total";
const INFO: &str = "bystander_model_info";

/// A generation of one stream with these versions of `fraud`; the first one is the champion.
fn generation(number: u64, versions: &[u32]) -> Arc<ModelGeneration> {
    generation_by(number, versions, CONTRACT)
}

fn generation_by(number: u64, versions: &[u32], contract: &str) -> Arc<ModelGeneration> {
    let names: Vec<_> = versions.iter().map(|version| format!("\"fraud/{version}\"")).collect();
    let config: StreamConfig = toml::from_str(&format!(
        "name = \"orders\"\nkind = \"orders\"\ntopic = \"shop.orders\"\nsubject = \"/id\"\namount = \"/t\"\n\
         currency = \"/c\"\nlive_action = \"/live\"\nmodels = [{}]",
        names.join(",")
    ))
    .unwrap();
    let contract: Contract = toml::from_str(contract).unwrap();
    let contracts = vec![&contract; versions.len()];
    let stream = Stream::compile(StreamId(0), &config, &contracts, None).unwrap();
    let model = |(place, &version): (usize, &u32)| {
        let identity = ModelIdentity {
            name: "fraud".into(),
            version,
            sha256: version.to_string().repeat(64),
            alias: (place == 0).then(|| "champion".to_owned()),
            contract_sha256: "c".repeat(64),
            engine: "onnxruntime 1.31".into(),
        };
        GenerationModel::new(Arc::new(identity), opener(|| None))
    };
    let models = versions.iter().enumerate().map(model).collect();
    ModelGeneration::new(number, vec![StreamModels::new(Arc::new(stream), models)])
}

fn catalogue(first: &ModelGeneration) -> Catalogue {
    let streams: Vec<_> = first.streams().iter().map(StreamLabels::of).collect();
    let build = BuildInfo { version: "1.2.3", revision: "abcdef0" };
    Catalogue::new(&streams, build, Duration::from_secs(60 * 60)).unwrap()
}

/// Scores so many orders with two models, of which the first one rejects all and the second one accepts all.
fn score(observer: &mut ShardObserver, at_ms: i64, rows: usize) {
    let euro = Currency::from_code("EUR").unwrap();
    for rows in std::iter::repeat_n(20, rows / 20) {
        let input = ModelInput::MatrixF32 { data: [500.0, 0.0].repeat(rows), width: 2 };
        let models = [
            model(&vec![0.9; rows], vec![order(Reject, Some(Accept)); rows]),
            model(&vec![0.1; rows], vec![order(Accept, Some(Accept)); rows]),
        ];
        let (times, money, inputs) =
            (vec![at_ms; rows], vec![Some((100, euro)); rows], [input.clone(), input]);
        let orders = batch(0, Kind::Orders, &times, &models);
        observer.scored(&ScoredBatch { scored_at_ms: at_ms, money: &money, inputs: &inputs, ..orders });
    }
}

fn of(scrape: &Scrape, metric: &str, version: &str, would_be: &str) -> f64 {
    scrape.sum(metric, &[("version", version), ("would_be", would_be)])
}

#[test]
fn a_version_is_counted_under_its_labels_wherever_it_stands_among_the_models() {
    let first = generation(1, &[1, 2]);
    let catalogue = catalogue(&first);
    let mut observer = catalogue.observer();
    // Swapped, replaced, and back.
    for (number, versions) in [(1, [1, 2]), (2, [2, 1]), (3, [3, 2]), (4, [1, 2])] {
        observer.adopted(&generation(number, &versions));
        score(&mut observer, NOW, 20);
    }
    let scrape = scrape(&catalogue);
    for (version, rejected, accepted) in [("1", 40.0, 20.0), ("2", 20.0, 60.0), ("3", 20.0, 0.0)] {
        let cells =
            [of(&scrape, COMPARISONS, version, "reject"), of(&scrape, COMPARISONS, version, "accept")];
        assert_eq!(cells, [rejected, accepted], "version {version}");
        let money =
            ["reject", "accept"].map(|word| of(&scrape, "bystander_amount_minor_total", version, word));
        assert_eq!(money, [100.0 * rejected, 100.0 * accepted], "amounts of version {version}");
        let scores = scrape.sum("bystander_score_sum", &[("version", version)]);
        assert!((scores - 0.9 * rejected - 0.1 * accepted).abs() < 1e-9, "scores of version {version}");
    }
    assert_eq!(scrape.sum("bystander_records_total", &[("result", "scored")]), 80.0);
}

#[test]
fn what_was_counted_before_an_exchange_is_kept() {
    let first = generation(1, &[1, 2]);
    let catalogue = catalogue(&first);
    let mut observer = catalogue.observer();
    observer.dead_lettered(StreamId(0), Stage::Decode, Code::NotJson);
    observer.adopted(&generation(2, &[3, 2]));
    observer.dead_lettered(StreamId(0), Stage::Decode, Code::NotJson);
    drop(observer);
    assert_eq!(scrape(&catalogue).sum("bystander_dead_letters_total", &[("code", "not_json")]), 2.0);
}

#[test]
fn a_version_is_named_as_long_as_a_shard_scores_with_it_and_under_one_alias() {
    let named = |catalogue: &Catalogue| -> Vec<String> {
        let scrape = scrape(catalogue);
        let infos = scrape.series.keys().filter(|(name, _)| name == INFO);
        infos.map(|(_, labels)| format!("{} {}", labels["version"], labels["alias"])).collect()
    };
    let first = generation(1, &[1, 2]);
    let catalogue = catalogue(&first);
    let (mut one, mut two) = (catalogue.observer(), catalogue.observer());
    one.adopted(&first);
    two.adopted(&first);
    assert_eq!(named(&catalogue).len(), 2);
    one.adopted(&generation(2, &[2, 3]));
    // The second shard still scores with version 1, and version 2 is the champion now.
    let mut both = named(&catalogue);
    both.sort();
    assert_eq!(both, ["1 champion", "2 champion", "3 "]);
    two.adopted(&generation(2, &[2, 3]));
    let mut new = named(&catalogue);
    new.sort();
    assert_eq!(new, ["2 champion", "3 "]);
}

#[test]
fn drift_is_counted_per_version_and_starts_again_when_a_version_comes_back() {
    let psi = |catalogue: &Catalogue, at_ms: i64| -> Vec<String> {
        let scrape = scrape_at(catalogue, at_ms);
        let scores =
            scrape.series.iter().filter(|((name, labels), _)| name == PSI && labels["feature"] == "score");
        scores.map(|((_, labels), value)| format!("{} {value:.0}", labels["version"])).collect()
    };
    let first = generation(1, &[1, 2]);
    let catalogue = catalogue(&first);
    let mut observer = catalogue.observer();
    observer.adopted(&first);
    score(&mut observer, NOW, 1000);
    assert_eq!(psi(&catalogue, NOW).len(), 2);
    observer.adopted(&generation(2, &[3, 2]));
    assert_eq!(psi(&catalogue, NOW).len(), 1, "version 2 goes on, version 1 has left");
    score(&mut observer, NOW + 2_000, 1000);
    assert_eq!(psi(&catalogue, NOW + 2_000).len(), 2, "version 3 has a window of its own");
    observer.adopted(&generation(3, &[1, 2]));
    let versions: Vec<_> = psi(&catalogue, NOW + 2_000).iter().map(|one| one[..1].to_owned()).collect();
    assert_eq!(versions, ["2"], "version 1 came back with nothing counted");
}

#[test]
fn a_version_with_another_reference_of_drift_has_another_window() {
    let first = generation(1, &[1, 2]);
    let catalogue = catalogue(&first);
    let mut observer = catalogue.observer();
    observer.adopted(&first);
    score(&mut observer, NOW, 1000);
    let finer = CONTRACT
        .replace("edges = [0.5]\nshares = [0.5, 0.5]", "edges = [0.2, 0.5]\nshares = [0.2, 0.3, 0.5]");
    observer.adopted(&generation_by(2, &[1, 2], &finer));
    score(&mut observer, NOW + 2_000, 1000);
    let scrape = scrape_at(&catalogue, NOW + 2_000);
    // All scores of version 1 lie in the last bin, whose share is a half, and so it is with the old reference.
    assert!(scrape.sum(PSI, &[("version", "1"), ("feature", "score")]) > 1.0);
}

#[test]
fn a_version_that_comes_back_goes_on_with_its_counts_and_brings_none_of_them_to_recent() {
    let first = generation(1, &[1, 2]);
    let catalogue = catalogue(&first);
    let topics = ["shop.orders".to_owned()];
    let mut observer = catalogue.observer();
    score(&mut observer, NOW, 200);
    let mut history = History::new(NOW, catalogue.counts());
    let note = |history: &mut History, second: i64| history.note(NOW + second * 1000, catalogue.counts());
    observer.adopted(&generation(2, &[3, 2]));
    (1..400).for_each(|second| note(&mut history, second));
    observer.adopted(&generation(3, &[2, 1]));
    note(&mut history, 410);
    score(&mut observer, NOW, 20);
    note(&mut history, 411);
    let orders = &history.streams(&catalogue, &topics)[0];
    let models: Vec<_> = orders
        .models
        .iter()
        .map(|one| (one.version, one.agreement.comparisons, one.recent.comparisons))
        .collect();
    assert_eq!(models, [(2, 220, 20), (1, 220, 20)]);
}
