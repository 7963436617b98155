//! A gate's figure with an interval for one look at a fixed time.

use super::{Baseline, Gate, GateDeclines, GatePopulation, Metric};
use crate::document::{Figure, Population, Shown, Uplift, UpliftOf};
use crate::sections::fraud::declines::Declines;
use crate::sections::fraud::direction::Direction;
use crate::sections::fraud::money::{self, Costs};
use crate::sections::fraud::view::{OrderView, clusters};
use crate::sections::fraud::{costs, raises};
use crate::sections::pricing::view::QuoteView;
use crate::sections::pricing::{change, uplift};
use crate::sections::{Chosen, drift, header};
use crate::stats::bootstrap::ranking::ResampledRanking;
use crate::stats::bootstrap::totals::ClusterTotals;
use crate::stats::bootstrap::{self, Resampling};
use crate::stats::hypothesis;
use crate::stats::intervals::{paired_difference, proportion};
use crate::stats::partial::members::Members;
use crate::stats::partial::{Bounds, Ends, share_of_all};
use bystander_core::decision::Action;

const NOTHING_ASSUMED: &str = "the gate decides under an assumption about declined orders, and the config states none: set \
                               `fraud_share` and `source` under [report.declines]";

/// The model in question and what it is compared with.
pub(crate) struct Sides<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) model: OrderView<'a>,
    /// The champion's view, where the gate compares with it.
    pub(crate) champion: Option<OrderView<'a>>,
}

impl Sides<'_> {
    /// What the baseline decided; `None` without a baseline decision.
    pub(crate) fn baseline(&self, event: u32) -> Option<Action> {
        match self.gate.requirement.against()? {
            Baseline::Live => self.model.live(event),
            Baseline::Champion => {
                let champion = self.champion.as_ref()?;
                champion.chosen.run.score.number(event).map(|_| champion.shadow(event))
            }
        }
    }

    pub(crate) fn flags(&self, event: u32) -> bool {
        raises(self.gate.flag, self.model.shadow(event))
    }

    pub(crate) fn baseline_flags(&self, event: u32) -> Option<bool> {
        self.baseline(event).map(|action| raises(self.gate.flag, action))
    }

    fn plan(&self) -> Resampling {
        self.model.chosen.context.plan()
    }

    /// The orders that the gate is about, with their labels; `None` is a label that nobody has.
    pub(crate) fn rows(&self) -> Vec<(u32, Option<bool>)> {
        let accepted = |event: u32| self.model.live(event) != Some(Action::Reject);
        let mature = self.model.mature.rows();
        match (self.gate.population, self.gate.requirement.against()) {
            (GatePopulation::LiveAccepted, _) => {
                mature.filter(|(event, label)| label.is_some() && accepted(*event)).collect()
            }
            // Two models are compared where labels don't select themselves.
            (GatePopulation::All, Some(Baseline::Champion)) => {
                let labelled = &self.model.labelled;
                labelled.events.iter().copied().zip(labelled.labels.iter().copied().map(Some)).collect()
            }
            (GatePopulation::All, _) => mature.collect(),
        }
    }

    /// What the rows are called.
    pub(crate) fn population(&self) -> Population {
        match (self.gate.population, self.gate.requirement.against()) {
            (GatePopulation::LiveAccepted, _) => Population::NotDeclined,
            (GatePopulation::All, Some(Baseline::Champion)) => self.model.population(),
            (GatePopulation::All, _) => Population::Labelled,
        }
    }

    /// What the gate takes for the share of fraud among unlabelled declines.
    pub(crate) fn declines(&self) -> Result<Declines<'_>, String> {
        let (unknown, assumed) = self.model.declines();
        match self.gate.declines {
            GateDeclines::Unknown => Ok(unknown),
            GateDeclines::Assumed => assumed.ok_or_else(|| NOTHING_ASSUMED.to_owned()),
        }
    }

    /// The orders that a share of decisions is over (frauds, good orders), by the model's alarm less the baseline's.
    pub(crate) fn members(&self, declines: &Declines<'_>) -> impl Iterator<Item = (u32, i8, Bounds)> {
        let good = self.gate.metric == Metric::InsultRate;
        let compared = self.gate.requirement.against().is_some();
        self.rows().into_iter().filter_map(move |(event, label)| {
            let bounds = declines.bounds(event, label);
            let baseline = if compared { i8::from(self.baseline_flags(event)?) } else { 0 };
            let value = i8::from(self.flags(event)) - baseline;
            Some((event, value, if good { bounds.of_good() } else { bounds }))
        })
    }
}

