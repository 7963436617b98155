//! QuickScorer with AVX-512: a block is one vector, and two blocks go together.

use super::Pass;
use crate::kernel::LANES;
use crate::kernel::quick::{Place, Quick, Rule, Strike, Word};
use std::arch::x86_64::*;

/// Adds the weights of the leaves of `N` blocks, which follow each other, to their sums. Two blocks share the reading of
/// nodes, and their instructions fill each other's waits.
#[target_feature(enable = "avx512f,avx512cd,lzcnt")]
pub(super) fn run<const N: usize>(pass: Pass<'_, f32>) {
    let Pass { quick, block: blocks, words, leaves, sums } = pass;
    let (stride, of_block) = (blocks.len() / N, sums.len() / N);
    for part in &quick.parts {
        part.begin(N, words);
        for group in &quick.groups[part.groups.clone()] {
            let strikes = &quick.strikes[group.strikes.clone()];
            let mut values = [_mm512_setzero_ps(); N];
            for (block, values) in values.iter_mut().enumerate() {
                let block = blocks[block * stride + group.feature..].first_chunk();
                *values = block.map_or(*values, |block| load(block));
            }
            match group.rule {
                Rule::AboveOrNan => strike::<_CMP_NLE_UQ, true, N>(strikes, values, words, part.words),
                Rule::Above => strike::<_CMP_GT_OQ, true, N>(strikes, values, words, part.words),
                Rule::Other => strike::<_CMP_NEQ_UQ, false, N>(strikes, values, words, part.words),
                Rule::OtherNumber => strike::<_CMP_NEQ_OQ, false, N>(strikes, values, words, part.words),
            }
        }
        let places = &quick.places[part.places.clone()];
        for (words, sums) in words.chunks(part.words).zip(sums.chunks_mut(of_block)) {
            match sums.as_chunks_mut().0 {
                [sums] if quick.regular && leaves.are_summed() => add(quick, places, words, sums),
                sums if quick.regular && leaves.are_summed() => add_columns(quick, places, words, sums),
                _ => places.iter().for_each(|place| leaves.add(&place.reached(words), sums)),
            }
        }
    }
}

/// Strikes out leaves of the rows whose comparison `RIGHT` with the threshold holds. Where nodes are sorted (`SORTED`), the
/// first of four that holds for no row ends it; a look at each of the four would cost more than it saves.
#[target_feature(enable = "avx512f")]
fn strike<const RIGHT: i32, const SORTED: bool, const N: usize>(
    strikes: &[Strike<f32>],
    values: [__m512; N],
    words: &mut [Word],
    of_block: usize,
) {
    for four in strikes.chunks(4) {
        for (place, strike) in four.iter().enumerate() {
            let threshold = _mm512_set1_ps(strike.threshold);
            let mut right = [0; N];
            let mut any = 0;
            for (right, values) in right.iter_mut().zip(values) {
                *right = _mm512_cmp_ps_mask::<RIGHT>(values, threshold);
                any |= *right;
            }
            if SORTED && place == 0 && any == 0 {
                return;
            }
            let keep = _mm512_set1_epi32(strike.keep.cast_signed());
            for (block, right) in right.into_iter().enumerate() {
                let word = &mut words[block * of_block + strike.word as usize];
                let old = load_word(word);
                store_word(word, _mm512_mask_and_epi32(old, right, old, keep));
            }
        }
    }
}

/// Adds each tree's weight to the one sum.
#[target_feature(enable = "avx512f,avx512cd,lzcnt")]
fn add(quick: &Quick<f32>, places: &[Place], words: &[Word], sums: &mut [f32; LANES]) {
    let mut sum = load(sums);
    for place in places {
        let found = Found::of(place, words);
        sum = _mm512_add_ps(sum, found.weights(place, words, &quick.tables[place.table as usize..]));
    }
    store(sums, sum);
}

