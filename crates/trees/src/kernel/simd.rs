//! QuickScorer with the vector instructions of x86-64: the only module with unsafe code.
//!
//! Why it is sound. A function that is compiled for more instructions than every processor has is called through a value that
//! exists only where those instructions were found at run time ([`Avx2::detected`], [`Avx512::detected`]). Vectors are read
//! from and written to arrays of exactly their size: `Word` is 16 × 32 bits, and blocks, sums and tables are cut into arrays
//! of 16 float32 by bounds-checked slices. No load or store needs alignment.

#![allow(
    unsafe_code,
    reason = "calls of functions for instructions that were detected, and loads of whole arrays"
)]

mod avx2;
mod avx512;

use super::leaves::Leaves;
use super::quick::{Quick, Words};
use std::arch::is_x86_feature_detected;

/// The processor has AVX2 and LZCNT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

/// The processor has AVX-512 F and CD, and LZCNT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512(());

impl Avx2 {
    pub(crate) fn detected() -> Option<Self> {
        let there = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("lzcnt");
        there.then_some(Self(()))
    }
}

impl Avx512 {
    pub(crate) fn detected() -> Option<Self> {
        let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512cd");
        (there && is_x86_feature_detected!("lzcnt")).then_some(Self(()))
    }
}

/// A block on its way through a method; for AVX-512, one or two that follow each other.
pub(crate) struct Pass<'a, T> {
    pub(super) quick: &'a Quick<T>,
    pub(super) block: &'a [T],
    pub(super) words: &'a mut Words,
    pub(super) leaves: &'a Leaves<T>,
    pub(super) sums: &'a mut [T],
}

/// How a number type is run: each function adds the weights of a block's leaves to the sums.
pub(crate) trait Wide: Sized {
    /// Whether it has code for vector instructions.
    const IS_WIDE: bool;
    /// By AVX2.
    fn run_avx2(avx2: Avx2, pass: Pass<'_, Self>);
    /// By AVX-512.
    fn run_avx512(avx512: Avx512, pass: Pass<'_, Self>);
    /// Two blocks by AVX-512.
    fn run_two_avx512(avx512: Avx512, pass: Pass<'_, Self>);
}

/// Float64 has no code of its own: [`Kernel::methods`](super::Kernel::methods) names none of these methods for it.
impl Wide for f64 {
    const IS_WIDE: bool = false;

    fn run_avx2(_: Avx2, Pass { quick, block, words, leaves, sums }: Pass<'_, Self>) {
        quick.run(block, words, leaves, sums);
    }

    fn run_avx512(_: Avx512, Pass { quick, block, words, leaves, sums }: Pass<'_, Self>) {
        quick.run(block, words, leaves, sums);
    }

    fn run_two_avx512(avx512: Avx512, Pass { quick, block, words, leaves, sums }: Pass<'_, Self>) {
        let ((one, other), (first, second)) =
            (block.split_at(block.len() / 2), sums.split_at_mut(sums.len() / 2));
        Self::run_avx512(avx512, Pass { quick, block: one, words: &mut *words, leaves, sums: first });
        Self::run_avx512(avx512, Pass { quick, block: other, words, leaves, sums: second });
    }
}

impl Wide for f32 {
    const IS_WIDE: bool = true;

    fn run_avx2(_: Avx2, pass: Pass<'_, Self>) {
        // SAFETY: `Avx2` exists, so the processor has the features that the function is compiled for.
        unsafe { avx2::run(pass) }
    }

    fn run_avx512(_: Avx512, pass: Pass<'_, Self>) {
        // SAFETY: `Avx512` exists, so the processor has the features that the function is compiled for.
        unsafe { avx512::run::<1>(pass) }
    }

    fn run_two_avx512(_: Avx512, pass: Pass<'_, Self>) {
        // SAFETY: `Avx512` exists, so the processor has the features that the function is compiled for.
        unsafe { avx512::run::<2>(pass) }
    }
}
