//! What two comparisons must share to be the same decision on the same event, as bytes to hash.

use super::Comparison;
use crate::decision::Verdict;
use crate::features::FeatureValue;

impl Comparison<'_> {
    /// Appends everything the comparison says about the event, the model and both decisions: not the run, the
    /// cluster's name, the alias or the time of scoring, which differ when the same event is scored again.
    ///
    /// Texts carry their length, options a tag and every element of a list a mark before it, so that no two
    /// contents have the same bytes.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        let position = self.position();
        let mut out = Canonical(out);
        out.text(&self.stream.topic);
        out.number(i64::from(position.partition));
        out.number(position.offset);
        out.option(self.timestamp_ms());
        out.text(&self.model.name);
        out.number(i64::from(self.model.version));
        out.text(&self.model.sha256);
        out.text(self.stream.kind().name());
        out.text(self.subject());
        out.optional_text(self.item());
        out.optional_text(self.customer());
        out.number(self.occurred_at_ms());
        out.float(self.score);
        out.verdict(Some(self.would_be()));
        out.verdict(self.live());
        out.optional_float(self.live_score());
        out.optional_float(self.live_propensity());
        out.option(self.agrees().map(i64::from));
        out.option(self.delta_amount());
        out.option(self.amount());
        out.optional_text(self.currency());
        out.option(self.cost_amount());
        out.optional_float(self.quantity());
        for step in self.guardrails() {
            out.flag(true);
            out.text(step.rule.name());
            out.number(step.before);
            out.number(step.after);
        }
        out.flag(false);
        for (name, value) in self.segments() {
            out.flag(true);
            out.text(name);
            out.text(value);
        }
        out.flag(false);
        for (name, value) in self.features().into_iter().flatten() {
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

    fn verdict(&mut self, verdict: Option<Verdict>) {
        match verdict {
            None => self.0.push(0),
            Some(Verdict::Action(action)) => {
                self.0.push(1);
                self.text(action.name());
            }
            Some(Verdict::Price(amount)) => {
                self.0.push(2);
                self.number(amount);
            }
        }
    }
}
