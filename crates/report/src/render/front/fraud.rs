//! Six figures of each model of a stream of orders.

use super::{Entry, Line, Picture, of};
use crate::document::{
    Drift, Figure, FraudModel, FraudStream, GateResult, MoneySection, OperatingPoint, Shown, VerdictWord, Who,
};
use crate::render::points;
use crate::render::signs::{COST, signed};
use crate::render::text::{Unit, count, counted};

/// PSI above which a distribution counts as moved, and as moved far.
const MOVED: [f64; 2] = [0.1, 0.25];
const NO_POINT: &str = "the model has no decisions to judge";

/// The lines of the first page.
pub(crate) fn fraud(stream: &FraudStream, gates: &[GateResult]) -> Vec<Line> {
    let models = &stream.models;
    let each = |entry: &dyn Fn(&FraudModel) -> Entry| models.iter().map(entry).collect::<Vec<_>>();
    vec![
        Line {
            name: "Fraud caught",
            term: "recall",
            means: "of all fraud",
            live: live(models, |point| &point.recall),
            entries: each(&|model| caught(model, stream)),
            picture: Picture::Interval(Unit::Share, Vec::new()),
        },
        Line {
            name: "False positives",
            term: "false-positive-rate",
            means: "good customers turned away",
            live: live(models, |point| &point.insult_rate),
            entries: each(&turned_away),
            picture: Picture::Interval(Unit::Share, Vec::new()),
        },
        Line {
            name: "Held for review",
            term: "review-share",
            means: "orders people would look at",
            live: models.first().map(|model| reviewed(&model.live_reviewed)),
            entries: each(&|model| reviewed(&model.reviewed)),
            picture: Picture::Interval(Unit::Share, Vec::new()),
        },
        saved(models),
        Line {
            name: "Evidence so far",
            term: "mature",
            means: "orders old enough to judge",
            live: None,
            entries: each(&|model| evidence(model, stream, gates)),
            picture: Picture::Part,
        },
        Line {
            name: "Drift",
            term: "psi",
            means: "score and inputs against training",
            live: None,
            entries: each(&|model| drift(&model.drift)),
            picture: Picture::Interval(Unit::Number, MOVED.to_vec()),
        },
    ]
}

/// What live's is, as the first model that has it tells.
fn live(models: &[FraudModel], figure: fn(&OperatingPoint) -> &Figure) -> Option<Entry> {
    let point = models.iter().find_map(|model| points::of(&model.thresholds, Who::Live))?;
    figure(point).shown()?;
    Some(Entry::plain(figure(point), &Unit::Share, str::to_owned))
}

fn caught(model: &FraudModel, stream: &FraudStream) -> Entry {
    let Some(point) = points::headline(&model.thresholds) else { return Entry::refused(NO_POINT) };
    let (recall, how) = points::recall(point, stream.maturity.headline);
    let entry = Entry::plain(recall, &Unit::Share, |value| format!("catches {value} of fraud{how}"));
    let frauds = point.true_positives + point.false_negatives;
    let known = of(point.true_positives, frauds, "known frauds");
    // Developed: made up for frauds that are still to be reported.
    entry.noted(format!("{known}{how}").replace(", developed", "; developed for those to come"))
}

fn turned_away(model: &FraudModel) -> Entry {
    let Some(point) = points::headline(&model.thresholds) else { return Entry::refused(NO_POINT) };
    let rate = &point.insult_rate;
    let entry = Entry::plain(rate, &Unit::Share, |value| format!("turns away {value} of good customers"));
    let good = point.false_positives + point.true_negatives;
    entry.noted(of(point.false_positives, good, "known good orders"))
}

fn reviewed(share: &Figure) -> Entry {
    Entry::plain(share, &Unit::Share, |value| format!("holds {value} for review"))
}

/// The total if the config gives rates, else in the currency of most orders.
fn saved(models: &[FraudModel]) -> Line {
    let currency = leading(models);
    let entries = models.iter().map(|model| money(model, currency.as_deref()).unwrap_or_else(Entry::refused));
    let unit = match (models.iter().find_map(|model| model.total.shown()), currency.as_deref()) {
        (Some(total), _) => Unit::money(&total.currency, total.exponent),
        (None, Some(code)) => {
            let found = models.iter().flat_map(|model| &model.money).find(|money| money.currency == code);
            Unit::money(code, found.map_or(2, |money| money.exponent))
        }
        (None, None) => Unit::Minor,
    };
    Line {
        name: "Saved per 1,000 orders",
        term: "saved",
        means: "against live; right of the line saves",
        live: None,
        entries: entries.collect(),
        picture: Picture::Interval(unit, vec![0.0]),
    }
}

