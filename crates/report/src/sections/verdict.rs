//! The report in a word and a few sentences.

use crate::document::{Chapters, GateResult, Verdict, VerdictWord};
use crate::kinds;

/// Sentences per model that make it into the verdict.
const PER_MODEL: usize = 4;
/// Models that are answered for one by one.
const MODELS: usize = 3;
/// Names that are listed.
const NAMED: usize = 3;

pub(crate) fn of(chapters: &Chapters, gates: &[GateResult]) -> Verdict {
    let word = gates.iter().map(|gate| gate.result).max().unwrap_or(VerdictWord::NoGates);
    let of = |wanted: VerdictWord| gates.iter().filter(move |gate| gate.result == wanted);
    let names = |wanted| of(wanted).map(|gate| gate.name.clone()).collect::<Vec<_>>();
    let headline = headline(gates);
    let mut sentences: Vec<String> = of(VerdictWord::NotMet)
        .chain(of(VerdictWord::Hold))
        .map(|gate| format!("{}: required is {}. {}", gate.name, gate.requirement, gate.sentence))
        .collect();
    for chapter in kinds::chapters(chapters) {
        sentences.extend(chapter.sentences(PER_MODEL));
    }
    Verdict { word, headline, sentences, failed_gates: names(VerdictWord::NotMet) }
}

/// May it be switched on?
fn headline(gates: &[GateResult]) -> String {
    let models = models(gates);
    if models.is_empty() {
        return "Nobody has said what a model must reach: without gates nothing is decided.".to_owned();
    }
    if models.len() <= MODELS {
        let answers = answers(gates).into_iter().map(|(_, said)| said);
        return answers.collect::<Vec<_>>().join(" ");
    }
    let of = |wanted: VerdictWord| {
        let all = models.iter().filter(|model| result(&own(gates, model)) == Some(wanted));
        all.copied().collect::<Vec<_>>()
    };
    let said = [("No", VerdictWord::NotMet), ("Not yet", VerdictWord::Hold), ("Yes", VerdictWord::Met)]
        .map(|(answer, word)| (answer, of(word)));
    let said = said.iter().filter(|(_, models)| !models.is_empty());
    let said: Vec<_> = said.map(|(answer, models)| format!("{answer}: {}.", some(models))).collect();
    format!("Switch on? {}", said.join(" "))
}

/// The same for each model with gates, with its result, in the order of the gates.
pub(crate) fn answers(gates: &[GateResult]) -> Vec<(VerdictWord, String)> {
    let answered = models(gates).into_iter().filter_map(|model| {
        let own = own(gates, model);
        Some((result(&own)?, answer(model, &own)))
    });
    answered.collect()
}

/// Models that have gates, in their order.
fn models(gates: &[GateResult]) -> Vec<&str> {
    let mut models: Vec<&str> = Vec::new();
    for gate in gates {
        if !models.contains(&gate.model.as_str()) {
            models.push(&gate.model);
        }
    }
    models
}

fn own<'g>(gates: &'g [GateResult], model: &str) -> Vec<&'g GateResult> {
    gates.iter().filter(|gate| gate.model == model).collect()
}

/// The result that matters most.
fn result(gates: &[&GateResult]) -> Option<VerdictWord> {
    gates.iter().map(|gate| gate.result).max()
}

/// `Switch on fraud@challenger? Not yet: 1 of its 4 gates needs more evidence, “saves money”.`
fn answer(model: &str, gates: &[&GateResult]) -> String {
    let of = |wanted: VerdictWord| {
        let found = gates.iter().filter(|gate| gate.result == wanted);
        found.map(|gate| gate.name.as_str()).collect::<Vec<_>>()
    };
    let (missed, held, all) = (of(VerdictWord::NotMet), of(VerdictWord::Hold), gates.len());
    let counted = |part: usize| match (part, all) {
        (1, 1) => "its gate".to_owned(),
        (part, all) if part == all => format!("all {all} of its gates"),
        (part, all) => format!("{part} of its {all} gates"),
    };
    let said = match (missed.as_slice(), held.as_slice()) {
        ([], []) => format!("Yes: it meets {}.", counted(all)),
        ([], held) => {
            let needs = if held.len() == 1 { "needs" } else { "need" };
            format!("Not yet: {} {needs} more evidence, {}.", counted(held.len()), quoted(held))
        }
        (missed, _) => format!("No: it fails {}, {}.", counted(missed.len()), quoted(missed)),
    };
    format!("Switch on {model}? {said}")
}

/// The first few names of gates. In quotes, because a gate is named for what it asks, also where it fails.
fn quoted(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("“{name}”")).collect();
    some(&quoted.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The first few of them.
fn some(names: &[&str]) -> String {
    let first = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED { format!("{first} and {} more", names.len() - NAMED) } else { first }
}