/// Metrics of prices.
pub(crate) fn of_prices(view: &QuoteView<'_>, gate: &Gate) -> Figure {
    match gate.metric {
        Metric::RevenueUpliftPer1000 => uplift(view, gate, |uplift| &uplift.revenue),
        Metric::MarginUpliftPer1000 => uplift(view, gate, |uplift| &uplift.margin),
        metric => match change::section(view) {
            Shown::Shown(change) if metric == Metric::PriceChangeMedian => change.relative.median,
            Shown::Shown(change) => change.within,
            Shown::Refused { refused } => Figure::refused(refused),
        },
    }
}

fn uplift(view: &QuoteView<'_>, gate: &Gate, of: fn(&Uplift) -> &Shown<UpliftOf>) -> Figure {
    let uplifts = match uplift::section(view) {
        Shown::Shown(uplifts) => uplifts,
        Shown::Refused { refused } => return Figure::refused(refused.trim_end_matches('.')),
    };
    let found = match (&gate.currency, uplifts.as_slice()) {
        (None, [only]) => only,
        (None, all) => return Figure::refused(several_currencies(all.len())),
        (Some(wanted), all) => match all.iter().find(|uplift| uplift.currency == *wanted) {
            Some(found) => found,
            None => return Figure::refused(format!("no quote in {wanted}")),
        },
    };
    match of(found) {
        Shown::Shown(of) => of.doubly_robust_change.clone(),
        Shown::Refused { refused } => Figure::refused(refused.trim_end_matches('.')),
    }
}

fn several_currencies(n: usize) -> String {
    format!("the stream has {n} currencies, which aren't added up: set `currency`")
}

/// The largest PSI of the score and the features.
pub(crate) fn psi_max(chosen: &Chosen<'_>) -> Figure {
    let events: Vec<u32> = chosen.events().collect();
    let drift = drift::section(chosen, &events);
    let largest = drift.rows.iter().max_by(|a, b| {
        let psi = |row: &crate::document::DriftRow| row.psi.value().unwrap_or(-1.0);
        psi(a).total_cmp(&psi(b))
    });
    match largest {
        Some(row) => row.psi.clone().noted(format!("of `{}`, against {}", row.name, drift.reference)),
        None => Figure::refused("no comparison to look at"),
    }
}

/// The largest difference to the score that live logged.
pub(crate) fn aa_max(chosen: &Chosen<'_>) -> Figure {
    match header::aa_floor(chosen) {
        Shown::Shown(floor) => floor.largest,
        Shown::Refused { refused } => Figure::refused(refused),
    }
}

/// Metrics of orders.
pub(crate) fn of_orders(sides: &Sides<'_>) -> Figure {
    let found = match sides.gate.metric {
        Metric::AlertRate => Ok(alert_rate(sides)),
        Metric::Recall | Metric::InsultRate => share(sides),
        Metric::Precision => precision(sides),
        Metric::Agreement => Ok(agreement(sides)),
        Metric::AveragePrecision | Metric::Auc => Ok(ranking(sides)),
        Metric::CostPer1000 => cost(sides),
        _ => Ok(Figure::refused("not a metric of orders")),
    };
    found.unwrap_or_else(Figure::refused)
}

/// Over all orders, labelled or not: no label matters.
fn alert_rate(sides: &Sides<'_>) -> Figure {
    let events = &sides.model.events;
    let confidence = sides.gate.confidence;
    if sides.gate.requirement.against().is_none() {
        let (n, flagged) = (events.len() as u64, events.iter().filter(|event| sides.flags(**event)).count());
        return Figure::of(proportion(flagged as u64, n, confidence), n, Population::Compared);
    }
    let (mut only_model, mut only_baseline, mut n) = (0, 0, 0);
    for event in events {
        let Some(baseline) = sides.baseline_flags(*event) else { continue };
        let model = sides.flags(*event);
        n += 1;
        only_model += u64::from(model && !baseline);
        only_baseline += u64::from(baseline && !model);
    }
    Figure::of(paired_difference(only_model, only_baseline, n, confidence), n, Population::Compared)
}

