//! How to read the report: the words that it uses, and the formulas of its figures.

use super::{Part, Section, terms};
use maud::html;

pub(super) fn part() -> Part {
    let section = Section {
        id: "reading-words".to_owned(),
        title: "Words and formulas",
        how: "Each figure's name leads here. n is the number of rows that a figure rests on, and the population says \
              which rows.",
        body: terms::list(),
    };
    Part {
        id: "reading".to_owned(),
        title: "How to read this report".to_owned(),
        lead: html! {},
        sections: vec![section],
    }
}
