//! Ways to find each row's leaves and to add them up, 16 rows at a time.
//!
//! All of them read a *block*: the used features of 16 rows, feature by feature, so that row `lane` has feature `f` at
//! `f * LANES + lane`. All add up a row's weights in the order of the trees, so their sums have the same bits.

mod leaves;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "vector methods use more of it"))]
mod quick;
#[cfg(target_arch = "x86_64")]
mod simd;
#[cfg(not(target_arch = "x86_64"))]
mod simd {
    //! No vector instructions are used on this processor.

    /// What every number type is here.
    pub(crate) trait Wide {}

    impl Wide for f32 {}
    impl Wide for f64 {}
}
#[cfg(test)]
mod tests;
mod walk;

use crate::ensemble::Ensemble;
use crate::finish::Aggregate;
use crate::number::Number;
use leaves::Leaves;
use quick::{Quick, Words};
pub(crate) use simd::Wide;
use std::fmt;
use walk::Walk;

/// Rows of a block.
pub(crate) const LANES: usize = 16;

/// How leaves are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// From node to node, all rows of a block side by side.
    Walk,
    /// By bit masks of leaves, in code for any processor.
    Quick,
    /// The same, compiled for AVX2.
    #[cfg(target_arch = "x86_64")]
    QuickAvx2(simd::Avx2),
    /// The same with instructions of AVX-512.
    #[cfg(target_arch = "x86_64")]
    QuickAvx512(simd::Avx512),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Walk => "walk",
            Self::Quick => "quick",
            #[cfg(target_arch = "x86_64")]
            Self::QuickAvx2(_) => "quick avx2",
            #[cfg(target_arch = "x86_64")]
            Self::QuickAvx512(_) => "quick avx512",
        })
    }
}

/// Memory that a session keeps between blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    words: Words,
}

/// One method, ready for one ensemble.
#[derive(Debug, Clone)]
pub(crate) struct Kernel<T> {
    method: Method,
    /// What all methods but the walk use.
    quick: Option<Quick<T>>,
    /// For the walk, and for calls of a few rows, which are walked one by one; how many those are.
    walk: Walk<T>,
    few: usize,
    leaves: Leaves<T>,
    slots: usize,
}

impl<T: Number> Kernel<T> {
    /// Prepares a method. `features` are those that the ensemble uses, rising; blocks hold them in this order.
    pub(crate) fn new(
        method: Method,
        ensemble: &Ensemble<T>,
        aggregate: Aggregate,
        features: &[usize],
    ) -> Self {
        let leaves = Leaves::new(ensemble, aggregate);
        let walk = Walk::new(ensemble, features);
        let quick = (method != Method::Walk).then(|| Quick::new(ensemble, features));
        Self { method, quick, walk, few: 0, leaves, slots: ensemble.slots }
    }

    /// Walks rows one by one where there are at most so many.
    pub(crate) fn set_few(&mut self, few: usize) {
        self.few = few;
    }

    /// The methods that this processor has for an ensemble.
    pub(crate) fn methods(ensemble: &Ensemble<T>) -> Vec<Method> {
        let mut methods = vec![Method::Walk];
        if Quick::fits(ensemble) {
            methods.push(Method::Quick);
            #[cfg(target_arch = "x86_64")]
            if T::IS_WIDE {
                methods.extend(simd::Avx2::detected().map(Method::QuickAvx2));
                methods.extend(simd::Avx512::detected().map(Method::QuickAvx512));
            }
        }
        methods
    }

    pub(crate) fn few(&self) -> usize {
        self.few
    }

    /// Number of sums per row.
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    pub(crate) fn method(&self) -> Method {
        self.method
    }

    /// Replaces `sums` by those of the first `rows` rows of some blocks, of `stride` values each: for each block
    /// [`LANES`] numbers per slot.
    pub(crate) fn sums(
        &self,
        (blocks, stride): (&[T], usize),
        rows: usize,
        scratch: &mut Scratch,
        sums: &mut Vec<T>,
    ) {
        let count = rows.div_ceil(LANES);
        sums.clear();
        sums.resize(count * self.slots * LANES, self.leaves.start());
        if self.slots == 0 {
            return;
        }
        if self.quick.is_none() && rows > self.few {
            self.walk.run((blocks, stride), &self.leaves, (sums, self.slots));
            return;
        }
        let of_block = self.slots * LANES;
        if rows <= self.few {
            for row in 0..rows {
                let (block, lane) = (row / LANES, row % LANES);
                let sums = &mut sums[block * of_block..][..of_block];
                self.walk.run_lane(&blocks[block * stride..], lane, &self.leaves, sums);
            }
            return;
        }
        let Some(quick) = &self.quick else { return };
        for (pair, sums) in sums.chunks_mut(2 * of_block).enumerate() {
            let both = sums.len() / of_block;
            let block = &blocks[2 * pair * stride..][..both * stride];
            self.run_quick(quick, (block, stride), &mut scratch.words, sums);
        }
    }

    /// Runs one block or two.
    fn run_quick(
        &self,
        quick: &Quick<T>,
        (blocks, stride): (&[T], usize),
        words: &mut Words,
        sums: &mut [T],
    ) {
        let leaves = &self.leaves;
        #[cfg(target_arch = "x86_64")]
        if let Method::QuickAvx512(avx512) = self.method {
            let two = sums.len() > self.slots * LANES;
            let pass = simd::Pass { quick, block: blocks, words, leaves, sums };
            return if two { T::run_two_avx512(avx512, pass) } else { T::run_avx512(avx512, pass) };
        }
        for (block, sums) in sums.chunks_mut(self.slots * LANES).enumerate() {
            let block = &blocks[block * stride..];
            match self.method {
                #[cfg(target_arch = "x86_64")]
                Method::QuickAvx2(avx2) => {
                    T::run_avx2(avx2, simd::Pass { quick, block, words: &mut *words, leaves, sums });
                }
                _ => quick.run(block, words, leaves, sums),
            }
        }
    }
}
