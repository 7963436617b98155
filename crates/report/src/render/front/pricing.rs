//! Six figures of each model of a stream of price quotes.

use super::{Entry, Line, Picture};
use crate::document::{Figure, PriceChange, PricingModel, PricingStream, Shown};
use crate::render::signs::{INCOME, PRICE, signed};
use crate::render::text::{Unit, count, counted};

/// The lines of the first page.
pub(crate) fn pricing(stream: &PricingStream) -> Vec<Line> {
    let models = &stream.models;
    let each = |entry: &dyn Fn(&PricingModel) -> Entry| models.iter().map(entry).collect::<Vec<_>>();
    let changed = |unit: &Unit, figure: fn(&PriceChange) -> &Figure, says: &dyn Fn(&str) -> String| {
        each(&|model| match &model.change {
            Shown::Shown(change) => Entry::plain(figure(change), unit, says),
            Shown::Refused { refused } => Entry::refused(refused),
        })
    };
    let share = |name, term, means, entries| Line {
        name,
        term,
        means,
        live: None,
        entries,
        picture: Picture::Interval(Unit::Share, Vec::new()),
    };
    vec![
        Line {
            picture: Picture::Interval(Unit::Change, vec![0.0]),
            ..share(
                "Price change",
                "price-change",
                "the middle one of all quotes, against the live price",
                each(&|model| match &model.change {
                    Shown::Shown(change) => moved(&change.relative.median),
                    Shown::Refused { refused } => Entry::refused(refused),
                }),
            )
        },
        share(
            "Prices raised",
            "price-change",
            "of all quotes",
            changed(&Unit::Share, |change| &change.up, &|value| format!("raises {value}")),
        ),
        share(
            "Prices lowered",
            "price-change",
            "of all quotes",
            changed(&Unit::Share, |change| &change.down, &|value| format!("lowers {value}")),
        ),
        gained(models),
        share(
            "Known prices",
            "support",
            "of its prices, those within what live has charged for the item",
            each(&|model| {
                Entry::plain(&model.support.inside, &Unit::Share, |value| {
                    format!("has {value} of its prices within what live has charged")
                })
            }),
        ),
        Line {
            picture: Picture::Part,
            ..share(
                "Evidence so far",
                "mature",
                "quotes of which it is known whether they were bought",
                each(&|_| evidence(stream)),
            )
        },
    ]
}

/// The middle price change.
fn moved(median: &Figure) -> Entry {
    Entry::signed(median, signed(median, &Unit::Share, &PRICE), "in the middle", false)
}

/// Margin where it is known, else revenue, in the first currency: the estimate of what the model's prices would have earned.
fn gained(models: &[PricingModel]) -> Line {
    let unit = models
        .iter()
        .filter_map(|model| model.support.uplift.shown()?.first())
        .map(|uplift| Unit::money(&uplift.currency, uplift.exponent))
        .next();
    Line {
        name: "Earned per 1,000 quotes",
        term: "uplift",
        means: "against live, of quotes whose price live drew at random; gains to the right of the line",
        live: None,
        entries: models.iter().map(gain).collect(),
        picture: Picture::Interval(unit.unwrap_or(Unit::Minor), vec![0.0]),
    }
}

fn gain(model: &PricingModel) -> Entry {
    let uplifts = match &model.support.uplift {
        Shown::Shown(uplifts) => uplifts,
        Shown::Refused { refused } => return Entry::refused(refused),
    };
    let Some(uplift) = uplifts.first() else { return Entry::refused("no currency has explored quotes") };
    let (of, what) = match (&uplift.margin, &uplift.revenue) {
        (Shown::Shown(margin), _) => (margin, "margin"),
        (_, Shown::Shown(revenue)) => (revenue, "revenue"),
        (_, Shown::Refused { refused }) => return Entry::refused(refused),
    };
    let unit = Unit::money(&uplift.currency, uplift.exponent);
    let found = signed(&of.doubly_robust_change, &unit, &INCOME);
    let entry = Entry::signed(
        &of.doubly_robust_change,
        found,
        &format!("of {what} per 1,000 explored quotes"),
        false,
    );
    let others = uplifts.len() - 1;
    let more = if others > 0 {
        format!(", {} apart", counted(others as u64, "other currency", "other currencies"))
    } else {
        String::new()
    };
    entry.noted(format!("{what} in {}{more}", uplift.currency))
}

fn evidence(stream: &PricingStream) -> Entry {
    let all: u64 = stream.outcomes.iter().map(|outcome| outcome.count).sum();
    let open: u64 = stream
        .outcomes
        .iter()
        .filter(|outcome| outcome.state == "unknown")
        .map(|outcome| outcome.count)
        .sum();
    if all == 0 {
        return Entry::refused("there is no quote");
    }
    let share = (all - open) as f64 / all as f64;
    Entry {
        lead: format!("{} in", Unit::Share.show(share)),
        limits: Some(format!("{} of {} quotes", count(all - open), count(all))),
        value: Some(share),
        ..Entry::default()
    }
}
