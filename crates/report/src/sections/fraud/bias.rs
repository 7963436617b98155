//! What distorts the figures of fraud, and how far.

use super::slices::repeats_live;
use super::view::live;
use crate::document::{BiasStatement, Measured, Population, Shown};
use crate::join::{JoinedStream, State};
use crate::sections::context::{Context, MoneyByCurrency};
use crate::sections::words;
use bystander_core::decision::Action;

#[derive(Default)]
struct Group {
    orders: u64,
    purse: MoneyByCurrency,
}

impl Group {
    fn add(&mut self, joined: &JoinedStream<'_>, event: u32) {
        self.orders += 1;
        self.purse.add(joined.stream.money(event));
    }
}

pub(crate) fn section(context: &Context<'_>, joined: &JoinedStream<'_>) -> Vec<BiasStatement> {
    let [mut declined, mut selected, mut reviewed, mut refunded, mut unclear, mut unknown]: [Group; 6] =
        Default::default();
    let (mut frauds, mut labelled) = (0, 0);
    for (event, state) in joined.states.iter().enumerate() {
        let event = event as u32;
        match state {
            State::Future => continue,
            State::Declined => declined.add(joined, event),
            State::Fraud if live(joined, event) == Some(Action::Reject) => selected.add(joined, event),
            State::Refunded => refunded.add(joined, event),
            State::Unclear => unclear.add(joined, event),
            _ => {}
        }
        match live(joined, event) {
            Some(Action::Review) => reviewed.add(joined, event),
            None => unknown.add(joined, event),
            _ => {}
        }
        if let Some(fraud) = state.is_fraud() {
            labelled += 1;
            frauds += u64::from(fraud);
        }
    }
    let bound = |hidden: u64| {
        let most = (frauds + hidden) as f64 / (labelled + hidden).max(1) as f64;
        Shown::<Measured>::new(most, labelled + hidden, Population::Labelled)
            .noted("share of fraud, were all of these orders fraud")
    };
    let statement = |about: &str, group: &Group, sentence: String, bounded: bool| BiasStatement {
        about: about.to_owned(),
        sentence,
        orders: group.orders,
        amounts: group.purse.amounts(context),
        bound: bounded.then(|| bound(group.orders)),
    };
    let late = context.joined.late_labels;
    let mut found = vec![
        statement(
            "Declined orders have no label",
            &declined,
            format!(
                "Live declined {} that no outcome labels. Figures that depend on what they would have been (about live, \
                 against live, and over all orders) are ranges from none of them fraud to all of them. Curves, \
                 calibration, slices and comparisons of two models are about orders that live did not decline: fraud \
                 that live already stops is not in them. Labels of declined orders narrow the ranges: a manual review, \
                 a bureau's answer, or a small share that live lets through at random.",
                words::orders(declined.orders)
            ),
            true,
        ),
        statement(
            "Reviews label what live held",
            &reviewed,
            format!(
                "{} went to manual review. Their labels come early and from people who saw live's score: they favour \
                 whatever agrees with live, and a fraud that a reviewer let pass counts as good until a dispute.",
                words::orders(reviewed.orders)
            ),
            false,
        ),
        statement(
            "Refunds hide disputes",
            &refunded,
            format!(
                "{} were refunded without a label. A refund may have pre-empted a dispute, so they are in no rate.",
                words::orders(refunded.orders)
            ),
            true,
        ),
    ];
    if selected.orders > 0 && declined.orders > 0 {
        let sentence = format!(
            "{} that live declined turned out to be fraud all the same. These labels select themselves: of a declined \
             order mostly fraud is ever reported, so the share of fraud among labelled declines says nothing about \
             the others. They count as frauds, and never stand for those without a label.",
            words::orders(selected.orders)
        );
        found.push(statement("Labels of declined orders select themselves", &selected, sentence, false));
    }
    if unclear.orders > 0 {
        let sentence = format!(
            "{} were disputed for a reason that isn't said to be fraud; they are in no rate.",
            words::orders(unclear.orders)
        );
        found.push(statement("Disputes of another kind", &unclear, sentence, true));
    }
    for segment in joined.stream.segments.iter().filter(|segment| repeats_live(joined, segment)) {
        found.push(BiasStatement {
            about: format!("Segment `{}` repeats live's decision", segment.name),
            sentence: format!(
                "Each value of `{}` goes with one decision of live, so it says what live did and nothing about the order. \
                 There are no slices by it.",
                segment.name
            ),
            orders: joined.states.iter().filter(|state| **state != State::Future).count() as u64,
            amounts: Vec::new(),
            bound: None,
        });
    }
    if unknown.orders > 0 {
        let sentence = format!(
            "{} have no live decision. Without bad news they count as good at maturity, as if live had accepted them.",
            words::orders(unknown.orders)
        );
        found.push(statement("Orders without a live decision", &unknown, sentence, false));
    }
    if late > 0 {
        found.push(BiasStatement {
            about: "Labels after maturity".to_owned(),
            sentence: format!(
                "{late} fraud labels came after the maturity age: orders that count as good today may still turn. A \
                 longer maturity would show fewer and later, but truer, figures."
            ),
            orders: late,
            amounts: Vec::new(),
            bound: None,
        });
    }
    found
}
