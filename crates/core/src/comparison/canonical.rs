//! What two comparisons must share to be the same decision on the same event, as bytes to hash.

use super::{ComparisonRecord, DecisionRecord, ModelRecord, SourceRecord};
use crate::decision::DecisionValue;
use crate::features::FeatureValue;

impl ComparisonRecord<'_> {
    /// Appends everything that the record says about the event, the model and both decisions: not the id, the run, the
    /// stream's and the cluster's name, the alias or the time of scoring, which differ when the same event is scored again.
    ///
    /// Texts carry their length, options a tag and every element of a list a mark before it, so that no two
    /// contents have the same bytes. Digests out there are made of these bytes, so their order stays.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        // By name, so that nobody adds a field without deciding whether it belongs here.
        let Self {
            comparison_id: _,
            mode: _,
            run_id: _,
            stream: _,
            kind,
            subject_id,
            item_id,
            customer_id,
            occurred_at_ms,
            scored_at_ms: _,
            model: ModelRecord { name, version, sha256, alias: _ },
            score,
            would_be,
            live,
            live_score,
            live_propensity,
            agrees,
            delta_amount,
            amount,
            cost_amount,
            quantity,
            currency,
            guardrails,
            segments,
            features,
            source: SourceRecord { cluster: _, topic, partition, offset, timestamp_ms },
        } = self;
        let mut out = Canonical(out);
        out.text(topic);
        out.number(i64::from(*partition));
        out.number(*offset);
        out.option(*timestamp_ms);
        out.text(name);
        out.number(i64::from(*version));
        out.text(sha256);
        out.text(kind.name());
        out.text(subject_id);
        out.optional_text(item_id.as_deref());
        out.optional_text(customer_id.as_deref());
        out.number(*occurred_at_ms);
        out.float(*score);
        out.decision(Some(*would_be));
        out.decision(*live);
        out.optional_float(*live_score);
        out.optional_float(*live_propensity);
        out.option(agrees.map(i64::from));
        out.option(*delta_amount);
        out.option(*amount);
        out.optional_text(currency.as_deref());
        out.option(*cost_amount);
        out.optional_float(*quantity);
        for step in guardrails.iter() {
            out.flag(true);
            out.text(&step.rule);
            out.number(step.before);
            out.number(step.after);
        }
        out.flag(false);
        for (name, value) in segments.iter() {
            out.flag(true);
            out.text(name);
            out.text(value);
        }
        out.flag(false);
        for (name, value) in features.iter() {
            out.flag(true);
            out.text(name);
            out.feature(&value);
        }
        out.flag(false);
    }
}

struct Canonical<'a>(&'a mut Vec<u8>);

impl Canonical<'_> {
    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(&text.len().to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn float(&mut self, number: f64) {
        self.number(number.to_bits().cast_signed());
    }

    fn optional_text(&mut self, text: Option<&str>) {
        self.flag(text.is_some());
        self.text(text.unwrap_or_default());
    }

    fn option(&mut self, number: Option<i64>) {
        self.flag(number.is_some());
        self.number(number.unwrap_or_default());
    }

    fn optional_float(&mut self, number: Option<f64>) {
        self.option(number.map(|number| number.to_bits().cast_signed()));
    }

    fn feature(&mut self, value: &FeatureValue<'_>) {
        match value {
            FeatureValue::Missing => self.0.push(0),
            FeatureValue::Number(number) => {
                self.0.push(1);
                self.float(*number);
            }
            FeatureValue::Category(text) => {
                self.0.push(2);
                self.text(text);
            }
        }
    }

    fn decision(&mut self, decision: Option<DecisionRecord>) {
        match decision.and_then(|decision| decision.0) {
            Some(DecisionValue::Action(action)) => {
                self.0.push(1);
                self.text(action.name());
            }
            // Which number it is follows from the kind.
            Some(DecisionValue::Number(_, number)) => {
                self.0.push(2);
                self.number(number);
            }
            None => self.0.push(0),
        }
    }
}
