//! A challenger against the champion on the same orders.

use super::mcnemar::Discordant;
use super::money;
use super::view::OrderView;
use crate::document::{Figure, Paired, Population, Test};
use crate::render::signs::{COST, Signed, more_or_less, signed};
use crate::render::text::Unit;
use crate::sections::words;
use crate::stats::bootstrap;
use crate::stats::hypothesis;
use crate::stats::intervals::{paired_difference, proportion};
use bystander_core::decision::Action;

/// Labelled orders that both scored.
struct Both {
    labels: Vec<bool>,
    champion: Vec<f64>,
    challenger: Vec<f64>,
    clusters: Vec<u32>,
    cluster_count: usize,
    events: Vec<u32>,
}

pub(crate) fn section(champion: &OrderView<'_>, challenger: &OrderView<'_>, floor: Option<f64>) -> Paired {
    let scored = |event: &&u32| challenger.chosen.run.score.number(**event).is_some();
    let shared: Vec<u32> = champion.events.iter().filter(scored).copied().collect();
    let n = shared.len() as u64;
    let agree =
        shared.iter().filter(|event| champion.shadow(**event) == challenger.shadow(**event)).count() as u64;
    let both = Both::of(champion, challenger);
    let confidence = champion.confidence();
    let mut tests: Vec<Test> = Vec::new();
    tests.extend(mcnemar(&both, champion, challenger));
    let (auc_difference, delong) = auc(&both, confidence);
    tests.extend(delong);
    let costs = money::differences(champion, challenger);
    let mut pair = Paired {
        champion: champion.chosen.key(),
        challenger: challenger.chosen.key(),
        n,
        agreement: Figure::of(proportion(agree, n, confidence), n, Population::Paired),
        tests,
        auc_difference,
        average_precision_difference: average_precision(&both, champion),
        recall_difference: rejected_difference(&both, champion, challenger, true),
        insult_rate_difference: rejected_difference(&both, champion, challenger, false),
        cost_differences: costs,
        total_cost_difference: money::total::difference(champion, challenger),
        below_floor: below_floor(&shared, champion, challenger, floor),
        sentences: Vec::new(),
    };
    pair.sentences = sentences(&pair);
    pair
}

impl Both {
    fn of(champion: &OrderView<'_>, challenger: &OrderView<'_>) -> Self {
        let labelled = &champion.labelled;
        let scored = |event: u32| challenger.chosen.run.score.number(event).is_some();
        let rows: Vec<usize> =
            (0..labelled.events.len()).filter(|row| scored(labelled.events[*row])).collect();
        let events: Vec<u32> = rows.iter().map(|row| labelled.events[*row]).collect();
        let (clusters, cluster_count) = super::view::clusters(champion.chosen.joined, &events);
        Self {
            labels: rows.iter().map(|row| labelled.labels[*row]).collect(),
            champion: rows.iter().map(|row| labelled.risks[*row]).collect(),
            challenger: events.iter().map(|event| challenger.risk(*event)).collect(),
            clusters,
            cluster_count,
            events,
        }
    }
}

/// On being right when rejecting: rejecting frauds and no good orders.
fn mcnemar(both: &Both, champion: &OrderView<'_>, challenger: &OrderView<'_>) -> Option<Test> {
    let right =
        |view: &OrderView<'_>, event: u32, fraud: bool| (view.shadow(event) == Action::Reject) == fraud;
    let mut pairs = Discordant::default();
    for (event, fraud) in both.events.iter().zip(&both.labels) {
        pairs.add(right(champion, *event, *fraud), right(challenger, *event, *fraud));
    }
    let names = champion.chosen.key().labels(&challenger.chosen.key());
    pairs.test((&names.0, &names.1), "rejections", Population::Paired, champion.confidence())
}

fn auc(both: &Both, confidence: f64) -> (Figure, Option<Test>) {
    let n = both.labels.len() as u64;
    let found = match hypothesis::delong(&both.labels, &both.champion, &both.challenger, confidence) {
        Ok(found) => found,
        Err(error) => return (Figure::refused(error.to_string()), None),
    };
    let figure = Figure::new(found.difference, n, Population::Paired).with(found.interval);
    let test = found.z.zip(found.p_value).map(|(z, p_value)| Test {
        name: "DeLong, Student's t".to_owned(),
        compares: "challenger's against champion's AUC".to_owned(),
        statistic: z,
        p_value,
        n,
        unlabelled: None,
        population: Population::Paired,
        sentence: format!(
            "AUC {:.4} for the challenger against {:.4} for the champion: {}.",
            found.second.auc,
            found.first.auc,
            if p_value < 1.0 - confidence {
                "a difference that chance doesn't explain"
            } else {
                "no clear difference"
            }
        ),
    });
    (figure, test)
}

