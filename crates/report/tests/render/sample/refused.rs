//! A run without anything, and one where every figure that can be refused is.

use super::rich;
use bystander_report::document::*;

const REASON: &str = "undefined: no usable row among orders with a mature label, whatever live decided";

/// Nothing was compared.
pub(crate) fn empty() -> Report {
    let mut report = rich();
    report.header.verdict = Verdict {
        word: VerdictWord::NoGates,
        headline: "Nothing was compared".into(),
        sentences: Vec::new(),
        failed_gates: Vec::new(),
    };
    report.header.events = None;
    report.header.scored = None;
    report.header.settings.binary_version = None;
    report.header.settings.config_sha256 = None;
    report.header.settings.run = None;
    report.header.settings.live_model = None;
    report.header.streams.clear();
    report.header.models.clear();
    report.chapters = Chapters::default();
    report.gates.clear();
    report.data = DataQuality {
        counts: Vec::new(),
        malformed: Vec::new(),
        outcomes: Vec::new(),
        precedence: Vec::new(),
    };
    report
}

/// Streams and models are there, and nothing can be said about them.
pub(crate) fn refused() -> Report {
    let mut report = rich();
    report.header.models.iter_mut().for_each(|model| {
        model.latency = Shown::refused("replays have no latency");
        model.aa_floor = Shown::refused("live logs no score");
    });
    report.header.streams.iter_mut().for_each(|stream| stream.coverage = no());
    report.gates.iter_mut().for_each(|gate| gate.figure = no());
    report.chapters.orders.fraud.iter_mut().for_each(fraud_stream);
    report.chapters.prices.pricing.iter_mut().for_each(pricing_stream);
    report
}

fn no() -> Figure {
    Figure::refused(REASON)
}

fn fraud_stream(stream: &mut FraudStream) {
    let maturity = &mut stream.maturity;
    maturity.curve = Shown::refused("no fraud was reported yet");
    maturity.latency_p50_days = no();
    maturity.latency_p90_days = no();
    maturity.reported = no();
    maturity.labels_needed = no();
    for period in &mut stream.periods {
        period.fraud_share = no();
        period.live_reject_share = no();
    }
    stream.models.iter_mut().for_each(fraud_model);
    for pair in &mut stream.pairs {
        pair.agreement = no();
        pair.tests.clear();
        pair.auc_difference = no();
        pair.average_precision_difference = no();
        pair.recall_difference = no();
        pair.insult_rate_difference = no();
        pair.cost_differences = vec![("EUR".into(), no())];
        pair.total_cost_difference = no();
        pair.below_floor = no();
    }
}

fn fraud_model(model: &mut FraudModel) {
    model.compared = 0;
    model.reviewed = no();
    model.live_reviewed = no();
    model.total = Shown::refused("the config gives no rates");
    for cell in &mut model.swap.cells {
        cell.count = 0;
        cell.amounts.clear();
        cell.outcomes = Outcomes::default();
        cell.bad_rate = no();
    }
    model.swap.outs.precision = no();
    model.agreement = AgreementSection {
        raw: no(),
        kappa: no(),
        weighted_kappa: no(),
        spearman: no(),
        samples: Vec::new(),
    };
    for point in &mut model.thresholds.points {
        point.precision = no();
        point.recall = no();
        point.recall_so_far = no();
        point.recall_developed = no();
        point.precision_developed = no();
        point.insult_rate = no();
        point.false_discovery_rate = no();
        point.alert_rate = no();
    }
    model.thresholds.sweep.clear();
    model.thresholds.recall_at.clear();
    model.thresholds.precision_at.clear();
    let ranking = &mut model.ranking;
    *ranking = Ranking {
        average_precision: no(),
        prevalence: no(),
        auc: no(),
        auc_of_all: no(),
        average_precision_of_all: no(),
        ks: no(),
        gini: no(),
        lift: Vec::new(),
        pr: Vec::new(),
        roc: Vec::new(),
    };
    for money in &mut model.money {
        money.caught = no();
        money.insulted = no();
        money.missed = no();
        money.model_per_1000 = no();
        money.live_per_1000 = no();
        money.delta_per_1000 = no();
        money.accept_all_per_1000 = no();
        money.reject_all_per_1000 = no();
        money.savings = no();
        money.cheapest = no();
        money.break_even = no();
        money.sensitivity.clear();
        money.by_threshold.clear();
        money.curve_live_per_1000 = no();
        money.curve_accept_all_per_1000 = no();
        money.declined = Shown::refused("every order that live declined has a label");
    }
    model.calibration = Shown::refused("scores are no probabilities");
    drift(&mut model.drift);
    model.slices.iter_mut().for_each(slices);
    model.tests.clear();
    for histogram in &mut model.histograms {
        histogram.bars.iter_mut().for_each(|bar| bar.count = 0);
    }
}

fn drift(drift: &mut Drift) {
    for row in &mut drift.rows {
        row.psi = no();
        row.ks = no();
        row.jensen_shannon = no();
        row.wasserstein = no();
        row.missing_before = None;
        row.p_value = None;
        row.p_adjusted = None;
        row.before.clear();
        row.now.clear();
        row.bins.clear();
    }
    drift.weeks.iter_mut().for_each(|week| {
        week.score_psi = no();
        week.worst_feature = None;
        week.worst_psi = no();
    });
    drift.sample = None;
}

fn slices(slices: &mut Slices) {
    slices.overall = no();
    slices.worst = None;
    slices.worst_slice = None;
    slices.rows.iter_mut().for_each(|row| row.figure = no());
}

fn pricing_stream(stream: &mut PricingStream) {
    for model in &mut stream.models {
        model.change = Shown::refused("no quote has a live price");
        model.guardrails.moved = no();
        model.guardrails.rules.clear();
        model.guardrails.before = Shown::refused("no guardrail is set");
        model.guardrails.after = Shown::refused("no guardrail is set");
        model.guardrails.stale = no();
        model.guardrails.inputs = StaleInputs {
            arrival: Delay { median_ms: no(), p99_ms: no() },
            arrived_late: no(),
            scoring: Delay { median_ms: no(), p99_ms: no() },
            frozen_costs: no(),
            unknown: "nothing is known".into(),
        };
        model.stability = Stability {
            changes_per_item_day: no(),
            live_changes_per_item_day: no(),
            flip_flops: no(),
            live_flip_flops: no(),
            dispersion: no(),
            live_dispersion: no(),
        };
        model.repricing.clear();
        model.support.inside = no();
        model.support.explored = no();
        model.support.uplift = Shown::refused("no live price has a logged chance");
        drift(&mut model.drift);
        model.slices.iter_mut().for_each(slices);
    }
    for pair in &mut stream.pairs {
        pair.difference = Shown::refused("both price no quote in common");
        pair.sign_test = None;
        pair.revenue_differences = vec![("EUR".into(), no())];
    }
}
