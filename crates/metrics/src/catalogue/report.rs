//! What `report --watch` exports. It is no instance of `run`: nothing here counts records or shards, and there is no
//! `bystander_build_info`, by which alerts tell how many instances run.

use super::{Counter, Ended, Stream};
use crate::family::{Declared, Definition, LabelSet};
use prometheus::GaugeVec;

label_set!(
    #[doc = "A figure of a model version on a stream; `currency` is empty where it is no money."]
    Figure { stream, model, version, metric, currency }
);
label_set!(
    #[doc = "A gate and a result that it can have."]
    GateResult { gate, result }
);

type Computed<L> = Declared<L, GaugeVec>;

/// Results of a gate.
pub const GATE_RESULTS: [&str; 3] = ["met", "not_met", "hold"];

/// Results of a round.
pub(crate) const MADE: &str = "made";
pub(crate) const FAILED: &str = "failed";

/// The words of `metric`, with what each means. Words that gates have, too, mean the same there.
pub const FIGURES: &[(&str, &str)] = &[
    ("recall", "frauds rejected ÷ mature frauds"),
    ("recall_developed", "the same, with frauds weighted for those still to be reported"),
    ("precision", "frauds among rejected orders with a mature label"),
    (
        "precision_developed",
        "the same of all rejected orders, with frauds weighted for those still to be reported",
    ),
    ("insult_rate", "good orders rejected ÷ mature good orders: the false-positive rate"),
    ("alert_rate", "orders rejected ÷ orders"),
    ("average_precision", "area under precision over recall"),
    ("prevalence", "share of fraud: what average precision would be by chance"),
    ("auc", "area under the ROC curve"),
    ("agreement", "orders decided as live did"),
    ("recall_less_champion", "challenger less champion, on the same orders"),
    ("insult_rate_less_champion", "challenger less champion, on the same orders"),
    ("auc_less_champion", "challenger less champion, on the same orders"),
    ("cost_per_1000_less_live", "cost per 1,000 orders, model less live: negative saves money"),
    ("cost_per_1000_less_champion", "cost per 1,000 orders, challenger less champion"),
    ("fraud_caught", "money of frauds that the model would have stopped and live let through"),
    ("fraud_missed", "money of frauds that both let through"),
    ("good_declined", "money of good orders that the model would have declined and live let through"),
    ("price_change_median", "median of shadow ÷ live price − 1"),
    ("priced_up", "share of quotes"),
    ("priced_down", "share of quotes"),
    ("price_within_tolerance", "share of quotes"),
    ("guardrail_moved", "share of quotes whose price a guardrail moved"),
    ("inside_known_prices", "share of shadow prices inside the item's own range of live prices"),
    (
        "revenue_change",
        "money that the model's prices would have added to what was sold, at unchanged demand: not an uplift",
    ),
    (
        "revenue_uplift_per_1000",
        "revenue per 1,000 quotes, model less live, by live's random prices; doubly robust",
    ),
    ("margin_uplift_per_1000", "the same of revenue less cost"),
];

pub(crate) const VALUE: Computed<Figure<'static>> = Declared::computed(
    "bystander_report_value",
    "A headline figure of the newest report; money in minor units. No sample where the report refuses it, or where labels of declined orders leave a range.",
);
pub(crate) const LOW: Computed<Figure<'static>> = Declared::computed(
    "bystander_report_low",
    "Lower limit of the figure's interval, where it has one; of a range, its lower end with sampling error.",
);
pub(crate) const HIGH: Computed<Figure<'static>> = Declared::computed(
    "bystander_report_high",
    "Upper limit of the figure's interval, where it has one; of a range, its upper end with sampling error.",
);
pub(crate) const GATE: Computed<GateResult<'static>> =
    Declared::computed("bystander_report_gate", "1 for the result that the gate has now, 0 for the others.");
pub(crate) const MATURED: Computed<Stream<'static>> = Declared::computed(
    "bystander_report_matured_labels",
    "Events that the figures rest on: orders with a mature label, quotes whose end is known.",
);
pub(crate) const GENERATED: Computed<()> = Declared::computed(
    "bystander_report_generated_timestamp_seconds",
    "When the newest report was begun, seconds since the Unix epoch.",
);
pub(crate) const ROUND_SECONDS: Computed<()> =
    Declared::computed("bystander_report_round_seconds", "Time that the newest report took to be made.");
pub(crate) const ROUNDS: Counter<Ended<'static>> = Declared::counter(
    "bystander_report_rounds_total",
    "Rounds, by how they ended; a failed one is tried again.",
);

/// Every metric of a scrape of `report --watch`, in the order of the documentation, but for the process's own.
pub const DEFINITIONS: &[Definition] = &[
    VALUE.definition,
    LOW.definition,
    HIGH.definition,
    GATE.definition,
    MATURED.definition,
    GENERATED.definition,
    ROUND_SECONDS.definition,
    ROUNDS.definition,
];
