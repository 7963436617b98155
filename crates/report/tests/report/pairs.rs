//! Sentences that are built from a pair, in both orders.

use super::common::*;
use bystander_core::decision::Action;
use bystander_core::outcome::OutcomeType as T;
use bystander_report::document::{FraudModel, Paired, Report, Test};
use bystander_report::{Dataset, Gates};

/// 600 orders, every fourth a fraud. `good` is right on nearly all, `bad` on few frauds; live accepts all. Version 1 is the
/// champion.
fn two(champion_is_good: bool) -> Dataset {
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for number in 0..600_usize {
        let id = format!("o{number}");
        let fraud = number % 4 == 0;
        let rejects = |good: bool| fraud && (good || number % 40 == 0);
        let action = |good| if rejects(good) { Action::Reject } else { Action::Accept };
        let score = |good: bool| {
            let noise = (number * 7_919 % 601) as f64 / 601.0;
            if good && fraud { 0.5 + noise / 2.0 } else { noise * 0.9 }
        };
        let row = |good| order(&id).decided(Action::Accept, action(good)).scored(score(good));
        rows.push(row(champion_is_good));
        rows.push(row(!champion_is_good).model(2, "fraud@challenger"));
        if fraud {
            told.push(outcome(&id, T::DisputeLost, None, day(20)));
        }
    }
    dataset(&rows, &told)
}

fn pair(report: &Report) -> &Paired {
    &stream(report).pairs[0]
}

fn test<'t>(tests: &'t [Test], name: &str) -> &'t Test {
    tests.iter().find(|test| test.name.contains(name)).unwrap_or_else(|| panic!("no {name}: {tests:?}"))
}

#[test]
fn mcnemars_sentence_names_the_side_that_is_right_in_both_orders() {
    // 150 frauds: one side rejects all, the other 15.
    for (champion_is_good, right, wrong) in
        [(true, "fraud@champion", "fraud@challenger"), (false, "fraud@challenger", "fraud@champion")]
    {
        let report = report(&mut two(champion_is_good), day(200));
        let found = test(&pair(&report).tests, "McNemar");
        let more = format!("{right} is right and {wrong} wrong on 135 orders");
        let less = format!("{wrong} is right and {right} wrong on 0 orders");
        assert!(found.sentence.contains(&more) && found.sentence.contains(&less), "{found:?}");
        assert!(found.compares.starts_with("rejections of fraud@challenger against those of fraud@champion"));
        let against_live = |model: &FraudModel| test(&model.tests, "McNemar").sentence.clone();
        for model in &stream(&report).models {
            let label = model.model.label();
            let caught = if (label == "fraud@champion") == champion_is_good { 150 } else { 15 };
            let said = against_live(model);
            assert!(said.contains(&format!("{label} is right and live wrong on {caught} orders")), "{said}");
            assert!(said.contains(&format!("live is right and {label} wrong on 0 orders")), "{said}");
        }
    }
}

#[test]
fn differences_and_delongs_test_have_the_sign_of_challenger_less_champion() {
    for champion_is_good in [true, false] {
        let report = report(&mut two(champion_is_good), day(200));
        let pair = pair(&report);
        let sign = if champion_is_good { -1.0 } else { 1.0 };
        assert!(sign * value(&pair.recall_difference) > 0.8, "{:?}", pair.recall_difference);
        assert!(sign * value(&pair.auc_difference) > 0.2, "{:?}", pair.auc_difference);
        assert!(sign * value(&pair.average_precision_difference) > 0.2);
        assert!(sign * value(&pair.cost_differences[0].1) < 0.0, "{:?}", pair.cost_differences);
        let delong = test(&pair.tests, "DeLong");
        assert_eq!(delong.name, "DeLong, Student's t", "the p-value is from Student's t");
        assert!(sign * delong.statistic > 0.0, "{delong:?}");
        let (first, second) = delong.sentence.split_once(" against ").unwrap();
        let number = |text: &str| -> f64 {
            let digits = text
                .split(' ')
                .find_map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok());
            digits.unwrap_or_else(|| panic!("{text}"))
        };
        assert!(first.contains("for the challenger") && second.contains("for the champion"), "{delong:?}");
        assert!(sign * (number(first) - number(second)) > 0.0, "{delong:?}");
        let said = pair.sentences.iter().find(|said| said.contains("recall when rejecting")).unwrap();
        assert!(said.starts_with("fraud@challenger less fraud@champion"), "{said}");
        assert!(said.contains(if champion_is_good { "\u{2212}90.0" } else { "+90.0" }), "{said}");
        assert!(said.contains("points"), "differences of shares are in points: {said}");
    }
}

