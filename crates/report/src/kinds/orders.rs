//! Orders: the join with labels, and the chapter on fraud.

use super::{Chapter, Chapters, KindReport, Warnings};
use crate::document::{Figure, FraudModel, FraudStream, GateResult};
use crate::gates::{self, Gate};
use crate::join::{Joined, JoinedStream, OutcomeRow};
use crate::render::html::{self, Part};
use crate::render::text::counted;
use crate::render::{HeadlineFigure, front, headline};
use crate::sections::{Chosen, Context, fraud};
use bystander_core::comparison::ComparisonRecord;
use maud::Markup;
use serde::Serialize;

/// The chapters on orders.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct OrderChapters {
    /// One entry per stream of orders that has comparisons.
    pub fraud: Vec<FraudStream>,
}

pub(super) type OwnChapters = OrderChapters;

pub(super) struct Orders;

impl KindReport for Orders {
    fn decided(&self, record: &ComparisonRecord<'_>) -> bool {
        record.would_be.action().is_some()
    }

    fn keeps_arrival(&self) -> bool {
        false
    }

    fn start(&self, joined: &mut JoinedStream<'_>, as_of_ms: i64, maturity_ms: i64) {
        joined.start_orders(as_of_ms, maturity_ms);
    }

    fn resolve(&self, joined: &mut Joined<'_>, place: usize, event: u32, outcomes: &[OutcomeRow]) {
        joined.resolve_order(place, event, outcomes);
    }

    fn without_outcomes(&self) -> &'static str {
        "mature orders count as good for lack of bad news"
    }

    fn without_live(&self, context: &Context<'_>, joined: &JoinedStream<'_>) -> u64 {
        fraud::without_live(context, joined)
    }

    fn add_chapter(
        &self,
        context: &Context<'_>,
        joined: &JoinedStream<'_>,
        runs: &[Chosen<'_>],
        chapters: &mut Chapters,
    ) {
        chapters.orders.fraud.push(fraud::section(context, joined, runs));
    }

    fn chapters<'r>(&self, chapters: &'r Chapters) -> Vec<&'r dyn Chapter> {
        chapters.orders.fraud.iter().map(|stream| stream as &dyn Chapter).collect()
    }

    fn compared(&self, chapters: &Chapters) -> String {
        let models = chapters.orders.fraud.iter().flat_map(|stream| &stream.models);
        counted(models.map(|model| model.compared).sum(), "order score", "order scores")
    }

    fn measure(&self, gate: &Gate, runs: &[Chosen<'_>], place: usize) -> Figure {
        gates::of_orders(gate, runs, place)
    }
}

impl Chapter for FraudStream {
    fn sentences(&self, per_model: usize) -> Vec<String> {
        let mut sentences: Vec<String> = self.maturity.sentences.first().cloned().into_iter().collect();
        sentences.extend(self.regimes.iter().cloned());
        // First what comes first of each model, so that none is pushed out of sight by another.
        for place in 0..per_model {
            let said =
                |model: &FraudModel| Some(format!("{}: {}", model.model.label(), model.summary.get(place)?));
            sentences.extend(self.models.iter().filter_map(said));
        }
        sentences.extend(self.pairs.iter().flat_map(|pair| pair.sentences.iter().cloned()));
        sentences
    }

    fn maturity(&self) -> Option<&String> {
        self.maturity.sentences.first()
    }

    fn part(&self, index: usize) -> Part {
        html::fraud::part(index, self)
    }

    fn front(&self, index: usize, gates: &[GateResult]) -> Markup {
        html::front::fraud(index, self, gates)
    }

    fn brief(&self, gates: &[GateResult], without: &[&str]) -> Vec<String> {
        let lines = front::fraud(self, gates);
        let models = self.models.iter().enumerate();
        let said = models.map(|(place, model)| {
            format!("{}: {}", model.model.label(), front::sentence(&lines, place, without))
        });
        said.chain(front::comparisons(self)).collect()
    }

    fn warnings(&self) -> Warnings {
        let drifted = self.models.iter().filter_map(|model| {
            let flagged = model.drift.rows.iter().filter(|row| row.flagged);
            let names: Vec<_> = flagged.map(|row| row.name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{}: drift in {}", model.model.label(), names.join(", ")))
        });
        let slices = self.models.iter().flat_map(|model| &model.slices);
        Warnings {
            regimes: self.regimes.clone(),
            drifted: drifted.collect(),
            slices: slices.filter_map(|all| all.worst.clone()).collect(),
        }
    }

    fn headline<'r>(&'r self, figures: &mut Vec<HeadlineFigure<'r>>) {
        headline::fraud(self, figures);
    }

    fn matured(&self) -> (&str, u64) {
        headline::labelled(self)
    }
}
