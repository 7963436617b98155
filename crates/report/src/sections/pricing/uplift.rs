//! What live's random prices tell about the model's: an uplift, or the reason why there is none.

use super::explored::{Explored, UsualPrices, log};
use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Shown, Uplift, UpliftOf};
use crate::join::Sale;
use crate::sections::words;
use crate::stats::intervals::{Interval, proportion};
use crate::stats::pricing::off_policy::{Logged, OffPolicy, Overlap, Refusal};

/// Least effective sample size: fewer quotes would let a handful of purchases decide.
const NEEDED: f64 = 100.0;
/// Money is given per so many quotes.
const PER: f64 = 1_000.0;
const UNEXPLORED: &str = "No uplift is given. Comparisons carry no logged chance (propensity) of each live price, and without random \
     exploration of known chances a price log can't tell what a price did to demand from what moved the price: season, \
     stock, competitors, campaigns. Neither inverse propensity weighting nor a doubly robust estimate is possible. Run a \
     test (see below), or let live draw some prices at random, log their chances and bind `live_propensity`.";

/// Share of quotes that carry a propensity.
pub(crate) fn explored(view: &QuoteView<'_>) -> Figure {
    let stream = view.chosen.joined.stream;
    let with = view.quotes.iter().filter(|quote| stream.live_propensity.number(quote.event).is_some());
    Figure::of(proportion(with.count() as u64, view.n(), view.confidence()), view.n(), Population::Quotes)
}

/// One uplift per currency.
pub(crate) fn section(view: &QuoteView<'_>) -> Shown<Vec<Uplift>> {
    let joined = view.chosen.joined;
    if !view.quotes.iter().any(|quote| joined.stream.live_propensity.number(quote.event).is_some()) {
        return Shown::refused(UNEXPLORED);
    }
    if !joined.sales.iter().any(|sale| matches!(sale, Sale::Purchased | Sale::Returned)) {
        return Shown::refused(
            "No uplift is given: no outcome says that a quote was bought. Bind the outcome `purchased`.",
        );
    }
    let usual = UsualPrices::of(view);
    let one = |(currency, quotes): (&str, Vec<Quote>)| uplift(view, currency, &quotes, &usual);
    Shown::Shown(view.by_currency().into_iter().map(one).collect())
}

fn uplift(view: &QuoteView<'_>, currency: &str, quotes: &[Quote], usual: &UsualPrices) -> Uplift {
    let rows = quotes.iter().filter_map(|quote| Explored::of(view, quote, usual.get(view, quote)?));
    let rows: Vec<Explored> = rows.collect();
    let quotes: Vec<Quote> = rows.iter().map(|row| row.quote).collect();
    let (clusters, _) = view.clusters(&quotes);
    let costed = rows.iter().all(|row| row.cost.is_some());
    let (population, n) = (Population::ExploredQuotes, rows.len() as u64);
    let of_price = |row: &Explored, price: f64| price - row.cost.unwrap_or(0.0);
    let revenue = log(&rows, &clusters, |_, price| price);
    let margin = log(&rows, &clusters, of_price);
    let matched = rows.iter().filter(|row| row.matched).count() as u64;
    let overlap = Overlap::of(&revenue, view.confidence());
    let of_overlap = |figure: fn(&Overlap) -> Figure| match &overlap {
        Ok(overlap) => figure(overlap),
        Err(refusal) => Figure::refused(refusal.to_string()),
    };
    Uplift {
        currency: currency.to_owned(),
        exponent: words::exponent(currency),
        matched: Figure::of(proportion(matched, n, view.confidence()), n, population),
        effective: of_overlap(|overlap| {
            Figure::new(overlap.effective, overlap.n, Population::ExploredQuotes)
        }),
        mean_weight: of_overlap(|overlap| figure(overlap.mean_weight, overlap.n)),
        largest_share: of_overlap(|overlap| {
            Figure::new(overlap.largest_share, overlap.n, Population::ExploredQuotes)
        }),
        revenue: estimates(view, &overlap, &revenue),
        margin: if costed {
            estimates(view, &overlap, &margin)
        } else {
            Shown::refused("not every quote has a cost: bind `cost`")
        },
    }
}

/// `overlap` is of this log, or of one with other rewards.
fn estimates(view: &QuoteView<'_>, overlap: &Result<Overlap, Refusal>, log: &[Logged]) -> Shown<UpliftOf> {
    let found = overlap.as_ref().map_err(|refusal| *refusal);
    match found.and_then(|overlap| overlap.estimate(log, NEEDED, view.confidence())) {
        Err(refusal) => {
            Shown::refused(format!("No uplift is given: {refusal}.{}", enough(&refusal, log.len())))
        }
        Ok(OffPolicy { live, snips, doubly_robust }) => {
            let n = log.len() as u64;
            let money = |interval: Interval| figure(per_thousand(interval), n);
            Shown::Shown(UpliftOf {
                live: money(live),
                snips: money(snips.value),
                snips_change: money(snips.change),
                doubly_robust: money(doubly_robust.value),
                doubly_robust_change: money(doubly_robust.change),
            })
        }
    }
}

/// How many quotes would do; money is spread unevenly, so it may take more.
fn enough(refusal: &Refusal, n: usize) -> String {
    match refusal {
        Refusal::TooLittleOverlap { effective, needed } if *effective >= 1.0 => {
            let quotes = (n as f64 * needed / effective / 1_000.0).ceil() * 1_000.0;
            format!(" About {} such quotes or more would do.", words::count(quotes as u64))
        }
        _ => String::new(),
    }
}

fn figure(interval: Interval, n: u64) -> Figure {
    Figure::of(Some(interval), n, Population::ExploredQuotes)
}

fn per_thousand(interval: Interval) -> Interval {
    Interval {
        low: interval.low * PER,
        estimate: interval.estimate * PER,
        high: interval.high * PER,
        ..interval
    }
}

/// In plain words, one sentence per currency or the reason why there is none.
pub(crate) fn said(uplifts: &Shown<Vec<Uplift>>) -> Vec<String> {
    let Shown::Shown(uplifts) = uplifts else {
        return vec!["An uplift is refused: this data can't tell what a price does to demand.".to_owned()];
    };
    let sentence = |uplift: &Uplift| {
        let currency = &uplift.currency;
        let estimate = uplift.revenue.shown().and_then(|of| of.doubly_robust_change.shown());
        let limits = estimate.and_then(|change| Some((change.value, change.interval?)));
        let Some((change, interval)) = limits else {
            return format!(
                "An uplift in {currency} is refused: too little of live's exploration is near the model's prices."
            );
        };
        let sure = if interval.contains(0.0) { ", which may be none at all" } else { "" };
        format!(
            "By live's random prices, the model's would change revenue by {} per 1,000 quotes ({} to {}){sure}.",
            words::money(currency, change),
            words::money(currency, interval.low),
            words::money(currency, interval.high)
        )
    };
    uplifts.iter().map(sentence).collect()
}
