//! Who would change sides, as a picture: bars of orders by what is known of them.

use super::table;
use crate::document::FraudModel;
use crate::render::charts::{Series, legend, stack};
use crate::render::text::{count, counted};
use maud::{Markup, html};

/// Orders of one side that would be decided otherwise.
struct Side {
    what: &'static str,
    fraud: u64,
    good: u64,
    open: u64,
}

impl Side {
    fn all(&self) -> u64 {
        self.fraud + self.good + self.open
    }
}

fn sides(model: &FraudModel) -> [Side; 2] {
    let (outs, ins) = (&model.swap.outs.outcomes, &model.swap.ins);
    let fraud = ins.fraud_at_least.min(ins.count);
    let good = ins.count.saturating_sub(ins.fraud_at_most);
    [
        Side { what: "would newly be turned away", fraud: outs.fraud, good: outs.good, open: outs.undecided },
        Side { what: "would newly be accepted", fraud, good, open: ins.count.saturating_sub(fraud + good) },
    ]
}

/// All models on one scale.
pub(super) fn picture(models: &[FraudModel]) -> Markup {
    let most = models.iter().flat_map(sides).map(|side| side.all()).max().unwrap_or(0);
    let entries = [
        (Series::Fraud, "fraud".to_owned()),
        (Series::Good, "good".to_owned()),
        (Series::Live, "not known".to_owned()),
    ];
    let drawn = html! {
        @for model in models {
            p.who-changes { (model.model.label()) }
            @for side in sides(model) { (bar(&side, most)) }
        }
    };
    let basis = "Swap sets: orders that live accepted and the model would reject, and the other way round. What live \
                 declined mostly has no label. Orders that either would hold for review stand under Swap sets.";
    table::picture("Who would change sides", &legend(&entries), &drawn, basis)
}

fn bar(side: &Side, most: u64) -> Markup {
    let known = [(side.fraud, "fraud"), (side.good, "good"), (side.open, "not known")];
    let said: Vec<_> = known
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(number)))
        .collect();
    let sentence = format!("{} {}", counted(side.all(), "order", "orders"), side.what);
    let all = if said.is_empty() { sentence } else { format!("{sentence}: {}", said.join(", ")) };
    let parts = [(Series::Fraud, side.fraud), (Series::Good, side.good), (Series::Live, side.open)];
    html! {
        div.change { (stack(&parts, most, &all)) span.n { (all) } }
    }
}
