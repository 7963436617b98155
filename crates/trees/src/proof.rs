//! Comparing a program with the session that its ensemble was taken from.

use crate::extract::Parts;
use crate::number::Number;
use crate::probe::{self, Extent};
use crate::program::{Memory, Program};
use crate::unfit::Unfit;
use bystander_core::contract::Contract;
use bystander_core::input::{ElementType, ModelInput};
use bystander_models::{Session, Unscored};

/// Rows of one call.
const ROWS: usize = 256;

/// Compares the scores of all probe rows.
///
/// # Errors
/// At the first row whose scores differ in a bit, or that the session doesn't score.
pub(crate) fn compare<T: Number>(
    program: &Program<T>,
    parts: &Parts<T>,
    session: &mut dyn Session,
    contract: &Contract,
) -> Result<Extent, Unfit> {
    let width = contract.features.len();
    let mut batch =
        Batch { program, session, input: empty(contract, width), width, rows: 0, memory: Memory::default() };
    let extent = probe::each_row(&parts.ensemble, contract, &mut |row| batch.push(row))?;
    batch.compare()?;
    Ok(extent)
}

fn empty(contract: &Contract, width: usize) -> ModelInput {
    match contract.input.matrix() {
        Some(ElementType::Float64) => ModelInput::MatrixF64 { data: Vec::new(), width },
        _ => ModelInput::MatrixF32 { data: Vec::new(), width },
    }
}

/// Rows until they are compared.
struct Batch<'a, T> {
    program: &'a Program<T>,
    session: &'a mut dyn Session,
    input: ModelInput,
    width: usize,
    rows: usize,
    memory: Memory<T>,
}

impl<T: Number> Batch<'_, T> {
    fn push(&mut self, row: &[T]) -> Result<(), Unfit> {
        match &mut self.input {
            ModelInput::MatrixF32 { data, .. } => data.extend(row.iter().map(|value| value.to_f32())),
            ModelInput::MatrixF64 { data, .. } => data.extend(row.iter().map(|value| value.to_f64())),
            _ => {}
        }
        self.rows += 1;
        if self.rows == ROWS { self.compare() } else { Ok(()) }
    }

    fn compare(&mut self) -> Result<(), Unfit> {
        let (mut expected, mut scores) = (Vec::new(), Vec::new());
        self.session.score(&self.input, 0..self.rows, &mut expected).map_err(|unscored| {
            Unfit::new(match unscored {
                Unscored::Refused(reason) => format!("a row made for comparison was refused: {reason}"),
                Unscored::Late(deadline) => format!("a comparison took longer than {deadline:?}"),
            })
        })?;
        let width = self.width;
        match &mut self.input {
            ModelInput::MatrixF32 { data, .. } => {
                score(self.program, data, width, T::from_f32, &mut self.memory, &mut scores);
                data.clear();
            }
            ModelInput::MatrixF64 { data, .. } => {
                score(self.program, data, width, T::from_f64, &mut self.memory, &mut scores);
                data.clear();
            }
            _ => {}
        }
        self.rows = 0;
        let differ = expected.iter().zip(&scores).find(|(one, other)| !same(**one, **other));
        match differ {
            Some((one, other)) => {
                Err(Unfit::new(format!("a row made for comparison scored {other} instead of {one}")))
            }
            None if expected.len() * 2 != scores.len() => {
                Err(Unfit::new("a comparison gave another number of scores"))
            }
            None => Ok(()),
        }
    }
}

/// Scores rows together, and once more each alone: blocks of a few rows take another way.
fn score<T: Number, G: Copy>(
    program: &Program<T>,
    rows: &[G],
    width: usize,
    convert: impl Fn(G) -> T + Copy,
    memory: &mut Memory<T>,
    scores: &mut Vec<f64>,
) {
    program.score(rows, width, convert, memory, scores);
    for row in rows.chunks(width) {
        program.score(row, width, convert, memory, scores);
    }
}

fn same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
}

#[cfg(test)]
mod tests;