fn share(sides: &Sides<'_>) -> Result<Figure, String> {
    let mut members = Members::default();
    sides.members(&sides.declines()?).for_each(|(_, value, bounds)| members.add(value, bounds));
    let ends = match sides.gate.requirement.against() {
        None => members.share(sides.gate.confidence),
        Some(_) => members.difference(sides.gate.confidence),
    };
    Ok(Figure::between(ends, (members.known(), members.unknown()), sides.population()))
}

fn precision(sides: &Sides<'_>) -> Result<Figure, String> {
    let declines = sides.declines()?;
    let rows = sides.rows();
    let flagged = || rows.iter().filter(|(event, _)| sides.flags(*event));
    let n = flagged().filter(|(_, label)| label.is_some()).count() as u64;
    let counts = (n, flagged().count() as u64 - n);
    if sides.gate.requirement.against().is_none() {
        let mut frauds = Bounds { least: 0.0, most: 0.0 };
        for (event, label) in flagged() {
            let bounds = declines.bounds(*event, *label);
            frauds.least += bounds.least;
            frauds.most += bounds.most;
        }
        let ends = share_of_all(frauds, (counts.0 + counts.1) as f64, sides.gate.confidence);
        return Ok(Figure::between(ends, counts, sides.population()));
    }
    let compared: Vec<_> = rows
        .iter()
        .filter_map(|(event, label)| {
            let baseline = sides.baseline_flags(*event)?;
            Some((*event, declines.bounds(*event, *label), sides.flags(*event), baseline))
        })
        .collect();
    let ends = precision_difference(sides, &compared);
    Ok(ends.map_or_else(
        |refusal| Figure::refused(refusal.to_string()),
        |ends| Figure::between(ends, counts, sides.population()),
    ))
}

/// Orders with the bounds of their share of fraud, the model's alarm and the baseline's.
type Compared = (u32, Bounds, bool, bool);

/// A fraud that both flag counts for the one that flags fewer orders, a fraud that one flags counts for that one: that
/// decides which labels make the difference smallest.
fn precision_difference(
    sides: &Sides<'_>,
    rows: &[Compared],
) -> Result<Option<Ends>, bootstrap::BootstrapRefusal> {
    let events: Vec<u32> = rows.iter().map(|row| row.0).collect();
    let (cluster, count) = clusters(sides.model.chosen.joined, &events);
    let unit = |flag: bool| f64::from(u8::from(flag));
    let [flagged, base_flagged] =
        rows.iter().fold([0.0; 2], |[model, base], row| [model + unit(row.2), base + unit(row.3)]);
    let at = |largest: bool| {
        let totals = ClusterTotals::of(&cluster, count, |place| {
            let (_, bounds, model, baseline) = rows[place];
            let weight = unit(model) / flagged - unit(baseline) / base_flagged;
            let fraud = if (weight > 0.0) == largest { bounds.most } else { bounds.least };
            [unit(model) * fraud, unit(model), unit(baseline) * fraud, unit(baseline)]
        })?;
        let found = totals.bootstrap(&sides.plan(), |[caught, flagged, base_caught, base_flagged]| {
            (*flagged > 0.0 && *base_flagged > 0.0).then(|| [caught / flagged - base_caught / base_flagged])
        })?;
        Ok(found.interval(0))
    };
    let (low, high) = (at(false)?, at(true)?);
    Ok(low.zip(high).map(|(low, high)| Ends { low, high }))
}

fn agreement(sides: &Sides<'_>) -> Figure {
    let decided = sides.model.events.iter().filter_map(|event| Some((*event, sides.model.live(*event)?)));
    let (n, same) = decided.fold((0, 0), |(n, same), (event, live)| {
        (n + 1, same + u64::from(live == sides.model.shadow(event)))
    });
    Figure::of(proportion(same, n, sides.gate.confidence), n, Population::WithLive)
}

