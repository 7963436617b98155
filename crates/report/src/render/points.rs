//! Which operating points stand for a decision maker where only one can be shown.

use crate::document::{Basis, Figure, Flag, FraudModel, OperatingPoint, Population, Thresholds, Who};

/// The model's point when it rejects, over every labelled order if there is one.
pub(crate) fn headline(thresholds: &Thresholds) -> Option<&OperatingPoint> {
    of(thresholds, Who::Model)
}

/// The point of `who` when rejecting; the population of the curves comes first.
pub(crate) fn of(thresholds: &Thresholds, who: Who) -> Option<&OperatingPoint> {
    let rejecting =
        || thresholds.points.iter().filter(move |point| point.who == who && point.flag == Flag::Reject);
    rejecting().find(|point| point.population == Population::Labelled).or_else(|| rejecting().next())
}

/// What an axis of thresholds of these models is called.
pub(crate) fn threshold_axis<'m>(models: impl IntoIterator<Item = &'m FraudModel>) -> &'static str {
    let mut upwards = models.into_iter().map(|model| model.thresholds.higher_is_riskier);
    let first = upwards.next().unwrap_or(true);
    match (first, upwards.all(|other| other == first)) {
        (true, true) => "threshold: reject from this score on",
        (false, true) => "threshold: reject up to this score",
        _ => "threshold: reject from this score on or up to it, as the model's score points",
    }
}

/// Recall as the headline gives it: developed where too few orders are mature, if that can be had.
pub(crate) fn recall(point: &OperatingPoint, basis: Basis) -> (&Figure, &'static str) {
    leading(&point.recall, &point.recall_developed, basis)
}

/// Precision as the headline gives it.
pub(crate) fn precision(point: &OperatingPoint, basis: Basis) -> (&Figure, &'static str) {
    leading(&point.precision, &point.precision_developed, basis)
}

fn leading<'p>(matured: &'p Figure, developed: &'p Figure, basis: Basis) -> (&'p Figure, &'static str) {
    match basis {
        Basis::Developed if developed.shown().is_some() => (developed, ", developed"),
        Basis::Developed => (matured, ", matured (developed can't be had)"),
        Basis::Matured => (matured, ""),
    }
}
