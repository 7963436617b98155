//! What the report's terms mean and how each figure is computed. A figure's name leads here.

use maud::{Markup, html};

/// A term.
struct Term {
    /// What links to it use.
    id: &'static str,
    name: &'static str,
    means: &'static str,
    /// How it is computed; empty where it is no figure.
    formula: &'static str,
    /// How names of figures that are this begin.
    figures: &'static [&'static str],
}

const fn term(
    id: &'static str,
    name: &'static str,
    means: &'static str,
    formula: &'static str,
    figures: &'static [&'static str],
) -> Term {
    Term { id, name, means, formula, figures }
}

const TERMS: [Term; 40] = [
    term("shadow", "Shadow", "What a model would have decided. It never touched the checkout.", "", &[]),
    term("live", "Live", "What the checkout did decide. It is what happened, not the truth.", "", &[]),
    term(
        "champion",
        "Champion, challenger",
        "The model that stands for what is there, and one that may take its place.",
        "",
        &[],
    ),
    term(
        "mature",
        "Mature",
        "Old enough that no news is good news: nearly every fraud of that age has been reported.",
        "age ≥ the config's report.maturity",
        &["Mature orders"],
    ),
    term(
        "labelled",
        "Labelled",
        "Mature orders that are known to be fraud or good. What live declined mostly has no label: nobody saw what it would have been.",
        "",
        &[],
    ),
    term(
        "developed",
        "Developed",
        "Made up for frauds that are still to be reported: each known fraud of age a counts 1 ÷ F(a), where F(a) is the share of frauds reported by that age.",
        "Σ 1 ÷ F(age) over frauds caught ÷ Σ 1 ÷ F(age) over known frauds",
        &[
            "Recall, developed",
            "Precision, developed",
            "Reported so far",
            "Half of frauds",
            "Nine in ten",
            "Labels still needed",
        ],
    ),
    term(
        "recall",
        "Recall: fraud caught",
        "Of all fraud, the share that is stopped.",
        "frauds rejected ÷ frauds",
        &["Recall"],
    ),
    term(
        "false-positive-rate",
        "False positive rate (insult rate): good customers turned away",
        "Of all good orders, the share that is rejected.",
        "good orders rejected ÷ good orders",
        &["False positive rate"],
    ),
    term(
        "precision",
        "Precision",
        "Of what is rejected, the share that is fraud.",
        "frauds rejected ÷ orders rejected",
        &["Precision"],
    ),
    term(
        "false-discovery-rate",
        "False discovery rate",
        "Of what is rejected, the share that is good.",
        "good orders rejected ÷ orders rejected",
        &["False discovery rate"],
    ),
    term(
        "alert-rate",
        "Alert rate",
        "The share of all orders that is flagged.",
        "orders flagged ÷ orders",
        &["Alert rate"],
    ),
    term(
        "review-share",
        "Held for review",
        "The share of all orders that people would look at before they are accepted or rejected.",
        "orders with the action review ÷ orders",
        &["Held for review"],
    ),
    term(
        "saved",
        "Saved, cost",
        "What the decisions cost, or save against live's: money lost to fraud, margin and goodwill lost with good orders, time for reviews. The assumptions stand under Money.",
        "1,000 × Σ (cost of the model's decision − cost of live's) ÷ orders. A fraud accepted: amount × (1 − recovery) + fee; a good order rejected: amount × margin + churn; a review: its cost, and the frauds that it misses",
        &[
            "Cost",
            "Model less live",
            "Model",
            "Live",
            "Accept everything",
            "Reject everything",
            "Against live",
            "In all",
        ],
    ),
    term(
        "savings",
        "Savings (Bahnsen)",
        "How much of what doing nothing clever would cost is saved.",
        "1 − cost of the model ÷ the smaller cost of accepting everything and rejecting everything",
        &["Savings"],
    ),
    term(
        "break-even",
        "Break-even share",
        "The share of fraud among unlabelled declines at which model and live cost the same.",
        "−d₀ ÷ (d₁ − d₀), where d₀ and d₁ are the difference in cost if none and if all of them were fraud",
        &["Break-even"],
    ),
    term(
        "threshold",
        "Threshold",
        "The score from which on the model rejects, or holds for review.",
        "",
        &[],
    ),
    term(
        "swap",
        "Swap-in, swap-out",
        "Orders that would change sides. Swap-outs: live accepted, the model would reject. Swap-ins: live rejected, the model would accept.",
        "",
        &[],
    ),
    term(
        "interval",
        "Interval (between … and …)",
        "Were the run repeated many times, this share of such intervals would hold the true value. It covers chance, not bias. Figures are rounded to one or two digits of half its width.",
        "",
        &[],
    ),
    term(
        "range",
        "Range",
        "Two numbers in place of one: what live declined has no label, and the figure is the lower one or the upper one depending on what those orders would have been. \"With sampling error\" it goes from the lower limit at the lower end to the upper limit at the upper end.",
        "",
        &[],
    ),
    term(
        "sequence",
        "Confidence sequence",
        "An interval that stays valid however often it is looked at; it is wider for that.",
        "",
        &[],
    ),
    term(
        "bootstrap",
        "Bootstrap by customer",
        "Resamples whole customers, because fraud comes in bursts.",
        "",
        &[],
    ),
    term(
        "psi",
        "Drift, PSI",
        "Population stability index: how far a distribution has moved. Below 0.1 little, above 0.25 far.",
        "Σ (now − before) ln(now ÷ before) over bins, where each share is (count + ½) ÷ (n + bins ÷ 2), so that an empty bin has a logarithm. A reference of unknown size counts as many rows as there are now",
        &["PSI"],
    ),
    term(
        "auc",
        "ROC AUC",
        "How often a fraud has a higher score than a good order: 0.5 is chance, 1 is perfect.",
        "(pairs with the fraud above + ½ ties) ÷ pairs",
        &["ROC AUC"],
    ),
    term("gini", "Gini", "The same from 0 to 1.", "2 AUC − 1", &["Gini"]),
    term(
        "average-precision",
        "Average precision",
        "Precision over all thresholds; by chance it would be the share of fraud.",
        "Σ (recall step × precision there)",
        &["Average precision"],
    ),
    term("prevalence", "Prevalence", "The share of fraud.", "frauds ÷ labelled orders", &["Prevalence"]),
    term("ks", "KS", "The largest distance of two distribution functions.", "max |F₁(x) − F₂(x)|", &["KS"]),
    term(
        "agreement",
        "Agreement, Cohen's κ",
        "The share of equal decisions; κ takes out what chance alone would give.",
        "κ = (observed − by chance) ÷ (1 − by chance)",
        &["Agreement", "Equal actions", "Raw agreement", "Cohen"],
    ),
    term(
        "spearman",
        "Spearman's ρ",
        "How alike two scores order the events.",
        "correlation of ranks",
        &["Spearman"],
    ),
    term(
        "brier",
        "Brier score, log loss",
        "How far scores are from what happened, taken as probabilities.",
        "mean (score − label)²; mean −ln(probability of what happened)",
        &["Brier", "Log loss"],
    ),
    term(
        "calibration",
        "Calibration",
        "Whether of orders with a score of 0.2 a fifth is fraud.",
        "ECE = Σ bin's share × |mean score − share of fraud|; slope and intercept of a logistic regression of labels on the score's logit",
        &["Calibration", "Slope", "Intercept", "Frauds ÷"],
    ),
    term(
        "floor",
        "A/A floor",
        "Differences of scores where there should be none; smaller ones mean nothing.",
        "score here − score that live logged, of the model that live runs",
        &["Mean of score", "Largest difference", "Scores nearer"],
    ),
    term(
        "price-change",
        "Price change",
        "The model's price against the one that was shown.",
        "(model's price − live price) ÷ live price; the middle one is the median",
        &["Median change", "Priced up", "Priced down", "Within tolerance"],
    ),
    term(
        "guardrail",
        "Guardrail",
        "A rule that moves a price which a model should not have asked for.",
        "prices moved ÷ quotes",
        &["Moved by a guardrail"],
    ),
    term(
        "support",
        "Known prices",
        "Prices within what live has charged for the item: only of those can the data tell how demand answers.",
        "prices inside the item's own lowest and highest live price ÷ prices",
        &["Inside known prices"],
    ),
    term(
        "uplift",
        "Earned, uplift",
        "What the model's prices would have earned, told from quotes whose price live drew at random with a logged chance.",
        "doubly robust: expected earnings at the model's price + what matched quotes earned beyond that, weighted by 1 ÷ chance",
        &["Revenue per", "Margin per", "Doubly robust", "SNIPS"],
    ),
    term(
        "elasticity",
        "Elasticity",
        "By how many per cent demand changes when a price goes up by one per cent.",
        "quantity′ = quantity × (price′ ÷ price)^elasticity",
        &["Break-even elasticity"],
    ),
    term(
        "gate",
        "Gate",
        "A requirement that was written down before the run. Met: the whole interval lies on the good side. Not met: on the bad side. Hold: it can't be told yet.",
        "",
        &[],
    ),
    term("population", "n, population", "How many rows a figure rests on, and which ones.", "", &[]),
    term(
        "not-shown",
        "Not shown",
        "A figure that can't be had honestly from this data; the reason stands in its place.",
        "",
        &[],
    ),
];

