//! Challengers against champions, and tests of each model against live.

use super::figures::refused_block;
use super::table::{Row, matrix, points, table};
use crate::document::{FraudStream, Paired, Test};
use crate::render::text::{Unit, count, p_value};
use bystander_core::money::Currency;
use maud::{Markup, html};

pub(super) const HOW: &str = "Both decide on the very same orders, so what they share cancels out and small differences \
                              can be told. A p-value says how surprising the difference would be were there none; it \
                              says nothing about how large it is.";

pub(super) fn body(stream: &FraudStream) -> Markup {
    html! {
        @for pair in &stream.pairs { (paired(pair)) }
        @let own: Vec<&Test> = stream.models.iter().flat_map(|model| &model.tests).collect();
        @if own.is_empty() {
            (refused_block("A test against live", "no model has labelled orders on which it and live differ"))
        } @else {
            (tests("Tests against live", &own))
        }
    }
}

fn paired(pair: &Paired) -> Markup {
    let names: Vec<_> =
        pair.cost_differences.iter().map(|(code, _)| format!("Cost per 1,000 orders in {code}")).collect();
    let mut rows = vec![
        Row::new(
            "Recall when rejecting",
            "challenger against champion",
            Unit::Points,
            vec![&pair.recall_difference],
        ),
        Row::new(
            "False positive rate",
            "challenger against champion",
            Unit::Points,
            vec![&pair.insult_rate_difference],
        ),
        Row::new("ROC AUC", "challenger against champion", Unit::Difference, vec![&pair.auc_difference]),
        Row::new(
            "Average precision",
            "challenger against champion",
            Unit::Difference,
            vec![&pair.average_precision_difference],
        ),
        Row::new("Equal actions", "", Unit::Share, vec![&pair.agreement]),
        Row::new(
            "Scores nearer than scoring noise",
            "share of differences below the A/A floor",
            Unit::Share,
            vec![&pair.below_floor],
        ),
    ];
    rows.extend(pair.cost_differences.iter().zip(&names).map(|((code, figure), name)| {
        let exponent = Currency::from_code(code).map_or(2, |currency| currency.exponent());
        Row::new(name, "challenger against champion", Unit::cost(code, exponent), vec![figure])
    }));
    let (challenger, champion) = pair.challenger.labels(&pair.champion);
    let title = format!("{challenger} against {champion}");
    html! {
        div.model {
            h4 { (title) }
            (points(&pair.sentences))
            p.basis { "n " (count(pair.n)) " orders that both scored." }
            (matrix(&format!("{title}: differences"), &["Difference".to_owned()], &rows))
            @if !pair.tests.is_empty() { (tests(&format!("{title}: tests"), &pair.tests.iter().collect::<Vec<_>>())) }
        }
    }
}

/// Tests with their sentence, statistic and p-value.
pub(super) fn tests(caption: &str, all: &[&Test]) -> Markup {
    let rows = html! {
        @for test in all {
            tr {
                th.wide scope="row" { (test.name) span.help { (test.compares) } span.help { (test.population.words()) } }
                td.wide { (test.sentence) }
                td.figure { (Unit::Number.show(test.statistic)) }
                td.figure { (p_value(test.p_value)) }
                td.figure {
                    (count(test.n))
                    @if let Some(unlabelled) = test.unlabelled {
                        span.n { (count(unlabelled)) " declines without a label" }
                    }
                }
            }
        }
    };
    table(caption, &["Test", "What it says", "Statistic", "p", "n"], &rows)
}