#[test]
fn the_cost_against_live_is_less_or_more_in_words_in_both_orders() {
    for (champion_is_good, word) in [(true, "less than live"), (false, "less than live")] {
        let report = report(&mut two(champion_is_good), day(200));
        let summary = &model(&report).summary;
        let said = summary.iter().find(|said| said.contains("than live per 1,000 orders")).unwrap();
        assert!(said.contains(word), "both catch fraud that live lets through: {said}");
    }
    // The other way round: live rejects what the models accept, and all of it was fraud.
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for number in 0..200_usize {
        let id = format!("o{number}");
        let live = if number % 5 == 0 { Action::Reject } else { Action::Accept };
        rows.push(order(&id).decided(live, Action::Accept));
        match number % 5 {
            0 => told.push(outcome(&id, T::ManualReview, FRAUD, day(1))),
            1 => told.push(outcome(&id, T::DisputeLost, None, day(9))),
            _ => {}
        }
    }
    let report = report(&mut dataset(&rows, &told), day(200));
    let summary = &model(&report).summary;
    let said = summary.iter().find(|said| said.contains("than live per 1,000 orders")).unwrap();
    assert!(said.contains("more than live") && !said.contains("less than live"), "{said}");
    let test = test(&model(&report).tests, "McNemar");
    assert!(test.sentence.contains("fraud@champion is right and live wrong on 0 orders"), "{test:?}");
    assert!(test.sentence.contains("live is right and fraud@champion wrong on 40 orders"), "{test:?}");
}

#[test]
fn of_two_models_called_champion_the_report_says_which_one_it_takes() {
    let rows: Vec<_> = (0..60)
        .flat_map(|number| {
            let id = format!("o{number}");
            [order(&id), order(&id).model(2, "fraud@champion")]
        })
        .collect();
    let report = report(&mut dataset(&rows, &[]), day(200));
    let said = &pair(&report).sentences[0];
    assert_eq!(
        said,
        "fraud/1, fraud/2 are all called champion: fraud/1, the lowest version, is taken for it."
    );
    assert!(report.header.verdict.sentences.contains(said), "{:?}", report.header.verdict.sentences);
}

#[test]
fn every_model_is_in_the_verdict_and_on_the_terminal() {
    let mut rows = Vec::new();
    for number in 0..60 {
        let id = format!("o{number}");
        for (version, alias) in [(1, "fraud@champion"), (2, "fraud@challenger"), (3, "fraud@third")] {
            rows.push(order(&id).model(version, alias));
        }
    }
    let report = report(&mut dataset(&rows, &[]), day(200));
    let text = bystander_report::render::terminal(&report, 100, false);
    let html = bystander_report::render::html(&report);
    let lead = html.split("class=\"lead\"").nth(1).unwrap().split("</div>").next().unwrap();
    for label in ["fraud@champion:", "fraud@challenger:", "fraud@third:"] {
        let verdict = text.split("Gates").next().unwrap();
        assert!(verdict.contains(label), "{label} {text}");
        assert!(lead.contains(label), "{label} {lead}");
    }
}

#[test]
fn a_gate_is_written_with_the_unit_of_its_metric() {
    let gate = |metric: &str, rest: &str| {
        let text = format!(
            "[[gates]]\nname = \"g\"\nmodel = \"fraud@challenger\"\nmetric = \"{metric}\"\nhorizon = 2026-06-01\n{rest}\n"
        );
        let report = Report::build(&mut two(false), day(200), &settings(), &Gates::parse(&text).unwrap());
        format!("{} / {}", report.gates[0].requirement, report.gates[0].sentence)
    };
    let cost = gate("cost_per_1000", "against = \"live\"\nsuperiority = 100");
    assert!(cost.contains("at most that of live less EUR\u{a0}1.00"), "{cost}");
    assert!(cost.contains("EUR\u{a0}\u{2212}"), "{cost}");
    let recall = gate("recall", "bound = 0.285");
    assert!(recall.contains("at least 28.5%") && recall.contains("100.0%"), "{recall}");
    let difference = gate("recall", "against = \"champion\"\nnon_inferiority = 0.02");
    assert!(difference.contains("less 2 points") && difference.contains("+90.0"), "{difference}");
    let auc = gate("auc", "bound = 0.5");
    assert!(auc.contains("ROC AUC of fraud@challenger at least 0.5"), "{auc}");
    for text in [cost, recall, difference, auc] {
        let digits = |word: &str| {
            word.rsplit('.').next().is_some_and(|tail| tail.chars().filter(char::is_ascii_digit).count() > 6)
        };
        assert!(!text.split(' ').any(digits) && !text.contains("-0"), "{text}");
    }
}
