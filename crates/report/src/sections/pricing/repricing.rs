//! What the model's prices would have brought in if nobody had bought more or less: arithmetic, not an uplift. What was sold
//! comes first; the same sums over everything that was quoted say how much was at stake.

use super::view::{Quote, QuoteView};
use crate::document::{ElasticityPoint, Figure, Population, Repricing, SegmentElasticity};
use crate::join::Sale;
use crate::sections::words;
use crate::stats::bootstrap::totals::ClusterTotals;
use crate::stats::pricing::repricing::{self, BreakEven};

const LABEL: &str = "Mechanical repricing: every quote's own quantity at the model's price. Demand is held fixed, so \
                     this is not an uplift and must not be read as one.";
const ELASTICITIES: [f64; 8] = [0.0, -0.5, -1.0, -1.5, -2.0, -2.5, -3.0, -4.0];
/// Break-even elasticities are looked for down to this.
const STEEPEST: f64 = -20.0;

/// A quote with its quantity.
#[derive(Debug, Clone, Copy)]
struct Line {
    quote: Quote,
    quantity: f64,
    cost: Option<f64>,
    bought: Option<f64>,
}

pub(crate) fn sections(view: &QuoteView<'_>) -> Vec<Repricing> {
    view.by_currency().into_iter().map(|(currency, quotes)| section(view, currency, &quotes)).collect()
}

fn section(view: &QuoteView<'_>, currency: &str, quotes: &[Quote]) -> Repricing {
    let lines: Vec<Line> = quotes.iter().filter_map(|quote| line(view, quote)).collect();
    let costed: Vec<Line> = lines.iter().filter(|line| line.cost.is_some()).copied().collect();
    let bought: Vec<Line> = lines.iter().filter(|line| line.bought.is_some()).copied().collect();
    let cost = |line: &Line| line.cost.unwrap_or(0.0);
    let (with_quantity, with_cost) = (Population::QuotesWithQuantity, Population::QuotesWithCost);
    let revenue = |line: &Line| line.quantity * (line.quote.shadow - line.quote.live);
    Repricing {
        currency: currency.to_owned(),
        exponent: words::exponent(currency),
        label: LABEL.to_owned(),
        revenue_change: total(view, &lines, with_quantity, revenue),
        live_revenue: sold(view, &bought, |line| line.quote.live),
        live_quoted: total(view, &lines, with_quantity, |line| line.quantity * line.quote.live),
        live_margin: total(view, &costed, with_cost, |line| line.quantity * (line.quote.live - cost(line))),
        shadow_margin: total(view, &costed, with_cost, |line| {
            line.quantity * (line.quote.shadow - cost(line))
        }),
        purchased_change: sold(view, &bought, |line| line.quote.shadow - line.quote.live),
        elasticity: grid(&lines),
        break_even_elasticity: break_even(&costed),
        by_segment: by_segment(view, &costed),
    }
}

/// `None` without a quantity.
fn line(view: &QuoteView<'_>, quote: &Quote) -> Option<Line> {
    let (joined, stream) = (view.chosen.joined, view.chosen.joined.stream);
    let quantity = stream.quantity.number(quote.event)?;
    let sold = matches!(joined.sales[quote.event as usize], Sale::Purchased);
    Some(Line {
        quote: *quote,
        quantity,
        cost: stream.cost(quote.event).map(|cost| cost as f64),
        bought: sold.then(|| joined.bought(quote.event).unwrap_or(quantity)),
    })
}

/// A sum over what was sold, per unit; refused where no outcome says that anything was bought.
fn sold(view: &QuoteView<'_>, bought: &[Line], per_unit: impl Fn(&Line) -> f64) -> Figure {
    if bought.is_empty() {
        return Figure::refused("no outcome says that a quote was bought: bind the outcome `purchased`");
    }
    total(view, bought, Population::QuotesPurchased, |line| line.bought.unwrap_or(0.0) * per_unit(line))
}

/// A sum over lines, items drawn with replacement.
fn total(view: &QuoteView<'_>, lines: &[Line], population: Population, of: impl Fn(&Line) -> f64) -> Figure {
    if lines.is_empty() {
        return Figure::refused(format!("there are no {}", population.words()));
    }
    let quotes: Vec<Quote> = lines.iter().map(|line| line.quote).collect();
    let (cluster, count) = view.clusters(&quotes);
    let figure = Figure::new(lines.iter().map(&of).sum(), lines.len() as u64, population);
    let resampled = ClusterTotals::of(&cluster, count, |row| [of(&lines[row])])
        .and_then(|totals| totals.sums(&view.chosen.context.plan()));
    match resampled {
        Ok(resampled) => figure.with(resampled.interval(0)),
        Err(refusal) => figure.noted(format!("no interval: {refusal}")),
    }
}

