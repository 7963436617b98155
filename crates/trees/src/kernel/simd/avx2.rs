//! QuickScorer with AVX2: a block is two vectors.

use super::Pass;
use crate::kernel::LANES;
use crate::kernel::quick::{Place, Quick, Rule, Strike, Word};
use std::arch::x86_64::*;

/// Adds the weights of a block's leaves to the sums.
#[target_feature(enable = "avx2,lzcnt")]
pub(super) fn run(pass: Pass<'_, f32>) {
    let Pass { quick, block, words, leaves, sums } = pass;
    for part in &quick.parts {
        part.begin(1, words);
        for group in &quick.groups[part.groups.clone()] {
            let strikes = &quick.strikes[group.strikes.clone()];
            let Some(values) = block[group.feature..].first_chunk() else { continue };
            let values = load(values);
            match group.rule {
                Rule::AboveOrNan => strike::<_CMP_LE_OQ, true>(strikes, values, words),
                Rule::Above => strike::<_CMP_NGT_UQ, true>(strikes, values, words),
                Rule::Other => strike::<_CMP_EQ_OQ, false>(strikes, values, words),
                Rule::OtherNumber => strike::<_CMP_EQ_UQ, false>(strikes, values, words),
            }
        }
        let places = &quick.places[part.places.clone()];
        match sums.as_chunks_mut().0 {
            sums if quick.regular && leaves.are_summed() => add(quick, places, words, sums),
            _ => places.iter().for_each(|place| leaves.add(&place.reached(words), sums)),
        }
    }
}

/// Strikes out leaves of the rows whose comparison `LEFT` with the threshold does not hold. Where nodes are sorted
/// (`SORTED`), the first of four that holds for all rows ends it.
#[target_feature(enable = "avx2")]
fn strike<const LEFT: i32, const SORTED: bool>(
    strikes: &[Strike<f32>],
    values: [__m256; 2],
    words: &mut [Word],
) {
    for four in strikes.chunks(4) {
        for (place, strike) in four.iter().enumerate() {
            let threshold = _mm256_set1_ps(strike.threshold);
            let left = values.map(|values| _mm256_cmp_ps::<LEFT>(values, threshold));
            if SORTED && place == 0 && _mm256_movemask_ps(_mm256_and_ps(left[0], left[1])) == 0xff {
                return;
            }
            let keep = _mm256_set1_epi32(strike.keep.cast_signed());
            let word = &mut words[strike.word as usize];
            let [low, high] = load_word(word);
            let stay = left.map(|left| _mm256_or_si256(keep, _mm256_castps_si256(left)));
            store_word(word, [_mm256_and_si256(low, stay[0]), _mm256_and_si256(high, stay[1])]);
        }
    }
}

/// Adds each tree's weights to the sums.
#[target_feature(enable = "avx2,lzcnt")]
fn add(quick: &Quick<f32>, places: &[Place], words: &[Word], sums: &mut [[f32; LANES]]) {
    for place in places {
        let leaves = first_leaves(place, words);
        let (slots, columns, rows) = (place.slot as usize, place.columns as usize, place.rows as usize);
        let mut table = &quick.tables[place.table as usize..];
        for slot in &quick.slots[slots..slots + columns] {
            let (column, rest) = table.split_at(rows * LANES);
            let weights = leaves.map(|leaf| column[leaf as usize]);
            let sum = &mut sums[*slot as usize];
            let ([low, high], [more, most]) = (load(sum), load(&weights));
            store(sum, [_mm256_add_ps(low, more), _mm256_add_ps(high, most)]);
            table = rest;
        }
    }
}

/// The first leaf that each row has left, counted in its tree.
#[inline]
#[target_feature(enable = "avx2,lzcnt")]
fn first_leaves(place: &Place, words: &[Word]) -> [u32; LANES] {
    let first = place.word as usize;
    let leaves = match place.words {
        1 => {
            let shift = _mm_cvtsi32_si128(place.shift.cast_signed());
            load_word(&words[first]).map(|word| leading_zeros(_mm256_sll_epi32(word, shift)))
        }
        2 => {
            let ([a, b], [c, d]) = (load_word(&words[first]), load_word(&words[first + 1]));
            [in_two(a, c), in_two(b, d)]
        }
        _ => return place.reached(words).map(|leaf| leaf - place.leaf),
    };
    let mut found = Word([0; LANES]);
    store_word(&mut found, leaves);
    found.0
}

/// The leading zeros of two words behind each other.
#[inline]
#[target_feature(enable = "avx2")]
fn in_two(first: __m256i, second: __m256i) -> __m256i {
    let empty = _mm256_cmpeq_epi32(first, _mm256_setzero_si256());
    let zeros = leading_zeros(_mm256_blendv_epi8(first, second, empty));
    _mm256_add_epi32(zeros, _mm256_and_si256(empty, _mm256_set1_epi32(32)))
}

/// Leading zeros of numbers that are not 0, by the exponent of the float32 next to them: AVX2 has no instruction for it.
#[inline]
#[target_feature(enable = "avx2")]
fn leading_zeros(number: __m256i) -> __m256i {
    // Without the second highest bit, rounding to 24 bits can't reach the next power of two.
    let plain = _mm256_andnot_si256(_mm256_srli_epi32::<1>(number), number);
    let exponent = _mm256_srli_epi32::<23>(_mm256_castps_si256(_mm256_cvtepi32_ps(plain)));
    let zeros = _mm256_sub_epi32(_mm256_set1_epi32(127 + 31), exponent);
    // A highest bit makes it negative: no leading zero.
    _mm256_andnot_si256(_mm256_srai_epi32::<31>(number), zeros)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[f32; LANES]) -> [__m256; 2] {
    // SAFETY: the array has the 64 bytes that are read.
    unsafe { [_mm256_loadu_ps(values.as_ptr()), _mm256_loadu_ps(values.as_ptr().add(8))] }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(values: &mut [f32; LANES], vectors: [__m256; 2]) {
    // SAFETY: the array has the 64 bytes that are written.
    unsafe {
        _mm256_storeu_ps(values.as_mut_ptr(), vectors[0]);
        _mm256_storeu_ps(values.as_mut_ptr().add(8), vectors[1]);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_word(word: &Word) -> [__m256i; 2] {
    let start = word.0.as_ptr().cast::<__m256i>();
    // SAFETY: a word has the 64 bytes that are read.
    unsafe { [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))] }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_word(word: &mut Word, vectors: [__m256i; 2]) {
    let start = word.0.as_mut_ptr().cast::<__m256i>();
    // SAFETY: a word has the 64 bytes that are written.
    unsafe {
        _mm256_storeu_si256(start, vectors[0]);
        _mm256_storeu_si256(start.add(1), vectors[1]);
    }
}