fn money(model: &FraudModel, currency: Option<&str>) -> Result<Entry, &'static str> {
    let per = "per 1,000 orders";
    if let Some(total) = model.total.shown() {
        let found = signed(&total.delta_per_1000, &Unit::money(&total.currency, total.exponent), &COST);
        let entry = Entry::signed(&total.delta_per_1000, found, per, true);
        let assumed = model.money.iter().any(|money| money.costs.assumed);
        return Ok(own_costs(entry.noted(format!("all currencies, rates of {}", total.date)), assumed));
    }
    let money = model.money.iter().find(|money| Some(money.currency.as_str()) == currency);
    let money = money.ok_or("no currency has enough labelled orders")?;
    let unit = Unit::money(&money.currency, money.exponent);
    let found = signed(&money.delta_per_1000, &unit, &COST);
    let entry = Entry::signed(&money.delta_per_1000, found, per, true);
    let others = model.money.len() - 1;
    let entry = if others > 0 {
        let more = counted(others as u64, "other currency", "other currencies");
        entry.noted(format!("{} only; {more} under Money", money.currency))
    } else {
        entry
    };
    Ok(own_costs(entry, money.costs.assumed))
}

fn own_costs(entry: Entry, assumed: bool) -> Entry {
    if assumed { entry.noted("under the program's own costs".to_owned()) } else { entry }
}

/// The currency with most orders that have money.
pub(crate) fn leading(models: &[FraudModel]) -> Option<String> {
    let orders = |money: &MoneySection| money.live_per_1000.shown().map_or(0, |live| live.n);
    let all = models.iter().flat_map(|model| &model.money);
    // The first of equals: currencies stand in the order of their codes.
    let most = all.reduce(|most, next| if orders(next) > orders(most) { next } else { most })?;
    Some(most.currency.clone())
}

fn drift(drift: &Drift) -> Entry {
    let psi = |figure: &Figure| figure.value();
    let measured = drift.rows.iter().filter_map(|row| Some((row, psi(&row.psi)?)));
    let Some((worst, largest)) = measured.clone().max_by(|one, two| one.1.total_cmp(&two.1)) else {
        let why = drift.rows.iter().find_map(|row| row.psi.reason()).unwrap_or("nothing was compared");
        return Entry::refused(why);
    };
    let all = measured.count() as u64;
    let flagged = drift.rows.iter().filter(|row| row.flagged).count() as u64;
    let (lead, phrase) = if flagged == 0 {
        ("No drift".to_owned(), "shows no drift".to_owned())
    } else {
        let moved = format!("{} of {} moved", count(flagged), count(all));
        (moved, format!("sees drift in {} of {} inputs and score", count(flagged), count(all)))
    };
    Entry {
        lead,
        limits: Some(format!("largest PSI {}, {}", Unit::Number.show(largest), worst.name)),
        phrase: Some(phrase),
        value: Some(largest),
        ends: Some((0.0, largest)),
        ..Entry::default()
    }
}

fn evidence(model: &FraudModel, stream: &FraudStream, gates: &[GateResult]) -> Entry {
    let share = &stream.maturity.mature_share;
    let frauds =
        points::headline(&model.thresholds).map(|point| point.true_positives + point.false_negatives);
    let known = frauds.map(|frauds| counted(frauds, "fraud known", "frauds known"));
    let mut entry = match share {
        Shown::Shown(measured) => Entry {
            lead: measured
                .value
                .map_or("undefined".to_owned(), |value| format!("{} in", Unit::Share.show(value))),
            limits: known.clone(),
            value: measured.value,
            ..Entry::default()
        },
        Shown::Refused { refused } => Entry::refused(refused),
    };
    let own = gates.iter().filter(|gate| means(model, &gate.model) && gate.labels < gate.min_labels);
    let shortest = own.min_by_key(|gate| gate.labels * 1_000 / gate.min_labels.max(1));
    entry.note = match shortest {
        Some(gate) => {
            Some(format!("{} labels that a gate needs", of(gate.labels, gate.min_labels, "").trim_end()))
        }
        None if gates.iter().any(|gate| means(model, &gate.model)) => {
            reported(stream).or_else(|| Some(enough(model, gates)))
        }
        None => entry.note.or_else(|| reported(stream)),
    };
    entry.phrase = known;
    entry
}

/// What is said where each gate has its labels; the range over labels that nobody has may still leave one open.
fn enough(model: &FraudModel, gates: &[GateResult]) -> String {
    let open = |gate: &&GateResult| means(model, &gate.model) && gate.result == VerdictWord::Hold;
    match gates.iter().filter(open).count() as u64 {
        0 => "enough for each of its gates".to_owned(),
        open => format!("labels suffice; {} undecided", counted(open, "gate is", "gates are")),
    }
}

/// How many of the window's frauds have been reported, where not all have.
fn reported(stream: &FraudStream) -> Option<String> {
    let share = stream.maturity.reported.value().filter(|share| *share < 0.995)?;
    Some(format!("about {} of this window's fraud reported", Unit::Share.placed(share, 0, true)))
}

/// Whether a gate's `model` means this one.
pub(crate) fn means(model: &FraudModel, name: &str) -> bool {
    let key = &model.model;
    name == key.label()
        || key.alias.as_deref() == Some(name)
        || name == format!("{}/{}", key.name, key.version)
}
