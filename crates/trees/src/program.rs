//! An ensemble with the method that is fastest for it here.

use crate::extract::Parts;
use crate::finish::Finish;
use crate::kernel::{Kernel, LANES, Method, Scratch};
use crate::number::Number;
use std::time::{Duration, Instant};

/// Rows that methods are compared on, and how often: a few milliseconds in all.
const MEASURED_ROWS: usize = 4 * LANES;
const MEASURED_TIMES: usize = 3;

/// Blocks that are scored together.
const BLOCKS: usize = 8;

/// What scores rows.
#[derive(Debug, Clone)]
pub(crate) struct Program<T> {
    kernel: Kernel<T>,
    finish: Finish<T>,
    /// The features that the trees use, rising: the columns that blocks are made of.
    features: Vec<usize>,
}

/// Memory of a session.
#[derive(Debug, Clone)]
pub(crate) struct Memory<T> {
    scratch: Scratch,
    block: Vec<T>,
    sums: Vec<T>,
    outputs: Vec<T>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { scratch: Scratch::default(), block: Vec::new(), sums: Vec::new(), outputs: Vec::new() }
    }
}

impl<T: Number> Program<T> {
    /// Prepares one method.
    pub(crate) fn new(parts: &Parts<T>, method: Method) -> Self {
        let features = parts.ensemble.used_features();
        let kernel = Kernel::new(method, &parts.ensemble, parts.finish.aggregate.0, &features);
        Self { kernel, finish: parts.finish.clone(), features }
    }

    /// One that was made before.
    pub(crate) fn again(parts: &Parts<T>, method: Method, few: usize) -> Self {
        let mut program = Self::new(parts, method);
        program.kernel.set_few(few);
        program
    }

    /// The method that is fastest on `rows`, of `width` columns each.
    pub(crate) fn fastest(parts: &Parts<T>, rows: &[T], width: usize) -> Self {
        let rows = &rows[..rows.len().min(MEASURED_ROWS * width)];
        let programs = Kernel::methods(&parts.ensemble).into_iter().map(|method| Self::new(parts, method));
        let timed = programs.map(|program| (program.time(rows, width, rows.len()), program));
        let fastest = timed.min_by_key(|(time, _)| *time);
        let (time, mut program) = fastest.unwrap_or_else(|| (Duration::ZERO, Self::new(parts, Method::Walk)));
        // Fewer rows than this are faster one by one than as a block.
        program.kernel.set_few(LANES);
        let one_by_one = program.time(rows, width, width);
        let few = time.as_secs_f64() * LANES as f64 / one_by_one.as_secs_f64().max(1e-9);
        program.kernel.set_few((few as usize).min(LANES - 1));
        program
    }

    /// The method of a name, if it fits.
    pub(crate) fn named(parts: &Parts<T>, name: &str) -> Option<Self> {
        let mut methods = Kernel::methods(&parts.ensemble).into_iter();
        methods.find(|method| method.to_string() == name).map(|method| Self::new(parts, method))
    }

    /// The shortest time of a few, for calls of so many values each.
    fn time(&self, rows: &[T], width: usize, values: usize) -> Duration {
        let (mut memory, mut scores) = (Memory::default(), Vec::new());
        let mut once = || {
            scores.clear();
            let start = Instant::now();
            for rows in rows.chunks(values.max(1)) {
                self.score(rows, width, |value| value, &mut memory, &mut scores);
            }
            start.elapsed()
        };
        once();
        (0..MEASURED_TIMES).map(|_| once()).min().unwrap_or_default()
    }

    /// Calls of at most so many rows are walked one by one.
    pub(crate) fn few(&self) -> usize {
        self.kernel.few()
    }

    /// The method that was chosen.
    pub(crate) fn method(&self) -> Method {
        self.kernel.method()
    }

    /// Appends a score for each of some rows, row-major and of `width` columns, which are as `convert` makes them of what is given.
    pub(crate) fn score<G: Copy>(
        &self,
        rows: &[G],
        width: usize,
        convert: impl Fn(G) -> T + Copy,
        memory: &mut Memory<T>,
        scores: &mut Vec<f64>,
    ) {
        let stride = self.features.len() * LANES;
        for rows in rows.chunks(BLOCKS * LANES * width) {
            let count = rows.len() / width;
            memory.block.clear();
            rows.chunks(LANES * width).for_each(|rows| self.fill(rows, width, convert, &mut memory.block));
            let blocks = (memory.block.as_slice(), stride);
            self.kernel.sums(blocks, count, &mut memory.scratch, &mut memory.sums);
            let of_block = self.kernel.slots() * LANES;
            for row in 0..count {
                let first = row / LANES * of_block + row % LANES;
                let sums = |slot: usize| memory.sums[first + slot * LANES];
                scores.push(f64::from(self.finish.score(sums, &mut memory.outputs)));
            }
        }
    }

    /// Appends a block of up to 16 rows; lanes without a row repeat the last one.
    fn fill<G: Copy>(&self, rows: &[G], width: usize, convert: impl Fn(G) -> T, block: &mut Vec<T>) {
        let last = rows.len() / width - 1;
        for feature in &self.features {
            block.extend((0..LANES).map(|lane| convert(rows[lane.min(last) * width + feature])));
        }
    }
}
