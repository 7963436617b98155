//! What the report's terms mean and how each figure is computed. A figure's name leads here.
//!
//! `docs/figures.md` is written from the same definitions.

mod figures;
mod words;

use figures::FIGURES;
use maud::{Markup, html};
use words::WORDS;

/// A term.
struct Term {
    /// What links to it use.
    id: &'static str,
    name: &'static str,
    means: &'static str,
    /// Which rows it is computed from; empty for a word.
    population: &'static str,
    /// How it is computed; empty where the meaning says it.
    formula: &'static str,
    /// Where the method was published; empty where it is a plain share or sum.
    source: &'static str,
    /// How names of figures that are this begin.
    figures: &'static [&'static str],
}

const BLANK: Term =
    Term { id: "", name: "", means: "", population: "", formula: "", source: "", figures: &[] };

impl Term {
    /// Its parts beyond the meaning, by name, as far as it has them.
    fn details(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = [("Population", self.population), ("Formula", self.formula), ("Source", self.source)];
        all.into_iter().filter(|(_, text)| !text.is_empty())
    }
}

fn terms() -> impl Iterator<Item = &'static Term> {
    WORDS.iter().chain(&FIGURES)
}

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
    let found = terms()
        .flat_map(|term| term.figures.iter().filter(begins).map(move |figure| (figure.len(), term.id)));
    found.max().map(|(_, id)| id)
}

/// All terms with their meaning, population, formula and source.
pub(super) fn list() -> Markup {
    html! {
        dl.words {
            @for term in terms() {
                dt id=(format!("term-{}", term.id)) { (term.name) }
                dd {
                    (term.means)
                    @let details: Vec<_> =
                        term.details().map(|(name, text)| format!("{name}: {text}.")).collect();
                    @if !details.is_empty() { span.formula { (details.join(" ")) } }
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    #[test]
    fn the_longest_name_decides_and_words_are_whole() {
        assert_eq!(of("Recall at 1% false positive rate"), Some("recall"));
        assert_eq!(of("Recall, developed"), Some("developed"));
        assert_eq!(of("Break-even elasticity"), Some("elasticity"));
        assert_eq!(of("Modelled"), None);
        let mut ids: Vec<_> = terms().map(|term| term.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "each id is used once");
    }

    #[test]
    fn every_figure_has_a_population_and_a_formula() {
        for term in &FIGURES {
            assert!(!term.population.is_empty() && !term.formula.is_empty(), "{}", term.name);
            assert!(!term.figures.is_empty(), "{}", term.name);
        }
    }

    /// `BYSTANDER_WRITE_SCHEMA=1` writes the page.
    #[test]
    fn the_page_of_figures_says_what_the_report_says() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/figures.md");
        let now = markdown();
        if std::env::var("BYSTANDER_WRITE_SCHEMA").is_ok_and(|value| value == "1") {
            fs::write(&page, &now).unwrap();
        }
        let same = fs::read_to_string(&page).unwrap_or_default() == now;
        assert!(same, "{} is out of date; run once with BYSTANDER_WRITE_SCHEMA=1", page.display());
    }

    fn markdown() -> String {
        let mut out = INTRODUCTION.to_owned();
        for (heading, terms) in [("Words", &WORDS[..]), ("Figures", &FIGURES[..])] {
            writeln!(out, "\n## {heading}").unwrap();
            for term in terms {
                writeln!(out, "\n### {}\n\n{}", term.name, term.means).unwrap();
                for (index, (name, text)) in term.details().enumerate() {
                    writeln!(out, "{}- *{name}*: {text}", if index == 0 { "\n" } else { "" }).unwrap();
                }
            }
        }
        out
    }

    const INTRODUCTION: &str = "\
# Figures of the report

What the words and figures of a [report](report.md) mean, which rows each figure is about, how it is computed, and where the
method was published. The report has the same definitions on its last page; this page is written from them by a test of
`crates/report` (`BYSTANDER_WRITE_SCHEMA=1 cargo test --workspace --lib figures`).
";
}
