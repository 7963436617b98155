//! A stream of orders with a champion and a challenger.

use crate::sample::shared::{by, drift, figure, histogram, model, plain, ranged, share, slices, test};
use crate::sample::{DAY, HOSTILE, START, money};
use bystander_core::decision::Action;
use bystander_core::time::Rfc3339;
use bystander_report::document::*;
use bystander_report::kinds::orders::OrderChapters;
use bystander_report::stats::intervals::Method;

pub(super) fn chapters() -> OrderChapters {
    OrderChapters { fraud: vec![stream()] }
}

fn stream() -> FraudStream {
    FraudStream {
        stream: "orders".into(),
        maturity: maturity(),
        periods: (0..13).map(period).collect(),
        regimes: vec![
            "From the week of 2026-04-12 on fraud is twice as frequent as before (1.3 % to 2.6 %).".into(),
        ],
        models: vec![fraud_model(1, "champion", 1.0), fraud_model(2, "challenger", 1.5)],
        pairs: vec![pair()],
        bias: bias(),
    }
}

fn maturity() -> Maturity {
    let state = |state: &str, meaning: &str, count: u64| StateCount {
        state: state.into(),
        meaning: meaning.into(),
        count,
        amounts: money(count as i64 * 7_900),
    };
    let point = |index: i32| {
        let age_days = f64::from(index) * 2.5;
        let share = 1.0 - (-age_days / 16.0).exp();
        LatencyPoint {
            age_days,
            share,
            low: Some((share - 0.04).max(0.0)),
            high: Some((share + 0.03).min(1.0)),
        }
    };
    Maturity {
        states: vec![
            state("good", "older than 45 days without bad news", 60_004),
            state("fraud", "an early warning, or a dispute that was lost", 1_204),
            state("pending", "younger than 45 days without bad news", 20_871),
            state("refunded", "given back before a dispute could arise", 2_084),
            state("disputed_won", "disputed, and the shop was right", 41),
            state("unclear", "outcomes that contradict each other", 7),
        ],
        maturity_days: 45.0,
        curve: Shown::Shown((0..=36).map(point).collect()),
        latency_p50_days: by(11.2, 10.4, 12.1, Method::Bootstrap, 1_204, Population::KnownFraud),
        latency_p90_days: by(36.9, 34.8, 39.7, Method::Bootstrap, 1_204, Population::KnownFraud),
        reported: by(0.871, 0.842, 0.899, Method::Greenwood, 1_204, Population::KnownFraud),
        mature_share: plain(0.71, 84_211, Population::Orders),
        headline: Basis::Developed,
        labels_needed: plain(3_120.0, 61_208, Population::Labelled).noted("for 0.02 of recall at 80 % power"),
        sentences: vec!["Half of all frauds are reported within 11 days, nine in ten within 37.".into()],
    }
}

fn period(index: i64) -> Period {
    let orders = 6_100 + 140 * (index as u64 % 5);
    let pending = if index > 6 { (index as u64 - 6) * 900 } else { 0 };
    let labelled = orders - pending.min(orders - 200);
    let rate = if index < 6 { 0.013 } else { 0.026 };
    let frauds = (labelled as f64 * rate) as u64;
    Period {
        start: Rfc3339(START + index * 7 * DAY),
        end: Rfc3339(START + (index + 1) * 7 * DAY),
        orders,
        frauds,
        good: labelled - frauds,
        pending: orders - labelled,
        fraud_share: share(rate, labelled, Population::Labelled),
        live_reject_share: share(0.021, orders, Population::WithLive),
    }
}

