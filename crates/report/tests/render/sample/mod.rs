//! Three reports by hand: a rich one that has every key, one of an empty run, and one that refuses all it can.

mod kinds;
mod money;
mod refused;
mod shared;

use bystander_core::kind::Kind;
use bystander_core::time::Rfc3339;
use bystander_report::document::*;
use shared::{amount, figure, model, plain};
use std::collections::BTreeMap;

pub(crate) use refused::{empty, refused};

/// A segment value that would be a script, were it not escaped.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[31m\u{202e} & \"quoted\"";
/// 2026-03-01.
pub(crate) const START: i64 = 1_772_323_200_000;
pub(crate) const DAY: i64 = 86_400_000;

/// Every key of the schema is in it.
pub(crate) fn rich() -> Report {
    Report { schema: SCHEMA, header: header(), chapters: kinds::chapters(), gates: gates(), data: quality() }
}

fn header() -> Header {
    let verdict = Verdict {
        word: VerdictWord::NotMet,
        headline: "fraud@challenger isn't ready: it insults more good customers than allowed".into(),
        sentences: vec![
            "One of four gates is not met, two are met, one waits for more labels.".into(),
            "It would have caught EUR 48,210 of fraud that live let through, and declined EUR 91,400 of good orders."
                .into(),
            "Labels are 87 % complete: figures of the last three weeks will still move.".into(),
        ],
        failed_gates: vec!["insult rate no worse than live".into()],
    };
    let span = |from: i64, to: i64| Span { from: Rfc3339(START + from * DAY), to: Rfc3339(START + to * DAY) };
    Header {
        verdict,
        as_of: Rfc3339(START + 92 * DAY),
        events: Some(span(0, 91)),
        scored: Some(span(0, 91)),
        settings: SettingsReceipt {
            binary_version: Some("0.1.0".into()),
            config_sha256: Some("4f".repeat(32)),
            maturity_days: 45.0,
            confidence: 0.95,
            resamples: 1000,
            seed: 7,
            min_slice: 50,
            run: Some("shadow-eu".into()),
            live_model: Some("fraud@champion".into()),
        },
        streams: vec![receipt("orders", Kind::Orders), receipt("quotes", Kind::Prices)],
        models: vec![
            model_receipt("orders", model("fraud", 1, "champion"), true),
            model_receipt("orders", model("fraud", 2, "challenger"), false),
            model_receipt("quotes", model("pricing", 3, "challenger"), false),
        ],
    }
}

fn receipt(stream: &str, kind: Kind) -> StreamReceipt {
    StreamReceipt {
        stream: stream.into(),
        kind,
        events: 84_211,
        coverage: figure(0.9987, 0.9984, 0.9989, 84_321, Population::Records),
        dead_letters: Some(12),
        skips: BTreeMap::from([("not_an_order".into(), 410), ("no_total".into(), 98)]),
        without_live: 37,
        late: 219,
        currencies: BTreeMap::from([("EUR".into(), 80_104), ("JPY".into(), 4_107)]),
    }
}

fn model_receipt(stream: &str, model: ModelKey, same_model: bool) -> ModelReceipt {
    let run = |mode: &str, id: &str, chosen| RunReceipt {
        mode: mode.into(),
        run_id: id.into(),
        comparisons: 84_211,
        duplicates: 16,
        repeated_subjects: 3,
        chosen,
    };
    let range = |partition| OffsetRange {
        cluster: "shop".into(),
        topic: "shop.orders.v1".into(),
        partition,
        first: 1_200_044,
        last: 1_228_113,
        comparisons: 28_070,
    };
    ModelReceipt {
        stream: stream.into(),
        model,
        runs: vec![run("live", "shadow-eu", true), run("replay", "2026-05-30-backfill", false)],
        comparisons: 84_211,
        contract: "thresholds and frozen distributions are those of its folder".into(),
        partitions: (0..3).map(range).collect(),
        latency: Shown::Shown(Latency {
            p50_ms: plain(41.0, 84_211, Population::Records),
            p95_ms: plain(133.0, 84_211, Population::Records),
            p99_ms: plain(412.0, 84_211, Population::Records),
        }),
        aa_floor: Shown::Shown(AaFloor {
            mean_difference: figure(0.000_021, -0.000_004, 0.000_046, 84_174, Population::WithLive),
            lower_limit: -0.000_9,
            upper_limit: 0.000_94,
            largest: plain(0.0031, 84_174, Population::WithLive),
            same_model,
        }),
    }
}

