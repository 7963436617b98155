//! Prices: the join with purchases, and the chapter on pricing.

use super::{Chapter, Chapters, KindReport, Warnings};
use crate::document::{Figure, GateResult, PricingStream};
use crate::gates::{self, Gate};
use crate::join::{Joined, JoinedStream, OutcomeRow};
use crate::render::html::{self, Part};
use crate::render::text::counted;
use crate::render::{HeadlineFigure, front, headline};
use crate::sections::{Chosen, Context, pricing};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::kind::Kind;
use maud::Markup;
use serde::Serialize;

/// The chapters on prices.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PriceChapters {
    /// One entry per stream of price quotes that has comparisons.
    pub pricing: Vec<PricingStream>,
}

pub(super) type OwnChapters = PriceChapters;

pub(super) struct Prices;

impl KindReport for Prices {
    fn decided(&self, record: &ComparisonRecord<'_>) -> bool {
        record.would_be.number(Kind::Prices).is_some_and(|price| price > 0)
    }

    fn keeps_arrival(&self) -> bool {
        true
    }

    fn start(&self, joined: &mut JoinedStream<'_>, _: i64, _: i64) {
        joined.start_quotes();
    }

    fn resolve(&self, joined: &mut Joined<'_>, place: usize, event: u32, outcomes: &[OutcomeRow]) {
        joined.streams[place].resolve_quote(event, outcomes);
    }

    fn without_outcomes(&self) -> &'static str {
        "it is not known which quotes were bought"
    }

    fn without_live(&self, _: &Context<'_>, joined: &JoinedStream<'_>) -> u64 {
        let stream = joined.stream;
        (0..stream.len()).filter(|event| stream.live_number.amount(*event).is_none()).count() as u64
    }

    fn add_chapter(
        &self,
        context: &Context<'_>,
        joined: &JoinedStream<'_>,
        runs: &[Chosen<'_>],
        chapters: &mut Chapters,
    ) {
        chapters.prices.pricing.push(pricing::section(context, joined, runs));
    }

    fn chapters<'r>(&self, chapters: &'r Chapters) -> Vec<&'r dyn Chapter> {
        chapters.prices.pricing.iter().map(|stream| stream as &dyn Chapter).collect()
    }

    fn compared(&self, chapters: &Chapters) -> String {
        let models = chapters.prices.pricing.iter().flat_map(|stream| &stream.models);
        counted(models.map(|model| model.compared).sum(), "quote", "quotes")
    }

    fn measure(&self, gate: &Gate, runs: &[Chosen<'_>], place: usize) -> Figure {
        gates::of_prices(gate, runs, place)
    }
}

impl Chapter for PricingStream {
    fn sentences(&self, per_model: usize) -> Vec<String> {
        let of_model = self.models.iter().flat_map(|model| {
            let label = model.model.label();
            model.summary.iter().take(per_model).map(move |said| format!("{label}: {said}"))
        });
        of_model.collect()
    }

    fn maturity(&self) -> Option<&String> {
        None
    }

    fn part(&self, index: usize) -> Part {
        html::pricing::part(index, self)
    }

    fn front(&self, index: usize, _: &[GateResult]) -> Markup {
        html::front::pricing(index, self)
    }

    fn brief(&self, _: &[GateResult], without: &[&str]) -> Vec<String> {
        let lines = front::pricing(self);
        let models = self.models.iter().enumerate();
        let said = models.map(|(place, model)| {
            format!("{}: {}", model.model.label(), front::sentence(&lines, place, without))
        });
        said.collect()
    }

    fn warnings(&self) -> Warnings {
        Warnings::default()
    }

    fn headline<'r>(&'r self, figures: &mut Vec<HeadlineFigure<'r>>) {
        headline::pricing(self, figures);
    }

    fn matured(&self) -> (&str, u64) {
        headline::ended(self)
    }
}