fn fraud_model(version: u32, alias: &str, skill: f64) -> FraudModel {
    FraudModel {
        model: model("fraud", version, alias),
        summary: vec![format!(
            "It would have caught EUR 48,210 of fraud that live let through (skill {skill})."
        )],
        compared: 84_211,
        reviewed: share(0.031 * skill, 84_211, Population::Compared),
        live_reviewed: share(0.042, 84_174, Population::WithLive),
        swap: swap(skill),
        agreement: agreement(),
        thresholds: thresholds(skill),
        ranking: ranking(skill),
        money: money::sections(skill),
        total: Shown::Shown(money::total(skill)),
        money_refused: vec![
            "GBP: no cost assumption stands in the config, so nothing is said in money".into(),
        ],
        calibration: Shown::Shown(calibration(skill)),
        drift: drift(),
        slices: vec![slices("share of good orders declined", 0.014 * skill), slices("recall", 0.4 * skill)],
        tests: vec![test(
            "McNemar",
            "The model and live differ on good orders: 812 against 240 are declined by one alone.",
        )],
        histograms: vec![
            histogram("model", 0.0, 1.0, |score| 60_000.0 * (-9.0 * score).exp()),
            histogram("live", 0.0, 1.0, |score| 52_000.0 * (-7.5 * score).exp() + 30.0),
            histogram("fraud", 0.0, 1.0, |score| 60.0 * score * skill + 3.0),
            histogram("good", 0.0, 1.0, |score| 58_000.0 * (-10.0 * score).exp()),
        ],
    }
}

fn swap(skill: f64) -> SwapSets {
    let mut cells = Vec::new();
    for live in Action::ALL {
        for shadow in Action::ALL {
            let count = match (live, shadow) {
                (Action::Accept, Action::Accept) => 78_912,
                (a, b) if a == b => 1_204,
                (Action::Accept, Action::Reject) => (1_052.0 * skill) as u64,
                (Action::Reject, Action::Accept) => 388,
                _ => 610,
            };
            let outcomes =
                Outcomes { fraud: count / 70, good: count / 2, undecided: count - count / 70 - count / 2 };
            let bad_rate = if live == Action::Reject {
                ranged((0.02, 0.99), (0.014, 1.0), 12, Population::LiveRejected)
            } else {
                share(0.02 * skill, outcomes.fraud + outcomes.good, Population::LiveAccepted)
            };
            cells.push(SwapCell {
                live,
                shadow,
                count,
                amounts: money(count as i64 * 8_100),
                outcomes,
                bad_rate,
            });
        }
    }
    SwapSets {
        cells,
        without_live: 37,
        outs: SwapOuts {
            outcomes: Outcomes { fraud: 240, good: 812, undecided: 211 },
            caught: money(4_821_000),
            insulted: money(9_140_000),
            precision: share(0.228, 1_052, Population::SwapOuts),
            sentence: "Of 1,263 orders that live accepted and the model rejects, 240 were fraud and 812 good.".into(),
        },
        ins: SwapIns {
            count: 388,
            amounts: money(3_311_000),
            bad_rate: ranged((0.031, 1.0), (0.014, 1.0), 12, Population::SwapIns),
            fraud_at_least: 12,
            fraud_at_most: 388,
            sentence: "388 orders that live rejected would have been accepted; between 12 and 388 of them are fraud.".into(),
        },
    }
}

fn agreement() -> AgreementSection {
    let sample = |index: i64| Disagreement {
        subject_id: format!("order-{}", 41_200 + index * 17),
        occurred_at: Rfc3339(START + index * 5 * DAY + 3_661_000),
        live: Action::Accept,
        shadow: Action::Reject,
        score: 0.93 - index as f64 * 0.01,
        amount: Some(crate::sample::shared::amount("EUR", 2, 12_999 + index * 400)),
        state: if index % 3 == 0 { "fraud" } else { "good" }.into(),
        source: format!("shop.orders.v1/2/{}", 1_200_044 + index),
    };
    AgreementSection {
        raw: share(0.962, 84_174, Population::WithLive),
        kappa: by(0.512, 0.494, 0.53, Method::Normal, 84_174, Population::WithLive),
        weighted_kappa: by(0.548, 0.531, 0.565, Method::Normal, 84_174, Population::WithLive),
        spearman: by(0.804, 0.8, 0.808, Method::FisherZ, 84_174, Population::WithLive),
        samples: (0..14).map(sample).collect(),
    }
}

