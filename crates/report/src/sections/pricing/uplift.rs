//! What live's random prices tell about the model's: an uplift, or the reason why there is none.

use super::explored::{Evidence, Explored, UsualPrices, log};
use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Shown, Uplift, UpliftOf};
use crate::join::Sale;
use crate::sections::words;
use crate::stats::intervals::{Interval, proportion};
use crate::stats::pricing::off_policy::{Logged, OffPolicy, OffPolicyRefusal, Overlap, REMARKABLE};

/// Least effective sample size: fewer quotes would let a handful of purchases decide.
const NEEDED: f64 = 100.0;
/// Money is given per so many quotes.
const PER: f64 = 1_000.0;
const UNEXPLORED: &str = "No uplift is given. Comparisons carry no logged chance (propensity) of each live price, and without random \
     exploration of known chances a price log can't tell what a price did to demand from what moved the price: season, \
     stock, competitors, campaigns. Neither inverse propensity weighting nor a doubly robust estimate is possible. Run a \
     test (see below), or let live draw some prices at random, log their chances and bind `live_propensity`.";

/// Share of quotes whose price live drew at random: with a logged chance below 1, so that another price could have come.
pub(crate) fn explored(view: &QuoteView<'_>) -> Figure {
    let stream = view.chosen.joined.stream;
    let drawn =
        |quote: &&Quote| stream.live_propensity.number(quote.event).is_some_and(|chance| chance < 1.0);
    let drawn = view.quotes.iter().filter(drawn).count() as u64;
    Figure::of(proportion(drawn, view.n(), view.confidence()), view.n(), Population::Quotes)
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

/// The explored quotes of a currency, and how many there are for each reason why a quote is not explored.
#[derive(Default)]
struct Sorted {
    rows: Vec<Explored>,
    certain: u64,
    no_propensity: u64,
    no_quantity: u64,
    no_agreement: u64,
    young: u64,
}

impl Sorted {
    fn of(view: &QuoteView<'_>, quotes: &[Quote], usual: &UsualPrices) -> Self {
        let mut sorted = Self::default();
        for quote in quotes {
            let Some(usual) = usual.get(view, quote) else { continue };
            match Evidence::of(view, quote, usual) {
                Evidence::Explored(row) => sorted.rows.push(row),
                Evidence::Certain => sorted.certain += 1,
                Evidence::NoPropensity => sorted.no_propensity += 1,
                Evidence::NoQuantity => sorted.no_quantity += 1,
                Evidence::NoAgreement => sorted.no_agreement += 1,
                Evidence::Young => sorted.young += 1,
            }
        }
        sorted
    }

    /// Quotes that could have been explored: old enough, with a quantity.
    fn eligible(&self) -> u64 {
        self.rows.len() as u64 + self.certain + self.no_propensity
    }

    /// Why no quote is explored, by the reason that most quotes have.
    fn nothing(&self) -> &'static str {
        let reasons = [
            (
                self.certain,
                "live never explored: every logged chance is 1, so no other price could have been drawn",
            ),
            (self.no_propensity, "no quote carries the chance of its live price: bind `live_propensity`"),
            (self.no_quantity, "no quote has a quantity: bind `quantity`"),
            (
                self.no_agreement,
                "no comparison says whether live agrees with the model: set the stream's `tolerance`",
            ),
            (self.young, "every quote is younger than `report.sale_window` and may yet be bought"),
        ];
        let most = reasons.iter().filter(|(count, _)| *count > 0).max_by_key(|(count, _)| *count);
        most.map_or("there are no quotes", |(_, why)| why)
    }
}

