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
        let word = if champion_is_good { "less" } else { "more" };
        let said = &pair.sentences[0];
        assert!(
            said.starts_with(&format!(
                "fraud@challenger catches 90 points {word} of the fraud than fraud@champion"
            )),
            "{said}"
        );
        let higher = if champion_is_good { "lower" } else { "higher" };
        let said = pair.sentences.iter().find(|said| said.starts_with("The average precision")).unwrap();
        assert!(said.contains(&format!("{higher} than that of fraud@champion")), "{said}");
        let saves = if champion_is_good { "costs" } else { "saves" };
        let said = pair.sentences.iter().find(|said| said.contains("per 1,000 orders")).unwrap();
        assert!(said.starts_with(&format!("fraud@challenger against fraud@champion {saves} EUR")), "{said}");
    }
}

/// What the first page and the terminal say of two models.
#[test]
fn which_model_is_better_is_said_with_both_names_in_both_orders() {
    for (champion_is_good, caught, money) in
        [(true, "points less fraud", "costs EUR"), (false, "points more fraud", "saves EUR")]
    {
        let report = report(&mut two(champion_is_good), day(200));
        let page = bystander_report::render::html(&report);
        let text = bystander_report::render::summary(&report, 400, false);
        let said = "fraud@challenger against fraud@champion, order by order: catches ";
        for form in [&page, &text] {
            let (_, rest) = form.split_once(said).unwrap_or_else(|| panic!("{form}"));
            let sentence: String = rest.chars().take(250).collect();
            assert!(sentence.contains(caught) && sentence.contains(money), "{sentence}");
        }
    }
}

/// Neither model does anything that the other doesn't: nothing is claimed for either.
#[test]
fn two_models_that_decide_alike_are_not_told_apart() {
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for number in 0..300_usize {
        let id = format!("o{number}");
        let action = if number % 30 == 0 { Action::Reject } else { Action::Accept };
        let row = || order(&id).decided(Action::Accept, action);
        rows.extend([row(), row().model(2, "fraud@challenger")]);
        if number % 10 == 0 {
            told.push(outcome(&id, T::DisputeLost, None, day(20)));
        }
    }
    let report = report(&mut dataset(&rows, &told), day(200));
    let said = bystander_report::render::summary(&report, 400, false);
    let better = said.lines().find(|line| line.contains(" against ")).unwrap();
    assert!(better.contains("no clear difference in fraud caught or good customers turned away"), "{better}");
    for word in ["more", "less", "fewer", "saves", "costs"] {
        assert!(!better.contains(word), "{better}");
    }
}

