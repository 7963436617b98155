//! What the report needs to know beside the rows: costs, thresholds, reference distributions, the totals of each stream.

use super::rows::{Rows, Source, Sources};
use crate::assembly::{self, Assembly};
use crate::config::{Config, CostSettings};
use crate::exit::Failure;
use bystander_core::checkpoint::Totals;
use bystander_core::contract::Contract;
use bystander_kafka::read_checkpoints;
use bystander_models::{ModelRef, Repository, gate};
use bystander_pipeline::Stop;
use bystander_report::ReportSettings;
use bystander_report::sections::{ModelReference, Provenance, StreamTotals, UnknownModel};
use bystander_report::stats::money::CostModel;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Settings of a report on these rows; the caller adds which run and which live model.
pub(crate) fn settings(
    config: &Config,
    assembly: &Assembly,
    rows: &Rows,
    receipt: Provenance,
) -> ReportSettings {
    let of = &config.report;
    let costs = rows.currencies.iter().map(|code| {
        let own = of.costs_by_currency.get(code).unwrap_or(&of.costs);
        (code.clone(), model(own))
    });
    let (models, unknown) = models(config, assembly, rows);
    ReportSettings {
        maturity_ms: i64::try_from(of.maturity.as_millis()).unwrap_or(i64::MAX),
        sale_window_ms: i64::try_from(of.sale_window.as_millis()).unwrap_or(i64::MAX),
        developed_below: of.developed_below,
        confidence: of.confidence,
        resamples: of.resamples,
        seed: of.seed,
        min_slice: of.min_slice,
        costs: costs.collect(),
        declines: of.declines.clone(),
        rates: of.rates.clone(),
        models,
        unknown,
        receipt,
        ..ReportSettings::default()
    }
}

fn model(costs: &CostSettings) -> CostModel {
    CostModel {
        recovery: costs.recovery,
        fee: costs.chargeback_fee,
        margin: costs.margin,
        churn: costs.churn,
        review: costs.review,
        review_catches: costs.review_catch,
    }
}

/// Thresholds and frozen distributions of the models that scored: those that the config binds, and those that a replay
/// brought, out of the repository if it still holds the very bytes.
fn models(config: &Config, assembly: &Assembly, rows: &Rows) -> (Vec<ModelReference>, Vec<UnknownModel>) {
    let repository = Repository::open(&config.models.repository, assembly::FORMATS);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (name, version, sha256) in rows.dataset.models() {
        let (name, sha256) = (name.to_owned(), sha256.to_owned());
        let bound = assembly.models.iter().flatten().find(|model| {
            let identity = &model.identity;
            (&identity.name, identity.version, &identity.sha256) == (&name, version, &sha256)
        });
        let found = match bound {
            Some(model) => Ok(model.contract.clone()),
            None => match &repository {
                Ok(repository) => contract_of(repository, &name, version, &sha256),
                Err(_) => Err("the model repository can't be read".to_owned()),
            },
        };
        match found {
            Ok(contract) => {
                let calendar = contract.calendar().map(str::to_owned).collect();
                let Contract { policy, reference, .. } = contract;
                known.push(ModelReference { name, version, sha256, policy, reference, calendar });
            }
            Err(why) => {
                tracing::warn!(
                    model = format!("{name}/{version}"),
                    why,
                    "thresholds and frozen distributions are not known"
                );
                unknown.push(UnknownModel { name, version, sha256, why });
            }
        }
    }
    (known, unknown)
}

/// The contract of these very bytes, or why there is none.
fn contract_of(repository: &Repository, name: &str, version: u32, sha256: &str) -> Result<Contract, String> {
    let model = ModelRef { name: name.to_owned(), version, alias: None };
    if !repository.versions().contains(&model) {
        return Err(format!("the model repository has no {model}"));
    }
    match gate::contract(repository, &model) {
        Ok((found, contract)) if found.sha256 == sha256 => Ok(contract),
        Ok((found, _)) => {
            let found = found.sha256;
            Err(format!("the model repository's {model} is another model, SHA-256 {found}"))
        }
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// Where the rows came from.
pub(super) fn receipt(
    sources: &Sources,
    config_sha256: String,
    config: &Config,
    rows: &Rows,
    stop: &Stop,
) -> Result<Provenance, Failure> {
    let streams = match (&rows.folder, &sources.comparisons) {
        (Some(folder), _) => replayed(config, folder),
        (None, Source::Bound) => recorded(config, stop)?,
        (None, _) => BTreeMap::new(),
    };
    Ok(Provenance {
        binary_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        config_sha256: Some(config_sha256),
        streams,
    })
}

/// The live run's totals, out of its checkpoints.
fn recorded(config: &Config, stop: &Stop) -> Result<BTreeMap<String, StreamTotals>, Failure> {
    let checkpoints = read_checkpoints(&config.shadow, stop).map_err(Failure::other)?;
    let partitions = checkpoints.values().map(|checkpoint| (checkpoint.topic.as_str(), &checkpoint.totals));
    Ok(stream_totals(config, partitions))
}

/// A replay's totals, out of its receipt, if it left one.
fn replayed(config: &Config, folder: &Path) -> BTreeMap<String, StreamTotals> {
    #[derive(Deserialize)]
    struct Receipt {
        partitions: Vec<Partition>,
    }
    #[derive(Deserialize)]
    struct Partition {
        topic: String,
        totals: Totals,
    }
    let text = std::fs::read(folder.join("receipt.json")).unwrap_or_default();
    let receipt: Option<Receipt> = serde_json::from_slice(&text).ok();
    let partitions = receipt.map_or_else(Vec::new, |receipt| receipt.partitions);
    stream_totals(config, partitions.iter().map(|partition| (partition.topic.as_str(), &partition.totals)))
}

fn stream_totals<'t>(
    config: &Config,
    partitions: impl Iterator<Item = (&'t str, &'t Totals)>,
) -> BTreeMap<String, StreamTotals> {
    let mut by_stream: BTreeMap<String, StreamTotals> = BTreeMap::new();
    for (topic, totals) in partitions {
        let stream = config.streams.iter().find(|stream| stream.topic.as_deref() == Some(topic));
        let Some(name) = stream.and_then(|stream| stream.name.clone()) else { continue };
        let sum = by_stream.entry(name).or_default();
        sum.read += totals.read;
        sum.dead_letters += totals.dead_lettered;
        for (reason, count) in &totals.skipped {
            *sum.skips.entry(reason.name().to_owned()).or_default() += count;
        }
    }
    by_stream
}
