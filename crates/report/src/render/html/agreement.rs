//! Agreement of the models with live, and where they part.

use super::fraud::{each, labels};
use super::table::{Row, folded, matrix, table};
use crate::document::{Disagreement, Figure, FraudModel};
use crate::render::text::{Unit, amount, minute};
use maud::{Markup, html};

pub(super) const HOW: &str = "How often both decide alike. Raw agreement flatters where nearly everything is accepted; \
                              Cohen's κ takes agreement by chance out; weighted, \
                              it tells far disagreements from near ones. Spearman compares the order of both scores.";

/// Rows beyond this many stand in the JSON.
const MOST: usize = 25;

pub(super) fn body(models: &[FraudModel]) -> Markup {
    let of = |figure: fn(&FraudModel) -> &Figure| models.iter().map(figure).collect::<Vec<_>>();
    let rows = [
        Row::new("Equal actions", "", Unit::Share, of(|model| &model.agreement.raw)),
        Row::new("Cohen's κ", "0 is chance, 1 is perfect", Unit::Number, of(|model| &model.agreement.kappa)),
        Row::new(
            "Cohen's κ, weighted",
            "accept against reject counts twice",
            Unit::Number,
            of(|model| &model.agreement.weighted_kappa),
        ),
        Row::new(
            "Spearman's ρ",
            "of the scores, where live logs one",
            Unit::Number,
            of(|model| &model.agreement.spearman),
        ),
    ];
    html! {
        (matrix("Agreement with live by model", &labels(models), &rows))
        (each(models, samples))
    }
}

fn samples(model: &FraudModel) -> Markup {
    let all = &model.agreement.samples;
    if all.is_empty() {
        return html! { p { "No disagreement to look at." } };
    }
    let rows = html! { @for sample in all.iter().take(MOST) { (row(sample)) } };
    let title = format!("Disagreements to look at ({} of {})", all.len().min(MOST), all.len());
    let heads = ["Order", "When", "Live", "Model", "Score", "Amount", "Known", "Record"];
    folded(&title, &table(&format!("Disagreements of {} and live", model.model.label()), &heads, &rows))
}

fn row(sample: &Disagreement) -> Markup {
    html! {
        tr {
            th scope="row" { code { (sample.subject_id) } }
            td.still { (minute(sample.occurred_at)) }
            td { (sample.live.name()) }
            td { (sample.shadow.name()) }
            td.figure { (Unit::Number.show(sample.score)) }
            td.figure { (sample.amount.as_ref().map_or("–".to_owned(), amount)) }
            td { (sample.state.replace('_', " ")) }
            td { code { (sample.source) } }
        }
    }
}
