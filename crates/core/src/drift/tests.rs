use super::plan::{Binned, ROWS};
use super::*;
use crate::contract::Contract;
use crate::decision::{Action, Decision, DecisionValue, GuardrailTrail};
use crate::input::{Column, ModelInput, TextColumn};
use crate::scored::ScoredModel;
use proptest::prelude::*;
use std::time::Duration;

const CONTRACT: &str = r#"
schema = 1
kind = "orders"
output = { name = "score" }
policy = { review = 0.4, reject = 0.8 }
input = { layout = "matrix", name = "features", type = "float32" }
features = [
    { name = "amount", source = "number", field = "/a", missing = "nan" },
    { name = "method", source = "category", field = "/m", missing = "nan", vocabulary = ["card", "paypal", "cheque"], unknown = -1 },
    { name = "device", source = "category", field = "/d", missing = 0, vocabulary = ["none"], unknown = 1 },
    { name = "hour", source = "hour_of_day", field = "/t", missing = "nan" },
    { name = "plain", source = "number", field = "/p", missing = 0 },
]
[reference.score]
edges = [0.1, 0.5]
shares = [0.5, 0.3, 0.2]
[reference.features]
amount = { edges = [10.0, 20.0, 30.0], shares = [0.25, 0.25, 0.25, 0.25], missing = 0.1 }
method = { values = ["paypal", "card"], shares = [0.4, 0.6] }
device = { values = ["<unknown>"], shares = [1.0], missing = 0.02 }
hour = { edges = [12.0], shares = [0.5, 0.5] }
"#;

fn plan(text: &str) -> DriftPlan {
    DriftPlan::new(&toml::from_str::<Contract>(text).unwrap())
}

fn scored(scores: Vec<f64>, decided: impl Fn(usize) -> bool) -> ScoredModel {
    let decision = Decision {
        would_be: DecisionValue::Action(Action::Accept),
        live: None,
        agrees: None,
        delta_amount: None,
        trail: GuardrailTrail::default(),
    };
    let decisions = (0..scores.len()).map(|row| decided(row).then_some(decision)).collect();
    ScoredModel { scores, decisions, inference: Duration::ZERO }
}

/// A tally of rows `[amount, method, device, hour, plain]`; all scores are 0.3.
fn counted(plan: &DriftPlan, rows: &[[f32; 5]]) -> Tally {
    let mut tally = plan.tally();
    let input = ModelInput::MatrixF32 { data: rows.concat(), width: 5 };
    plan.count(&input, &scored(vec![0.3; rows.len()], |_| true), rows.len(), &mut tally);
    tally
}

fn reading<'a>(plan: &'a DriftPlan, tally: &'a Tally, feature: &str) -> Reading<'a> {
    plan.read(tally).find(|reading| reading.feature == feature).unwrap()
}

#[test]
fn each_value_is_counted_where_its_reference_has_it() {
    let plan = plan(CONTRACT);
    let nan = f32::NAN;
    let tally = counted(
        &plan,
        &[
            [10.0, 0.0, 1.0, 3.0, 1.0],
            [10.5, 1.0, 1.0, 3.0, 2.0],
            [30.5, 2.0, 0.0, 3.0, 3.0],
            [nan, -1.0, 1.0, nan, 4.0],
            [-5.0, nan, 0.0, 3.0, 5.0],
        ],
    );
    let cells = |binned: &Binned| tally.cells[binned.first..][..binned.bins() + 2].to_vec();
    let features: Vec<_> = plan.features.iter().map(|feature| cells(&feature.binned)).collect();
    assert_eq!(cells(&plan.score), [0, 5, 0, 0, 0]);
    assert_eq!(features[0], [2, 1, 0, 1, 1, 0], "an edge belongs to the bin below");
    assert_eq!(
        features[1],
        [1, 1, 1, 2],
        "a word that the reference doesn't list is as new as one of no vocabulary"
    );
    assert_eq!(
        features[2],
        [3, 2, 0],
        "0 is missing, since the reference knows no `none`; the others have a bin"
    );
    assert_eq!(features[3], [4, 1, 0], "the clock has no reference");
    assert_eq!(features[4], [5, 0, 0]);
}

#[test]
fn a_batch_of_which_a_part_is_counted_is_counted_evenly() {
    let plan = plan(CONTRACT);
    let row = |row: usize| [if row < 160 { 15.0 } else { 25.0 }, 0.0, 1.0, 3.0, 0.0];
    let input = ModelInput::MatrixF32 { data: (0..320).flat_map(row).collect(), width: 5 };
    let mut tally = plan.tally();
    plan.count(&input, &scored(vec![0.3; 320], |_| true), 32, &mut tally);
    let amount = &plan.features[0].binned;
    assert_eq!(tally.cells[amount.first..][..4], [0, 16, 16, 0]);
}

