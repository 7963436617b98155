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
mod verdict;
mod words;

pub use settings::{Books, ModelReference, Receipt, ReportSettings, UnknownModel, assumed_costs};

pub(crate) use context::{Chosen, Context};

/// Place of the champion among models: the one whose alias says so, else the lowest version.
pub(crate) fn champion<'a>(models: impl Iterator<Item = Chosen<'a>>) -> Option<usize> {
    let named = |chosen: &Chosen<'_>| {
        let alias = chosen.run.alias.as_deref().unwrap_or_default();
        alias == "champion" || alias.ends_with("@champion")
    };
    let rank = |(place, chosen): (usize, Chosen<'a>)| (!named(&chosen), chosen.run.identity.version, place);
    models.enumerate().map(rank).min().map(|(.., place)| place)
}
