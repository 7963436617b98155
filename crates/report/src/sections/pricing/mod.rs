//! Prices: streams of quotes.

pub(crate) mod change;
mod explored;
mod guardrails;
mod next;
mod repricing;
mod slices;
mod stability;
mod stale;
mod support;
pub(crate) mod uplift;
pub(crate) mod view;

use super::context::{Chosen, Context, MoneyByCurrency};
use super::{drift, words};
use crate::document::{
    Figure, Population, PricingModel, PricingPair, PricingStream, Repricing, Shown, StateCount,
};
use crate::join::{JoinedStream, Sale};
use crate::stats::bootstrap::totals::ClusterTotals;
use view::{Quote, QuoteView};

pub(crate) fn section(
    context: &Context<'_>,
    joined: &JoinedStream<'_>,
    runs: &[Chosen<'_>],
) -> PricingStream {
    let views: Vec<QuoteView<'_>> = runs.iter().map(|chosen| QuoteView::new(*chosen)).collect();
    let champion = super::champion(runs.iter().copied());
    let others = views.iter().enumerate().filter(|(place, _)| Some(*place) != champion);
    let pairs = champion.map(|champion| others.map(|(_, other)| pair(&views[champion], other)).collect());
    PricingStream {
        stream: joined.stream.name.clone(),
        outcomes: outcomes(context, joined),
        models: views.iter().map(model).collect(),
        pairs: pairs.unwrap_or_default(),
    }
}

fn model(view: &QuoteView<'_>) -> PricingModel {
    let support = support::section(view);
    let mut model = PricingModel {
        model: view.chosen.key(),
        summary: Vec::new(),
        compared: view.events.len() as u64,
        change: change::section(view),
        guardrails: guardrails::section(view),
        stability: stability::section(view),
        repricing: repricing::sections(view),
        next_tests: next::tests(view, &support),
        support,
        drift: drift::section(&view.chosen, &view.events),
        slices: slices::section(view),
    };
    model.summary = summary(&model);
    model
}

fn outcomes(context: &Context<'_>, joined: &JoinedStream<'_>) -> Vec<StateCount> {
    let count = |sale: Sale| {
        let (mut count, mut purse) = (0, MoneyByCurrency::default());
        for (event, found) in joined.sales.iter().enumerate() {
            if *found == sale && joined.happened(event as u32, context.joined.as_of_ms) {
                count += 1;
                purse.add(joined.stream.money(event as u32));
            }
        }
        StateCount {
            state: sale.name().to_owned(),
            meaning: sale.meaning().to_owned(),
            count,
            amounts: purse.amounts(context),
        }
    };
    Sale::ALL.into_iter().map(count).collect()
}

fn summary(model: &PricingModel) -> Vec<String> {
    let mut said = Vec::new();
    let percent = |figure: &Figure| figure.value().map_or_else(|| "unknown".to_owned(), words::percent);
    if let Some(change) = model.change.shown() {
        said.push(format!(
            "Over {} quotes the model's price is {} in the middle, against live's; {} up, {} down, {} within tolerance.",
            words::count(model.compared),
            change.relative.median.value().map_or_else(|| "unknown".to_owned(), words::height),
            percent(&change.up),
            percent(&change.down),
            percent(&change.within)
        ));
    }
    said.push(format!("Guardrails moved {} of the prices.", percent(&model.guardrails.moved)));
    said.extend(model.repricing.iter().filter_map(arithmetic));
    said.extend(uplift::said(&model.support.uplift));
    said.extend(
        model
            .slices
            .iter()
            .filter_map(|slices| slices.worst.clone())
            .map(|worst| format!("Most different slice: {worst}")),
    );
    said
}

/// The change of revenue at unchanged demand: of what was sold or, where no purchase is known, of everything quoted.
fn arithmetic(repricing: &Repricing) -> Option<String> {
    let money = |amount: f64| words::money(&repricing.currency, amount);
    let sold = repricing.purchased_change.value().zip(repricing.live_revenue.value());
    let quoted = repricing.revenue_change.value().zip(repricing.live_quoted.value());
    let (what, (change, live)) = match sold {
        Some(sold) => ("revenue", sold),
        None => ("the sum quoted", quoted?),
    };
    Some(format!(
        "At unchanged demand {what} would be {} {} than the {} at live's prices. That is arithmetic, not an uplift.",
        money(change.abs()),
        if change < 0.0 { "less" } else { "more" },
        money(live)
    ))
}

/// Challenger against champion on the quotes that both priced.
fn pair(champion: &QuoteView<'_>, challenger: &QuoteView<'_>) -> PricingPair {
    let priced = |quote: &Quote| {
        let shadow = challenger.chosen.run.number.amount(quote.event)? as f64;
        challenger.events.binary_search(&quote.event).is_ok().then_some((*quote, shadow))
    };
    let both: Vec<(Quote, f64)> = champion.quotes.iter().filter_map(priced).collect();
    let confidence = champion.confidence();
    let changes: Vec<f64> = both.iter().map(|(quote, shadow)| shadow / quote.shadow - 1.0).collect();
    let difference = if changes.is_empty() {
        Shown::refused("no quote with a live price was priced by both")
    } else {
        Shown::Shown(change::summary(changes, confidence))
    };
    let signs = both.iter().map(|(quote, shadow)| shadow - quote.shadow);
    PricingPair {
        champion: champion.chosen.key(),
        challenger: challenger.chosen.key(),
        n: both.len() as u64,
        difference,
        sign_test: change::sign_test(signs, "challenger above champion", Population::Paired, confidence),
        revenue_differences: revenue_differences(champion, &both),
    }
}

fn revenue_differences(champion: &QuoteView<'_>, both: &[(Quote, f64)]) -> Vec<(String, Figure)> {
    let stream = champion.chosen.joined.stream;
    let mut currencies: Vec<&str> = both.iter().map(|(quote, _)| champion.currency(quote.event)).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let difference = |currency: &str| {
        let rows = both.iter().filter(|(quote, _)| champion.currency(quote.event) == currency);
        let rows: Vec<(Quote, f64)> = rows
            .filter_map(|(quote, shadow)| {
                let quantity = stream.quantity.number(quote.event)?;
                Some((*quote, quantity * (shadow - quote.shadow)))
            })
            .collect();
        let quotes: Vec<Quote> = rows.iter().map(|(quote, _)| *quote).collect();
        if quotes.is_empty() {
            return Figure::refused("no quote has a quantity");
        }
        let (cluster, count) = champion.clusters(&quotes);
        let total = rows.iter().map(|(_, change)| change).sum();
        let figure = Figure::new(total, rows.len() as u64, Population::Paired);
        let resampled = ClusterTotals::of(&cluster, count, |row| [rows[row].1])
            .and_then(|totals| totals.sums(&champion.chosen.context.plan()));
        match resampled {
            Ok(resampled) => figure.with(resampled.interval(0)),
            Err(refusal) => figure.noted(format!("no interval: {refusal}")),
        }
    };
    currencies.iter().map(|currency| (currency.to_string(), difference(currency))).collect()
}