fn ranking(sides: &Sides<'_>) -> Figure {
    let labelled = &sides.model.labelled;
    let against = sides.gate.requirement.against();
    let unlabelled = sides.model.mature.unlabelled;
    if sides.population() == Population::Labelled && unlabelled > 0 {
        return Figure::refused(format!(
            "{unlabelled} orders that live declined have no label, and how well scores rank depends on what they were: \
             set `population = \"live_accepted\"` to decide on the others"
        ));
    }
    let of_live = Direction::of_live(sides.model.chosen.joined);
    let base = |event: u32| match against {
        None => Some(0.0),
        Some(Baseline::Live) => {
            Some(of_live.risk(sides.model.chosen.joined.stream.live_score.number(event)?))
        }
        Some(Baseline::Champion) => {
            let champion = sides.champion.as_ref()?;
            champion.chosen.run.score.number(event).map(|_| champion.risk(event))
        }
    };
    let accepted = |event: u32| {
        sides.gate.population == GatePopulation::All || sides.model.live(event) != Some(Action::Reject)
    };
    let wanted = |row: &usize| base(labelled.events[*row]).is_some() && accepted(labelled.events[*row]);
    let rows: Vec<usize> = (0..labelled.events.len()).filter(wanted).collect();
    if rows.is_empty() {
        return Figure::refused("no labelled order has a score of both");
    }
    let events: Vec<u32> = rows.iter().map(|row| labelled.events[*row]).collect();
    let labels: Vec<bool> = rows.iter().map(|row| labelled.labels[*row]).collect();
    let scores: Vec<f64> = rows.iter().map(|row| labelled.risks[*row]).collect();
    let base: Vec<f64> = events.iter().filter_map(|event| base(*event)).collect();
    let (n, confidence) = (rows.len() as u64, sides.gate.confidence);
    if sides.gate.metric == Metric::Auc {
        return match against {
            None => match hypothesis::auc(&labels, &scores, confidence) {
                Ok(found) => Figure::new(found.auc, n, sides.population()).with(found.interval),
                Err(error) => Figure::refused(error.to_string()),
            },
            Some(_) => match hypothesis::delong(&labels, &base, &scores, confidence) {
                Ok(found) => Figure::new(found.difference, n, Population::Paired).with(found.interval),
                Err(error) => Figure::refused(error.to_string()),
            },
        };
    }
    let (cluster, count) = clusters(sides.model.chosen.joined, &events);
    let ranked = |scores: &[f64]| ResampledRanking::new(scores, &labels, &cluster, count);
    let found = ranked(&scores).and_then(|model| match against {
        None => model.bootstrap(&sides.plan()),
        Some(_) => ranked(&base)?.bootstrap_difference(&model, &sides.plan()),
    });
    match found {
        Ok(found) => Figure::new(found.estimate[0], n, sides.population()).with(found.interval(0)),
        Err(refusal) => Figure::refused(refusal.to_string()),
    }
}

fn cost(sides: &Sides<'_>) -> Result<Figure, String> {
    let mut wanted = vec![false; sides.model.chosen.joined.stream.len() as usize];
    sides.rows().into_iter().for_each(|(event, _)| wanted[event as usize] = true);
    let currencies = money::by_currency(&sides.model, |event| wanted[event as usize]);
    let code = match (&sides.gate.currency, currencies.len()) {
        (Some(currency), _) => currency.clone(),
        (None, 1) => currencies.keys().next().map(ToString::to_string).unwrap_or_default(),
        (None, 0) => return Err("no labelled order has an amount and a currency".to_owned()),
        (None, n) => return Err(several_currencies(n)),
    };
    let Some(rows) = currencies.get(code.as_str()) else {
        return Err(format!("no labelled order in {code}"));
    };
    let against = sides.gate.requirement.against();
    let rows = rows.only(|row| against.is_none() || sides.baseline(row.event).is_some());
    let (model, _) = costs::of(&sides.model, &code);
    let costs = Costs::new(&sides.model, &rows, model, sides.plan(), sides.population());
    let [figure] = costs.per_1000_under::<1, 3>(&sides.declines()?, |row| {
        let own = sides.model.shadow(row.event);
        [match sides.baseline(row.event) {
            Some(other) => costs.difference(own, other, row),
            None => costs.of(own, row),
        }]
    });
    Ok(figure)
}
