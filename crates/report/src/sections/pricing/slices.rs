//! Price changes by segment, as a fairness check.

use super::change::summary;
use super::view::{Quote, QuoteView};
use crate::document::{Figure, Population, Slice, Slices};
use crate::sections::context::MoneyByCurrency;
use crate::sections::fraud::slices::flag;
use crate::sections::words;
use crate::stats::numeric::two_sided;

/// Differences of the mean log ratio below this are trifles.
const TRIFLE: f64 = 0.01;

/// Sums of log ratios.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn of(quotes: &[Quote]) -> Self {
        let mut moments = Self::default();
        for quote in quotes {
            let ratio = quote.log_ratio();
            moments.n += 1.0;
            moments.sum += ratio;
            moments.squares += ratio * ratio;
        }
        moments
    }

    fn less(self, part: Self) -> Self {
        Self { n: self.n - part.n, sum: self.sum - part.sum, squares: self.squares - part.squares }
    }

    fn mean(self) -> f64 {
        self.sum / self.n
    }

    fn variance_of_mean(self) -> f64 {
        (self.squares / self.n - self.mean().powi(2)).max(0.0) / self.n
    }
}

pub(crate) fn section(view: &QuoteView<'_>) -> Vec<Slices> {
    let all = Moments::of(&view.quotes);
    let overall = summary(view.quotes.iter().map(Quote::relative).collect(), view.confidence()).median;
    let least = view.chosen.context.settings.min_slice;
    let (mut rows, mut suppressed, mut differences) = (Vec::new(), 0, Vec::new());
    for segment in &view.chosen.joined.stream.segments {
        let mut values: Vec<Vec<Quote>> = vec![Vec::new(); segment.values.len()];
        for quote in &view.quotes {
            if let Some(value) = segment.get(quote.event) {
                values[usize::from(value)].push(*quote);
            }
        }
        for (value, quotes) in segment.values.iter().zip(values).filter(|(_, quotes)| !quotes.is_empty()) {
            if (quotes.len() as u64) < least {
                suppressed += 1;
                continue;
            }
            let own = Moments::of(&quotes);
            differences.push((segment.name.clone(), value.to_owned(), own.mean() - all.less(own).mean()));
            rows.push(slice(view, (&segment.name, value), &quotes, own, all.less(own)));
        }
    }
    let difference = |slice: &Slice| {
        let same =
            differences.iter().find(|(segment, value, _)| *segment == slice.segment && *value == slice.value);
        same.map_or(0.0, |(.., difference)| *difference)
    };
    flag(&mut rows, 1.0 - view.confidence(), |slice| difference(slice).abs() >= TRIFLE);
    let flagged = rows.iter().filter(|slice| slice.flagged);
    let worst = flagged.max_by(|a, b| difference(a).abs().total_cmp(&difference(b).abs()));
    let sentence = worst.map(|slice| {
        format!(
            "{} = {}: prices would be {} in the middle, against {} over all quotes (n = {}).",
            slice.segment,
            slice.value,
            words::height(slice.figure.value().unwrap_or(0.0)),
            words::height(overall.value().unwrap_or(0.0)),
            words::count(slice.n)
        )
    });
    vec![Slices {
        metric: "median of shadow ÷ live − 1".to_owned(),
        overall,
        worst: sentence,
        worst_slice: worst.map(|slice| (slice.segment.clone(), slice.value.clone())),
        rows,
        min_n: least,
        suppressed,
    }]
}

/// Welch's test of the mean log ratio, here against elsewhere.
fn slice(view: &QuoteView<'_>, name: (&str, &str), quotes: &[Quote], own: Moments, rest: Moments) -> Slice {
    let error = (own.variance_of_mean() + rest.variance_of_mean()).sqrt();
    let difference = own.mean() - rest.mean();
    // Without any spread on either side a difference is no chance.
    let p_value = match error > 0.0 {
        true => two_sided(difference / error),
        false => f64::from(u8::from(difference == 0.0)),
    };
    let mut purse = MoneyByCurrency::default();
    quotes.iter().for_each(|quote| purse.add(view.chosen.joined.stream.money(quote.event)));
    let found = summary(quotes.iter().map(Quote::relative).collect(), view.confidence());
    let up = quotes.iter().filter(|quote| quote.shadow > quote.live).count() as f64;
    let n = quotes.len() as u64;
    Slice {
        segment: name.0.to_owned(),
        value: name.1.to_owned(),
        n,
        amounts: purse.amounts(&view.chosen.context),
        figure: found.median,
        further: vec![
            ("mean".to_owned(), found.mean),
            ("share up".to_owned(), Figure::new(up / n as f64, n, Population::Quotes)),
        ],
        p_value: (rest.n > 0.0).then_some(p_value),
        p_adjusted: None,
        flagged: false,
    }
}
