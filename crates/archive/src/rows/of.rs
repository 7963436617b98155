//! A comparison that was just made, as it would be read back.

use bystander_core::comparison::{
    Comparison, ComparisonRecord, GuardrailRecord, ModelRecord, SourceRecord, VerdictRecord,
};
use bystander_core::decision::Verdict;
use std::borrow::Cow;

/// What `one` says, but its id, which is left empty: it follows from the rest.
pub(crate) fn record_of<'a>(one: &Comparison<'a>) -> ComparisonRecord<'a> {
    let (position, model) = (one.position(), one.model);
    let text = Cow::Borrowed;
    ComparisonRecord {
        comparison_id: text(""),
        mode: text(one.labels.mode.name()),
        run_id: text(&one.labels.run_id),
        stream: text(&one.stream.name),
        kind: one.stream.kind(),
        subject_id: text(one.subject()),
        item_id: one.item().map(text),
        customer_id: one.customer().map(text),
        occurred_at_ms: one.occurred_at_ms(),
        scored_at_ms: one.shown_scored_at_ms(),
        model: ModelRecord {
            name: text(&model.name),
            version: model.version,
            sha256: text(&model.sha256),
            alias: model.alias.as_deref().map(text),
        },
        score: one.score,
        would_be: verdict(one.would_be()),
        live: one.live().map(verdict),
        live_score: one.live_score(),
        live_propensity: one.live_propensity(),
        agrees: one.agrees(),
        delta_amount: one.delta_amount(),
        amount: one.amount(),
        cost_amount: one.cost_amount(),
        quantity: one.quantity(),
        currency: one.currency().map(text),
        guardrails: one
            .guardrails()
            .map(|step| GuardrailRecord {
                rule: text(step.rule.name()),
                before: step.before,
                after: step.after,
            })
            .collect(),
        segments: one.segments().map(|(name, value)| (text(name), text(value))).collect(),
        features: one.features().into_iter().flatten().map(|(name, value)| (text(name), value)).collect(),
        source: SourceRecord {
            cluster: text(&one.labels.cluster),
            topic: text(&one.stream.topic),
            partition: position.partition,
            offset: position.offset,
            timestamp_ms: one.timestamp_ms(),
        },
    }
}

fn verdict(verdict: Verdict) -> VerdictRecord {
    match verdict {
        Verdict::Action(action) => VerdictRecord { action: Some(action), price_amount: None },
        Verdict::Price(amount) => VerdictRecord { action: None, price_amount: Some(amount) },
    }
}
