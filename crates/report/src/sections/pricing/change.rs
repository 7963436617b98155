//! How far shadow prices lie from live ones.

use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, PriceChange, PriceSummary, Shown, Test};
use crate::sections::fraud::histograms;
use crate::stats::bootstrap::totals::ClusterTotals;
use crate::stats::hypothesis;
use crate::stats::intervals::{Interval, Method, mean, proportion, quantile_places};
use crate::stats::pricing::spread::{PERCENTILES, Spread};

pub(crate) fn section(view: &QuoteView<'_>) -> Shown<PriceChange> {
    let n = view.n();
    if n == 0 {
        return Shown::refused("no quote has a live price to compare with");
    }
    let agrees = |quote: &Quote| view.chosen.run.agrees.get(quote.event) == 1;
    let share = |counts: &dyn Fn(&Quote) -> bool| {
        let found = view.quotes.iter().filter(|quote| counts(quote)).count() as u64;
        Figure::of(proportion(found, n, view.confidence()), n, Population::Quotes)
    };
    let relative: Vec<f64> = view.quotes.iter().map(Quote::relative).collect();
    let logs = view.quotes.iter().map(Quote::log_ratio).collect();
    let currencies = view.by_currency();
    let absolute = currencies.iter().map(|(currency, quotes)| {
        let changes = quotes.iter().map(|quote| quote.shadow - quote.live).collect();
        (currency.to_string(), summary(changes, view.confidence()))
    });
    let histogram = histograms::count("shadow ÷ live − 1", &mut relative.iter().copied(), -0.5, 0.5);
    let differences = view.quotes.iter().map(|quote| quote.shadow - quote.live);
    Shown::Shown(PriceChange {
        relative: summary(relative, view.confidence()),
        log_ratio: summary(logs, view.confidence()),
        absolute: absolute.collect(),
        up: share(&|quote| quote.shadow > quote.live && !agrees(quote)),
        down: share(&|quote| quote.shadow < quote.live && !agrees(quote)),
        within: share(&agrees),
        sign_test: sign_test(differences, "shadow above live", Population::Quotes, view.confidence()),
        wape: currencies
            .iter()
            .map(|(currency, quotes)| (currency.to_string(), wape(view, quotes)))
            .collect(),
        histogram,
    })
}

/// A distribution in a few numbers.
pub(crate) fn summary(mut values: Vec<f64>, confidence: f64) -> PriceSummary {
    values.retain(|value| value.is_finite());
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    let figure = |value: Option<f64>| Figure::new(value.unwrap_or(f64::NAN), n as u64, Population::Quotes);
    let spread = Spread::of_sorted(&values);
    let of_median = quantile_places(n, 0.5, confidence).zip(spread).and_then(|((low, high), spread)| {
        Interval::new(values[low], spread.median, values[high], confidence, Method::OrderStatistics)
    });
    let percentiles = spread.iter().flat_map(|spread| PERCENTILES.into_iter().zip(spread.percentiles));
    PriceSummary {
        median: figure(spread.map(|spread| spread.median)).with(of_median),
        mean: figure(spread.map(|spread| spread.mean)).with(mean(&values, confidence)),
        mad: figure(spread.map(|spread| spread.mad)),
        percentiles: percentiles.collect(),
    }
}

/// Differences above against below zero; `None` where all are zero.
pub(crate) fn sign_test(
    differences: impl Iterator<Item = f64>,
    compares: &str,
    population: Population,
    confidence: f64,
) -> Option<Test> {
    let (mut up, mut down, mut ties) = (0, 0, 0);
    for difference in differences {
        *(if difference > 0.0 {
            &mut up
        } else if difference < 0.0 {
            &mut down
        } else {
            &mut ties
        }) += 1;
    }
    if up + down == 0 {
        return None;
    }
    let found = hypothesis::sign_test(up, down, ties, confidence);
    let lean = match found.p_value < 1.0 - confidence {
        true if up > down => "prices lean upwards",
        true => "prices lean downwards",
        false => "no clear lean",
    };
    Some(Test {
        name: "sign test".to_owned(),
        compares: compares.to_owned(),
        statistic: up as f64,
        p_value: found.p_value,
        n: up + down,
        unlabelled: None,
        population,
        sentence: format!("{up} up, {down} down, {ties} equal: {lean}."),
    })
}

fn wape(view: &QuoteView<'_>, quotes: &[Quote]) -> Figure {
    let (cluster, count) = view.clusters(quotes);
    let of = |row: usize| [(quotes[row].shadow - quotes[row].live).abs(), quotes[row].live];
    let (above, below) =
        (0..quotes.len()).map(of).fold((0.0, 0.0), |sum, [above, below]| (sum.0 + above, sum.1 + below));
    let figure = Figure::new(above / below, quotes.len() as u64, Population::Quotes);
    let resampled =
        ClusterTotals::of(&cluster, count, of).and_then(|totals| totals.ratio(&view.chosen.context.plan()));
    match resampled {
        Ok(resampled) => figure.with(resampled.interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}