#[test]
fn what_is_saved_or_lost_against_live_is_a_word_in_both_orders() {
    for (champion_is_good, word) in [(true, "it saves EUR"), (false, "it saves EUR")] {
        let report = report(&mut two(champion_is_good), day(200));
        let summary = &model(&report).summary;
        let said = summary.iter().find(|said| said.starts_with("Against live")).unwrap();
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
    let said = summary.iter().find(|said| said.starts_with("Against live")).unwrap();
    assert!(
        said.contains("it costs EUR") && said.contains("more per 1,000") && !said.contains("saves"),
        "{said}"
    );
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
    let front = html.split("id=\"verdict\"").nth(1).unwrap().split("</header>").next().unwrap();
    for label in ["fraud@champion:", "fraud@challenger:", "fraud@third:"] {
        let verdict = text.split("Gates").next().unwrap();
        assert!(verdict.contains(label), "{label} {text}");
        assert!(front.contains(label.trim_end_matches(':')), "{label} {front}");
    }
}

#[test]
fn the_headline_says_whether_each_model_may_be_switched_on() {
    let verdict = |gates: &str| {
        let report = Report::build(&mut two(false), day(200), &settings(), &Gates::parse(gates).unwrap());
        report.header.verdict.headline
    };
    let gate = |name: &str, model: &str, bound: f64, labels: u64| {
        format!(
            "[[gates]]\nname = \"{name}\"\nmodel = \"{model}\"\nmetric = \"recall\"\nbound = {bound}\nmin_labels = \
             {labels}\nhorizon = 2026-06-01\n"
        )
    };
    // The challenger catches all frauds, the champion a tenth of them.
    let (good, bad) = ("fraud@challenger", "fraud@champion");
    assert_eq!(verdict(""), "Nobody has said what a model must reach: without gates nothing is decided.");
    assert_eq!(verdict(&gate("a", good, 0.5, 1)), "Switch on fraud@challenger? Yes: it meets its gate.");
    assert_eq!(verdict(&gate("a", bad, 0.5, 1)), "Switch on fraud@champion? No: it fails its gate, “a”.");
    let held = gate("a", good, 0.5, 1) + &gate("b", good, 0.5, 9_999);
    assert_eq!(
        verdict(&held),
        "Switch on fraud@challenger? Not yet: 1 of its 2 gates needs more evidence, “b”."
    );
    let both = gate("a", good, 0.5, 1) + &gate("b", bad, 0.5, 1);
    assert_eq!(
        verdict(&both),
        "Switch on fraud@challenger? Yes: it meets its gate. Switch on fraud@champion? No: it fails its gate, “b”."
    );
    let turned = gate("b", bad, 0.5, 1) + &gate("a", good, 0.5, 1);
    assert!(verdict(&turned).starts_with("Switch on fraud@champion? No:"), "the order of the gates");
}

/// Euros and yen: the total is the mean of both, weighted by orders, at the stated rate.
#[test]
fn a_total_over_currencies_is_exact_at_the_stated_rates_and_refused_without_one() {
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for number in 0..400_usize {
        let id = format!("o{number}");
        let action = if number % 4 == 0 { Action::Reject } else { Action::Accept };
        let (amount, currency) = if number % 3 == 0 { (9_000, "JPY") } else { (12_345, "EUR") };
        rows.push(order(&id).decided(Action::Accept, action).money(amount, currency));
        if number % 8 == 0 {
            told.push(outcome(&id, T::DisputeLost, None, day(20)));
        }
    }
    let rates = |of: &[(&str, f64)]| bystander_report::sections::ExchangeRates {
        into: "EUR".into(),
        of: of.iter().map(|(code, rate)| ((*code).to_owned(), *rate)).collect(),
        date: "2026-11-27".into(),
        source: "ECB".into(),
    };
    let with = |of: &[(&str, f64)]| {
        let settings = bystander_report::ReportSettings { rates: Some(rates(of)), ..settings() };
        Report::build(&mut dataset(&rows, &told), day(200), &settings, &Gates::default())
    };
    let report = with(&[("JPY", 0.0061)]);
    let model = model(&report);
    let total = shown(&model.total);
    // A yen is 0.61 cents.
    let (mut sum, mut n) = (0.0, 0.0);
    for money in &model.money {
        let orders = money.delta_per_1000.shown().unwrap().n as f64;
        let factor = if money.currency == "JPY" { 0.61 } else { 1.0 };
        sum += value(&money.delta_per_1000) * factor * orders;
        n += orders;
    }
    assert!((value(&total.delta_per_1000) - sum / n).abs() < 1e-9, "{total:?}");
    assert!(total.delta_per_1000.interval().is_some());
    let page = bystander_report::render::html(&report);
    assert!(
        page.contains("Rates of 2026-11-27 (ECB): 1 JPY = 0.0061 EUR."),
        "date and source stand beside the total"
    );
    let missing = with(&[("USD", 0.92)]);
    assert_eq!(self::model(&missing).total.reason(), Some("there is no rate for JPY"));
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
    assert!(cost.contains(" less"), "{cost}");
    let recall = gate("recall", "bound = 0.285");
    assert!(recall.contains("at least 28.5%") && recall.contains("100.0%"), "{recall}");
    let difference = gate("recall", "against = \"champion\"\nnon_inferiority = 0.02");
    assert!(difference.contains("less 2 points") && difference.contains("90 points more"), "{difference}");
    let auc = gate("auc", "bound = 0.5");
    assert!(auc.contains("ROC AUC of fraud@challenger at least 0.5"), "{auc}");
    for text in [cost, recall, difference, auc] {
        let digits = |word: &str| {
            word.rsplit('.').next().is_some_and(|tail| tail.chars().filter(char::is_ascii_digit).count() > 6)
        };
        assert!(!text.split(' ').any(digits) && !text.contains("-0"), "{text}");
    }
}

/// One mark over "Yes" and "No" would be wrong for one of them.
#[test]
fn where_the_answers_of_two_models_differ_each_has_a_mark_of_its_own() {
    let gate = |model: &str| {
        format!(
            "[[gates]]\nname = \"{model} catches half\"\nmodel = \"fraud@{model}\"\nmetric = \"recall\"\nbound = 0.5\n\
             horizon = 2026-06-01\n"
        )
    };
    let text = [gate("champion"), gate("challenger")].concat();
    let report = Report::build(&mut two(false), day(200), &settings(), &Gates::parse(&text).unwrap());
    let results: Vec<_> = report.gates.iter().map(|gate| gate.result.words()).collect();
    assert_eq!(results, ["not met", "met"]);
    let page = bystander_report::render::html(&report);
    let title = page.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap();
    let marks: Vec<_> =
        title.split("class=\"mark ").skip(1).map(|mark| mark.split('"').next().unwrap()).collect();
    assert_eq!(marks, ["not-met", "met"], "{title}");
    let said = bystander_report::render::summary(&report, 400, false);
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("NOT MET  Switch on fraud@champion? No:"), "{said}");
    assert!(lines[1].starts_with("MET  Switch on fraud@challenger? Yes:"), "{said}");
}
