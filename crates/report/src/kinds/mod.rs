//! What a report does differently for each kind of stream. This is the only place of this crate that names all kinds.

use crate::document::{Figure, GateResult};
use crate::gates::Gate;
use crate::join::{Joined, JoinedStream, OutcomeRow};
use crate::render::HeadlineFigure;
use crate::render::html::Part;
use crate::sections::{Chosen, Context};
use bystander_core::comparison::ComparisonRecord;
use bystander_core::kind::{Kind, for_each_kind};
use maud::Markup;
use serde::Serialize;

/// A kind of stream, from its rows to its chapter.
pub(crate) trait KindReport {
    /// Whether a comparison says what its model would have decided.
    fn decided(&self, record: &ComparisonRecord<'_>) -> bool;

    /// Whether it is kept how long an event's record took to come.
    fn keeps_arrival(&self) -> bool;

    /// Begins the join: what is known of the stream's events without any outcome.
    fn start(&self, joined: &mut JoinedStream<'_>, as_of_ms: i64, maturity_ms: i64);

    /// Joins the outcomes of an event of stream number `place`, in the order of their reports.
    fn resolve(&self, joined: &mut Joined<'_>, place: usize, event: u32, outcomes: &[OutcomeRow]);

    /// What follows for the report where no outcome of the kind was read.
    fn without_outcomes(&self) -> &'static str;

    /// Events of which it isn't known what live decided.
    fn without_live(&self, context: &Context<'_>, joined: &JoinedStream<'_>) -> u64;

    /// Computes the stream's chapter and adds it.
    fn add_chapter(
        &self,
        context: &Context<'_>,
        joined: &JoinedStream<'_>,
        runs: &[Chosen<'_>],
        chapters: &mut Chapters,
    );

    /// Its chapters.
    fn chapters<'r>(&self, chapters: &'r Chapters) -> Vec<&'r dyn Chapter>;

    /// How much its chapters compare: `20 quotes`.
    fn compared(&self, chapters: &Chapters) -> String;

    /// The figure of a gate on a metric of this kind, for the run at `place`.
    fn measure(&self, gate: &Gate, runs: &[Chosen<'_>], place: usize) -> Figure;
}

/// What the report says of one stream, in all forms but JSON.
pub(crate) trait Chapter {
    /// For the verdict, at most `per_model` of each model.
    fn sentences(&self, per_model: usize) -> Vec<String>;

    /// What is known of the labels, where figures depend on them.
    fn maturity(&self) -> Option<&String>;

    /// The chapter of the page; `index` counts the chapters of its kind.
    fn part(&self, index: usize) -> Part;

    /// What the first page shows.
    fn front(&self, index: usize, gates: &[GateResult]) -> Markup;

    /// What the terminal's first lines say, without the figures of some terms.
    fn brief(&self, gates: &[GateResult], without: &[&str]) -> Vec<String>;

    /// What is to be looked at.
    fn warnings(&self) -> Warnings;

    /// The figures that a dashboard follows.
    fn headline<'r>(&'r self, figures: &mut Vec<HeadlineFigure<'r>>);

    /// The stream, and the events that its figures rest on.
    fn matured(&self) -> (&str, u64);
}

/// What is to be looked at in a stream.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    pub(crate) regimes: Vec<String>,
    pub(crate) drifted: Vec<String>,
    pub(crate) slices: Vec<String>,
}

/// Declares the kinds' modules and the chapters of all kinds, and finds what they hold by the kind.
macro_rules! report_by_kind {
    ($($kind:ident in $module:ident { $($own:tt)* })+) => {
        $(pub mod $module;)+

        /// What the report says of each stream that has comparisons, by kind.
        #[derive(Debug, Clone, Default, PartialEq, Serialize)]
        pub struct Chapters {
            $(
                #[doc = concat!("Streams of ", stringify!($module), ".")]
                #[serde(flatten)]
                pub $module: $module::OwnChapters,
            )+
        }

        /// What a report does for streams of `kind`.
        pub(crate) fn report(kind: Kind) -> &'static dyn KindReport {
            match kind {
                $(Kind::$kind => &$module::$kind,)+
            }
        }
    };
}

for_each_kind!(report_by_kind);

/// What follows for a report where no outcome of streams of `kind` was read.
pub fn without_outcomes(kind: Kind) -> &'static str {
    report(kind).without_outcomes()
}

/// All chapters, kind by kind.
pub(crate) fn chapters(chapters: &Chapters) -> Vec<&dyn Chapter> {
    Kind::ALL.into_iter().flat_map(|kind| report(kind).chapters(chapters)).collect()
}

/// The same, each with its number among those of its kind.
pub(crate) fn numbered(chapters: &Chapters) -> impl Iterator<Item = (usize, &dyn Chapter)> {
    Kind::ALL.into_iter().flat_map(|kind| report(kind).chapters(chapters).into_iter().enumerate())
}
