//! The report in a word and a few sentences.

use crate::document::{FraudModel, FraudStream, GateResult, PricingStream, Verdict, VerdictWord};

/// Sentences per model that make it into the verdict.
const PER_MODEL: usize = 4;

pub(crate) fn of(fraud: &[FraudStream], pricing: &[PricingStream], gates: &[GateResult]) -> Verdict {
    let word = gates.iter().map(|gate| gate.result).max().unwrap_or(VerdictWord::NoGates);
    let of = |wanted: VerdictWord| gates.iter().filter(move |gate| gate.result == wanted);
    let count = |wanted| of(wanted).count();
    let names = |wanted| of(wanted).map(|gate| gate.name.clone()).collect::<Vec<_>>();
    let headline = match word {
        VerdictWord::NoGates => {
            "No gates were given, so nothing is decided: the figures stand for themselves.".to_owned()
        }
        VerdictWord::Met => format!("All {} gates are met.", gates.len()),
        VerdictWord::Hold => format!(
            "Not enough evidence yet: {} of {} gates are on hold ({}).",
            count(VerdictWord::Hold),
            gates.len(),
            names(VerdictWord::Hold).join(", ")
        ),
        VerdictWord::NotMet => format!(
            "{} of {} gates are not met: {}.",
            count(VerdictWord::NotMet),
            gates.len(),
            names(VerdictWord::NotMet).join(", ")
        ),
    };
    let mut sentences: Vec<String> = of(VerdictWord::NotMet)
        .map(|gate| format!("{}: required is {}. {}", gate.name, gate.requirement, gate.sentence))
        .collect();
    for stream in fraud {
        sentences.extend(stream.maturity.sentences.first().cloned());
        sentences.extend(stream.regimes.iter().cloned());
        // First what comes first of each model, so that none is pushed out of sight by another.
        for place in 0..PER_MODEL {
            let said =
                |model: &FraudModel| Some(format!("{}: {}", model.model.label(), model.summary.get(place)?));
            sentences.extend(stream.models.iter().filter_map(said));
        }
        for pair in &stream.pairs {
            sentences.extend(pair.sentences.iter().cloned());
        }
    }
    for model in pricing.iter().flat_map(|stream| &stream.models) {
        let label = model.model.label();
        sentences.extend(model.summary.iter().take(PER_MODEL).map(|said| format!("{label}: {said}")));
    }
    Verdict { word, headline, sentences, failed_gates: names(VerdictWord::NotMet) }
}
