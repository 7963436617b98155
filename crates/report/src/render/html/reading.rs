//! How to read the report: words that it uses.

use super::{Part, Section};
use maud::{Markup, html};

const WORDS: [(&str, &str); 13] = [
    ("Shadow", "What a model would have decided. It never touched the checkout."),
    ("Live", "What the checkout did decide. It is what happened, not the truth."),
    ("Mature", "Old enough that no news is good news: nearly every fraud of that age has been reported."),
    ("Labelled", "Mature orders that are known to be fraud or good."),
    ("Insult rate", "Good orders flagged ÷ good orders; elsewhere the false-positive rate."),
    (
        "Interval",
        "Were the run repeated many times, this share of such intervals would hold the true value. It covers chance, not bias.",
    ),
    (
        "Confidence sequence",
        "An interval that stays valid however often it is looked at; it is wider for that.",
    ),
    ("Bootstrap by customer", "Resamples whole customers, because fraud comes in bursts."),
    (
        "Range",
        "Two numbers in place of one: what live declined has no label, and the figure is the lower one or the upper one \
         depending on what those orders would have been. \"With sampling error\" it goes from the lower limit at the \
         lower end to the upper limit at the upper end.",
    ),
    (
        "PSI",
        "Population stability index: Σ (now − before) ln(now ÷ before) over bins, where each share is (count + ½) ÷ \
         (n + bins ÷ 2), so that an empty bin has a logarithm. A reference of unknown size counts as many rows as there \
         are now.",
    ),
    ("A/A floor", "Differences of scores where there should be none; smaller ones mean nothing."),
    ("Swap-in, swap-out", "Orders that would change sides: newly accepted, newly rejected."),
    ("Not shown", "A figure that can't be had honestly from this data; the reason stands in its place."),
];

pub(super) fn part() -> Part {
    let section = Section {
        id: "reading-words".to_owned(),
        title: "Words",
        how: "n is the number of rows that a figure rests on, and the population says which rows.",
        body: words(),
    };
    Part {
        id: "reading".to_owned(),
        title: "How to read this report".to_owned(),
        lead: html! {},
        sections: vec![section],
    }
}

fn words() -> Markup {
    html! { dl.words { @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } } } }
}
