//! Which of two models is better, in one sentence that names both.

use crate::document::{Figure, Paired};
use crate::render::signs::{COST, Signed, more_or_less, signed};
use crate::render::text::Unit;
use bystander_core::money::Currency;

/// `fraud@challenger against fraud@champion, order by order: catches …, …; no clear difference in …`.
/// Money is of all currencies, in `total`, where that is known; else of `currency` where both have it, else of the first.
pub(crate) fn better(pair: &Paired, (total, currency): (Option<&str>, Option<&str>)) -> String {
    let (challenger, champion) = pair.challenger.labels(&pair.champion);
    let points = |figure: &Figure, words| more_or_less(figure, &Unit::Points, words);
    let found = [
        (
            "fraud caught",
            points(&pair.recall_difference, (" less", " more"))
                .map(|found| (found.clone(), spoken(&found, |lead| format!("catches {lead} fraud")))),
        ),
        (
            "good customers turned away",
            points(&pair.insult_rate_difference, (" fewer", " more")).map(|found| {
                (found.clone(), spoken(&found, |lead| format!("turns away {lead} good customers")))
            }),
        ),
    ];
    let all = &pair.cost_differences;
    let wanted = all.iter().find(|(code, _)| Some(code.as_str()) == currency).or(all.first());
    let total = pair.total_cost_difference.shown().and(total);
    let costs = match (total, wanted) {
        (Some(code), _) => Some((code, &pair.total_cost_difference)),
        (None, Some((code, figure))) => Some((code.as_str(), figure)),
        (None, None) => None,
    };
    let costs = costs.map(|(code, figure)| {
        let unit = Unit::money(code, Currency::from_code(code).map_or(2, |currency| currency.exponent()));
        let found = signed(figure, &unit, &COST);
        let said =
            found.map(|found| (found.clone(), spoken(&found, |lead| format!("{lead} per 1,000 orders"))));
        ("money", said)
    });
    let (mut clear, mut unclear, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (what, found) in found.into_iter().chain(costs) {
        match found {
            Some((found, said)) if found.clear && !found.is_nothing() => clear.push(said),
            Some(_) => unclear.push(what),
            None => refused.push(what),
        }
    }
    if clear.is_empty() && unclear.is_empty() {
        return format!(
            "{challenger} against {champion}: not enough labelled orders to tell which is better."
        );
    }
    if !unclear.is_empty() {
        clear.push(format!("no clear difference in {}", unclear.join(" or ")));
    }
    if !refused.is_empty() {
        clear.push(format!("not known for {}", refused.join(" or ")));
    }
    format!("{challenger} against {champion}, order by order: {}.", clear.join("; "))
}

fn spoken(found: &Signed, say: impl Fn(&str) -> String) -> String {
    let limits = found.limits.as_ref().map_or(String::new(), |limits| format!(" ({limits})"));
    format!("{}{limits}", say(&found.lead))
}
