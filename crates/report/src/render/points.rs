//! Which operating points stand for a decision maker where only one can be shown.

use crate::document::{Flag, OperatingPoint, Population, Thresholds, Who};

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