/// ROC curve of skill k: recall = rate ^ (1 / (3 k)).
fn recall_at(rate: f64, skill: f64) -> f64 {
    rate.powf(1.0 / (3.0 * skill))
}

fn precision_at(rate: f64, skill: f64) -> f64 {
    let (hits, alarms) = (0.02 * recall_at(rate, skill), 0.98 * rate);
    hits / (hits + alarms)
}

fn thresholds(skill: f64) -> Thresholds {
    let point = |who, flag, population, rate: f64, threshold: Option<f64>| OperatingPoint {
        who,
        flag,
        threshold,
        population,
        true_positives: 730,
        false_positives: 1_240,
        true_negatives: 58_764,
        false_negatives: 474,
        unlabelled_flagged: 1_100,
        unlabelled_passed: 388,
        caught: money(6_110_000),
        missed: money(3_140_000),
        insulted: money(9_990_000),
        precision: share(precision_at(rate, skill), 1_970, population),
        recall: share(recall_at(rate, skill), 1_204, population),
        recall_so_far: share(0.59, 1_320, Population::KnownFraud),
        recall_developed: by(0.57, 0.52, 0.61, Method::ClusterBootstrap, 1_204, Population::Developed),
        precision_developed: by(
            0.43,
            0.39,
            0.47,
            Method::ClusterBootstrap,
            1_893,
            Population::DevelopedAlarms,
        ),
        insult_rate: share(rate, 60_004, population),
        false_discovery_rate: share(1.0 - precision_at(rate, skill), 1_970, population),
        alert_rate: share(0.0241, 84_211, Population::Compared),
    };
    let (labelled, accepted) = (Population::Labelled, Population::LiveAccepted);
    let sweep = |index: i32| {
        let rate = (f64::from(index) / 200.0).powi(2).max(1e-6);
        SweepPoint {
            threshold: 1.0 - f64::from(index) / 200.0,
            flagged: (61_208.0 * rate) as u64,
            alert_rate: rate,
            precision: precision_at(rate, skill),
            recall: recall_at(rate, skill),
            insult_rate: rate,
        }
    };
    Thresholds {
        higher_is_riskier: true,
        points: vec![
            point(Who::Model, Flag::Reject, labelled, 0.021, Some(0.85)),
            point(Who::Model, Flag::Reject, accepted, 0.019, Some(0.85)),
            point(Who::Model, Flag::RejectOrReview, labelled, 0.052, Some(0.6)),
            point(Who::Live, Flag::Reject, labelled, 0.008, None),
            point(Who::Live, Flag::RejectOrReview, labelled, 0.03, None),
        ],
        sweep: (1..=200).map(sweep).collect(),
        recall_at: [0.001, 0.01, 0.05]
            .map(|rate| RecallAtRate {
                insult_rate: rate,
                recall: share(recall_at(rate, skill), 1_204, labelled),
                threshold: Some(0.9),
            })
            .into(),
        precision_at: [10, 50].map(|k| PrecisionAtK { k, precision: share(0.4, k * 92, labelled) }).into(),
    }
}

