//! What was counted while joining.

use super::context::Context;
use crate::document::{Count, DataQuality};
use crate::join::PRECEDENCE;
use bystander_core::outcome::OutcomeType;

pub(crate) fn section(context: &Context<'_>) -> DataQuality {
    let joined = context.joined;
    let counts = joined.data.counts();
    let future = joined.streams.iter().map(|joined| joined.future).sum();
    let sum =
        |of: &dyn Fn(&crate::join::Stream) -> u64| joined.streams.iter().map(|one| of(one.stream)).sum();
    let count = |name: &str, count: u64, meaning: &str| Count {
        name: name.to_owned(),
        count,
        meaning: meaning.to_owned(),
    };
    let late: u64 = sum(&|stream| stream.late());
    let mixed: u64 = sum(&|stream| {
        stream.runs.iter().flat_map(crate::join::Run::features).map(|feature| feature.mixed).sum()
    });
    let crowded: u64 = sum(&|stream| stream.segments.iter().map(crate::join::Segment::crowded).sum());
    let counts_shown = vec![
        count("comparisons", counts.comparisons, "comparisons read"),
        count(
            "malformed_comparisons",
            counts.malformed_comparisons,
            "lines that could not be read as comparisons: left out",
        ),
        count(
            "unusable_comparisons",
            counts.unusable_comparisons,
            "without a finite score or a decision of their kind: left out",
        ),
        count(
            "duplicate_comparisons",
            counts.duplicate_comparisons,
            "the same comparison once more: counted once",
        ),
        count(
            "repeated_subjects",
            counts.repeated_subjects,
            "a further event of the same order or quote: the first in its partition stands",
        ),
        count("events_after_as_of", future, "events after the as-of time: left out"),
        count("late_events", late, "more than a day older than their record: used"),
        count("crowded_segments", crowded, "of segments with more than 10,000 values: not told apart"),
        count("mixed_features", mixed, "a feature was a number once and a category once: taken as missing"),
        count("outcomes", counts.outcomes, "outcomes read"),
        count(
            "malformed_outcomes",
            counts.malformed_outcomes,
            "lines that could not be read as outcomes: left out",
        ),
        count("duplicate_outcomes", counts.duplicate_outcomes, "the same outcome once more: counted once"),
        count(
            "reused_outcome_ids",
            counts.reused_outcome_ids,
            "another content under an outcome_id that came before: each counts",
        ),
        count(
            "unmapped_dispute_reasons",
            counts.unmapped_reasons,
            "disputes whose reason code isn't known: taken as fraud; map it under [report.dispute_reasons]",
        ),
        count("outcomes_after_as_of", joined.later_outcomes, "reported after the as-of time: left out"),
        count("orphan_outcomes", joined.orphans, "of a subject that no comparison is about: left out"),
        count(
            "outcomes_before_the_event",
            joined.before_event,
            "happened before their order or quote: used, at age 0",
        ),
        count(
            "conflicting_labels",
            joined.conflicts,
            "orders whose stated labels contradict each other: the latest stands",
        ),
        count(
            "outcomes_in_another_currency",
            joined.other_currency,
            "another currency than their order: used, their amounts are not",
        ),
        count(
            "labels_after_maturity",
            joined.late_labels,
            "fraud labels that came after the maturity age: used",
        ),
        count("live_decisions_filled", joined.live_filled, "live decisions that came as outcomes: used"),
        count(
            "live_decisions_conflicting",
            joined.live_conflicts,
            "live decisions that contradict the event's own: the event's stands",
        ),
    ];
    let mut types: Vec<_> = counts.outcome_types.iter().collect();
    // They tell what live decided, the others what became of the event.
    types.sort_by_key(|(kind, _)| **kind == OutcomeType::LiveDecision);
    let outcomes = types.into_iter().map(|(kind, n)| Count {
        name: kind.name().to_owned(),
        count: *n,
        meaning: "outcomes of this type, each once".to_owned(),
    });
    let malformed = counts.malformed.iter().map(|(why, n)| Count {
        name: why.clone(),
        count: *n,
        meaning: "lines left out for this reason".to_owned(),
    });
    DataQuality {
        counts: counts_shown,
        malformed: malformed.collect(),
        outcomes: outcomes.collect(),
        precedence: PRECEDENCE.iter().map(ToString::to_string).collect(),
    }
}
