//! Mistakes that only follow from another one.

use super::read::UNKNOWN_KEY;
use bystander_core::problem::Problem;

/// Leaves out that a key is missing where it was only misspelt.
pub(super) fn without(mut problems: Vec<Problem>) -> Vec<Problem> {
    let meant: Vec<String> = problems.iter().filter_map(meant).collect();
    let follows = |problem: &Problem| meant.iter().any(|key| within(&problem.key, key));
    problems.retain(|problem| !(problem.what == MISSING && follows(problem)));
    problems
}

const MISSING: &str = "is missing";

/// The key that an unknown one was taken for.
fn meant(problem: &Problem) -> Option<String> {
    let name = problem.fix.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let parent = problem.key.rsplit_once('.').map_or(String::new(), |(parent, _)| format!("{parent}."));
    (problem.what == UNKNOWN_KEY).then(|| format!("{parent}{name}"))
}

fn within(key: &str, of: &str) -> bool {
    key.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