/// A link from a name to its definition.
pub(super) fn link(id: &str, name: &str) -> Markup {
    html! { a.term href=(format!("#term-{id}")) { (name) } }
}

/// The name of a figure, leading to its definition if it has one.
pub(super) fn name(name: &str) -> Markup {
    match of(name) {
        Some(id) => link(id, name),
        None => html! { (name) },
    }
}

/// The term that a figure's name begins with; the longest one.
fn of(name: &str) -> Option<&'static str> {
    let begins = |figure: &&&str| {
        name.strip_prefix(**figure).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let found = TERMS
        .iter()
        .flat_map(|term| term.figures.iter().filter(begins).map(move |figure| (figure.len(), term.id)));
    found.max().map(|(_, id)| id)
}

/// All terms with their meaning and formula.
pub(super) fn list() -> Markup {
    html! {
        dl.words {
            @for term in &TERMS {
                dt id=(format!("term-{}", term.id)) { (term.name) }
                dd {
                    (term.means)
                    @if !term.formula.is_empty() { span.formula { (term.formula) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_decides_and_words_are_whole() {
        assert_eq!(of("Recall at 1% false positive rate"), Some("recall"));
        assert_eq!(of("Recall, developed"), Some("developed"));
        assert_eq!(of("Break-even elasticity"), Some("elasticity"));
        assert_eq!(of("Modelled"), None);
        let mut ids: Vec<_> = TERMS.iter().map(|term| term.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TERMS.len(), "each id stands once");
    }
}
