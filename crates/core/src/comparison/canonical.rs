//! What two comparisons must share to be the same decision on the same event, as bytes to hash.

use super::Comparison;
use crate::decision::Verdict;

impl Comparison<'_> {
    /// Appends everything the comparison says about the event, the model and both decisions: not the run, the
    /// cluster's name, the alias or the time of scoring, which differ when the same event is scored again.
    ///
    /// Texts carry their length and options a tag, so that no two contents have the same bytes.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        let row = &self.batch.rows()[self.row];
        let mut out = Canonical(out);
        out.text(&self.stream.topic);
        out.number(i64::from(row.position.partition));
        out.number(row.position.offset);
        out.option(row.timestamp_ms);
        out.text(&self.model.name);
        out.number(i64::from(self.model.version));
        out.text(&self.model.sha256);
        out.text(self.stream.kind().name());
        out.text(self.batch.text(row.subject));
        out.flag(row.item.is_some());
        out.text(row.item.map_or("", |item| self.batch.text(item)));
        out.number(row.occurred_at_ms);
        out.number(self.score.to_bits().cast_signed());
        out.verdict(Some(self.decision.would_be));
        out.verdict(self.decision.live);
        out.option(self.decision.agrees.map(i64::from));
        out.option(self.decision.delta_amount);
        let money = row.facts.money();
        out.option(money.map(|(amount, _)| amount));
        out.text(money.as_ref().map_or("", |(_, currency)| currency.code()));
        for step in self.decision.trail.steps() {
            out.text(step.rule.name());
            out.number(step.before);
            out.number(step.after);
        }
        for (segment, value) in self.stream.segments.iter().zip(self.batch.row_segments(self.row)) {
            out.text(&segment.name);
            out.flag(value.is_some());
            out.text(value.map_or("", |value| self.batch.text(value)));
        }
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

    fn option(&mut self, number: Option<i64>) {
        self.flag(number.is_some());
        self.number(number.unwrap_or_default());
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
