//! `[[outcomes]]`: beside the streams, of a stream, and never written to.

use super::{OUTCOMES, SOUND, config, only_problem, survey};

fn with(more: &str) -> String {
    format!("{SOUND}{OUTCOMES}{more}")
}

#[test]
fn outcomes_are_read_as_they_are_written() {
    let text = with("labels = { \"1\" = \"fraud\" }\nwhere = { \"/version\" = 2 }");
    let found = config(&text, &[]).outcomes;
    assert_eq!((found.len(), found[0].name.as_deref()), (1, Some("truth")));
    assert_eq!(found[0].labels["1"], "fraud");
    assert!(config(SOUND, &[]).outcomes.is_empty(), "nobody must have some");
}

#[test]
fn every_mistake_of_a_table_is_named_at_once() {
    let text =
        with("subject = \"order\"\ntypes = { CB = \"chargeback\" }\nlable = \"/l\"\nmoney = \"euros\"");
    let keys =
        |text: &str| survey(text, &[]).problems.into_iter().map(|problem| problem.key).collect::<Vec<_>>();
    assert_eq!(
        keys(&text),
        ["outcomes[0].lable", "outcomes[0].money"],
        "a table that can't be read is read no further"
    );
    let text = text.replace("money = \"euros\"", "");
    let problems = survey(&text, &[]).problems;
    let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["outcomes[0].lable", "outcomes[0].types.CB", "outcomes[0].subject"]);
    assert_eq!(problems[0].fix, "did you mean `label`?");
}

#[test]
fn a_table_names_a_stream_that_is_bound() {
    let unknown = only_problem(&with("").replace("stream = \"orders\"", "stream = \"order\""), &[]);
    assert_eq!(unknown.key, "outcomes[0].stream");
    assert!(unknown.what.contains("`order`") && unknown.fix.contains("orders"), "{unknown}");
    let missing = only_problem(&with("").replace("stream = \"orders\"", ""), &[]);
    assert_eq!((missing.key.as_str(), missing.what.as_str()), ("outcomes[0].stream", "is missing"));
    let empty = survey(&format!("{SOUND}[[outcomes]]"), &[]).problems;
    let keys: Vec<_> = empty.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["outcomes[0].name", "outcomes[0].topic", "outcomes[0].stream"]);
    let kindless = survey(&with("").replace("kind = \"orders\"", ""), &[]).problems;
    assert!(kindless.is_empty(), "that is said when the stream is compiled: {kindless:?}");
}

#[test]
fn a_topic_of_outcomes_is_no_input_and_never_written_to() {
    let input = only_problem(&with("").replace("shop.outcomes", "shop.orders"), &[]);
    assert_eq!(input.key, "outcomes[0].topic");
    for shadow in ["shop.outcomes", "shop_outcomes"] {
        let text = with("").replace("[shadow]", &format!("[shadow]\ncomparisons = \"{shadow}\""));
        let problem = only_problem(&text, &[]);
        assert_eq!(problem.key, "shadow.comparisons");
        assert!(problem.what.contains("never written to"), "{problem}");
    }
}

#[test]
fn two_tables_may_share_a_topic_but_not_a_name() {
    let second = OUTCOMES.replace("truth", "later");
    assert_eq!(config(&with(&second), &[]).outcomes.len(), 2);
    assert_eq!(only_problem(&with(OUTCOMES), &[]).key, "outcomes[1].name");
    let list = only_problem(&SOUND.replace("job =", "outcomes = 1\njob ="), &[]);
    assert_eq!(
        (list.key.as_str(), list.fix.as_str()),
        ("outcomes", "write [[outcomes]] per topic of outcomes")
    );
}

#[test]
fn hidden_subjects_need_the_key_for_outcomes_as_well() {
    let text = with("").replace("subject = ", "pseudonymise = [\"subject\"]\nsubject = ");
    let problem = only_problem(&text, &[]);
    assert_eq!(problem.key, "outcomes[0].stream");
    assert!(problem.fix.contains("privacy.key_file"), "{problem}");
}