fn gates() -> Vec<GateResult> {
    let gate = |name: &str, metric: &str, result, figure, bound, sentence: &str| GateResult {
        name: name.into(),
        model: "fraud@challenger".into(),
        metric: metric.into(),
        requirement: format!("{metric} of fraud@challenger against live, margin {bound}"),
        result,
        figure,
        bound,
        unit: match metric {
            "cost_per_1000" => Unit::Money,
            "price_change_median" => Unit::RelativeChange,
            _ => Unit::ShareDifference,
        },
        currency: (metric == "cost_per_1000").then(|| "EUR".into()),
        labels: 61_208,
        min_labels: 20_000,
        watched: result != VerdictWord::Met,
        horizon: (result == VerdictWord::Met).then_some(Rfc3339(START + 90 * DAY)),
        sentence: sentence.into(),
    };
    let watched =
        |value, low, high| shared::by(value, low, high, shared::SEQUENCE, 61_208, Population::Labelled);
    vec![
        gate(
            "recall at least that of live",
            "recall",
            VerdictWord::Met,
            figure(0.081, 0.042, 0.12, 1_204, Population::Labelled),
            -0.02,
            "The whole interval lies above −0.02.",
        ),
        gate(
            "insult rate no worse than live",
            "insult_rate",
            VerdictWord::NotMet,
            watched(0.0131, 0.0108, 0.0155),
            0.005,
            "The whole interval lies above 0.005: more good customers would be declined.",
        ),
        gate(
            "cost per 1,000 orders",
            "cost_per_1000",
            VerdictWord::Hold,
            watched(-412.0, -1_120.0, 260.0),
            0.0,
            "The interval holds 0: more labels are needed.",
        ),
        GateResult {
            labels: 0,
            ..gate(
                "median price change",
                "price_change_median",
                VerdictWord::Hold,
                Figure::refused("no quote of this model has a live price"),
                0.02,
                "Nothing to judge yet.",
            )
        },
    ]
}

fn quality() -> DataQuality {
    let count =
        |name: &str, count, meaning: &str| Count { name: name.into(), count, meaning: meaning.into() };
    DataQuality {
        counts: vec![
            count("comparisons_read", 336_844, "Comparisons read from all sources."),
            count(
                "outcomes_unknown_subject",
                412,
                "Outcomes of orders that no comparison is about; counted, not used.",
            ),
            count("outcomes_before_order", 3, "Outcomes dated before their order; counted, not used."),
            count(
                "conflicting_labels",
                18,
                "Orders whose outcomes disagree; settled by the precedence below.",
            ),
            count("malformed_outcomes", 7, "Lines that are no outcome."),
        ],
        malformed: vec![count("missing_field at /occurred_at", 7, "Lines left out for this reason.")],
        outcomes: vec![
            count("dispute_lost", 801, "A dispute that the shop lost: fraud."),
            count("refunded", 2_114, "Given back before a dispute could arise."),
        ],
        precedence: vec![
            "A lost dispute outweighs everything.".into(),
            "Among equals the one reported last stands.".into(),
        ],
    }
}

/// Every amount of money that a table shows.
pub(crate) fn money(minor: i64) -> Vec<Amount> {
    vec![amount("EUR", 2, minor), amount("JPY", 0, minor * 3 / 2)]
}
