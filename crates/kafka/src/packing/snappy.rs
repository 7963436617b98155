//! Snappy: `rd_kafka_snappy_uncompressed_length`, `rd_kafka_snappy_uncompress`, `rd_kafka_snappy_java_uncompress`, and
//! what of the same object file packs.

use super::buffer::CBuffer;
use super::largest_batch;
use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

/// A block's longest copy gives 64 bytes and takes 3: a block that claims to grow more is damaged. It is refused before memory
/// is set aside for it.
const MOST_GROWTH: usize = 22;
/// Bytes of a chunk's length in snappy-java's framing.
const CHUNK_HEADER: usize = 4;
/// How the library's own functions tell that a block is damaged.
const DAMAGED: c_int = -libc::EINVAL;

/// The length that a block will unpack to. False where it can't be that, or is more than the bound.
///
/// # Safety
/// As the library calls it: `packed` holds `packed_length` bytes, `length` can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_kafka_snappy_uncompressed_length(
    packed: *const c_char,
    packed_length: usize,
    length: *mut usize,
) -> bool {
    // SAFETY: the caller's promise.
    let packed = unsafe { bytes(packed, packed_length) };
    let Some(found) = unpacked_length(packed, largest_batch()) else { return false };
    // SAFETY: the caller's promise.
    unsafe { *length = found };
    true
}

/// Unpacks a block; 0, or a negative error number.
///
/// # Safety
/// As the library calls it: `packed` holds `packed_length` bytes, and `unpacked` as many as
/// [`rd_kafka_snappy_uncompressed_length`] told.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_kafka_snappy_uncompress(
    packed: *const c_char,
    packed_length: usize,
    unpacked: *mut c_char,
) -> c_int {
    // SAFETY: the caller's promise.
    let packed = unsafe { bytes(packed, packed_length) };
    let Some(length) = unpacked_length(packed, largest_batch()) else { return DAMAGED };
    // SAFETY: the caller's promise; after the first line all bytes are initialised.
    let unpacked = unsafe {
        unpacked.cast::<u8>().write_bytes(0, length);
        std::slice::from_raw_parts_mut(unpacked.cast::<u8>(), length)
    };
    unpack(packed, unpacked).map_or(DAMAGED, |()| 0)
}

/// Unpacks chunks as snappy-java frames them, without their header; gives a buffer from `malloc` and sets
/// `unpacked_length`. Null, with a reason in `reason`, where they are damaged or unpack to more than the bound.
///
/// # Safety
/// As the library calls it: `packed` holds `packed_length` bytes, `reason` holds `reason_length`, `unpacked_length` can be
/// written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_kafka_snappy_java_uncompress(
    packed: *const c_char,
    packed_length: usize,
    unpacked_length: *mut usize,
    reason: *mut c_char,
    reason_length: usize,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let packed = unsafe { bytes(packed, packed_length) };
    match unpack_chunks(packed, largest_batch()) {
        Some((buffer, length)) => {
            // SAFETY: the caller's promise.
            unsafe { *unpacked_length = length };
            buffer.into_raw().cast()
        }
        None => {
            let words = c"damaged, or larger than what may be unpacked".to_bytes_with_nul();
            if words.len() <= reason_length {
                // SAFETY: the caller's promise, and it fits.
                unsafe { words.as_ptr().copy_to_nonoverlapping(reason.cast(), words.len()) };
            }
            null_mut()
        }
    }
}

/// The most bytes that so many may pack to.
#[unsafe(no_mangle)]
extern "C" fn rd_kafka_snappy_max_compressed_length(length: usize) -> usize {
    max_compress_len(length)
}

/// Sets up the memory for packing, of which there is none.
#[unsafe(no_mangle)]
extern "C" fn rd_kafka_snappy_init_env_sg(_environment: *mut c_void, _parts: bool) -> c_int {
    0
}

/// Gives up the memory for packing, of which there is none.
#[unsafe(no_mangle)]
extern "C" fn rd_kafka_snappy_free_env(_environment: *mut c_void) {}

