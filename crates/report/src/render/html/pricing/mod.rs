//! The chapter of one stream of price quotes.

mod change;
mod repricing;
mod stability;
mod stale;
mod support;

use super::table::{Row, matrix, points};
use super::{Part, Section, drift, maturity, pairs, slices};
use crate::document::{Figure, PricingModel, PricingStream, Shown};
use crate::render::text::{Unit, count};
use maud::{Markup, html};

const GLANCE: &str = "How far the model's prices lie from those that were shown. The live price is what happened, not \
                      the truth: a difference is neither good nor bad by itself.";
const PAIRS: &str = "Challenger against champion on the very same quotes. Differences in revenue hold demand fixed and \
                     are no uplift.";
const FAIRNESS: &str = "Whether some customers would be treated otherwise than others: the median relative change by \
                        segment, around the overall one.";
const NEXT: &str = "A log of prices can't say what demand would do. What can, and how long it takes.";

pub(crate) fn part(index: usize, stream: &PricingStream) -> Part {
    let id = format!("pricing-{}", index + 1);
    let section = |name: &str, title, how, body| Section { id: format!("{id}-{name}"), title, how, body };
    let models = &stream.models;
    let sections = vec![
        section("glance", "At a glance", GLANCE, glance(stream)),
        section("change", "Price changes", change::HOW, change::body(&id, models)),
        section("guardrails", "Guardrails", stability::GUARDRAILS, each(models, stability::guardrails)),
        section("stability", "Stability", stability::HOW, each(models, stability::stability)),
        section("repricing", "Mechanical repricing", repricing::HOW, repricing::body(&id, models)),
        section("support", "Support and uplift", support::HOW, each(models, support::body)),
        section("drift", "Drift", drift::HOW, each(models, |model| drift::body(&model.drift))),
        section(
            "slices",
            "Slices and fairness",
            FAIRNESS,
            each(models, |model| slices::body(&model.slices, &Unit::Change)),
        ),
        section("pairs", "Challenger against champion", PAIRS, challengers(stream)),
        section("next", "What to test next", NEXT, each(models, |model| points(&model.next_tests))),
    ];
    Part { id: id.clone(), title: format!("Pricing: {}", stream.stream), lead: html! {}, sections }
}

fn each(models: &[PricingModel], body: impl Fn(&PricingModel) -> Markup) -> Markup {
    html! { @for model in models { div.model { h4 { (model.model.label()) } (body(model)) } } }
}

fn glance(stream: &PricingStream) -> Markup {
    let models = &stream.models;
    let columns: Vec<_> = models.iter().map(|model| model.model.label()).collect();
    let refusals: Vec<_> =
        models.iter().map(|model| Figure::refused(model.change.reason().unwrap_or_default())).collect();
    let of = |figure: fn(&crate::document::PriceChange) -> &Figure| {
        let each = models.iter().zip(&refusals);
        each.map(|(model, refused)| model.change.shown().map_or(refused, figure)).collect::<Vec<_>>()
    };
    let rows = [
        Row::new(
            "Median change",
            "relative to the live price",
            Unit::Change,
            of(|change| &change.relative.median),
        ),
        Row::new("Priced up", "", Unit::Share, of(|change| &change.up)),
        Row::new("Priced down", "", Unit::Share, of(|change| &change.down)),
        Row::new("Within tolerance", "", Unit::Share, of(|change| &change.within)),
        Row::new(
            "Moved by a guardrail",
            "",
            Unit::Share,
            models.iter().map(|model| &model.guardrails.moved).collect(),
        ),
        Row::new(
            "Inside known prices",
            "shadow prices inside the item's own range",
            Unit::Share,
            models.iter().map(|model| &model.support.inside).collect(),
        ),
    ];
    html! {
        @for model in models {
            h4 { (model.model.label()) ", " (count(model.compared)) " quotes" }
            (points(&model.summary))
        }
        (matrix("Headline figures by model", &columns, &rows))
        (maturity::states("Quotes by what became of them", &stream.outcomes))
    }
}

fn challengers(stream: &PricingStream) -> Markup {
    html! {
        @if stream.pairs.is_empty() {
            (super::figures::refused_block("A comparison", "there is no champion and challenger on this stream"))
        }
        @for pair in &stream.pairs {
            @let title = format!("{} against {}", pair.challenger.label(), pair.champion.label());
            div.model {
                h4 { (title) }
                p.basis { "n " (count(pair.n)) " quotes that both priced." }
                @match &pair.difference {
                    Shown::Shown(summary) => (change::summary(&format!("{title}: challenger ÷ champion − 1"), &[("Relative", summary, Unit::Change)])),
                    Shown::Refused { refused } => (super::figures::refused_block("The difference", refused)),
                }
                @let names: Vec<_> = pair.revenue_differences.iter().map(|(code, _)| format!("Revenue at unchanged demand, {code}")).collect();
                @let rows: Vec<_> = pair.revenue_differences.iter().zip(&names).map(|((code, figure), name)| Row::new(name, "challenger against champion; not an uplift", change::money(code), vec![figure])).collect();
                @if !rows.is_empty() { (matrix(&format!("{title}: revenue"), &["Difference".to_owned()], &rows)) }
                @if let Some(test) = &pair.sign_test { (pairs::tests(&format!("{title}: test"), &[test])) }
            }
        }
    }
}
