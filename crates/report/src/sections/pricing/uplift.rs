//! What live's random prices tell about the model's: an uplift, or the reason why there is none.

use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Shown, Uplift, UpliftOf};
use crate::join::Sale;
use crate::sections::words;
use crate::stats::intervals::{Interval, proportion};
use crate::stats::pricing::off_policy::{self, Logged, OffPolicy, Overlap, Refusal};
use crate::stats::pricing::response::{Offer, cross_fitted};
use std::collections::HashMap;

/// Least effective sample size: fewer quotes would let a handful of purchases decide.
const NEEDED: f64 = 100.0;
/// Money is given per so many quotes.
const PER: f64 = 1_000.0;
const UNEXPLORED: &str = "No uplift is given. Comparisons carry no logged chance (propensity) of each live price, and without random \
     exploration of known chances a price log can't tell what a price did to demand from what moved the price: season, \
     stock, competitors, campaigns. Neither inverse propensity weighting nor a doubly robust estimate is possible. Run a \
     test (see below), or let live draw some prices at random, log their chances and bind `live_propensity`.";

/// A quote whose price was drawn with a known chance, and what it brought in.
#[derive(Debug, Clone, Copy)]
struct Explored {
    quote: Quote,
    propensity: f64,
    /// Live served a price within the tolerance of the model's.
    matched: bool,
    asked: f64,
    bought: f64,
    cost: Option<f64>,
    /// The item's mean live price.
    usual: f64,
}

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
            "No uplift is given: no outcome says that a quote was bought. Bind the outcomes `purchased`.",
        );
    }
    let usual = usual_prices(view);
    let one = |(currency, quotes): (&str, Vec<Quote>)| uplift(view, currency, &quotes, &usual);
    Shown::Shown(view.by_currency().into_iter().map(one).collect())
}

/// Mean live price by item and currency. Items that aren't named are one.
fn usual_prices(view: &QuoteView<'_>) -> HashMap<(Option<u32>, Option<u8>), (f64, f64)> {
    let mut sums = HashMap::new();
    for quote in &view.quotes {
        let (sum, n) = sums.entry(key(view, quote)).or_insert((0.0, 0.0));
        *sum += quote.live;
        *n += 1.0;
    }
    sums
}

fn key(view: &QuoteView<'_>, quote: &Quote) -> (Option<u32>, Option<u8>) {
    let stream = view.chosen.joined.stream;
    (stream.item.index(quote.event), stream.currency(quote.event))
}

fn uplift(
    view: &QuoteView<'_>,
    currency: &str,
    quotes: &[Quote],
    usual: &HashMap<(Option<u32>, Option<u8>), (f64, f64)>,
) -> Uplift {
    let rows: Vec<Explored> = quotes
        .iter()
        .filter_map(|quote| {
            let (sum, n) = usual.get(&key(view, quote))?;
            explored_quote(view, quote, sum / n)
        })
        .collect();
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
        revenue: estimates(view, &revenue),
        margin: if costed {
            estimates(view, &margin)
        } else {
            Shown::refused("not every quote has a cost: bind `cost`")
        },
    }
}

/// `None` without a propensity, a quantity or a decision, and where the quote is so young that it may yet be bought:
/// the young ones of which news came already are not like the others.
fn explored_quote(view: &QuoteView<'_>, quote: &Quote, usual: f64) -> Option<Explored> {
    let (joined, context) = (view.chosen.joined, view.chosen.context);
    let stream = joined.stream;
    let age = context.joined.as_of_ms - stream.occurred_at_ms.get(quote.event);
    if age < context.settings.sale_window_ms {
        return None;
    }
    let asked = stream.quantity.number(quote.event).filter(|asked| *asked > 0.0)?;
    let sold = joined.sales[quote.event as usize] == Sale::Purchased;
    Some(Explored {
        quote: *quote,
        propensity: stream.live_propensity.number(quote.event)?,
        matched: match view.chosen.run.agrees.get(quote.event) {
            agrees @ (0 | 1) => agrees == 1,
            _ => return None,
        },
        asked,
        bought: if sold { joined.bought(quote.event).unwrap_or(asked) } else { 0.0 },
        cost: stream.cost(quote.event).map(|cost| cost as f64),
        usual,
    })
}

/// Rewards where one item sold at `price` earns `earns`, beside a guess by how purchases answer to price.
fn log(rows: &[Explored], clusters: &[u32], earns: impl Fn(&Explored, f64) -> f64) -> Vec<Logged> {
    let offer = |(row, cluster): (&Explored, &u32)| Offer {
        log_price: (row.quote.live / row.usual).ln(),
        bought: row.bought / row.asked,
        cluster: *cluster,
    };
    let responses = cross_fitted(&rows.iter().zip(clusters).map(offer).collect::<Vec<_>>());
    let logged = |(row, cluster): (&Explored, &u32)| {
        let response = responses[*cluster as usize % 2];
        let guess = |price: f64| row.asked * earns(row, price) * response.at((price / row.usual).ln());
        Logged {
            propensity: row.propensity,
            shadow: f64::from(u8::from(row.matched)),
            reward: row.bought * earns(row, row.quote.live),
            stake: row.asked * row.quote.shadow,
            guess: (guess(row.quote.live), guess(row.quote.shadow)),
            cluster: *cluster,
        }
    };
    rows.iter().zip(clusters).map(logged).collect()
}

fn estimates(view: &QuoteView<'_>, log: &[Logged]) -> Shown<UpliftOf> {
    match off_policy::estimate(log, NEEDED, view.confidence()) {
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