/// Packs parts into one block at `packed`, and sets that one's length; 0, or a negative error number.
///
/// # Safety
/// As the library calls it: `parts` holds `count` parts with `length` bytes in all, and `packed` has room for
/// [`rd_kafka_snappy_max_compressed_length`] of these.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_kafka_snappy_compress_iov(
    _environment: *mut c_void,
    parts: *const libc::iovec,
    count: usize,
    length: usize,
    packed: *mut libc::iovec,
) -> c_int {
    let mut plain = Vec::with_capacity(length);
    for place in 0..count {
        // SAFETY: the caller's promise.
        let part = unsafe { &*parts.add(place) };
        // SAFETY: the caller's promise.
        plain.extend_from_slice(unsafe { bytes(part.iov_base.cast(), part.iov_len) });
    }
    let Ok(block) = Encoder::new().compress_vec(&plain) else { return DAMAGED };
    // SAFETY: the caller's promise: a block is never longer than what there is room for.
    unsafe {
        block.as_ptr().copy_to_nonoverlapping((*packed).iov_base.cast(), block.len());
        (*packed).iov_len = block.len();
    }
    0
}

/// Bytes of the library's; none for a null pointer.
///
/// # Safety
/// `start` is null or holds `length` bytes, which nobody changes while they are used.
unsafe fn bytes<'a>(start: *const c_char, length: usize) -> &'a [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(start.cast(), length) }
}

/// The length that a block says it has, if it can have that and it is at most `largest`.
fn unpacked_length(packed: &[u8], largest: usize) -> Option<usize> {
    let length = decompress_len(packed).ok().filter(|_| !packed.is_empty())?;
    let most = packed.len().saturating_mul(MOST_GROWTH).min(largest);
    (length <= most).then_some(length)
}

/// Unpacks a block into as many bytes as it says it has.
fn unpack(packed: &[u8], unpacked: &mut [u8]) -> Option<()> {
    let length = Decoder::new().decompress(packed, unpacked).ok()?;
    (length == unpacked.len()).then_some(())
}

