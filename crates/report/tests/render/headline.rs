//! The headline figures are those of the report, and what it refuses isn't among them.

use crate::sample::{empty, refused, rich};
use bystander_report::document::{Figure, Flag, Population, Report, VerdictWord, Who};
use bystander_report::render::{HeadlineFigure, headline};
use std::collections::BTreeSet;

fn find<'h>(
    figures: &'h [HeadlineFigure<'_>],
    version: u32,
    metric: &str,
    currency: &str,
) -> &'h HeadlineFigure<'h> {
    let wanted = |figure: &&HeadlineFigure<'_>| {
        figure.model.version == version && figure.metric == metric && figure.currency == currency
    };
    figures.iter().find(wanted).unwrap_or_else(|| panic!("no {metric} of version {version}"))
}

#[test]
fn figures_come_with_value_and_interval_as_the_report_has_them() {
    let report = rich();
    let figures = headline(&report).figures;
    let model = &report.chapters.orders.fraud[0].models[1];
    let rejecting = model.thresholds.points.iter().find(|point| {
        point.who == Who::Model && point.flag == Flag::Reject && point.population == Population::Labelled
    });
    let money = model.money.iter().find(|money| money.currency == "JPY").unwrap();
    let pair = &report.chapters.orders.fraud[0].pairs[0];
    for (metric, currency, figure) in [
        ("recall", "", &rejecting.unwrap().recall),
        ("insult_rate", "", &rejecting.unwrap().insult_rate),
        ("auc", "", &model.ranking.auc),
        ("cost_per_1000_less_live", "JPY", &money.delta_per_1000),
        ("recall_less_champion", "", &pair.recall_difference),
        ("cost_per_1000_less_champion", "EUR", &pair.cost_differences[0].1),
    ] {
        let found = find(&figures, 2, metric, currency);
        assert_eq!(found.value, figure.value(), "{metric}");
        let interval = figure.interval().unwrap();
        assert_eq!(found.interval, Some((interval.low, interval.high)), "{metric}");
        assert_eq!(found.stream, "orders");
    }
    assert_eq!(find(&figures, 3, "priced_up", "").stream, report.chapters.prices.pricing[0].stream);
    assert!(!figures.iter().any(|figure| figure.model.version == 1 && figure.metric.ends_with("champion")));
}

#[test]
fn each_figure_stands_once_and_is_finite() {
    let report = rich();
    let mut seen = BTreeSet::new();
    for figure in headline(&report).figures {
        let HeadlineFigure { stream, model, metric, currency, value, interval } = figure;
        assert!(seen.insert((stream, &model.name, model.version, metric, currency)), "{metric} twice");
        assert!(
            value.is_none_or(f64::is_finite)
                && interval.is_none_or(|(low, high)| low.is_finite() && high.is_finite())
        );
    }
    assert!(seen.len() > 40, "{}", seen.len());
}

#[test]
fn a_figure_that_becomes_refused_goes_and_the_others_stay() {
    let before = rich();
    let mut after = rich();
    after.chapters.orders.fraud[0].models[0].ranking.auc = Figure::refused("one class only");
    let names = |report: &Report| {
        let keys = headline(report).figures.into_iter();
        keys.map(|figure| (figure.model.version, figure.metric, figure.currency.to_owned()))
            .collect::<BTreeSet<_>>()
    };
    let gone: Vec<_> = names(&before).difference(&names(&after)).cloned().collect();
    assert_eq!(gone, [(1, "auc", String::new())]);
    let report = refused();
    let left = headline(&report);
    assert_eq!(left.figures, [], "nothing that is refused is a figure");
    assert_eq!(left.gates.len(), 4, "gates are on hold, which is a result");
    let report = empty();
    let nothing = headline(&report);
    assert!(nothing.figures.is_empty() && nothing.gates.is_empty() && nothing.matured.is_empty());
}

#[test]
fn gates_and_labels_are_those_of_the_report() {
    let report = rich();
    let headline = headline(&report);
    assert_eq!(headline.gates[1], ("insult rate no worse than live", VerdictWord::NotMet));
    assert_eq!(headline.matured[0], ("orders", 730 + 1_240 + 58_764 + 474));
    let known =
        report.chapters.prices.pricing[0].outcomes.iter().filter(|outcome| outcome.state != "unknown");
    assert_eq!(headline.matured[1].1, known.map(|outcome| outcome.count).sum::<u64>());
    assert!(headline.matured[1].1 > 0);
}

#[test]
fn of_two_files_by_one_name_and_version_the_one_that_compared_more_speaks() {
    let mut report = rich();
    let mut other = report.chapters.orders.fraud[0].models[0].clone();
    other.model.sha256 = "ab".repeat(32);
    other.compared += 1;
    other.ranking.auc = Figure::new(0.5, 10, Population::Labelled);
    report.chapters.orders.fraud[0].models.push(other);
    let figures = headline(&report).figures;
    let auc: Vec<_> =
        figures.iter().filter(|figure| figure.model.version == 1 && figure.metric == "auc").collect();
    assert_eq!(auc.iter().map(|figure| figure.value).collect::<Vec<_>>(), [Some(0.5)]);
}
