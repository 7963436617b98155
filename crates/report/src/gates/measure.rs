//! A gate's figure with an interval for one look at a fixed time.

use super::{Baseline, Gate, Metric};
use crate::document::{Figure, Population, Shown, Uplift, UpliftOf};
use crate::sections::fraud::money;
use crate::sections::fraud::raises;
use crate::sections::fraud::view::{OrderView, clusters};
use crate::sections::pricing::view::QuoteView;
use crate::sections::pricing::{change, uplift};
use crate::sections::{Chosen, drift, header};
use crate::stats::bootstrap::Plan;
use crate::stats::bootstrap::ranking::Ranked;
use crate::stats::bootstrap::totals::Totals;
use crate::stats::intervals::{paired_difference, proportion};
use crate::stats::tests;
use bystander_core::decision::Action;

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

    fn plan(&self) -> Plan {
        self.model.chosen.context.plan()
    }

    /// Orders that a share of decisions is over: frauds, good orders, or all.
    pub(crate) fn over(&self) -> (Vec<u32>, Population) {
        let labelled = &self.model.labelled;
        let of = |fraud: bool| {
            let rows = labelled.events.iter().zip(&labelled.labels).filter(|(_, label)| **label == fraud);
            (rows.map(|(event, _)| *event).collect(), Population::Labelled)
        };
        match self.gate.metric {
            Metric::Recall => of(true),
            Metric::InsultRate => of(false),
            _ => (self.model.events.clone(), Population::Compared),
        }
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
    match sides.gate.metric {
        Metric::Recall | Metric::InsultRate | Metric::AlertRate => share(sides),
        Metric::Precision => precision(sides),
        Metric::Agreement => agreement(sides),
        Metric::AveragePrecision | Metric::Auc => ranking(sides),
        Metric::CostPer1000 => cost(sides),
        _ => Figure::refused("not a metric of orders"),
    }
}

fn share(sides: &Sides<'_>) -> Figure {
    let (events, population) = sides.over();
    let confidence = sides.gate.confidence;
    if sides.gate.requirement.against().is_none() {
        let flagged = events.iter().filter(|event| sides.flags(**event)).count() as u64;
        return Figure::of(
            proportion(flagged, events.len() as u64, confidence),
            events.len() as u64,
            population,
        );
    }
    let (mut only_model, mut only_baseline, mut n) = (0, 0, 0);
    for event in events {
        let Some(baseline) = sides.baseline_flags(event) else { continue };
        let model = sides.flags(event);
        n += 1;
        only_model += u64::from(model && !baseline);
        only_baseline += u64::from(baseline && !model);
    }
    Figure::of(paired_difference(only_model, only_baseline, n, confidence), n, population)
}

fn precision(sides: &Sides<'_>) -> Figure {
    let labelled = &sides.model.labelled;
    let rows = || labelled.events.iter().zip(&labelled.labels);
    if sides.gate.requirement.against().is_none() {
        let flagged = rows().filter(|(event, _)| sides.flags(**event));
        let (n, frauds) = flagged.fold((0, 0), |(n, frauds), (_, fraud)| (n + 1, frauds + u64::from(*fraud)));
        return Figure::of(proportion(frauds, n, sides.gate.confidence), n, Population::Labelled);
    }
    let unit = |flag: bool| f64::from(u8::from(flag));
    let totals = Totals::of(&labelled.clusters, labelled.cluster_count, |row| {
        let (event, fraud) = (labelled.events[row], labelled.labels[row]);
        match sides.baseline_flags(event) {
            Some(baseline) => {
                let model = sides.flags(event);
                [unit(model && fraud), unit(model), unit(baseline && fraud), unit(baseline)]
            }
            None => [0.0; 4],
        }
    });
    let found = totals.and_then(|totals| {
        totals.bootstrap(&sides.plan(), |[caught, flagged, base_caught, base_flagged]| {
            (*flagged > 0.0 && *base_flagged > 0.0).then(|| [caught / flagged - base_caught / base_flagged])
        })
    });
    match found {
        Ok(found) => {
            let n = labelled.events.iter().filter(|event| sides.flags(**event)).count() as u64;
            Figure::new(found.estimate[0], n, Population::Labelled).with(found.interval(0))
        }
        Err(refusal) => Figure::refused(refusal.to_string()),
    }
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
    let base = |event: u32| match against {
        None => Some(0.0),
        Some(Baseline::Live) => sides.model.chosen.joined.stream.live_score.number(event),
        Some(Baseline::Champion) => sides.champion.as_ref()?.chosen.run.score.number(event),
    };
    let rows: Vec<usize> =
        (0..labelled.events.len()).filter(|row| base(labelled.events[*row]).is_some()).collect();
    if rows.is_empty() {
        return Figure::refused("no labelled order has a score of both");
    }
    let events: Vec<u32> = rows.iter().map(|row| labelled.events[*row]).collect();
    let labels: Vec<bool> = rows.iter().map(|row| labelled.labels[*row]).collect();
    let scores: Vec<f64> = rows.iter().map(|row| labelled.scores[*row]).collect();
    let base: Vec<f64> = events.iter().filter_map(|event| base(*event)).collect();
    let (n, confidence) = (rows.len() as u64, sides.gate.confidence);
    if sides.gate.metric == Metric::Auc {
        return match against {
            None => match tests::auc(&labels, &scores, confidence) {
                Ok(found) => Figure::new(found.auc, n, Population::Labelled).with(found.interval),
                Err(error) => Figure::refused(error.to_string()),
            },
            Some(_) => match tests::delong(&labels, &base, &scores, confidence) {
                Ok(found) => Figure::new(found.difference, n, Population::Paired).with(found.interval),
                Err(error) => Figure::refused(error.to_string()),
            },
        };
    }
    let (cluster, count) = clusters(sides.model.chosen.joined, &events);
    let ranked = |scores: &[f64]| Ranked::new(scores, &labels, &cluster, count);
    let found = ranked(&scores).and_then(|model| match against {
        None => model.bootstrap(&sides.plan()),
        Some(_) => ranked(&base)?.bootstrap_difference(&model, &sides.plan()),
    });
    match found {
        Ok(found) => Figure::new(found.estimate[0], n, Population::Labelled).with(found.interval(0)),
        Err(refusal) => Figure::refused(refusal.to_string()),
    }
}

fn cost(sides: &Sides<'_>) -> Figure {
    let currencies = money::by_currency(&sides.model, false);
    let wanted = match (&sides.gate.currency, currencies.len()) {
        (Some(currency), _) => currency.clone(),
        (None, 1) => currencies.keys().next().map(ToString::to_string).unwrap_or_default(),
        (None, 0) => return Figure::refused("no labelled order has an amount and a currency"),
        (None, n) => {
            return Figure::refused(several_currencies(n));
        }
    };
    let Some(rows) = currencies.get(wanted.as_str()) else {
        return Figure::refused(format!("no labelled order in {wanted}"));
    };
    let baseline = |event| match sides.gate.requirement.against() {
        None => Some(None),
        Some(_) => sides.baseline(event).map(Some),
    };
    money::per_1000(&sides.model, rows, &wanted, &sides.plan(), baseline)
}