/// The blocks of snappy-java's framing; `None` in place of one that is cut off.
fn chunks(mut framed: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    std::iter::from_fn(move || {
        if framed.is_empty() {
            return None;
        }
        let Some((header, rest)) = framed.split_first_chunk::<CHUNK_HEADER>() else {
            framed = &[];
            return Some(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
        let chunk = rest.split_at_checked(length);
        framed = chunk.map_or(&[], |(_, behind)| behind);
        Some(chunk.map(|(chunk, _)| chunk))
    })
}

/// Everything in snappy-java's framing, and how many bytes that are; `None` where they are none, or more than `largest`.
fn unpack_chunks(framed: &[u8], largest: usize) -> Option<(CBuffer, usize)> {
    let mut total = 0_usize;
    for chunk in chunks(framed) {
        total = total.checked_add(unpacked_length(chunk?, largest)?).filter(|total| *total <= largest)?;
    }
    if total == 0 {
        return None;
    }
    let mut buffer = CBuffer::new(total)?;
    let mut rest = buffer.bytes();
    for chunk in chunks(framed) {
        let chunk = chunk?;
        let (here, behind) = rest.split_at_mut_checked(unpacked_length(chunk, largest)?)?;
        unpack(chunk, here)?;
        rest = behind;
    }
    Some((buffer, total))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LARGEST: usize = 1 << 20;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        Encoder::new().compress_vec(bytes).unwrap()
    }

    fn framed(blocks: &[Vec<u8>]) -> Vec<u8> {
        let chunk = |block: &Vec<u8>| [&(block.len() as u32).to_be_bytes()[..], block].concat();
        blocks.iter().flat_map(chunk).collect()
    }

    fn unframed(framed: &[u8], largest: usize) -> Option<Vec<u8>> {
        let (mut buffer, length) = unpack_chunks(framed, largest)?;
        Some(buffer.bytes()[..length].to_vec())
    }

    /// A block that says it has so many bytes.
    fn claiming(length: u32) -> Vec<u8> {
        let mut block = Vec::new();
        let mut left = length;
        while left >= 0x80 {
            block.push(left as u8 | 0x80);
            left >>= 7;
        }
        block.push(left as u8);
        block.extend_from_slice(&[0, b'x']);
        block
    }

    #[test]
    fn what_the_library_packs_in_parts_it_unpacks_again() {
        let bytes: Vec<u8> = (0..200_000).map(|place: usize| (place * 31 % 251) as u8).collect();
        let parts: Vec<_> = bytes
            .chunks(70_001)
            .map(|part| libc::iovec { iov_base: part.as_ptr().cast_mut().cast(), iov_len: part.len() })
            .collect();
        let mut block = vec![0_u8; rd_kafka_snappy_max_compressed_length(bytes.len())];
        let mut out = libc::iovec { iov_base: block.as_mut_ptr().cast(), iov_len: block.len() };
        let mut unpacked = vec![1_u8; bytes.len()];
        let mut length = 0;
        // SAFETY: all lengths are those of the buffers.
        unsafe {
            let environment = null_mut();
            assert_eq!(rd_kafka_snappy_init_env_sg(environment, true), 0);
            let (parts, count) = (parts.as_ptr(), parts.len());
            assert_eq!(rd_kafka_snappy_compress_iov(environment, parts, count, bytes.len(), &raw mut out), 0);
            rd_kafka_snappy_free_env(environment);
            let packed = block.as_ptr().cast();
            assert!(rd_kafka_snappy_uncompressed_length(packed, out.iov_len, &raw mut length));
            assert_eq!(length, bytes.len());
            assert_eq!(rd_kafka_snappy_uncompress(packed, out.iov_len, unpacked.as_mut_ptr().cast()), 0);
        }
        assert!(unpacked == bytes);
    }

    #[test]
    fn chunks_come_out_whole_and_in_order() {
        let parts = [vec![1_u8; 40_000], vec![2; 1], vec![3; 70_000]];
        let blocks: Vec<_> = parts.iter().map(|part| packed(part)).collect();
        assert_eq!(unframed(&framed(&blocks), LARGEST), Some(parts.concat()));
    }

    #[test]
    fn what_unpacks_beyond_the_bound_is_refused_whole_or_in_chunks() {
        let just = packed(&vec![0; LARGEST]);
        assert_eq!(unpacked_length(&just, LARGEST), Some(LARGEST));
        assert_eq!(unpacked_length(&packed(&vec![0; LARGEST + 1]), LARGEST), None);
        assert!(unframed(&framed(std::slice::from_ref(&just)), LARGEST).is_some());
        assert_eq!(unframed(&framed(&[just, packed(b"x")]), LARGEST), None);
    }

    #[test]
    fn a_block_that_claims_more_than_it_can_have_is_refused_before_memory_is_set_aside() {
        for claim in [100_u32, 1 << 20, u32::MAX] {
            assert_eq!(unpacked_length(&claiming(claim), usize::MAX), None, "{claim}");
            assert_eq!(unframed(&framed(&[claiming(claim)]), usize::MAX), None, "{claim}");
        }
        // A claim that could be true, and isn't.
        assert_eq!(unpacked_length(&claiming(20), usize::MAX), Some(20));
        assert_eq!(unpack(&claiming(20), &mut [0; 20]), None);
    }

    #[test]
    fn damaged_or_cut_off_chunks_are_refused() {
        let whole = framed(&[packed(b"a record"), packed(b"and another record")]);
        let first = CHUNK_HEADER + packed(b"a record").len();
        for end in (0..whole.len()).filter(|end| *end != first) {
            assert_eq!(unframed(&whole[..end], LARGEST), None, "{end}");
        }
        assert_eq!(unpacked_length(&[], LARGEST), None);
    }
}
