//! Orders that live declined and whose label nobody knows: which they are, and what is assumed of them.

use super::view::{OrderView, live};
use crate::join::{JoinedStream, Segment};
use crate::sections::context::Chosen;
use crate::sections::settings::DeclinesAssumption;
use crate::stats::partial::Bounds;
use bystander_core::decision::Action;

/// Orders old enough for a label, whatever live decided: those that have one, and those that live declined without one.
#[derive(Debug, Default)]
pub(crate) struct Mature {
    pub(crate) events: Vec<u32>,
    /// Whether it is fraud; `None` for an unlabelled decline.
    pub(crate) labels: Vec<Option<bool>>,
    pub(crate) unlabelled: u64,
}

/// What is taken for the share of fraud among unlabelled declines.
#[derive(Debug, Clone)]
pub(crate) enum Declines<'a> {
    /// Anything from none to all.
    Unknown,
    /// What the config assumes.
    Assumed {
        all: Bounds,
        /// Bounds of their own by the values of one segment.
        by_value: Option<(&'a Segment, Vec<Bounds>)>,
    },
}

impl Mature {
    pub(crate) fn of(chosen: &Chosen<'_>, events: &[u32]) -> Self {
        let joined = chosen.context.joined;
        let mut mature = Self::default();
        for event in events {
            let age = joined.as_of_ms - chosen.joined.stream.occurred_at_ms.get(*event);
            if age < joined.maturity_ms {
                continue;
            }
            let label = chosen.joined.states[*event as usize].is_fraud();
            if label.is_some() || live(chosen.joined, *event) == Some(Action::Reject) {
                mature.events.push(*event);
                mature.labels.push(label);
                mature.unlabelled += u64::from(label.is_none());
            }
        }
        mature
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, Option<bool>)> + '_ {
        self.events.iter().copied().zip(self.labels.iter().copied())
    }
}

impl<'a> Declines<'a> {
    /// What the settings assume of a stream's declines; `None` where they assume nothing.
    pub(crate) fn assumed(
        assumption: Option<&DeclinesAssumption>,
        joined: &'a JoinedStream<'_>,
    ) -> Option<Self> {
        let assumption = assumption?;
        let bounds = |(least, most): (f64, f64)| Bounds { least, most };
        let all = bounds(assumption.fraud_share);
        let by_value = assumption.segment.as_ref().and_then(|name| {
            let segment = joined.stream.segments.iter().find(|segment| segment.name == *name)?;
            let of = |value: &str| assumption.by_value.get(value).map_or(all, |share| bounds(*share));
            Some((segment, segment.values.iter().map(of).collect()))
        });
        Some(Self::Assumed { all, by_value })
    }

    /// Bounds of an order's share of fraud.
    pub(crate) fn bounds(&self, event: u32, label: Option<bool>) -> Bounds {
        match (label, self) {
            (Some(fraud), _) => Bounds::known(fraud),
            (None, Self::Unknown) => Bounds::UNKNOWN,
            (None, Self::Assumed { all, by_value }) => {
                let own = by_value
                    .as_ref()
                    .and_then(|(segment, bounds)| bounds.get(usize::from(segment.get(event)?)).copied());
                own.unwrap_or(*all)
            }
        }
    }
}

impl<'a> OrderView<'a> {
    /// Nothing known of the unlabelled declines, and what the config assumes of them, if anything.
    pub(crate) fn declines(&self) -> (Declines<'a>, Option<Declines<'a>>) {
        let assumption = self.chosen.context.settings.declines.as_ref();
        (Declines::Unknown, Declines::assumed(assumption, self.chosen.joined))
    }
}
