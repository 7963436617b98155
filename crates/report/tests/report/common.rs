//! Rows made by hand.

use bystander_core::comparison::{
    ComparisonRecord, Features, GuardrailHits, ModelRecord, Segments, SourceRecord,
};
use bystander_core::decision::{Action, DecisionValue};
use bystander_core::features::FeatureValue;
use bystander_core::kind::Kind;
use bystander_core::outcome::{Label, Outcome, OutcomeType};
use bystander_core::time::DAY_MS;
use bystander_report::document::{Count, Figure, FraudModel, FraudStream, Report, Shown};
use bystander_report::{Dataset, Gates, ReportSettings};

/// 2026-01-05, a Monday.
pub(crate) const START_MS: i64 = 1_767_571_200_000;
pub(crate) const FRAUD: Option<Label> = Some(Label::Fraud);
pub(crate) const LEGIT: Option<Label> = Some(Label::Legit);

/// Day `day` of the window.
pub(crate) fn day(day: i64) -> i64 {
    START_MS + day * DAY_MS
}

/// An order, live accepted, which the model accepts.
pub(crate) fn order(id: &str) -> ComparisonRecord<'static> {
    let id = id.to_owned();
    ComparisonRecord {
        comparison_id: format!("shop.orders/0/{id}/fraud/1/abc/job").into(),
        mode: "live".into(),
        run_id: "job".into(),
        stream: "orders".into(),
        kind: Kind::Orders,
        subject_id: id.clone().into(),
        item_id: None,
        customer_id: Some(format!("c-{id}").into()),
        occurred_at_ms: START_MS,
        scored_at_ms: Some(START_MS + 250),
        model: ModelRecord {
            name: "fraud".into(),
            version: 1,
            sha256: "abcdef".into(),
            alias: Some("fraud@champion".into()),
        },
        score: 0.1,
        would_be: DecisionValue::Action(Action::Accept).into(),
        live: Some(DecisionValue::Action(Action::Accept).into()),
        live_score: None,
        live_propensity: None,
        agrees: Some(true),
        delta_amount: Some(0),
        amount: Some(10_000),
        cost_amount: None,
        quantity: None,
        currency: Some("EUR".into()),
        guardrails: GuardrailHits::default(),
        segments: Segments::default(),
        features: Features::default(),
        source: SourceRecord {
            cluster: "live".into(),
            topic: "shop.orders".into(),
            partition: 0,
            offset: 0,
            timestamp_ms: Some(START_MS + 50),
        },
    }
}

/// A quote at a live price of 1,000, which the model repeats.
pub(crate) fn quote(id: &str, item: &str) -> ComparisonRecord<'static> {
    ComparisonRecord {
        kind: Kind::Prices,
        stream: "prices".into(),
        item_id: Some(item.to_owned().into()),
        customer_id: None,
        would_be: DecisionValue::Number(Kind::Prices, 1_000).into(),
        live: Some(DecisionValue::Number(Kind::Prices, 1_000).into()),
        amount: Some(1_000),
        cost_amount: Some(600),
        quantity: Some(2.0),
        ..order(id)
    }
}

pub(crate) trait Decided: Sized {
    fn decided(self, live: Action, shadow: Action) -> Self;
    fn scored(self, score: f64) -> Self;
    fn at(self, time_ms: i64) -> Self;
    fn offset(self, offset: i64) -> Self;
    fn segment(self, name: &str, value: &str) -> Self;
    fn feature(self, name: &str, value: f64) -> Self;
    fn category(self, name: &str, value: &str) -> Self;
    fn fed(self, name: &str, value: FeatureValue<'static>) -> Self;
    fn model(self, version: u32, alias: &str) -> Self;
    fn run(self, mode: &str, run_id: &str) -> Self;
    fn money(self, amount: i64, currency: &str) -> Self;
    fn priced(self, live: i64, shadow: i64) -> Self;
}

impl Decided for ComparisonRecord<'static> {
    fn decided(mut self, live: Action, shadow: Action) -> Self {
        self.live = Some(DecisionValue::Action(live).into());
        self.would_be = DecisionValue::Action(shadow).into();
        self.agrees = Some(live == shadow);
        self
    }

    fn scored(mut self, score: f64) -> Self {
        self.score = score;
        self
    }

    fn at(mut self, time_ms: i64) -> Self {
        self.occurred_at_ms = time_ms;
        self.source.timestamp_ms = Some(time_ms + 50);
        self.scored_at_ms = Some(time_ms + 250);
        self
    }

    fn offset(mut self, offset: i64) -> Self {
        self.source.offset = offset;
        self.comparison_id = format!("{}/{offset}", self.comparison_id).into();
        self
    }