fn average_precision(both: &Both, champion: &OrderView<'_>) -> Figure {
    let ranked = |scores: &[f64]| {
        bootstrap::ranking::ResampledRanking::new(scores, &both.labels, &both.clusters, both.cluster_count)
    };
    let found = ranked(&both.champion).and_then(|one| {
        let two = ranked(&both.challenger)?;
        one.bootstrap_difference(&two, &champion.chosen.context.plan())
    });
    match found {
        Ok(found) => Figure::new(found.estimate[0], both.labels.len() as u64, Population::Paired)
            .with(found.interval(0)),
        Err(refusal) => Figure::refused(refusal.to_string()),
    }
}

/// Share rejected among frauds (or among good orders), challenger less champion.
fn rejected_difference(
    both: &Both,
    champion: &OrderView<'_>,
    challenger: &OrderView<'_>,
    frauds: bool,
) -> Figure {
    let (mut only_challenger, mut only_champion, mut n) = (0, 0, 0);
    for (event, _) in both.events.iter().zip(&both.labels).filter(|(_, fraud)| **fraud == frauds) {
        let rejects = |view: &OrderView<'_>| view.shadow(*event) == Action::Reject;
        n += 1;
        only_challenger += u64::from(rejects(challenger) && !rejects(champion));
        only_champion += u64::from(rejects(champion) && !rejects(challenger));
    }
    let interval = paired_difference(only_challenger, only_champion, n, champion.confidence());
    Figure::of(interval, n, Population::Paired)
}

fn below_floor(
    shared: &[u32],
    champion: &OrderView<'_>,
    challenger: &OrderView<'_>,
    floor: Option<f64>,
) -> Figure {
    let Some(floor) = floor else {
        return Figure::refused(
            "no A/A floor: live logs no score, or it isn't said which model live runs (`--live-model`)",
        );
    };
    let apart = |event: u32| (champion.probability(event) - challenger.probability(event)).abs();
    let below = |event: &&u32| apart(**event) <= floor;
    let n = shared.len() as u64;
    let found = shared.iter().filter(below).count() as u64;
    Figure::of(proportion(found, n, champion.confidence()), n, Population::Paired)
}

fn sentences(pair: &Paired) -> Vec<String> {
    let (challenger, champion) = pair.challenger.labels(&pair.champion);
    let points = |figure: &Figure, words| more_or_less(figure, &Unit::Points, words);
    let recall = points(&pair.recall_difference, (" less", " more"));
    let insults = points(&pair.insult_rate_difference, (" fewer", " more"));
    let average = more_or_less(&pair.average_precision_difference, &Unit::Number, (" lower", " higher"));
    let say = |found: Option<Signed>, what: &str, said: &dyn Fn(&str) -> String| {
        let found = found?;
        let limits = found.limits.as_deref().unwrap_or("without an interval");
        Some(if found.clear && !found.is_nothing() {
            format!("{} ({limits}).", said(&found.lead))
        } else {
            format!(
                "No clear difference in {what} between {challenger} and {champion}: for {challenger} {limits}."
            )
        })
    };
    let said = [
        say(recall, "fraud caught", &|lead| {
            format!("{challenger} catches {lead} of the fraud than {champion}")
        }),
        say(insults, "good orders turned away", &|lead| {
            format!("{challenger} turns away {lead} of the good orders than {champion}")
        }),
        say(average, "average precision", &|lead| {
            format!("The average precision of {challenger} is {lead} than that of {champion}")
        }),
    ];
    let costs = pair.cost_differences.iter().filter_map(|(currency, figure)| {
        let unit = Unit::money(currency, words::exponent(currency));
        let found = signed(figure, &unit, &COST)?;
        Some(format!("{challenger} against {champion} {}.", found.sentence("per 1,000 orders")))
    });
    said.into_iter().flatten().chain(costs).collect()
}
