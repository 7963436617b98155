//! Gates: read, met, not met, on hold.

use super::common::*;
use super::shop::noise;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_report::document::{GateResult, VerdictWord};
use bystander_report::stats::intervals::Method;
use bystander_report::{Dataset, Gates, Report};

/// 400 orders, every fourth a fraud; the champion catches half of the frauds, the challenger 9 of 10; each insults one
/// good order in fifty. Live accepts everything.
fn data() -> Dataset {
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for number in 0..400_usize {
        let fraud = number % 4 == 0;
        let rank = number / 4;
        let reject = |share: usize| if fraud { rank % 10 < share } else { number % 50 == 1 };
        let action = |reject: bool| if reject { Action::Reject } else { Action::Accept };
        let base = || order(&format!("o{number}")).at(day(number as i64 % 20));
        let score = |rejected: bool| if rejected { 0.9 } else { 0.1 } + number as f64 * 1e-5;
        rows.push(base().decided(Action::Accept, action(reject(5))).scored(score(reject(5))));
        let challenger = base().decided(Action::Accept, action(reject(9))).scored(score(reject(9)));
        rows.push(challenger.model(2, "fraud@challenger"));
        if fraud {
            told.push(outcome(&format!("o{number}"), T::DisputeLost, None, day(number as i64 % 20 + 10)));
        }
    }
    dataset(&rows, &told)
}

fn evaluate(gates: &str, as_of: i64) -> Vec<GateResult> {
    let gates = Gates::parse(gates).unwrap();
    let report = Report::build(&mut data(), as_of, &settings(), &gates);
    assert_eq!(
        report.exit(),
        if report.gates.iter().any(|gate| gate.result == VerdictWord::NotMet) { 3 } else { 0 }
    );
    report.gates
}

fn gate(metric: &str, rest: &str) -> String {
    format!("[[gates]]\nname = \"{metric}\"\nmodel = \"fraud@challenger\"\nmetric = \"{metric}\"\n{rest}\n")
}

#[test]
fn a_gate_is_met_not_met_or_on_hold_by_its_interval() {
    let horizon = "horizon = 2026-06-01T00:00:00Z";
    let cases = [
        (gate("recall", &format!("bound = 0.8\n{horizon}")), VerdictWord::Met),
        (gate("recall", &format!("bound = 0.97\n{horizon}")), VerdictWord::NotMet),
        (gate("recall", &format!("bound = 0.88\n{horizon}")), VerdictWord::Hold),
        (gate("recall", &format!("bound = 0.8\nmin_labels = 1000\n{horizon}")), VerdictWord::Hold),
        (gate("recall", &format!("against = \"champion\"\nsuperiority = 0.2\n{horizon}")), VerdictWord::Met),
        (gate("recall", &format!("against = \"live\"\nsuperiority = 0.97\n{horizon}")), VerdictWord::NotMet),
        (
            gate("insult_rate", &format!("against = \"champion\"\nnon_inferiority = 0.02\n{horizon}")),
            VerdictWord::Met,
        ),
        (gate("insult_rate", &format!("bound = 0.005\n{horizon}")), VerdictWord::NotMet),
        (gate("precision", &format!("bound = 0.8\n{horizon}")), VerdictWord::Met),
        (gate("auc", &format!("against = \"champion\"\nsuperiority = 0.05\n{horizon}")), VerdictWord::Met),
        (gate("average_precision", &format!("bound = 0.5\n{horizon}")), VerdictWord::Met),
        (
            gate("cost_per_1000", &format!("against = \"live\"\nsuperiority = 0.0\n{horizon}")),
            VerdictWord::Met,
        ),
        (gate("agreement", &format!("bound = 0.99\n{horizon}")), VerdictWord::NotMet),
        (gate("recall", "bound = 0.6\nwatched = true"), VerdictWord::Met),
        (gate("recall", "against = \"champion\"\nsuperiority = 0.0\nwatched = true"), VerdictWord::Met),
        (gate("recall", "bound = 0.99\nwatched = true"), VerdictWord::NotMet),
        (gate("recall", "bound = 0.85\nwatched = true"), VerdictWord::Hold),
        (gate("aa_max_difference", "bound = 0.1"), VerdictWord::Hold),
    ];
    for (text, expected) in cases {
        let found = &evaluate(&text, day(200))[0];
        assert_eq!(found.result, expected, "{text}\n{found:?}");
    }
}

