//! Time and peak memory of a report: `cargo run --release -p bystander-report --example size -- 1000000 [resamples]`.
//!
//! As many comparisons as asked for and as many outcomes, made up in memory, two models on each order.

#![allow(clippy::print_stdout, clippy::expect_used)]

use bystander_core::comparison::{ComparisonRecord, GuardrailHits, ModelRecord, SourceRecord};
use bystander_core::decision::{Action, DecisionValue};
use bystander_core::features::FeatureValue;
use bystander_core::kind::Kind;
use bystander_core::outcome::{Label, Outcome, OutcomeType};
use bystander_core::time::DAY_MS;
use bystander_report::{Dataset, Gates, Report, ReportSettings};
use std::fmt::Write;
use std::time::Instant;

const START_MS: i64 = 1_767_571_200_000;
const DAYS: i64 = 90;

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let comparisons = arguments.next().unwrap_or(1_000_000);
    let resamples = arguments.next().unwrap_or(1_000) as usize;
    let orders = comparisons / 2;
    let mut data = Dataset::new();
    let began = Instant::now();
    let mut texts = Texts::default();
    for number in 0..orders {
        for version in [1, 2] {
            data.push_comparison(&texts.comparison(number, orders, version));
        }
    }
    println!("comparisons: {comparisons} in {:.1} s, {} MiB at peak", began.elapsed().as_secs_f64(), peak());
    for number in 0..comparisons {
        data.push_outcome(&texts.outcome(number, orders));
    }
    println!(
        "outcomes:    {comparisons} after {:.1} s, {} MiB at peak",
        began.elapsed().as_secs_f64(),
        peak()
    );
    let settings = ReportSettings { resamples, ..ReportSettings::default() };
    let as_of = START_MS + (DAYS + 120) * DAY_MS;
    let report = Report::build(&mut data, as_of, &settings, &Gates::default());
    println!("report:      after {:.1} s, {} MiB at peak", began.elapsed().as_secs_f64(), peak());
    let json = report.to_json().expect("a report is JSON");
    println!("JSON:        {} KiB; {}", json.len() / 1_024, report.header.verdict.headline);
    println!("all:         {:.1} s, {} MiB at peak", began.elapsed().as_secs_f64(), peak());
}

/// Peak resident memory in MiB, as Linux tells it; 0 elsewhere.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// Buffers, so that making rows up costs little.
#[derive(Default)]
struct Texts {
    id: String,
    subject: String,
    customer: String,
}

fn mixed(number: u64, salt: u64) -> u64 {
    let mixed =
        (number ^ (salt << 40)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn unit(number: u64, salt: u64) -> f64 {
    (mixed(number, salt) >> 11) as f64 / (1_u64 << 53) as f64
}

fn is_fraud(number: u64) -> bool {
    mixed(number, 1).is_multiple_of(50)
}

fn occurred(number: u64, orders: u64) -> i64 {
    START_MS + (number as i64 * (DAYS * DAY_MS / orders.max(1) as i64))
}

impl Texts {
    fn comparison(&mut self, number: u64, orders: u64, version: u32) -> ComparisonRecord<'_> {
        let Self { id, subject, customer } = self;
        [&mut *id, &mut *subject, &mut *customer].into_iter().for_each(String::clear);
        // Writing into a String can't fail.
        let _ =
            write!(id, "shop.orders/{}/{number}/fraud/{version}/0123456789ab/checkout-shadow", number % 8);
        let _ = write!(subject, "ord_{:016x}", mixed(number, 2));
        let _ = write!(customer, "cus_{:08x}", mixed(number, 3) % (orders / 2).max(1));
        let noise = unit(number, 10 + u64::from(version));
        let score = if is_fraud(number) { 1.0 - 0.8 * noise * noise } else { 0.7 * noise * noise * noise };
        let action = |score: f64| match score {
            score if score >= 0.6 => Action::Reject,
            score if score >= 0.4 => Action::Review,
            _ => Action::Accept,
        };
        let (live, shadow) = (action(unit(number, 20).powi(4)), action(score));
        let occurred = occurred(number, orders);
        let country = ["DE", "FR", "GB", "US", "NL", "AT", "ES", "IT"][(mixed(number, 4) % 8) as usize];
        let method = ["card", "paypal", "klarna"][(mixed(number, 5) % 3) as usize];
        ComparisonRecord {
            comparison_id: id.as_str().into(),
            mode: "live".into(),
            run_id: "checkout-shadow".into(),
            stream: "orders".into(),
            kind: Kind::Orders,
            subject_id: subject.as_str().into(),
            item_id: None,
            customer_id: Some(customer.as_str().into()),
            occurred_at_ms: occurred,
            scored_at_ms: Some(occurred + 300),
            model: ModelRecord {
                name: "fraud".into(),
                version,
                sha256: if version == 1 { "0123456789ab".into() } else { "ba9876543210".into() },
                alias: Some(if version == 1 { "fraud@champion".into() } else { "fraud@challenger".into() }),
            },
            score,
            would_be: DecisionValue::Action(shadow).into(),
            live: Some(DecisionValue::Action(live).into()),
            live_score: Some(unit(number, 20).powi(4)),
            live_propensity: None,
            agrees: Some(live == shadow),
            delta_amount: None,
            amount: Some(500 + (mixed(number, 6) % 50_000) as i64),
            cost_amount: None,
            quantity: None,
            currency: Some(if mixed(number, 7).is_multiple_of(4) { "USD".into() } else { "EUR".into() }),
            guardrails: GuardrailHits::default(),
            segments: vec![("country".into(), country.into()), ("method".into(), method.into())].into(),
            features: vec![
                ("total_amount".into(), FeatureValue::Number(unit(number, 30))),
                ("account_age".into(), FeatureValue::Number(unit(number, 31))),
                ("card_country".into(), FeatureValue::Category(country.into())),
            ]
            .into(),
            source: SourceRecord {
                cluster: "live".into(),
                topic: "shop.orders".into(),
                partition: (number % 8) as i32,
                offset: number as i64,
                timestamp_ms: Some(occurred + 40),
            },
        }
    }

    /// Frauds come to light within weeks; the other outcomes are refunds and reviews, and some are of nobody.
    fn outcome(&mut self, number: u64, orders: u64) -> Outcome<'_> {
        let Self { id, subject, .. } = self;
        [&mut *id, &mut *subject].into_iter().for_each(String::clear);
        let order = number % (orders + orders / 50 + 1);
        let _ = write!(id, "out_{number}");
        let _ = write!(subject, "ord_{:016x}", mixed(order, 2));
        let delay = (-(1.0 - unit(number, 40)).ln() * 25.0 * DAY_MS as f64) as i64;
        let (kind, label) = match is_fraud(order) {
            true => (OutcomeType::DisputeOpened, Some(Label::Fraud)),
            false if mixed(number, 41).is_multiple_of(20) => (OutcomeType::Refunded, None),
            false => (OutcomeType::ManualReview, Some(Label::Legit)),
        };
        let reported = occurred(order, orders) + delay;
        Outcome {
            outcome_id: Some(id.as_str().into()),
            subject_id: subject.as_str().into(),
            former_subject_id: None,
            kind,
            label,
            occurred_at_ms: reported,
            reported_at_ms: reported,
            dated: true,
            amount: None,
            currency: None,
            quantity: None,
            action: None,
            reason: None,
            source: None,
        }
    }
}
