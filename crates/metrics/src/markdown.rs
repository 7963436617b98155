//! The catalogue as documentation.

use crate::catalogue::{DEFINITIONS, report};
use crate::clusters::Cluster;
use crate::family::Definition;
use crate::health::ShardState;
use crate::kinds::metrics;
use crate::meters::{DEAD_LETTER, SCORED, SKIPPED};
use crate::observer::ENDS;
use bystander_core::decision::GuardrailRule;
use bystander_core::drift::{LEAST_ROWS, MOST_BY_CHANCE, ROWS_PER_SECOND, SLOTS};
use bystander_core::kind::Kind;
use bystander_core::rejection::SkipReason;
use bystander_pipeline::TransactionEnd;
use std::fmt::Write as _;

/// `METRICS.md`: every metric with its type, labels and meaning, the buckets, and the words of the labels.
pub fn catalogue_markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         Served at `/metrics` in Prometheus' text format. This page is generated from the code, and a test\n\
         compares the two. Labels come from the config, the model repository and the code, never from an\n\
         event; the one exception is `currency`, a code of ISO 4217 or the event is a dead letter.\n\n\
         | metric | type | labels | meaning |\n|---|---|---|---|\n",
    );
    DEFINITIONS.iter().for_each(|metric| page.push_str(&row(metric)));
    page.push_str(
        "\nThe table above is what `bystander run` exports. `bystander report --watch` exports the following, and the\n\
         `process_` metrics. A figure's labels come from the comparisons: stream, model and version as `run` or `replay`\n\
         wrote them, and the currency by its code of ISO 4217. All but the rounds are of the newest report: what it\n\
         doesn't say isn't there.\n\n\
         | metric | type | labels | meaning |\n|---|---|---|---|\n",
    );
    report::DEFINITIONS.iter().for_each(|metric| page.push_str(&row(metric)));
    page.push_str("\n## Buckets\n\n| histogram | upper bounds, then `+Inf` |\n|---|---|\n");
    for metric in DEFINITIONS.iter().filter(|metric| !metric.buckets.is_empty()) {
        let bounds: Vec<String> = metric.buckets.iter().map(f64::to_string).collect();
        // Writing to a String can't fail.
        let _ = writeln!(page, "| `{}` | {} |", metric.name, bounds.join(" "));
    }
    page.push_str("\n## Words\n\n| metric | labels | values |\n|---|---|---|\n");
    for (metric, labels, values) in words() {
        let _ = writeln!(page, "| `{metric}` | {} | {} |", code(labels), code(&values));
    }
    page.push_str(
        "\nA record counts as `scored` when every model of its stream decided it; it then has one comparison\n\
         per model. `none` means that the event carries no live decision. Stages and codes of dead letters\n\
         are those of the dead letters' own headers. `bystander_amount_minor_total` has the cells of\n\
         `bystander_comparisons_total`, once per currency.\n",
    );
    page.push_str(&drift());
    page.push_str("\n## Figures of the report\n\n| `metric` | meaning |\n|---|---|\n");
    for (word, meaning) in report::FIGURES {
        let _ = writeln!(page, "| `{word}` | {meaning} |");
    }
    page
}

/// When there are gauges of drift.
fn drift() -> String {
    format!(
        "\n## Drift\n\n\
         There is one window per process, whatever its shards, as long as `drift.window` says, in {SLOTS} parts; a\n\
         shard counts at most {ROWS_PER_SECOND} rows of a model in a second. There is no gauge with fewer than {LEAST_ROWS} rows in\n\
         the window, and no stability index where chance alone would make more than {MOST_BY_CHANCE} of it:\n\
         (bins - 1) ÷ values. A stability index needs a `[reference]` in the model's contract, and a feature that\n\
         isn't a function of the clock (`hour_of_day`, `day_of_week`): those differ from training by construction,\n\
         a window of an hour holds one hour of the day. Missing and unseen values are told where the contract\n\
         gives them a stand-in that no other value has: `missing = \"nan\"` tells, `missing = 0` doesn't. For\n\
         prices the score is the model's output, before unit and guardrails.\n"
    )
}

fn row(metric: &Definition) -> String {
    let (name, kind, help) = (metric.name, metric.metric_type.name(), metric.help);
    format!("| `{name}` | {kind} | {} | {help} |\n", code(metric.labels))
}

fn code<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A metric, labels of it, and what they may be.
type Words = Vec<(&'static str, &'static [&'static str], Vec<String>)>;

/// Labels whose values are words of the code.
fn words() -> Words {
    let pairs = |kind| {
        let cells = metrics(kind).cells().into_iter();
        cells.map(|cell| format!("{} {}", cell.live, cell.would_be)).collect::<Vec<_>>()
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut words: Words = vec![
        ("bystander_records_total", &["result"], owned(&[SCORED, SKIPPED, DEAD_LETTER])),
        ("bystander_skips_total", &["reason"], owned(&SkipReason::ALL.map(SkipReason::name))),
    ];
    for kind in Kind::ALL {
        words.push(("bystander_comparisons_total", &["live", "would_be"], pairs(kind)));
    }
    let further: Words = vec![
        ("bystander_guardrail_hits_total", &["rule"], owned(&GuardrailRule::ALL.map(GuardrailRule::name))),
        ("bystander_transactions_total", &["result"], owned(&ENDS.map(TransactionEnd::name))),
        (
            "bystander_cluster_answer_age_seconds",
            &["cluster"],
            owned(&[Cluster::Live, Cluster::Shadow].map(Cluster::name)),
        ),
        ("bystander_shards", &["state"], owned(&ShardState::ALL.map(ShardState::name))),
        ("bystander_report_gate", &["result"], owned(&report::GATE_RESULTS)),
        ("bystander_report_rounds_total", &["result"], owned(&[report::MADE, report::FAILED])),
    ];
    words.extend(further);
    words
}
