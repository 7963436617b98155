//! `rd_kafka_lz4_decompress` and `rd_kafka_lz4_compress`: LZ4 frames.

use super::buffer::{CBuffer, read_all};
use super::largest_batch;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use rdkafka::types::RDKafkaRespErr as Answer;
use std::borrow::Cow;
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::io::{Read, Write};

/// A header without sizes, and an end mark.
const SHORTEST_FRAME: usize = 4 + 2 + 1 + 4;
/// Longest header of a frame: magic number, flags, sizes, dictionary and checksum.
const LONGEST_HEADER: usize = 4 + 2 + 8 + 4 + 1;

unsafe extern "C" {
    /// The next bytes of a slice of the library's buffers; 0 at its end.
    fn rd_slice_reader(slice: *mut c_void, bytes: *mut *const c_void) -> usize;
    /// The library's own xxHash.
    fn XXH32(bytes: *const c_void, length: usize, seed: c_uint) -> c_uint;
}

/// Unpacks an LZ4 frame; sets `unpacked` to a buffer from `malloc`.
///
/// # Safety
/// As the library calls it: `packed` holds `packed_length` bytes, the last two can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_kafka_lz4_decompress(
    _broker: *mut c_void,
    proper_checksum: c_int,
    _offset: i64,
    packed: *mut c_char,
    packed_length: usize,
    unpacked: *mut *mut c_void,
    unpacked_length: *mut usize,
) -> Answer {
    // SAFETY: the caller's promise; it is only read, and not after this function.
    let packed = unsafe { std::slice::from_raw_parts(packed.cast::<u8>(), packed_length) };
    let Some((buffer, length)) = unpack(packed, proper_checksum != 0, largest_batch()) else {
        return Answer::RD_KAFKA_RESP_ERR__BAD_COMPRESSION;
    };
    // SAFETY: the caller's promise.
    unsafe {
        *unpacked = buffer.into_raw();
        *unpacked_length = length;
    }
    Answer::RD_KAFKA_RESP_ERR_NO_ERROR
}

/// Packs a slice of the library's buffers into an LZ4 frame; sets `packed` to a buffer from `malloc`. The level isn't
/// used: there is one.
///
/// # Safety
/// As the library calls it: `slice` is one of its slices, the last two can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_kafka_lz4_compress(
    _broker: *mut c_void,
    proper_checksum: c_int,
    _level: c_int,
    slice: *mut c_void,
    packed: *mut *mut c_void,
    packed_length: *mut usize,
) -> Answer {
    let parts = std::iter::from_fn(|| {
        let mut part = std::ptr::null();
        // SAFETY: the caller's promise; what it gives lasts as long as the slice.
        match unsafe { rd_slice_reader(slice, &raw mut part) } {
            0 => None,
            length => Some(unsafe { std::slice::from_raw_parts(part.cast::<u8>(), length) }),
        }
    });
    // Brokers that want the header's checksum as Kafka 0.9 made it are older than any that is supported.
    let frame = (proper_checksum != 0).then(|| pack(parts)).flatten();
    let Some((buffer, length)) = frame.and_then(|frame| read_all(&frame[..], frame.len(), frame.len()))
    else {
        // The library then sends the batch as it is.
        return Answer::RD_KAFKA_RESP_ERR__BAD_COMPRESSION;
    };
    // SAFETY: the caller's promise.
    unsafe {
        *packed = buffer.into_raw();
        *packed_length = length;
    }
    Answer::RD_KAFKA_RESP_ERR_NO_ERROR
}

fn unpack(packed: &[u8], proper_checksum: bool, largest: usize) -> Option<(CBuffer, usize)> {
    if packed.len() < SHORTEST_FRAME {
        // The decoder takes nothing at all for an end.
        return None;
    }
    let (header, rest) = packed.split_at(packed.len().min(LONGEST_HEADER));
    let header = if proper_checksum { Cow::Borrowed(header) } else { with_proper_checksum(header)? };
    // Four times is what the library expects, too.
    read_all(FrameDecoder::new((&header[..]).chain(rest)), packed.len().saturating_mul(4), largest)
}

/// The header of a frame of Kafka 0.9, which took the magic number into its checksum.
fn with_proper_checksum(header: &[u8]) -> Option<Cow<'_, [u8]>> {
    let sized = header.get(4)? & 0x08 != 0;
    let place = if sized { 14 } else { 6 };
    let mut header = header.to_vec();
    let covered = header.get(4..place)?;
    // SAFETY: it reads just these bytes.
    let hash = unsafe { XXH32(covered.as_ptr().cast(), covered.len(), 0) };
    *header.get_mut(place)? = hash.to_le_bytes()[1];
    Some(Cow::Owned(header))
}

/// A frame as Java's client reads it: blocks that don't refer to each other.
fn pack<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Option<Vec<u8>> {
    let info = FrameInfo::new().block_mode(BlockMode::Independent).block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    for part in parts {
        encoder.write_all(part).ok()?;
    }
    encoder.finish().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn unpacked(packed: &[u8], proper_checksum: bool, largest: usize) -> Option<Vec<u8>> {
        let (mut buffer, length) = unpack(packed, proper_checksum, largest)?;
        Some(buffer.bytes()[..length].to_vec())
    }

    #[test]
    fn what_was_packed_in_parts_comes_out_whole() {
        for length in [0, 1, 65_535, 65_536, 65_537, 1 << 20] {
            let bytes: Vec<u8> = (0..length).map(|place: usize| (place * 31 % 251) as u8).collect();
            let packed = pack(bytes.chunks(1_000)).unwrap();
            assert_eq!(unpacked(&packed, true, 1 << 20).as_deref(), Some(&bytes[..]), "{length}");
        }
    }

    #[test]
    fn a_frame_beyond_the_bound_is_refused() {
        let packed = pack(std::iter::repeat_n(&[0; 1 << 10][..], 1_025)).unwrap();
        assert_eq!(unpacked(&packed, true, 1 << 20), None);
    }

    #[test]
    fn a_damaged_or_short_frame_is_refused() {
        let whole = pack([&b"a record, and another record"[..]].into_iter()).unwrap();
        // The mark at a frame's end may be missing: the library's own function does without it, too.
        for end in 0..whole.len() - 4 {
            assert_eq!(unpacked(&whole[..end], true, 1 << 20), None, "{end}");
        }
        for place in 0..7 {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            assert_eq!(unpacked(&damaged, true, 1 << 20), None, "{place}");
        }
    }

    #[test]
    fn a_frame_with_the_checksum_of_kafka_0_9_is_read() {
        let mut packed = pack([&b"an old record"[..]].into_iter()).unwrap();
        // SAFETY: it reads just these bytes.
        let hash = unsafe { XXH32(packed.as_ptr().cast(), 6, 0) };
        packed[6] = hash.to_le_bytes()[1];
        assert_eq!(unpacked(&packed, true, 1 << 20), None);
        assert_eq!(unpacked(&packed, false, 1 << 20).as_deref(), Some(&b"an old record"[..]));
    }
}
