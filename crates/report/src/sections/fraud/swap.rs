//! Live × shadow: where the decisions differ, what is known of those orders, and what isn't.

use super::view::OrderView;
use crate::document::{Figure, Outcomes, Population, SwapCell, SwapIns, SwapOuts, SwapSets};
use crate::join::State;
use crate::sections::context::Purse;
use crate::sections::words;
use crate::stats::intervals::proportion;
use bystander_core::decision::Action;

#[derive(Default)]
struct Tally {
    count: u64,
    purse: Purse,
    outcomes: Outcomes,
    frauds: Purse,
    good: Purse,
}

pub(crate) fn section(view: &OrderView<'_>) -> SwapSets {
    let mut cells: [Tally; 9] = Default::default();
    let mut without_live = 0;
    for event in &view.events {
        match view.live(*event) {
            Some(live) => cells[cell(live, view.shadow(*event))].add(view, *event),
            None => without_live += 1,
        }
    }
    let pairs = Action::ALL.into_iter().flat_map(|live| Action::ALL.map(|shadow| (live, shadow)));
    let shown = pairs.map(|(live, shadow)| show(view, live, shadow, &cells[cell(live, shadow)])).collect();
    SwapSets {
        cells: shown,
        without_live,
        outs: outs(view, &cells[cell(Action::Accept, Action::Reject)]),
        ins: ins(view, &cells[cell(Action::Reject, Action::Accept)]),
    }
}

fn cell(live: Action, shadow: Action) -> usize {
    live as usize * 3 + shadow as usize
}

impl Tally {
    fn add(&mut self, view: &OrderView<'_>, event: u32) {
        let money = view.money(event);
        self.count += 1;
        self.purse.add(money);
        match view.state(event) {
            State::Fraud => {
                self.outcomes.fraud += 1;
                self.frauds.add(money);
            }
            State::Good | State::DisputedWon => {
                self.outcomes.good += 1;
                self.good.add(money);
            }
            _ => self.outcomes.undecided += 1,
        }
    }

    fn bad_rate(&self, view: &OrderView<'_>, population: Population) -> Figure {
        let Outcomes { fraud, good, .. } = self.outcomes;
        Figure::of(proportion(fraud, fraud + good, view.confidence()), fraud + good, population)
    }
}

fn show(view: &OrderView<'_>, live: Action, shadow: Action, tally: &Tally) -> SwapCell {
    let Outcomes { fraud, good, .. } = tally.outcomes;
    let bad_rate = match fraud + good {
        0 if tally.count == 0 => Figure::refused("no order"),
        0 if live == Action::Reject => {
            Figure::refused("live rejected them, and no outcome tells what they were")
        }
        0 => Figure::refused("none has a mature label"),
        _ => tally.bad_rate(view, Population::WithLive),
    };
    SwapCell {
        live,
        shadow,
        count: tally.count,
        amounts: tally.purse.amounts(&view.chosen.context),
        outcomes: tally.outcomes,
        bad_rate,
    }
}

fn outs(view: &OrderView<'_>, tally: &Tally) -> SwapOuts {
    let Outcomes { fraud, good, undecided } = tally.outcomes;
    let sentence = format!(
        "Live accepted {} that the model would have rejected: {} turned out to be fraud, {} good, {} are undecided.",
        words::orders(tally.count),
        words::count(fraud),
        words::count(good),
        words::count(undecided)
    );
    SwapOuts {
        outcomes: tally.outcomes,
        caught: tally.frauds.amounts(&view.chosen.context),
        insulted: tally.good.amounts(&view.chosen.context),
        precision: tally.bad_rate(view, Population::SwapOuts),
        sentence,
    }
}

fn ins(view: &OrderView<'_>, tally: &Tally) -> SwapIns {
    let (least, most) = (tally.outcomes.fraud, tally.count - tally.outcomes.good);
    let sentence = format!(
        "Live rejected {} that the model would have accepted. What they would have been, nobody knows: between {} and \
         {} of them would have been fraud.",
        words::orders(tally.count),
        words::count(least),
        words::count(most)
    );
    SwapIns {
        count: tally.count,
        amounts: tally.purse.amounts(&view.chosen.context),
        fraud_at_least: least,
        fraud_at_most: most,
        sentence,
    }
}
