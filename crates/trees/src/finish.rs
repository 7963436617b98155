//! From sums to the score that the contract reads: base values, averages and transforms, in the order and precision of
//! ONNX Runtime's kernel.

use crate::number::Number;

/// How the leaves of all trees become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

/// What is applied to the numbers of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transform {
    None,
    Logistic,
    Softmax,
    SoftmaxZero,
    Probit,
}

/// The way from sums to a score.
#[derive(Debug, Clone)]
pub(crate) struct Finish<T> {
    /// With the number of trees.
    pub(crate) aggregate: (Aggregate, usize),
    pub(crate) transform: Transform,
    /// What the score is multiplied by after all: onnxmltools writes a product with 1 behind LightGBM's classifiers.
    pub(crate) factor: Option<f32>,
    /// What each output is made of.
    pub(crate) outputs: Outputs<T>,
}

/// The outputs of an operator.
#[derive(Debug, Clone)]
pub(crate) enum Outputs<T> {
    /// One number, of sum 0. Of all transforms, the kernel applies only the probit to it.
    One {
        /// Added even where it is 0, as that turns -0 into 0.
        base: T,
    },
    /// The two classes of a sum for one class: the score is the complement, the opposite or the other side's logistic.
    Pair {
        base: Option<T>,
        /// No weight is negative, so that the sum is a probability.
        positive: bool,
        /// Whether the contract reads the second class.
        second: bool,
    },
    /// One of several numbers, each transformed alone.
    Each { output: Output<T> },
    /// One of several numbers that are transformed together.
    Together { outputs: Vec<Output<T>>, column: usize },
}

/// One number before its transform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output<T> {
    /// The sum; none for a class without weights.
    pub(crate) slot: Option<usize>,
    pub(crate) base: Option<T>,
    pub(crate) negated: bool,
}

impl<T: Number> Output<T> {
    fn value(&self, finish: &Finish<T>, sums: impl Fn(usize) -> T) -> T {
        let Some(slot) = self.slot else { return self.base.unwrap_or_default() };
        let sum = finish.aggregated(sums(slot));
        let value = match (self.base, finish.aggregate.0) {
            (Some(base), Aggregate::Min | Aggregate::Max) => base + sum,
            (None, Aggregate::Min | Aggregate::Max) => T::default() + sum,
            (Some(base), _) => sum + base,
            (None, _) => sum,
        };
        if self.negated { -value } else { value }
    }
}

impl<T: Number> Finish<T> {
    fn aggregated(&self, sum: T) -> T {
        match self.aggregate {
            (Aggregate::Average, trees) => sum / T::from_f64(trees as f64),
            _ => sum,
        }
    }

    /// The score of a row, of its sums; `scratch` is only memory.
    pub(crate) fn score(&self, sums: impl Fn(usize) -> T, scratch: &mut Vec<T>) -> f32 {
        let score = self.plain(sums, scratch);
        self.factor.map_or(score, |factor| score * factor)
    }

    fn plain(&self, sums: impl Fn(usize) -> T, scratch: &mut Vec<T>) -> f32 {
        match &self.outputs {
            Outputs::One { base } => {
                let value = (self.aggregated(sums(0)) + *base).to_f32();
                if self.transform == Transform::Probit { probit(value) } else { value }
            }
            Outputs::Pair { base, positive, second } => {
                let sum = base.map_or_else(|| sums(0), |base| sums(0) + base);
                self.pair(sum, *positive, *second)
            }
            Outputs::Each { output } => {
                let value = output.value(self, sums).to_f32();
                match self.transform {
                    Transform::Logistic => logistic(value),
                    Transform::Probit => probit(value),
                    _ => value,
                }
            }
            Outputs::Together { outputs, column } => {
                scratch.clear();
                scratch.extend(outputs.iter().map(|output| output.value(self, &sums)));
                match self.transform {
                    Transform::SoftmaxZero => softmax_zero(scratch),
                    _ => softmax(scratch),
                }
                scratch.get(*column).map_or(f32::NAN, |value| value.to_f32())
            }
        }
    }

    fn pair(&self, sum: T, positive: bool, second: bool) -> f32 {
        match (self.transform, positive, second) {
            (Transform::Logistic, _, true) => logistic(sum.to_f32()),
            (Transform::Logistic, _, false) => logistic((-sum).to_f32()),
            (_, _, true) => sum.to_f32(),
            (_, true, false) => (T::ONE - sum).to_f32(),
            (_, false, false) => (-sum).to_f32(),
        }
    }
}

/// 1 / (1 + e⁻ᵛ), computed on the side where the exponential is at most 1.
fn logistic(value: f32) -> f32 {
    let side = 1.0 / (1.0 + (-value.abs()).exp());
    if value < 0.0 { 1.0 - side } else { side }
}

/// The normal distribution's quantile, by Winitzki's approximation of the inverse error function with a = 0.147.
fn probit(value: f32) -> f32 {
    std::f32::consts::SQRT_2 * inverse_error(2.0 * value - 1.0)
}

fn inverse_error(value: f32) -> f32 {
    let sign = if value < 0.0 { -1.0 } else { 1.0 };
    let log = ((1.0 - value) * (1.0 + value)).ln();
    let first = 2.0 / (std::f32::consts::PI * 0.147) + 0.5 * log;
    let second = 1.0 / 0.147 * log;
    sign * (-first + (first * first - second).sqrt()).sqrt()
}

fn highest<T: Number>(values: &[T]) -> f32 {
    values
        .iter()
        .map(|value| value.to_f32())
        .fold(-f32::MAX, |most, value| if value > most { value } else { most })
}

fn softmax<T: Number>(values: &mut [T]) {
    let most = highest(values);
    let mut sum = 0.0_f32;
    for value in values.iter_mut() {
        let raised = (value.to_f32() - most).exp();
        *value = T::from_f32(raised);
        sum += raised;
    }
    for value in values.iter_mut() {
        *value = T::from_f32(value.to_f32() / sum);
    }
}

/// A softmax that leaves numbers next to 0 out of the sum.
fn softmax_zero<T: Number>(values: &mut [T]) {
    let most = highest(values);
    let lowest = (-most).exp();
    let mut sum = 0.0_f32;
    for value in values.iter_mut() {
        let plain = value.to_f32();
        if (-0.000_000_1..=0.000_000_1).contains(&plain) || plain.is_nan() {
            *value = value.times(lowest);
        } else {
            let raised = (plain - most).exp();
            *value = T::from_f32(raised);
            sum += raised;
        }
    }
    for value in values.iter_mut() {
        *value = *value / T::from_f32(sum);
    }
}
