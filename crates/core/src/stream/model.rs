//! The models of a stream: each contract compiled against the stream's fields.

use crate::config::StreamConfig;
use crate::contract::Contract;
use crate::drift::{self, DriftPlan};
use crate::extract::{FieldPath, FieldTreeBuilder};
use crate::features::{FeatureBinding, FeaturePlan};
use crate::kinds::{self, KindBuilder};
use crate::problem::Problem;
use std::sync::Arc;

/// A model as one stream uses it.
#[derive(Debug)]
pub(crate) struct BoundModel {
    pub(crate) plan: FeaturePlan,
    /// How its drift is counted, where it is.
    pub(crate) drift: Arc<DriftPlan>,
}

/// Most bytes that one model's features take in a comparison, names and punctuation included; checked when a
/// stream is compiled.
///
/// So every comparison stays below 100 kB. JSON writes a byte of text as six at most (`\u0001`): subject, item
/// and customer take 3 × 6 × 1,024, segments 32 × (64 + 6 × 256 + 6), features this much; that is 94 kB, and
/// names, ids and numbers take no more than 4 kB.
pub(crate) const LARGEST_FEATURES: usize = 24_000;

/// Compiles a contract's features, after everything else in it was looked at.
///
/// # Errors
/// Everything that is wrong in the contract, at once.
pub(crate) fn plan(
    contract: &Contract,
    binding: &FeatureBinding<'_>,
    tree: &mut FieldTreeBuilder,
) -> Result<FeaturePlan, Vec<Problem>> {
    let mut problems = kinds::contract_problems(contract);
    problems.extend(drift::problems(contract));
    match FeaturePlan::compile(contract, binding, tree) {
        Ok(plan) if problems.is_empty() => Ok(plan),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(found);
            Err(problems)
        }
    }
}

pub(super) fn too_many_features((index, model): (usize, &BoundModel)) -> Option<Problem> {
    let bytes = model.plan.largest_json();
    let what =
        || format!("models[{index}]'s features take up to {bytes} bytes, more than {LARGEST_FEATURES}");
    (bytes > LARGEST_FEATURES)
        .then(|| Problem::new("features", what(), "leave `features` out for this stream"))
}

pub(super) fn compile_all(
    config: &StreamConfig,
    contracts: &[&Contract],
    rules: &mut dyn KindBuilder,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Vec<BoundModel> {
    for (canonical, own) in &config.fields {
        for path in [canonical, own] {
            if let Err(what) = FieldPath::parse(path) {
                problems.push(Problem::new(
                    format!("fields.{canonical}"),
                    what,
                    "write both sides as pointers",
                ));
            }
        }
        // Models that were refused may have named it.
        let all = contracts.len() == config.models.len();
        if all && FieldPath::parse(canonical).is_ok() && !contracts.iter().any(|one| one.names(canonical)) {
            let what = "is named by no contract of the stream's models";
            let fix = "write the pointer as the contracts have it, or remove it";
            problems.push(Problem::new(format!("fields.{canonical}"), what, fix));
        }
    }
    let features = FeatureBinding { names: &config.fields, amounts: rules.amounts() };
    let mut models = Vec::new();
    for (index, contract) in contracts.iter().enumerate() {
        let plan = plan(contract, &features, tree).map_err(|found| {
            problems.extend(found.into_iter().map(|one| one.under(&format!("models[{index}]"))));
        });
        let added = rules
            .add_model(contract, &config.fields, tree)
            .map_err(|problem| problems.push(problem.under(&format!("models[{index}]"))));
        if let (Ok(plan), Ok(())) = (plan, added) {
            models.push(BoundModel { plan, drift: Arc::new(DriftPlan::new(contract)) });
        }
    }
    models
}
