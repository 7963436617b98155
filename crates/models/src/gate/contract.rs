//! Reading `contract.toml`.

use crate::refusal::{CheckFailure, RefusalKind};
use bystander_core::config::StreamConfig;
use bystander_core::contract::{Contract, SCHEMA};
use bystander_core::golden::InputBuilder;
use bystander_core::problem::Problem;

/// The contract, and the builder of its inputs from golden events, which are written as `stream` writes its events.
pub(crate) fn parse(
    text: &str,
    stream: Option<&StreamConfig>,
) -> Result<(Contract, InputBuilder), CheckFailure> {
    let table: toml::Table = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    if let Some(other) = table.get("schema").filter(|schema| schema.as_integer() != Some(i64::from(SCHEMA))) {
        let what = format!("contract.toml is of schema {other}, which isn't known");
        return Err(CheckFailure::new(
            RefusalKind::Contract,
            what,
            format!("write it for schema = {SCHEMA}"),
        ));
    }
    let contract: Contract = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    let inputs = InputBuilder::new(&contract, stream).map_err(|problems| unsound(&problems))?;
    Ok((contract, inputs))
}

fn unreadable(text: &str, error: &toml::de::Error) -> CheckFailure {
    let line =
        error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
    let place = line.map_or(String::new(), |line| format!(" line {line}"));
    let what = format!("contract.toml{place}: {}", error.message());
    CheckFailure::new(RefusalKind::Contract, what, "correct, rename or remove this key")
}

fn unsound(problems: &[Problem]) -> CheckFailure {
    let what = match problems {
        [] => "contract.toml is unsound".to_owned(),
        [first] => format!("contract.toml: {}: {}", first.key, first.what),
        [first, rest @ ..] => {
            let keys: Vec<&str> = rest.iter().map(|problem| problem.key.as_str()).collect();
            format!("contract.toml: {}: {} (also wrong: {})", first.key, first.what, keys.join(", "))
        }
    };
    let fix = problems.first().map_or_else(String::new, |first| first.fix.clone());
    CheckFailure::new(RefusalKind::Contract, what, fix)
}