    fn segment(mut self, name: &str, value: &str) -> Self {
        let own = |text: &str| text.to_owned().into();
        let known = self.segments.iter().map(|(name, value)| (own(name), own(value)));
        self.segments = known.chain([(own(name), own(value))]).collect();
        self
    }

    fn feature(self, name: &str, value: f64) -> Self {
        let value = if value.is_nan() { FeatureValue::Missing } else { FeatureValue::Number(value) };
        self.fed(name, value)
    }

    fn fed(mut self, name: &str, value: FeatureValue<'static>) -> Self {
        let own = |value: FeatureValue<'_>| match value {
            FeatureValue::Number(number) => FeatureValue::Number(number),
            FeatureValue::Category(text) => FeatureValue::Category(text.into_owned().into()),
            FeatureValue::Missing => FeatureValue::Missing,
        };
        let known = self.features.iter().map(|(name, value)| (name.to_owned().into(), own(value)));
        self.features = known.chain([(name.to_owned().into(), value)]).collect();
        self
    }

    fn category(self, name: &str, value: &str) -> Self {
        self.fed(name, FeatureValue::Category(value.to_owned().into()))
    }

    fn model(mut self, version: u32, alias: &str) -> Self {
        self.model.version = version;
        self.model.alias = Some(alias.to_owned().into());
        self.comparison_id = format!("{}/{version}", self.comparison_id).into();
        self
    }

    fn run(mut self, mode: &str, run_id: &str) -> Self {
        self.mode = mode.to_owned().into();
        self.run_id = run_id.to_owned().into();
        self.comparison_id = format!("{}/{run_id}", self.comparison_id).into();
        self
    }

    fn money(mut self, amount: i64, currency: &str) -> Self {
        self.amount = Some(amount);
        self.currency = Some(currency.to_owned().into());
        self
    }

    fn priced(mut self, live: i64, shadow: i64) -> Self {
        self.live = Some(DecisionValue::Number(Kind::Prices, live).into());
        self.would_be = DecisionValue::Number(Kind::Prices, shadow).into();
        self.agrees = Some(live == shadow);
        self.amount = Some(live);
        self
    }
}

/// An outcome that happened and was reported at `time_ms`.
pub(crate) fn outcome(
    subject: &str,
    kind: OutcomeType,
    label: Option<Label>,
    time_ms: i64,
) -> Outcome<'static> {
    Outcome {
        outcome_id: None,
        subject_id: subject.to_owned().into(),
        former_subject_id: None,
        kind,
        label,
        occurred_at_ms: time_ms,
        reported_at_ms: time_ms,
        dated: true,
        amount: None,
        currency: None,
        quantity: None,
        action: None,
        reason: None,
        source: None,
    }
}

/// Fast settings: 60 days to maturity, few resamples.
pub(crate) fn settings() -> ReportSettings {
    ReportSettings { maturity_ms: 60 * DAY_MS, resamples: 50, min_slice: 20, ..ReportSettings::default() }
}

pub(crate) fn report(data: &mut Dataset, as_of_ms: i64) -> Report {
    Report::build(data, as_of_ms, &settings(), &Gates::default())
}

pub(crate) fn dataset(comparisons: &[ComparisonRecord<'_>], outcomes: &[Outcome<'_>]) -> Dataset {
    let mut data = Dataset::new();
    comparisons.iter().for_each(|record| data.push_comparison(record));
    outcomes.iter().for_each(|outcome| data.push_outcome(outcome));
    data
}

pub(crate) fn stream(report: &Report) -> &FraudStream {
    report.chapters.orders.fraud.first().expect("a stream of orders")
}

pub(crate) fn model(report: &Report) -> &FraudModel {
    stream(report).models.first().expect("a model")
}

pub(crate) fn count(report: &Report, name: &str) -> u64 {
    let found: Option<&Count> = report.data.counts.iter().find(|count| count.name == name);
    found.unwrap_or_else(|| panic!("no count `{name}`")).count
}

pub(crate) fn state(report: &Report, name: &str) -> u64 {
    let states = &stream(report).maturity.states;
    states.iter().find(|state| state.state == name).unwrap_or_else(|| panic!("no state `{name}`")).count
}

pub(crate) fn shown<T>(value: &Shown<T>) -> &T {
    value.shown().unwrap_or_else(|| panic!("refused: {}", value.reason().unwrap_or_default()))
}

/// The number of a figure that has one.
pub(crate) fn value(figure: &Figure) -> f64 {
    shown(figure).value.unwrap_or_else(|| panic!("a range: {figure:?}"))
}