/// Adds each tree's weights to several sums.
#[target_feature(enable = "avx512f,avx512cd,lzcnt")]
fn add_columns(quick: &Quick<f32>, places: &[Place], words: &[Word], sums: &mut [[f32; LANES]]) {
    for place in places {
        let found = Found::of(place, words);
        let mut table = &quick.tables[place.table as usize..];
        let (slots, columns) = (place.slot as usize, place.columns as usize);
        for slot in &quick.slots[slots..slots + columns] {
            let sum = &mut sums[*slot as usize];
            store(sum, _mm512_add_ps(load(sum), found.weights(place, words, table)));
            table = table.get(place.rows as usize * LANES..).unwrap_or_default();
        }
    }
}

/// The first leaf that each row has left.
enum Found {
    /// Among up to 16 leaves.
    OneRow(__m512i),
    /// Among up to 32.
    TwoRows(__m512i),
    /// Among up to 64: in the first word, in the second, and whether the first is empty.
    TwoWords(__m512i, __m512i, __mmask16),
    /// Among any number.
    Many,
}

impl Found {
    #[inline]
    #[target_feature(enable = "avx512f,avx512cd")]
    fn of(place: &Place, words: &[Word]) -> Self {
        let first = place.word as usize;
        match (place.words, place.rows) {
            (1, 1) => Self::OneRow(first_leaf(place, &words[first])),
            (1, 2) => Self::TwoRows(first_leaf(place, &words[first])),
            (2, 3 | 4) => {
                let (first, second) = (load_word(&words[first]), load_word(&words[first + 1]));
                let empty = _mm512_testn_epi32_mask(first, first);
                Self::TwoWords(_mm512_lzcnt_epi32(first), _mm512_lzcnt_epi32(second), empty)
            }
            _ => Self::Many,
        }
    }

    /// Those leaves' weights in a column.
    #[inline]
    #[target_feature(enable = "avx512f,avx512cd,lzcnt")]
    fn weights(&self, place: &Place, words: &[Word], table: &[f32]) -> __m512 {
        match *self {
            Self::OneRow(leaf) => _mm512_permutexvar_ps(leaf, row(table, 0)),
            Self::TwoRows(leaf) => _mm512_permutex2var_ps(row(table, 0), leaf, row(table, 1)),
            Self::TwoWords(first, second, empty) => {
                let in_first = _mm512_permutex2var_ps(row(table, 0), first, row(table, 1));
                // Of a column of three rows, the fourth is the next column's: no leaf of the tree is in it.
                let in_second = _mm512_permutex2var_ps(row(table, 2), second, row(table, 3));
                _mm512_mask_mov_ps(in_first, empty, in_second)
            }
            Self::Many => {
                let reached = place.reached(words);
                load(&reached.map(|leaf| table[(leaf - place.leaf) as usize]))
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512cd")]
fn first_leaf(place: &Place, word: &Word) -> __m512i {
    let shifted = _mm512_sll_epi32(load_word(word), _mm_cvtsi32_si128(place.shift.cast_signed()));
    _mm512_lzcnt_epi32(shifted)
}

/// Row `number` of 16 weights; zeros behind the last.
#[inline]
#[target_feature(enable = "avx512f")]
fn row(table: &[f32], number: usize) -> __m512 {
    let row = table.get(number * LANES..).and_then(|rest| rest.first_chunk());
    row.map_or_else(|| _mm512_setzero_ps(), |row| load(row))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[f32; LANES]) -> __m512 {
    // SAFETY: the array has the 64 bytes that are read.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(values: &mut [f32; LANES], vector: __m512) {
    // SAFETY: the array has the 64 bytes that are written.
    unsafe { _mm512_storeu_ps(values.as_mut_ptr(), vector) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_word(word: &Word) -> __m512i {
    // SAFETY: a word has the 64 bytes that are read.
    unsafe { _mm512_loadu_si512(word.0.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_word(word: &mut Word, vector: __m512i) {
    // SAFETY: a word has the 64 bytes that are written.
    unsafe { _mm512_storeu_si512(word.0.as_mut_ptr().cast(), vector) }
}