#[test]
fn figures_are_there_where_they_mean_something() {
    let plan = plan(CONTRACT);
    let row = |index: usize| {
        let method = [0.0, 1.0, -1.0, f32::NAN][index % 4];
        [if index.is_multiple_of(5) { f32::NAN } else { 15.0 }, method, 1.0, 3.0, 0.0]
    };
    let rows: Vec<_> = (0..1000).map(row).collect();
    let tally = counted(&plan, &rows);
    let read = |feature| reading(&plan, &tally, feature);
    let score = read("score");
    assert!(score.psi.unwrap() > 1.0 && (score.missing, score.unseen) == (None, None));
    let amount = read("amount");
    assert!(amount.psi.unwrap() > 1.0 && (amount.missing, amount.unseen) == (Some(0.2), None));
    let method = read("method");
    assert!(method.psi.is_some() && (method.missing, method.unseen) == (Some(0.25), Some(0.25)));
    assert_eq!(
        read("device"),
        Reading { feature: "device", psi: Some(0.0), missing: Some(0.0), unseen: None }
    );
    assert_eq!(read("hour"), Reading { feature: "hour", psi: None, missing: Some(0.0), unseen: None });
    assert_eq!(read("plain"), Reading { feature: "plain", psi: None, missing: None, unseen: None });
}

#[test]
fn too_few_rows_or_values_say_nothing() {
    let plan = plan(CONTRACT);
    let rows = |all: usize, amounts: usize| -> Vec<[f32; 5]> {
        let amount = |index| if index < amounts { 15.0 } else { f32::NAN };
        (0..all).map(|index| [amount(index), 0.0, 1.0, 3.0, 0.0]).collect()
    };
    assert_eq!(plan.read(&counted(&plan, &rows(499, 499))).count(), 0);
    // Three degrees of freedom: 3 ÷ 150 is 0.02.
    let psi = |amounts| reading(&plan, &counted(&plan, &rows(500, amounts)), "amount").psi;
    assert_eq!(psi(149), None);
    assert!(psi(150).is_some());
}

#[test]
fn a_reference_that_is_none_gives_no_index_and_the_rest_stays() {
    for (right, wrong) in [
        ("shares = [0.25, 0.25, 0.25, 0.25]", "shares = [0.25, 0.25, 0.5]"),
        ("shares = [0.25, 0.25, 0.25, 0.25]", "shares = [0.25, 0.25, 0.25, 0.75]"),
        ("edges = [10.0, 20.0, 30.0]", "edges = [10.0, 30.0, 20.0]"),
        ("edges = [10.0, 20.0, 30.0]", "values = [\"a\", \"b\", \"c\", \"d\"]"),
    ] {
        let plan = plan(&CONTRACT.replace(right, wrong));
        let tally = counted(&plan, &[[15.0, 0.0, 1.0, 3.0, 0.0]; 500]);
        let expected = Reading { feature: "amount", psi: None, missing: Some(0.0), unseen: None };
        assert_eq!(reading(&plan, &tally, "amount"), expected, "{wrong}");
    }
}

#[test]
fn what_can_not_be_told_is_not_given() {
    let method = r#"missing = "nan", vocabulary = ["card", "paypal", "cheque"], unknown = -1"#;
    let told = |instead: &str| {
        let plan = plan(&CONTRACT.replace(method, instead));
        let tally = counted(&plan, &[[15.0, 0.0, 1.0, 3.0, 0.0]; 500]);
        let reading = reading(&plan, &tally, "method");
        (reading.missing.is_some(), reading.unseen.is_some())
    };
    let words = r#"vocabulary = ["card", "paypal", "cheque"]"#;
    assert_eq!(told(method), (true, true));
    assert_eq!(told(&format!("missing = -1, {words}, unknown = -1")), (true, false), "both are -1");
    assert_eq!(told(&format!("missing = 1, {words}, unknown = 1")), (false, false), "both are paypal");
    assert_eq!(told(&format!("missing = \"reject\", {words}, unknown = \"reject\"")), (false, false));
}

#[test]
fn texts_are_words_of_the_reference() {
    let head = CONTRACT.split_once("input =").unwrap().0;
    let text = |reference: &str| {
        plan(&format!(
            "{head}\ninput = {{ layout = \"columns\" }}\nfeatures = [{{ name = \"x\", source = \"string\", \
             field = \"/x\", missing = \"absent\", type = \"string\" }}]\n{reference}"
        ))
    };
    let words = ["toys", "books", "absent", "Jane Doe", "toys"];
    let read = |plan: &DriftPlan| {
        let mut column = TextColumn::default();
        words.iter().cycle().take(1000).for_each(|word| column.push(word));
        let input = ModelInput::Columns(vec![Column::Text(column)]);
        let mut tally = plan.tally();
        plan.count(&input, &scored(vec![0.5; 1000], |_| true), 1000, &mut tally);
        let reading = reading(plan, &tally, "x");
        (reading.psi, reading.missing, reading.unseen)
    };
    let (psi, missing, unseen) =
        read(&text("[reference.features.x]\nvalues = [\"toys\", \"books\"]\nshares = [0.5, 0.5]"));
    assert!(psi.is_some());
    assert_eq!((missing, unseen), (Some(0.2), Some(0.2)));
    assert_eq!(read(&text("")), (None, Some(0.2), None), "without a reference no text is known");
}

