//! `[scoring]`, `[report]` and `[replay]`.

use super::{SOUND, config, only_problem};
use bystander_core::outcome::Label;
use std::time::Duration;

#[test]
fn what_is_left_out_has_a_default() {
    let config = config(SOUND, &[]);
    assert_eq!(config.shard.deadline, Duration::from_secs(5));
    assert_eq!(config.report.maturity, Duration::from_secs(90 * 86_400));
    assert_eq!(config.report.sale_window, Duration::from_secs(7 * 86_400));
    assert_eq!((config.report.confidence, config.report.resamples, config.report.seed), (0.95, 1_000, 1));
    assert_eq!((config.report.min_slice, config.report.costs_by_currency.len()), (100, 0));
    let costs = config.report.costs;
    assert_eq!((costs.recovery, costs.chargeback_fee, costs.margin), (0.0, 1_500.0, 0.25));
    assert_eq!((costs.churn, costs.review, costs.review_catch), (0.0, 300.0, 0.8));
    assert_eq!(
        (config.replay.confirm_above, config.replay.lateness),
        (50_000_000, Duration::from_secs(3_600))
    );
}

#[test]
fn a_currency_may_have_costs_of_its_own_beside_those_of_all() {
    let text = format!(
        "{SOUND}[report]\nmaturity = \"30d\"\nseed = 7\n[report.costs]\nreview = 250\nmargin = 0.5\n\
         [report.costs.JPY]\nreview = 400\n"
    );
    let report = config(&text, &[]).report;
    assert_eq!((report.maturity, report.seed), (Duration::from_secs(30 * 86_400), 7));
    assert_eq!((report.costs.review, report.costs.margin, report.costs.recovery), (250.0, 0.5, 0.0));
    let yen = report.costs_by_currency["JPY"];
    assert_eq!((yen.review, yen.margin, yen.chargeback_fee), (400.0, 0.5, 1_500.0));
}

#[test]
fn the_costs_of_a_currency_apply_however_its_code_is_written_and_only_once() {
    for written in ["SEK", "sek", "Sek"] {
        let text = format!("{SOUND}[report.costs.{written}]\nreview = 700\n");
        assert_eq!(config(&text, &[]).report.costs_by_currency["SEK"].review, 700.0, "{written}");
    }
    let twice = format!("{SOUND}[report.costs.SEK]\nreview = 700\n[report.costs.sek]\nreview = 900\n");
    assert_eq!(only_problem(&twice, &[]).what, "SEK has two tables");
    let unknown = format!("{SOUND}[report.costs.xyz]\nreview = 700\n");
    assert_eq!(only_problem(&unknown, &[]).key, "report.costs.xyz");
}

#[test]
fn the_share_that_must_be_readable_is_between_0_and_1() {
    let sound = config(&format!("{SOUND}[report]\nmin_readable = 1\n[replay]\nmin_readable = 0.5\n"), &[]);
    assert_eq!((sound.report.min_readable, sound.replay.min_readable), (1.0, 0.5));
    for (table, wrong) in [("report", "1.01"), ("replay", "95"), ("report", "-0.1"), ("replay", "nan")] {
        let text = format!("{SOUND}[{table}]\nmin_readable = {wrong}\n");
        assert_eq!(only_problem(&text, &[]).key, format!("{table}.min_readable"), "{wrong}");
    }
}

#[test]
fn an_assumption_about_declined_orders_has_bounds_and_a_source() {
    let text = format!(
        "{SOUND}[report.declines]\nfraud_share = [0.2, 0.8]\nsource = \"audit\"\nsegment = \"country\"\n\
         [report.declines.by_value]\nFR = [0.5, 0.5]\n"
    );
    let declines = config(&text, &[]).report.declines.unwrap();
    assert_eq!((declines.fraud_share, declines.source.as_str()), ((0.2, 0.8), "audit"));
    assert_eq!((declines.segment.as_deref(), declines.by_value["FR"]), (Some("country"), (0.5, 0.5)));
    let sound = "source = \"audit\"\n";
    for (lines, key) in [
        (format!("{sound}fraud_share = [0.8, 0.2]"), "report.declines.fraud_share"),
        (format!("{sound}fraud_share = [20, 80]"), "report.declines.fraud_share"),
        (format!("{sound}fraud_share = [0.2]"), "report.declines.fraud_share"),
        (format!("{sound}fraud_share = [nan, 0.8]"), "report.declines.fraud_share"),
        (sound.to_owned(), "report.declines.fraud_share"),
        ("fraud_share = [0.2, 0.8]".to_owned(), "report.declines.source"),
        ("fraud_share = [0.2, 0.8]\nsource = \" \"".to_owned(), "report.declines.source"),
        (
            format!("{sound}fraud_share = [0.2, 0.8]\nby_value = {{ FR = [0.1, 0.2] }}"),
            "report.declines.segment",
        ),
        (
            format!(
                "{sound}fraud_share = [0.2, 0.8]\nsegment = \"country\"\nby_value = {{ FR = [2.0, 3.0] }}"
            ),
            "report.declines.by_value.FR",
        ),
    ] {
        let text = format!("{SOUND}[report.declines]\n{lines}\n");
        assert_eq!(only_problem(&text, &[]).key, key, "{lines}");
    }
}

