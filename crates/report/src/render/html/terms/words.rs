//! Words that the report uses, which are not figures.

use super::{BLANK, Term};

pub(super) const WORDS: [Term; 14] = [
    Term {
        id: "shadow",
        name: "Shadow",
        means: "What a model would have decided. It never affected the checkout.",
        ..BLANK
    },
    Term {
        id: "live",
        name: "Live",
        means: "What the checkout decided. These are the decisions that took effect; they may have been wrong.",
        ..BLANK
    },
    Term {
        id: "champion",
        name: "Champion, challenger",
        means: "The champion is the model to be compared against, usually the one in use. A challenger is a candidate to replace it.",
        ..BLANK
    },
    Term {
        id: "mature",
        name: "Mature",
        means: "Old enough that an order without a fraud report counts as good, because nearly all frauds of that age have been reported.",
        formula: "age ≥ report.maturity in the config",
        figures: &["Mature orders"],
        ..BLANK
    },
    Term {
        id: "labelled",
        name: "Labelled",
        means: "A mature order that is known to be fraud or good. Orders that live declined mostly have no label, because they were never \
                fulfilled.",
        ..BLANK
    },
    Term {
        id: "threshold",
        name: "Threshold",
        means: "The score from which the model rejects an order, or holds it for review.",
        ..BLANK
    },
    Term {
        id: "swap",
        name: "Swap-in, swap-out",
        means: "Orders on which live and the model disagree. Swap-outs: live accepted them, the model would reject them. Swap-ins: live \
                rejected them, the model would accept them.",
        ..BLANK
    },
    Term {
        id: "interval",
        name: "Interval (between … and …)",
        means: "If the run were repeated many times, this share of the intervals would contain the true value. An interval covers sampling \
                error, not bias. Figures are rounded to one or two digits of half the interval's width.",
        formula: "Shares: Wilson; Clopper–Pearson below five events or non-events; the rule of three at none. Means and amounts: \
                  bootstrap over customers or Student's t over clusters",
        source: "Wilson 1927; Clopper and Pearson 1934; Hanley and Lippman-Hand 1983; Efron 1987; Cameron and Miller 2015",
        ..BLANK
    },
    Term {
        id: "range",
        name: "Range",
        means: "Two numbers in place of one. Orders that live declined have no label, so the figure lies somewhere between its value if \
                none of them were fraud and its value if all of them were. \"With sampling error\" extends the range from the lower limit \
                at its lower end to the upper limit at its upper end.",
        source: "Manski 2003, Partial Identification of Probability Distributions",
        ..BLANK
    },
    Term {
        id: "sequence",
        name: "Confidence sequence",
        means: "An interval that stays valid however often it is looked at. It is wider than an ordinary interval.",
        formula: "all rates that a mixture likelihood ratio does not reject at any time so far",
        source: "Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021",
        ..BLANK
    },
    Term {
        id: "bootstrap",
        name: "Bootstrap by customer",
        means: "Draws whole customers again and again, because the orders of one customer are not independent of each other.",
        source: "Efron 1987",
        ..BLANK
    },
    Term {
        id: "gate",
        name: "Gate",
        means: "A requirement that was written down before the run. Met: the whole interval satisfies it. Not met: the whole interval \
                violates it. On hold: the evidence does not decide it yet.",
        ..BLANK
    },
    Term {
        id: "population",
        name: "n, population",
        means: "The number of rows that a figure is computed from, and which rows these are.",
        ..BLANK
    },
    Term {
        id: "not-shown",
        name: "Not shown",
        means: "A figure that this data does not support. The reason is given in its place.",
        ..BLANK
    },
];
