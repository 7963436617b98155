//! Assembles the report from a join and the settings. Pure: no IO, no clock.

mod build;
mod context;
pub(crate) mod drift;
pub(crate) mod fraud;
pub(crate) mod header;
mod periods;
pub(crate) mod pricing;
mod quality;
mod settings;
pub(crate) mod verdict;
mod words;

pub use settings::{
    DeclinesAssumption, ExchangeRates, ModelReference, Provenance, ReportSettings, StreamTotals,
    UnknownModel, assumed_costs,
};

pub(crate) use context::{Chosen, Context};

/// Place of the champion among models: the one whose alias says so, else the lowest version.
pub(crate) fn champion<'a>(models: impl Iterator<Item = Chosen<'a>>) -> Option<usize> {
    let rank = |(place, chosen): (usize, Chosen<'a>)| {
        (!is_named_champion(&chosen), chosen.run.identity.version, place)
    };
    models.enumerate().map(rank).min().map(|(.., place)| place)
}

/// Which of several models that are called champion is taken for it; `None` where one is.
pub(crate) fn ambiguous_champion<'a>(models: impl Iterator<Item = Chosen<'a>> + Clone) -> Option<String> {
    let name = |chosen: &Chosen<'a>| format!("{}/{}", chosen.run.identity.model, chosen.run.identity.version);
    let named: Vec<String> = models.clone().filter(is_named_champion).map(|chosen| name(&chosen)).collect();
    let taken = models.clone().nth(champion(models)?)?;
    (named.len() > 1).then(|| {
        format!(
            "{} are all called champion: {}, the lowest version, is taken for it.",
            named.join(", "),
            name(&taken)
        )
    })
}

fn is_named_champion(chosen: &Chosen<'_>) -> bool {
    let alias = chosen.run.alias.as_deref().unwrap_or_default();
    alias == "champion" || alias.ends_with("@champion")
}