#[test]
fn rates_have_a_currency_a_day_and_a_source() {
    let sound = "into = \"eur\"\ndate = 2026-11-27\nsource = \"ECB\"\n";
    let rates = config(&format!("{SOUND}[report.rates]\n{sound}of = {{ USD = 0.92, JPY = 0.0061 }}\n"), &[]);
    let rates = rates.report.rates.unwrap();
    assert_eq!(
        (rates.into.as_str(), rates.date.as_str(), rates.source.as_str()),
        ("EUR", "2026-11-27", "ECB")
    );
    assert_eq!(rates.factor("EUR"), Some(1.0));
    assert_eq!(rates.factor("USD"), Some(0.92));
    assert!((rates.factor("JPY").unwrap() - 0.61).abs() < 1e-12, "a yen has no minor unit: it is 0.61 cents");
    assert_eq!(rates.factor("GBP"), None);
    for (lines, key) in [
        ("date = \"2026-11-27\"\nsource = \"ECB\"".to_owned(), "report.rates.into"),
        ("into = \"euro\"\ndate = \"2026-11-27\"\nsource = \"ECB\"".to_owned(), "report.rates.into"),
        ("into = \"EUR\"\nsource = \"ECB\"".to_owned(), "report.rates.date"),
        ("into = \"EUR\"\ndate = \"last week\"\nsource = \"ECB\"".to_owned(), "report.rates.date"),
        ("into = \"EUR\"\ndate = \"2026-11-27\"".to_owned(), "report.rates.source"),
        (format!("{sound}of = {{ USD = 0.0 }}"), "report.rates.of.USD"),
        (format!("{sound}of = {{ USD = nan }}"), "report.rates.of.USD"),
        (format!("{sound}of = {{ XYZ = 1.0 }}"), "report.rates.of.XYZ"),
    ] {
        let text = format!("{SOUND}[report.rates]\n{lines}\n");
        assert_eq!(only_problem(&text, &[]).key, key, "{lines}");
    }
}

#[test]
fn a_shop_maps_its_own_dispute_reasons_to_labels() {
    let text =
        format!("{SOUND}[report.dispute_reasons]\n\"never ordered\" = \"fraud\"\n\"4853\" = \"legit\"\n");
    let reasons = config(&text, &[]).report.dispute_reasons;
    assert_eq!((reasons["never ordered"], reasons["4853"]), (Label::Fraud, Label::Legit));
    let wrong = format!("{SOUND}[report.dispute_reasons]\nlate = \"good\"\n");
    assert_eq!(only_problem(&wrong, &[]).key, "report.dispute_reasons.late");
}

#[test]
fn a_replay_says_when_to_ask_and_how_late_records_are() {
    let text = format!("{SOUND}[replay]\nconfirm_above = 0\nlateness = \"24h\"\n");
    let replay = config(&text, &[]).replay;
    assert_eq!((replay.confirm_above, replay.lateness), (0, Duration::from_secs(86_400)));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for (line, key) in [
        ("[scoring]\ndeadline = \"0s\"", "scoring.deadline"),
        ("[scoring]\ndeadline = \"6s\"", "scoring.deadline"),
        ("[scoring]\ndeadline = \"soon\"", "scoring.deadline"),
        ("[report]\nmaturity = \"soon\"", "report.maturity"),
        ("[report]\nmaturity = 90", "report.maturity"),
        ("[report]\nsale_window = \"a week\"", "report.sale_window"),
        ("[report]\nconfidence = 1.0", "report.confidence"),
        ("[report]\nconfidence = 95", "report.confidence"),
        ("[report]\nconfidence = nan", "report.confidence"),
        ("[report]\ndeveloped_below = 80", "report.developed_below"),
        ("[report]\ndeveloped_below = -0.1", "report.developed_below"),
        ("[report]\nresamples = 99", "report.resamples"),
        ("[report]\nresamples = 100001", "report.resamples"),
        ("[report]\nseed = -1", "report.seed"),
        ("[report]\nmin_slice = 0", "report.min_slice"),
        ("[report]\nmatruity = \"90d\"", "report.matruity"),
        ("[report.costs]\nrecovery = 1.5", "report.costs.recovery"),
        ("[report.costs]\nmargin = -0.1", "report.costs.margin"),
        ("[report.costs]\nreview_catch = nan", "report.costs.review_catch"),
        ("[report.costs]\nchargeback_fee = -1", "report.costs.chargeback_fee"),
        ("[report.costs]\nchurn = inf", "report.costs.churn"),
        ("[report.costs]\nreview = \"300\"", "report.costs.review"),
        ("[report.costs]\nreviews = 300", "report.costs.reviews"),
        ("[report.costs.EUR]\nreviews = 300", "report.costs.EUR.reviews"),
        ("[report.costs.EUR]\nmargin = 2", "report.costs.EUR.margin"),
        ("[report.costs.Euro]\nmargin = 0.2", "report.costs.Euro"),
        ("[replay]\nconfirm_above = -1", "replay.confirm_above"),
        ("[replay]\nlateness = \"0s\"", "replay.lateness"),
        ("[replay]\nlatness = \"1h\"", "replay.latness"),
    ] {
        assert_eq!(only_problem(&format!("{SOUND}{line}\n"), &[]).key, key, "{line}");
    }
    let near = only_problem(&format!("{SOUND}[report.costs]\nreviews = 300\n"), &[]);
    assert_eq!(near.fix, "did you mean `review`?");
}
