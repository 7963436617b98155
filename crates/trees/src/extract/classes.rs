//! Which sums the score needs, and what is made of them: the kernel's rules for one and several targets, two and more classes.

use super::Parts;
use crate::ensemble::{Ensemble, Tree};
use crate::finish::{Aggregate, Finish, Output, Outputs, Transform};
use crate::number::Number;
use crate::unfit::Unfit;

/// The weights as ONNX lists them.
pub(super) struct Weights<T> {
    pub(super) trees: Vec<i64>,
    pub(super) nodes: Vec<i64>,
    pub(super) ids: Vec<i64>,
    pub(super) values: Vec<T>,
}

/// What else an operator says, and the column that is read.
pub(super) struct Reading<T> {
    pub(super) classifier: bool,
    /// Number of targets or classes.
    pub(super) outputs: usize,
    pub(super) column: Option<usize>,
    pub(super) transform: Transform,
    pub(super) aggregate: Aggregate,
    pub(super) base: Vec<T>,
    pub(super) factor: Option<f32>,
}

/// In which rows an output has a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coverage {
    Always,
    Never,
}

/// Keeps what the score needs. `ids` and `weights` are those that ONNX lists, whatever node they are for.
///
/// # Errors
/// When the kernel's rules don't say what the score is, or depend on which leaves a row reaches.
pub(super) fn narrow<T: Number>(
    ensemble: Ensemble<T>,
    reading: &Reading<T>,
    ids: &[i64],
    weights: &[T],
) -> Result<Parts<T>, Unfit> {
    let column = match (reading.outputs, reading.column) {
        (1, None | Some(0)) => 0,
        (outputs, Some(column)) if column < outputs => column,
        _ => return Err(Unfit::new("the contract's output.column is not one of its outputs")),
    };
    let trees = ensemble.trees.len();
    let infinite = weights.iter().any(|weight| !weight.is_finite());
    if infinite && matches!(reading.aggregate, Aggregate::Min | Aggregate::Max) {
        return Err(Unfit::new("a weight is not finite"));
    }
    let (ensemble, needed, outputs) = match (reading.classifier, reading.outputs) {
        (false, 1) => (first_weights(ensemble)?, vec![0], one(reading)?),
        (true, 2) => two(ensemble, reading, (ids, weights), column)?,
        _ => several(ensemble, reading, column)?,
    };
    // The classifier has no other aggregate than the sum.
    let aggregate = if reading.classifier { Aggregate::Sum } else { reading.aggregate };
    let finish = Finish {
        aggregate: (aggregate, trees),
        transform: reading.transform,
        factor: reading.factor,
        outputs,
    };
    Ok(Parts { ensemble: keep(ensemble, &needed, aggregate), finish })
}

/// With one target the kernel takes the first weight of each leaf, whatever it is for.
fn first_weights<T: Number>(mut ensemble: Ensemble<T>) -> Result<Ensemble<T>, Unfit> {
    for leaf in ensemble.trees.iter_mut().flat_map(|tree| &mut tree.leaves) {
        let (_, weight) = *leaf.first().ok_or_else(|| Unfit::new("a leaf has no weight"))?;
        *leaf = vec![(0, weight)];
    }
    Ok(ensemble)
}

fn one<T: Number>(reading: &Reading<T>) -> Result<Outputs<T>, Unfit> {
    match reading.base.as_slice() {
        [] => Ok(Outputs::One { base: T::default() }),
        [base] => Ok(Outputs::One { base: *base }),
        _ => Err(Unfit::new("it has several base values for one target")),
    }
}

type Narrowed<T> = (Ensemble<T>, Vec<usize>, Outputs<T>);

/// Several targets, or three and more classes.
fn several<T: Number>(
    ensemble: Ensemble<T>,
    reading: &Reading<T>,
    column: usize,
) -> Result<Narrowed<T>, Unfit> {
    let based = !reading.base.is_empty();
    if based && reading.base.len() != reading.outputs {
        return Err(Unfit::new("it has not as many base values as outputs"));
    }
    let base = |id: usize| reading.base.get(id).copied();
    let together = matches!(reading.transform, Transform::Softmax | Transform::SoftmaxZero);
    let ids: Vec<usize> = if together { (0..reading.outputs).collect() } else { vec![column] };
    let mut needed = Vec::new();
    let mut outputs = Vec::new();
    for id in ids {
        let slot = match coverage(&ensemble, id)? {
            Coverage::Always => {
                needed.push(id);
                Some(needed.len() - 1)
            }
            Coverage::Never if reading.classifier => None,
            Coverage::Never => return Err(Unfit::new(format!("target {id} has no weight"))),
        };
        outputs.push(Output { slot, base: base(id), negated: false });
    }
    let outputs = if together {
        Outputs::Together { outputs, column }
    } else {
        Outputs::Each { output: outputs.remove(0) }
    };
    Ok((ensemble, needed, outputs))
}