fn ranking(skill: f64) -> Ranking {
    let rates: Vec<f64> = (0..=250).map(|index| (f64::from(index) / 250.0).powi(2)).collect();
    let point = |x, y, at: f64| CurvePoint {
        x,
        y,
        threshold: (at > 0.0 && at < 1.0).then_some(1.0 - at),
        range: (at > 0.0 && at < 1.0).then(|| CurveRange {
            x_low: 0.9 * x,
            x_high: (x + 0.01).min(1.0),
            y_low: 0.85 * y,
            y_high: (1.05 * y).min(1.0),
        }),
    };
    let auc = 3.0 * skill / (3.0 * skill + 1.0);
    Ranking {
        average_precision: by(
            0.31 * skill,
            0.28 * skill,
            0.34 * skill,
            Method::ClusterBootstrap,
            61_208,
            Population::Labelled,
        ),
        prevalence: share(0.0197, 61_208, Population::Labelled),
        auc: by(auc, auc - 0.01, auc + 0.01, Method::DeLong, 61_208, Population::Labelled),
        auc_of_all: ranged((auc - 0.09, auc + 0.02), (auc - 0.1, auc + 0.025), 388, Population::Labelled),
        average_precision_of_all: Figure::refused("388 orders that live declined have no label"),
        ks: plain(0.61, 61_208, Population::Labelled),
        gini: by(
            2.0 * auc - 1.0,
            2.0 * auc - 1.02,
            2.0 * auc - 0.98,
            Method::DeLong,
            61_208,
            Population::Labelled,
        ),
        lift: (1..=20)
            .map(|index| f64::from(index) / 20.0)
            .map(|x| point(x, recall_at(x, skill) / x, x))
            .collect(),
        pr: rates
            .iter()
            .skip(1)
            .map(|rate| point(recall_at(*rate, skill), precision_at(*rate, skill), *rate))
            .collect(),
        roc: rates.iter().map(|rate| point(*rate, recall_at(*rate, skill), *rate)).collect(),
    }
}

fn calibration(skill: f64) -> Calibration {
    let bin = |index: i32| {
        let mean_score = (f64::from(index) + 0.5) / 10.0;
        ReliabilityBin {
            mean_score,
            observed: share(mean_score.powf(skill), 6_120 / (1 + index as u64 * 3), Population::Labelled),
        }
    };
    Calibration {
        bins: (0..10).map(bin).collect(),
        brier: by(0.0142, 0.0131, 0.0155, Method::ClusterBootstrap, 61_208, Population::Labelled),
        reliability: 0.0004,
        resolution: 0.0055,
        uncertainty: 0.0193,
        log_loss: plain(0.061, 61_208, Population::Labelled),
        ece: plain(0.0081, 61_208, Population::Labelled),
        slope: by(0.91, 0.85, 0.97, Method::Normal, 61_208, Population::Labelled),
        intercept: by(-0.21, -0.34, -0.08, Method::Normal, 61_208, Population::Labelled),
        observed_over_expected: figure(0.84, 0.79, 0.89, 61_208, Population::Labelled),
    }
}

fn pair() -> Paired {
    let difference = |value: f64, half: f64, method| {
        by(value, value - half, value + half, method, 84_180, Population::Paired)
    };
    Paired {
        champion: model("fraud", 1, "champion"),
        challenger: model("fraud", 2, "challenger"),
        n: 84_180,
        agreement: share(0.97, 84_180, Population::Paired),
        tests: vec![test("DeLong", "The challenger orders the labelled orders better.")],
        auc_difference: difference(0.068, 0.012, Method::DeLong),
        average_precision_difference: difference(0.155, 0.03, Method::ClusterBootstrap),
        recall_difference: difference(0.081, 0.039, Method::BonettPrice),
        insult_rate_difference: difference(0.0131, 0.0023, Method::BonettPrice),
        cost_differences: vec![("EUR".into(), difference(-412.0, 700.0, Method::ClusterBootstrap))],
        total_cost_difference: difference(-520.0, 340.0, Method::ClusterBootstrap),
        below_floor: share(0.31, 84_180, Population::Paired),
        sentences: vec!["The challenger catches more and insults more.".into()],
    }
}

fn bias() -> Vec<BiasStatement> {
    let statement = |about: &str, sentence: &str, orders, bound| BiasStatement {
        about: about.into(),
        sentence: sentence.into(),
        orders,
        amounts: money(orders as i64 * 8_000),
        bound,
    };
    let bound = by(0.021, 0.008, 0.034, Method::Wilson, 1_760, Population::LiveRejected);
    vec![
        statement(
            "Declined orders",
            "What live rejected has no label; recall may be off by as much as the bound.",
            1_760,
            Some(bound),
        ),
        statement(
            "Refunds",
            "A refund can pre-empt a dispute, so some frauds are never seen.",
            2_084,
            Some(Figure::refused("no bound exists")),
        ),
        statement(HOSTILE, "Reviewers look at what a score told them to.", 402, None),
    ]
}