#[test]
fn a_gate_with_a_horizon_waits_for_it_and_then_never_changes() {
    let text = gate("recall", "bound = 0.8\nhorizon = 2026-03-20");
    let before = evaluate(&text, day(70));
    assert_eq!(before[0].result, VerdictWord::Hold);
    assert!(before[0].sentence.contains("2026-03-20"), "{}", before[0].sentence);
    let (then, later) = (evaluate(&text, day(100)), evaluate(&text, day(300)));
    assert_eq!(then[0], later[0]);
    assert_eq!(then[0].labels, 80, "frauds of days 0, 4, 8 and 12 are mature at the horizon: {:?}", then[0]);
}

/// Every day for 60 days, on shops whose rate is what the gate bounds, and whose two models are equally good: a claim either
/// way is a false alarm. An interval for one look would raise one in every third shop.
#[test]
fn a_watched_gate_that_is_looked_at_every_day_keeps_its_false_alarms_under_alpha() {
    const SHOPS: u64 = 120;
    let rate = gate("alert_rate", "bound = 0.1\ndirection = \"lower\"\nwatched = true");
    let paired = gate(
        "alert_rate",
        "against = \"champion\"\nsuperiority = 0.0\ndirection = \"lower\"\nwatched = true",
    );
    let gates = [Gates::parse(&rate).unwrap(), Gates::parse(&paired).unwrap()];
    let settings = bystander_report::ReportSettings { resamples: 2, ..settings() };
    let mut alarms = [0; 2];
    for shop in 0..SHOPS {
        let mut data = Dataset::new();
        let mut claimed = [false; 2];
        for date in 0..60 {
            for number in 0..12 {
                let id = format!("{shop}/{date}/{number}");
                let rejects = |version: u64| noise(&id, version) < 0.1;
                let action = |version| if rejects(version) { Action::Reject } else { Action::Accept };
                let base = || order(&id).at(day(date)).decided(Action::Accept, action(1));
                data.push_comparison(&base());
                data.push_comparison(&base().decided(Action::Accept, action(2)).model(2, "fraud@challenger"));
            }
            for (gates, claimed) in gates.iter().zip(&mut claimed) {
                let report = Report::build(&mut data, day(date) + 1, &settings, gates);
                let figure = shown(&report.gates[0].figure);
                assert_eq!(figure.interval.unwrap().method, Method::ConfidenceSequence);
                *claimed |= report.gates[0].result != VerdictWord::Hold;
            }
        }
        alarms.iter_mut().zip(claimed).for_each(|(alarms, claimed)| *alarms += u64::from(claimed));
    }
    assert!(alarms.iter().all(|alarms| (*alarms as f64) < 0.05 * SHOPS as f64), "{alarms:?} of {SHOPS}");
}

#[test]
fn the_verdict_names_what_failed() {
    let text = gate("recall", "bound = 0.99\nwatched = true");
    let gates = Gates::parse(&text).unwrap();
    let report = Report::build(&mut data(), day(200), &settings(), &gates);
    assert_eq!(report.exit(), 3);
    assert_eq!(report.header.verdict.failed_gates, ["recall"]);
    assert!(report.header.verdict.headline.contains("recall"));
    let none = Report::build(&mut data(), day(200), &settings(), &Gates::default());
    assert_eq!((none.exit(), none.header.verdict.word), (0, VerdictWord::NoGates));
}

#[test]
fn every_mistake_is_told_with_its_line_and_fix() {
    let text = "
[[gates]]
name = \"a\"
model = \"fraud@challenger\"
metric = \"recall\"
bound = 0.8

[[gates]]
name = \"a\"
model = \"fraud@challenger\"
metric = \"auc\"
against = \"champion\"
superiority = -1.0
watched = true
confidence = 2.0

[[gates]]
name = \"c\"
model = \"pricing\"
metric = \"price_change_median\"
horizon = 2026-03-20
";
    let problems = Gates::parse(text).unwrap_err().0;
    let told: Vec<_> = problems.iter().map(|problem| (problem.line, problem.what.as_str())).collect();
    let expected = [
        (2, "looking again and again"),
        (8, "`confidence` is 2"),
        (8, "`superiority` is -1"),
        (8, "no confidence sequence for `auc`"),
        (8, "name of two gates"),
        (17, "no better direction"),
        (17, "isn't clear what must be reached"),
    ];
    for (line, what) in expected {
        assert!(told.iter().any(|(at, said)| *at == line && said.contains(what)), "{line} {what}: {told:?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:?}");
    let unknown = Gates::parse("[[gates]]\nname = \"a\"\nmodell = \"b\"\n").unwrap_err();
    assert!(unknown.to_string().starts_with("line 3: unknown field `modell`"), "{unknown}");
    let metric = Gates::parse("[[gates]]\nname = \"a\"\nmodel = \"b\"\nmetric = \"recal\"\n").unwrap_err();
    assert!(metric.to_string().contains("line 4"), "{metric}");
}