#[test]
fn a_feature_that_is_called_as_the_score_leaves_it_its_name() {
    let plan = plan(&CONTRACT.replace("amount", "score"));
    let tally = counted(&plan, &[[15.0, 0.0, 1.0, 3.0, 0.0]; 500]);
    assert_eq!(plan.read(&tally).filter(|reading| reading.feature == "score").count(), 1);
}

#[test]
fn a_clock_that_was_wrong_leaves_nothing_behind() {
    let plan = plan(CONTRACT);
    let one = counted(&plan, &[[15.0, 0.0, 1.0, 3.0, 0.0]]);
    let mut window = Window::new(&plan, Duration::from_secs(3600));
    // A part of five minutes begins.
    let now = 5_966_667 * 300_000;
    window.add(now, &one);
    let ahead = now + 400 * 86_400_000 + 300_000;
    window.add(ahead, &one);
    assert_eq!(window.total(ahead).rows(), 1, "what came before is forgotten");
    assert_eq!(window.total(now).rows(), 1, "and what is to come isn't counted");
    for minute in 0..120 {
        window.add(now + minute * 60_000, &one);
    }
    assert_eq!(window.total(now + 119 * 60_000).rows(), 60, "119 minutes are in the last part of an hour");
    assert_eq!(window.total(now + 119 * 60_000 + 3_600_000).rows(), 0, "without new rows it runs empty");
}

proptest! {
    #[test]
    fn every_counted_row_is_in_one_cell_of_each_column(
        most in 0_usize..250,
        rows in prop::collection::vec((any::<f32>(), -2_i8..5, 0_i8..3, 0_i8..24, any::<f64>(), any::<bool>()), 0..200),
    ) {
        let plan = plan(CONTRACT);
        let data = rows.iter().flat_map(|row| [row.0, f32::from(row.1), f32::from(row.2), f32::from(row.3), 0.0]);
        let input = ModelInput::MatrixF32 { data: data.collect(), width: 5 };
        // A score that isn't finite is never decided.
        let decided = |row: usize| rows[row].5 && rows[row].4.is_finite();
        let scored = scored(rows.iter().map(|row| row.4).collect(), decided);
        let mut tally = plan.tally();
        plan.count(&input, &scored, most, &mut tally);
        let all = (0..rows.len()).filter(|row| decided(*row)).count() as u64;
        let (least, most) = if rows.len() <= most { (all, all) } else { (0, most as u64) };
        prop_assert!((least..=most).contains(&tally.rows()), "{} of {all}", tally.rows());
        let columns = plan.features.iter().map(|feature| &feature.binned).chain([&plan.score]);
        let mut cells = ROWS + 1;
        for binned in columns {
            let own = &tally.cells[binned.first..][..binned.bins() + 2];
            prop_assert_eq!(own.iter().sum::<u64>(), tally.rows());
            cells += own.len();
        }
        prop_assert_eq!(cells, tally.cells.len());
    }

    #[test]
    fn no_second_counts_more_than_its_rows_and_a_quiet_one_counts_all(
        batches in prop::collection::vec((0_i64..400, 0_usize..300), 0..60),
    ) {
        let (mut pace, mut now) = (RowQuota::default(), 1_790_000_000_000);
        let mut seconds = std::collections::BTreeMap::<i64, (usize, usize)>::new();
        for (step, rows) in batches {
            now += step;
            let second = seconds.entry(now / 1_000).or_default();
            *second = (second.0 + rows, second.1 + pace.take(now, rows));
        }
        for (came, counted) in seconds.into_values() {
            prop_assert_eq!(counted, came.min(ROWS_PER_SECOND));
        }
    }

    #[test]
    fn a_window_holds_the_last_twelve_parts_and_nothing_older(
        steps in prop::collection::vec((0_i64..900_000, 1_usize..4), 0..60), after in 0_i64..8_000_000,
    ) {
        let plan = plan(CONTRACT);
        let mut window = Window::new(&plan, Duration::from_secs(3600));
        let (mut now, mut added) = (1_790_000_000_000, Vec::new());
        for (step, rows) in steps {
            now += step;
            window.add(now, &counted(&plan, &vec![[15.0, 0.0, 1.0, 3.0, 0.0]; rows]));
            added.push((now, rows as u64));
        }
        let now = now + after;
        let part = |time: i64| time / 300_000;
        let within = added.iter().filter(|(time, _)| part(now) - part(*time) < 12);
        prop_assert_eq!(window.total(now).rows(), within.map(|(_, rows)| rows).sum::<u64>());
    }
}