fn ready(lines: &[Line]) -> repricing::Repricing {
    let line = |line: &Line| repricing::Line {
        quantity: line.quantity,
        live: line.quote.live as i64,
        shadow: line.quote.shadow as i64,
        cost: line.cost.map(|cost| cost as i64),
    };
    repricing::Repricing::new(&lines.iter().map(line).collect::<Vec<_>>())
}

fn grid(lines: &[Line]) -> Vec<ElasticityPoint> {
    let repricing = ready(lines);
    let scenarios = ELASTICITIES.iter().filter_map(|elasticity| repricing.scenario(*elasticity));
    let point = |scenario: repricing::Scenario| ElasticityPoint {
        elasticity: scenario.elasticity,
        revenue_change: scenario.revenue_change,
        margin_change: scenario.margin_change,
    };
    scenarios.map(point).collect()
}

/// The mildest elasticity at which the margin's change is zero, and which side of it gains.
fn break_even(lines: &[Line]) -> Figure {
    let refused = |why: &str| Figure::refused(format!("{why} for elasticities from 0 to {STEEPEST}"));
    let repricing = ready(lines);
    match repricing.break_even(STEEPEST) {
        None => Figure::refused("no quote has live price, quantity and cost"),
        Some(BreakEven::AlwaysHigher) => refused("the margin would be higher"),
        Some(BreakEven::AlwaysLower) => refused("the margin would be lower"),
        Some(BreakEven::NoDifference) => refused("the prices are the same"),
        Some(BreakEven::At { elasticities }) => {
            let mildest = elasticities.first().copied().unwrap_or(f64::NAN);
            let gains_between = |from: f64| {
                let scenario = repricing.scenario(from);
                scenario.and_then(|scenario| scenario.margin_change).is_some_and(|change| change > 0.0)
            };
            let note = sides(&elasticities, gains_between(mildest / 2.0));
            Figure::new(mildest, lines.len() as u64, Population::QuotesWithCost).noted(note)
        }
    }
}

/// Which side of the break-even elasticities gains, mildest first.
fn sides(elasticities: &[f64], gains_at_milder: bool) -> String {
    let shown = |elasticity: &f64| format!("{elasticity:.2}").replace('-', "−");
    let Some((mildest, further)) = elasticities.split_first() else { return String::new() };
    let first = if gains_at_milder {
        format!("the margin gains unless demand answers more strongly than {}", shown(mildest))
    } else {
        format!("the margin gains only if demand answers more strongly than {}", shown(mildest))
    };
    if further.is_empty() {
        return first;
    }
    let further: Vec<String> = further.iter().map(shown).collect();
    format!("{first}; it changes sides again at {}", further.join(" and "))
}

fn by_segment(view: &QuoteView<'_>, lines: &[Line]) -> Vec<SegmentElasticity> {
    let least = view.chosen.context.settings.min_slice as usize;
    let mut found = Vec::new();
    for segment in &view.chosen.joined.stream.segments {
        let mut values: Vec<Vec<Line>> = vec![Vec::new(); segment.values.len()];
        for line in lines {
            if let Some(value) = segment.get(line.quote.event) {
                values[usize::from(value)].push(*line);
            }
        }
        let large = segment.values.iter().zip(&values).filter(|(_, lines)| lines.len() >= least.max(1));
        found.extend(large.map(|(value, lines)| SegmentElasticity {
            segment: segment.name.clone(),
            value: value.to_owned(),
            break_even: break_even(lines),
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::sides;

    #[test]
    fn a_break_even_says_which_side_gains_and_names_further_roots() {
        let dearer = sides(&[-1.5], true);
        assert_eq!(dearer, "the margin gains unless demand answers more strongly than −1.50");
        let cheaper = sides(&[-2.25], false);
        assert_eq!(cheaper, "the margin gains only if demand answers more strongly than −2.25");
        assert!(
            sides(&[-0.5, -3.0], true).ends_with("more strongly than −0.50; it changes sides again at −3.00")
        );
        assert!(sides(&[-0.5, -3.0], false).contains("only if"), "the side is that of the mildest root");
    }
}
