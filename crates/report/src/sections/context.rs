//! What every section has at hand: the join, the settings, the chosen runs.

use super::settings::{ModelReference, ReportSettings};
use super::words;
use crate::document::{Amount, ModelKey};
use crate::join::{Joined, JoinedStream, Run};
use crate::stats::bootstrap::Resampling;
use bystander_core::kind::Kind;
use std::collections::BTreeMap;

/// The join and the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) joined: &'a Joined<'a>,
    pub(crate) settings: &'a ReportSettings,
}

/// The chosen run of one model on one stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) joined: &'a JoinedStream<'a>,
    pub(crate) run: &'a Run,
}

impl<'a> Context<'a> {
    pub(crate) fn confidence(&self) -> f64 {
        self.settings.confidence
    }

    pub(crate) fn plan(&self) -> Resampling {
        let ReportSettings { seed, resamples, confidence, threads, .. } = *self.settings;
        Resampling { seed, resamples, confidence, threads }
    }

    /// Code of a currency's index.
    pub(crate) fn currency(&self, index: u8) -> &'a str {
        self.joined.data.currency_code(index)
    }

    /// The chosen runs of a kind's streams, streams by name, models by name and version.
    pub(crate) fn streams(&self, kind: Kind) -> Vec<(&'a JoinedStream<'a>, Vec<Chosen<'a>>)> {
        let streams = self.joined.streams.iter().filter(|joined| joined.stream.kind == kind);
        streams.map(|joined| (joined, self.chosen(joined))).filter(|(_, runs)| !runs.is_empty()).collect()
    }

    /// One run per model version: the one asked for, else the live one, else the one that was scored last or whose events go
    /// furthest.
    pub(crate) fn chosen(&self, joined: &'a JoinedStream<'a>) -> Vec<Chosen<'a>> {
        let mut best: BTreeMap<_, &Run> = BTreeMap::new();
        for run in &joined.stream.runs {
            let identity = &run.identity;
            if self.settings.run.as_ref().is_some_and(|wanted| *wanted != identity.run_id) {
                continue;
            }
            let rank = |run: &'a Run| {
                let scored = run.scored.map(|(_, last)| last);
                (run.identity.mode == "live", scored, run.latest_ms, &run.identity.run_id)
            };
            let model = (&identity.model, identity.version, &identity.sha256);
            let entry = best.entry(model).or_insert(run);
            if rank(run) > rank(entry) {
                *entry = run;
            }
        }
        best.into_values().map(|run| Chosen { context: *self, joined, run }).collect()
    }
}

impl<'a> Chosen<'a> {
    pub(crate) fn key(&self) -> ModelKey {
        let identity = &self.run.identity;
        ModelKey {
            name: identity.model.clone(),
            version: identity.version,
            sha256: identity.sha256.clone(),
            alias: self.run.alias.clone(),
        }
    }

    pub(crate) fn reference(&self) -> Option<&'a ModelReference> {
        let identity = &self.run.identity;
        let ours = (&identity.model, identity.version, &identity.sha256);
        let models = &self.context.settings.models;
        models.iter().find(|model| (&model.name, model.version, &model.sha256) == ours)
    }

    /// Why nothing but its decisions is known of the model; `None` where its folder is known.
    pub(crate) fn unknown(&self) -> Option<&'a str> {
        if self.reference().is_some() {
            return None;
        }
        let identity = &self.run.identity;
        let ours = (&identity.model, identity.version, &identity.sha256);
        let unknown = &self.context.settings.unknown;
        let found = unknown.iter().find(|model| (&model.name, model.version, &model.sha256) == ours);
        Some(found.map_or("nobody said where it is", |model| model.why.as_str()))
    }

    /// Events that the run scored and that had happened at the as-of time.
    pub(crate) fn events(&self) -> impl Iterator<Item = u32> + use<'a> {
        let Self { joined, run, context } = *self;
        let as_of = context.joined.as_of_ms;
        (0..joined.stream.len())
            .filter(move |event| run.score.number(*event).is_some() && joined.happened(*event, as_of))
    }

    /// Whether `name` means this model: its label, its alias, `name/version` or, if that is unique, its name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let key = self.key();
        name == key.label()
            || key.alias.as_deref() == Some(name)
            || name == format!("{}/{}", key.name, key.version)
    }
}

/// Money by currency, never added up across.
#[derive(Debug, Clone, Default)]
pub(crate) struct MoneyByCurrency(BTreeMap<u8, i64>);

impl MoneyByCurrency {
    pub(crate) fn add(&mut self, money: Option<(i64, u8)>) {
        if let Some((amount, currency)) = money {
            let sum = self.0.entry(currency).or_default();
            *sum = sum.saturating_add(amount);
        }
    }

    pub(crate) fn amounts(&self, context: &Context<'_>) -> Vec<Amount> {
        let amount = |(currency, minor): (&u8, &i64)| {
            let code = context.currency(*currency);
            Amount { currency: code.to_owned(), exponent: words::exponent(code), minor: *minor }
        };
        self.0.iter().map(amount).collect()
    }
}
