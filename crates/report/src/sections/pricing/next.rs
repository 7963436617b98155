//! What to run next to learn what these prices would do.

use super::view::QuoteView;
use crate::document::Support;
use crate::join::Sale;
use crate::sections::words;
use crate::stats::maturity::power::{Errors, two_proportions};

/// Relative change of the purchase rate that a test is sized for.
const SMALLEST_CHANGE: f64 = 0.05;

pub(crate) fn tests(view: &QuoteView<'_>, support: &Support) -> Vec<String> {
    let mut said = vec![
        "An A/B test by customer (each customer sees one pricer throughout) tells what the prices do to purchases and \
         margin. Where customers can't be told apart or compare prices, a switchback test by item and day does."
            .to_owned(),
    ];
    let (bought, known) = bought(view);
    let errors = Errors { alpha: 1.0 - view.confidence(), power: 0.8, two_sided: true };
    let rate = bought as f64 / known.max(1) as f64;
    match two_proportions(rate, rate * (1.0 + SMALLEST_CHANGE), errors) {
        Some(size) => said.push(format!(
            "With {} of quotes bought, about {} quotes per arm tell a relative change of {} with 80 % power; more if \
             customers ask often.",
            words::percent(rate),
            words::count(size),
            words::percent(SMALLEST_CHANGE)
        )),
        None => said.push(
            "No outcome says which quotes were bought, so a test can't be sized yet: bind the outcomes `purchased`, \
             `abandoned` and `expired`."
                .to_owned(),
        ),
    }
    if let Some(inside) = support.inside.value().filter(|inside| *inside < 0.9) {
        said.push(format!(
            "Only {} of the model's prices lie where live has been: start with a guardrail that keeps to the items' own \
             price ranges.",
            words::percent(inside)
        ));
    }
    said
}

/// Quotes that were bought, of those old enough to know: from `report.sale_window` on, a quote without an outcome was not bought.
fn bought(view: &QuoteView<'_>) -> (u64, u64) {
    let (joined, context) = (view.chosen.joined, view.chosen.context);
    let (mut bought, mut known) = (0, 0);
    for quote in &view.quotes {
        let age = context.joined.as_of_ms - joined.stream.occurred_at_ms.get(quote.event);
        if age >= context.settings.sale_window_ms {
            known += 1;
            let sale = joined.sales[quote.event as usize];
            bought += u64::from(matches!(sale, Sale::Purchased | Sale::Returned));
        }
    }
    (bought, known)
}