fn uplift(view: &QuoteView<'_>, currency: &str, quotes: &[Quote], usual: &UsualPrices) -> Uplift {
    let sorted = Sorted::of(view, quotes, usual);
    let rows = &sorted.rows;
    let quotes: Vec<Quote> = rows.iter().map(|row| row.quote).collect();
    let (clusters, _) = view.clusters(&quotes);
    let costed = rows.iter().all(|row| row.cost.is_some());
    let (population, n) = (Population::ExploredQuotes, rows.len() as u64);
    let of_price = |row: &Explored, price: f64| price - row.cost.unwrap_or(0.0);
    let revenue = log(rows, &clusters, |_, price| price);
    let margin = log(rows, &clusters, of_price);
    let matched = rows.iter().filter(|row| row.matched).count() as u64;
    let overlap = match rows.is_empty() {
        true => Err(sorted.nothing().to_owned()),
        false => Overlap::of(&revenue, view.confidence()).map_err(|refusal| refusal.to_string()),
    };
    let of_overlap = |figure: fn(&Overlap) -> Figure| match &overlap {
        Ok(overlap) => figure(overlap),
        Err(refusal) => Figure::refused(refusal),
    };
    let mean_weight = of_overlap(|overlap| figure(overlap.mean_weight, overlap.n));
    Uplift {
        currency: currency.to_owned(),
        exponent: words::exponent(currency),
        explored: Figure::of(
            proportion(n, sorted.eligible(), view.confidence()),
            sorted.eligible(),
            Population::Quotes,
        ),
        matched: Figure::of(proportion(matched, n, view.confidence()), n, population),
        effective: of_overlap(|overlap| {
            Figure::new(overlap.effective, overlap.n, Population::ExploredQuotes)
        }),
        mean_weight: remarked(view, mean_weight),
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

/// Says where a mean weight is far from 1, and what may have moved it.
fn remarked(view: &QuoteView<'_>, mean_weight: Figure) -> Figure {
    let Some(mean) = mean_weight.value().filter(|mean| (mean - 1.0).abs() > REMARKABLE) else {
        return mean_weight;
    };
    let mut remark =
        "differs from 1 by more than 0.05: the estimates may leave out some of the model's prices".to_owned();
    let moved = super::guardrails::section(view).moved.value().filter(|moved| *moved > 0.0);
    if let Some(moved) = moved.filter(|_| mean < 1.0) {
        let moved = words::percent(moved);
        remark += &format!(
            "; guardrails moved {moved} of the model's prices, which may have pushed them off the prices that live draws"
        );
    }
    mean_weight.noted(remark)
}

/// `overlap` is of this log, or of one with other rewards.
fn estimates(view: &QuoteView<'_>, overlap: &Result<Overlap, String>, log: &[Logged]) -> Shown<UpliftOf> {
    let overlap = match overlap {
        Ok(overlap) => overlap,
        Err(why) => return Shown::refused(format!("No uplift is given: {why}.")),
    };
    match overlap.estimate(log, NEEDED, view.confidence()) {
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
fn enough(refusal: &OffPolicyRefusal, n: usize) -> String {
    match refusal {
        OffPolicyRefusal::TooLittleOverlap { effective, needed } if *effective >= 1.0 => {
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
        let of = match &uplift.revenue {
            Shown::Shown(of) => of,
            Shown::Refused { refused } => return format!("In {currency}: {refused}"),
        };
        let change = &of.doubly_robust_change;
        let (Some(value), Some(interval)) = (change.value(), change.interval()) else {
            return format!(
                "An uplift in {currency} is refused: {}.",
                change.shown().map_or("it is not finite", |_| "it has no interval")
            );
        };
        let sure = if interval.contains(0.0) { ", which may be none at all" } else { "" };
        format!(
            "Where live draws prices at random ({} of quotes), the model's prices would change revenue by {} per 1,000 of those \
             quotes ({} to {}){sure}. What they would do at the other quotes is not known.",
            uplift.explored.value().map_or_else(|| "an unknown share".to_owned(), words::percent),
            words::money(currency, value),
            words::money(currency, interval.low),
            words::money(currency, interval.high)
        )
    };
    uplifts.iter().map(sentence).collect()
}