/// Two classes, for which the kernel has rules of their own.
fn two<T: Number>(
    ensemble: Ensemble<T>,
    reading: &Reading<T>,
    weights: (&[i64], &[T]),
    column: usize,
) -> Result<Narrowed<T>, Unfit> {
    use Coverage::{Always, Never};
    let (first, second) = (coverage(&ensemble, 0)?, coverage(&ensemble, 1)?);
    let plain = |slot: usize| Output { slot: Some(slot), base: None, negated: false };
    let absent = Output { slot: None, base: None, negated: false };
    let (needed, both) = match (first, second, reading.base.as_slice()) {
        (Always, Never, [] | [_]) => {
            let base = reading.base.first().copied();
            return Ok((ensemble, vec![0], pair(reading, weights, base, column)?));
        }
        (Always, Never, [base, _]) => (vec![0], [Output { base: Some(*base), ..plain(0) }, absent]),
        (Never, Always, []) => (vec![1], [absent, plain(0)]),
        (Never, Always, [_]) => (vec![1], [absent, plain(0)]),
        (Always, Always, []) => (vec![0, 1], [plain(0), plain(1)]),
        (Always, Always, [base]) => (vec![0, 1], [Output { base: Some(*base), ..plain(0) }, plain(1)]),
        (Always, Always, [_, base]) => {
            let second = Output { base: Some(*base), ..plain(0) };
            (vec![0], [Output { negated: true, ..second }, second])
        }
        _ => return Err(Unfit::new("what its base values are added to is not known")),
    };
    if matches!(reading.transform, Transform::Softmax | Transform::SoftmaxZero) {
        return Ok((ensemble, needed, Outputs::Together { outputs: both.to_vec(), column }));
    }
    let output = both[column];
    let (needed, output) = match output.slot {
        Some(slot) => (vec![needed[slot]], Output { slot: Some(0), ..output }),
        None => (Vec::new(), output),
    };
    Ok((ensemble, needed, Outputs::Each { output }))
}

/// Two classes of which all weights are for the first.
fn pair<T: Number>(
    reading: &Reading<T>,
    weights: (&[i64], &[T]),
    base: Option<T>,
    column: usize,
) -> Result<Outputs<T>, Unfit> {
    if reading.transform == Transform::Probit {
        return Err(Unfit::new("a probit of a sum for one class of two leaves the other without a value"));
    }
    let (ids, weights) = weights;
    let binary = ids.iter().all(|id| *id == ids[0]);
    if !binary && base.is_some() {
        return Err(Unfit::new("what its base value is added to is not known"));
    }
    let positive = binary && !weights.iter().any(|weight| *weight < T::default());
    Ok(Outputs::Pair { base, positive, second: column == 1 })
}

/// # Errors
/// When it depends on the leaves that a row reaches.
fn coverage<T>(ensemble: &Ensemble<T>, id: usize) -> Result<Coverage, Unfit> {
    let has = |leaf: &Vec<(usize, T)>| leaf.iter().any(|(of, _)| *of == id);
    if ensemble.trees.iter().any(|tree| tree.leaves.iter().all(has)) {
        return Ok(Coverage::Always);
    }
    if !ensemble.trees.iter().flat_map(|tree| &tree.leaves).any(has) {
        return Ok(Coverage::Never);
    }
    Err(Unfit::new(format!("whether output {id} has a weight depends on the row")))
}

/// The ensemble with sums for the needed outputs alone, numbered in their order.
fn keep<T: Number>(ensemble: Ensemble<T>, needed: &[usize], aggregate: Aggregate) -> Ensemble<T> {
    let slot = |id: usize| needed.iter().position(|one| *one == id);
    let kept = |leaf: Vec<(usize, T)>| -> Vec<(usize, T)> {
        leaf.into_iter().filter_map(|(id, weight)| Some((slot(id)?, weight))).collect()
    };
    let narrowed =
        |tree: Tree<T>| Tree { nodes: tree.nodes, leaves: tree.leaves.into_iter().map(kept).collect() };
    let trees = ensemble.trees.into_iter().map(narrowed);
    let summed = matches!(aggregate, Aggregate::Sum | Aggregate::Average);
    // A tree that adds to no needed sum changes nothing.
    let adds = |tree: &Tree<T>| !summed || tree.leaves.iter().any(|leaf| !leaf.is_empty());
    Ensemble { trees: trees.filter(adds).collect(), slots: needed.len(), width: ensemble.width }
}
