//! What the report needs to know beside the rows: costs, thresholds, reference distributions, the books.

use super::rows::{Rows, Source, Sources};
use crate::assembly::Assembly;
use crate::config::{Config, CostSettings};
use crate::exit::Failure;
use bystander_core::checkpoint::Totals;
use bystander_kafka::read_checkpoints;
use bystander_pipeline::Stop;
use bystander_report::ReportSettings;
use bystander_report::sections::{Books, ModelReference, Receipt};
use bystander_report::stats::money::CostModel;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Settings of a report on these rows; the caller adds which run and which live model.
pub(crate) fn settings(
    config: &Config,
    assembly: &Assembly,
    rows: &Rows,
    receipt: Receipt,
) -> ReportSettings {
    let of = &config.report;
    let costs = rows.currencies.iter().map(|code| {
        let own = of.costs_by_currency.get(code).unwrap_or(&of.costs);
        (code.clone(), model(own))
    });
    ReportSettings {
        maturity_ms: i64::try_from(of.maturity.as_millis()).unwrap_or(i64::MAX),
        confidence: of.confidence,
        resamples: of.resamples,
        seed: of.seed,
        min_slice: of.min_slice,
        costs: costs.collect(),
        models: models(config, assembly),
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

/// Thresholds and frozen distributions of the config's models. Of other models, as a replay may bring, the report
/// takes the first weeks instead, and says so.
fn models(config: &Config, assembly: &Assembly) -> Vec<ModelReference> {
    let streams = assembly.models.iter().zip(&config.streams);
    let of = streams.flat_map(|(models, stream)| {
        let tolerance = stream.guardrails.as_ref().and_then(|guardrails| guardrails.tolerance);
        models.iter().map(move |model| ModelReference {
            name: model.identity.name.clone(),
            version: model.identity.version,
            policy: model.contract.policy,
            reference: model.contract.reference.clone(),
            tolerance,
        })
    });
    of.collect()
}

/// Where the rows came from.
pub(super) fn receipt(
    sources: &Sources,
    config_sha256: String,
    config: &Config,
    rows: &Rows,
    stop: &Stop,
) -> Result<Receipt, Failure> {
    let streams = match (&rows.folder, &sources.comparisons) {
        (Some(folder), _) => replayed(config, folder),
        (None, Source::Bound) => recorded(config, stop)?,
        (None, _) => BTreeMap::new(),
    };
    Ok(Receipt {
        binary_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        config_sha256: Some(config_sha256),
        streams,
    })
}

/// The live run's books, out of its checkpoints.
fn recorded(config: &Config, stop: &Stop) -> Result<BTreeMap<String, Books>, Failure> {
    let checkpoints = read_checkpoints(&config.shadow, stop).map_err(Failure::other)?;
    let partitions = checkpoints.values().map(|checkpoint| (checkpoint.topic.as_str(), &checkpoint.totals));
    Ok(books(config, partitions))
}

/// A replay's books, out of its receipt, if it left one.
fn replayed(config: &Config, folder: &Path) -> BTreeMap<String, Books> {
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
    books(config, partitions.iter().map(|partition| (partition.topic.as_str(), &partition.totals)))
}

fn books<'t>(
    config: &Config,
    partitions: impl Iterator<Item = (&'t str, &'t Totals)>,
) -> BTreeMap<String, Books> {
    let mut books: BTreeMap<String, Books> = BTreeMap::new();
    for (topic, totals) in partitions {
        let stream = config.streams.iter().find(|stream| stream.topic.as_deref() == Some(topic));
        let Some(name) = stream.and_then(|stream| stream.name.clone()) else { continue };
        let book = books.entry(name).or_default();
        book.read += totals.read;
        book.dead_letters += totals.dead_lettered;
        for (reason, count) in &totals.skipped {
            *book.skips.entry(reason.name().to_owned()).or_default() += count;
        }
    }
    books
}
