//! Figures of the report: what each means, which rows it is about, how it is computed, and where the method comes from.

use super::{BLANK, Term};

const LABELLED: &str = "mature orders; where live's declines have no label, the figure is a range over all their possible labels";
const SCORED: &str = "labelled mature orders that live did not decline, and all mature orders as a range";

pub(super) const FIGURES: [Term; 26] = [
    Term {
        id: "developed",
        name: "Developed",
        means: "Extrapolated to frauds that have not been reported yet. Each known fraud of age a counts 1 ÷ F(a) times, where F(a) is the \
                share of frauds that are reported by that age.",
        population: "all orders with a known fraud, young ones included",
        formula: "Recall: Σ 1 ÷ F(age) over frauds caught ÷ Σ 1 ÷ F(age) over known frauds",
        source: "F by the reverse-time product-limit estimator: Lynden-Bell 1971; Kalbfleisch and Lawless 1989",
        figures: &[
            "Recall, developed",
            "Precision, developed",
            "Reported so far",
            "Half of frauds",
            "Nine in ten",
            "Labels still needed",
        ],
    },
    Term {
        id: "recall",
        name: "Recall: fraud caught",
        means: "The share of all fraud that is rejected.",
        population: LABELLED,
        formula: "frauds rejected ÷ frauds",
        figures: &["Recall"],
        ..BLANK
    },
    Term {
        id: "false-positive-rate",
        name: "False positive rate (insult rate): good customers turned away",
        means: "The share of all good orders that is rejected.",
        population: LABELLED,
        formula: "good orders rejected ÷ good orders",
        figures: &["False positive rate"],
        ..BLANK
    },
    Term {
        id: "precision",
        name: "Precision",
        means: "The share of rejected orders that is fraud.",
        population: LABELLED,
        formula: "frauds rejected ÷ orders rejected",
        figures: &["Precision"],
        ..BLANK
    },
    Term {
        id: "false-discovery-rate",
        name: "False discovery rate",
        means: "The share of rejected orders that is good.",
        population: LABELLED,
        formula: "good orders rejected ÷ orders rejected",
        figures: &["False discovery rate"],
        ..BLANK
    },
    Term {
        id: "alert-rate",
        name: "Alert rate",
        means: "The share of all orders that is flagged.",
        population: "all orders",
        formula: "orders flagged ÷ orders",
        figures: &["Alert rate"],
        ..BLANK
    },
    Term {
        id: "review-share",
        name: "Held for review",
        means: "The share of all orders that people would look at before they are accepted or rejected.",
        population: "all orders",
        formula: "orders with the action review ÷ orders",
        figures: &["Held for review"],
        ..BLANK
    },
    Term {
        id: "saved",
        name: "Saved, cost",
        means: "What the decisions cost, or save compared with live's decisions: money lost to fraud, margin and goodwill lost with good \
                orders, time spent on reviews. The assumptions are listed under Money.",
        population: LABELLED,
        formula: "1,000 × Σ (cost of the model's decision − cost of live's) ÷ orders. A fraud accepted costs amount × (1 − recovery) + \
                  fee; a good order rejected, amount × margin + churn; a review, its own cost and the frauds that it misses",
        source: "example-dependent costs: Bahnsen et al. 2015",
        figures: &[
            "Cost",
            "Model less live",
            "Model",
            "Live",
            "Accept everything",
            "Reject everything",
            "Against live",
            "In all",
        ],
    },
    Term {
        id: "savings",
        name: "Savings",
        means: "The cost that the model saves, as a share of the cost of the better of two policies without a model: accept everything or \
                reject everything. 1 is perfect; below 0 such a policy is better.",
        population: LABELLED,
        formula: "1 − cost of the model ÷ the smaller cost of accepting everything and rejecting everything",
        source: "Bahnsen et al. 2015",
        figures: &["Savings"],
    },
    Term {
        id: "break-even",
        name: "Break-even share",
        means: "The share of fraud among unlabelled declined orders at which model and live cost the same.",
        population: "mature orders that live declined, without a label",
        formula: "−d₀ ÷ (d₁ − d₀), where d₀ and d₁ are the difference in cost if none and if all of them were fraud",
        figures: &["Break-even"],
        ..BLANK
    },
    Term {
        id: "psi",
        name: "Drift, PSI",
        means: "Population stability index: how far a distribution has moved from its reference. Common rules of thumb call values below \
                0.1 small and values above 0.25 large.",
        population: "all events of the window, against the contract's reference or an earlier window",
        formula: "Σ (now − before) ln(now ÷ before) over bins, where each share is (count + ½) ÷ (n + bins ÷ 2), so that an empty bin has \
                  a logarithm. A reference of unknown size counts as many rows as there are now",
        source: "symmetrised divergence: Jeffreys 1946",
        figures: &["PSI"],
    },
    Term {
        id: "auc",
        name: "ROC AUC",
        means: "The probability that a fraud has a higher score than a good order: 0.5 is chance, 1 is perfect.",
        population: SCORED,
        formula: "(pairs with the fraud above + ½ ties) ÷ pairs",
        source: "interval: DeLong, DeLong and Clarke-Pearson 1988, or where it is wider Newcombe 2006",
        figures: &["ROC AUC"],
    },
    Term {
        id: "gini",
        name: "Gini",
        means: "ROC AUC on a scale from 0 (chance) to 1.",
        population: SCORED,
        formula: "2 AUC − 1",
        figures: &["Gini"],
        ..BLANK
    },
    Term {
        id: "average-precision",
        name: "Average precision",
        means: "Precision, averaged over all thresholds. The value of a random score is the share of fraud.",
        population: SCORED,
        formula: "Σ (recall step × precision there)",
        figures: &["Average precision"],
        ..BLANK
    },
    Term {
        id: "prevalence",
        name: "Prevalence",
        means: "The share of fraud.",
        population: "labelled mature orders",
        formula: "frauds ÷ labelled orders",
        figures: &["Prevalence"],
        ..BLANK
    },
    Term {
        id: "ks",
        name: "KS",
        means: "Kolmogorov–Smirnov statistic: the largest distance between two distribution functions.",
        population: "scores of frauds against those of good orders, or now against before",
        formula: "max |F₁(x) − F₂(x)|",
        figures: &["KS"],
        ..BLANK
    },
    Term {
        id: "agreement",
        name: "Agreement, Cohen's κ",
        means: "The share of equal decisions. κ corrects it for the agreement that chance alone would give.",
        population: "all events with a live decision",
        formula: "κ = (observed − by chance) ÷ (1 − by chance)",
        source: "Cohen 1960",
        figures: &["Agreement", "Equal actions", "Raw agreement", "Cohen"],
    },
    Term {
        id: "spearman",
        name: "Spearman's ρ",
        means: "How similarly two scores order the events.",
        population: "events that both models scored",
        formula: "correlation of ranks",
        source: "interval: Bonett and Wright 2000",
        figures: &["Spearman"],
    },
    Term {
        id: "brier",
        name: "Brier score, log loss",
        means: "How far scores, taken as probabilities, are from what happened.",
        population: SCORED,
        formula: "mean (score − label)²; mean −ln(probability of what happened)",
        source: "decomposition: Murphy 1973; Stephenson, Coelho and Jolliffe 2008",
        figures: &["Brier", "Log loss"],
    },
    Term {
        id: "calibration",
        name: "Calibration",
        means: "Whether one in five orders with a score of 0.2 is fraud, and so on for every score.",
        population: SCORED,
        formula: "ECE = Σ bin's share × |mean score − share of fraud|; slope and intercept of a logistic regression of labels on the \
                  score's logit",
        source: "slope and intercept: Cox 1958",
        figures: &["Calibration", "Slope", "Intercept", "Frauds ÷"],
    },
    Term {
        id: "floor",
        name: "A/A floor",
        means: "Differences of scores where there should be none. Smaller differences between models mean nothing.",
        population: "orders with a logged live score, scored by the model that live runs",
        formula: "score here − score that live logged; limits of agreement: mean ± 1.96 s",
        source: "Bland and Altman 1986",
        figures: &["Mean of score", "Largest difference", "Scores nearer"],
    },
    Term {
        id: "price-change",
        name: "Price change",
        means: "The model's price compared with the price that was shown.",
        population: "quotes with a live price",
        formula: "(model's price − live price) ÷ live price; the middle one is the median",
        figures: &["Median change", "Priced up", "Priced down", "Within tolerance"],
        ..BLANK
    },
    Term {
        id: "guardrail",
        name: "Guardrail",
        means: "A rule that moves a price that a model should not have asked for.",
        population: "all quotes",
        formula: "prices moved ÷ quotes",
        figures: &["Moved by a guardrail"],
        ..BLANK
    },
    Term {
        id: "support",
        name: "Known prices",
        means: "Prices between the lowest and the highest price that live has charged for the item. Only there does the data show how \
                demand responds.",
        population: "quotes with a live price",
        formula: "prices inside the item's own lowest and highest live price ÷ prices",
        figures: &["Inside known prices"],
        ..BLANK
    },
    Term {
        id: "uplift",
        name: "Earned, uplift",
        means: "What the model's prices would have earned, estimated from quotes whose price live drew at random with a logged probability.",
        population: "quotes with a logged probability below 1, older than the sale window",
        formula: "doubly robust: expected earnings at the model's price + what matched quotes earned beyond that, weighted by 1 ÷ \
                  probability",
        source: "Dudík, Langford and Li 2011; Swaminathan and Joachims 2015; Thomas and Brunskill 2016; effective sample size: Kish 1965",
        figures: &["Revenue per", "Margin per", "Doubly robust", "SNIPS"],
    },
    Term {
        id: "elasticity",
        name: "Elasticity",
        means: "By how many per cent demand changes when a price rises by one per cent.",
        population: "quotes with a cost and a live price",
        formula: "quantity′ = quantity × (price′ ÷ price)^elasticity",
        figures: &["Break-even elasticity"],
        ..BLANK
    },
];
