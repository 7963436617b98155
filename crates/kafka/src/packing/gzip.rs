//! `rd_gz_decompress`: gzip and zlib.

use super::buffer::{CBuffer, read_all};
use super::largest_batch;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// Unpacks a gzip or zlib stream; gives a buffer from `malloc` that ends with a zero byte and sets `unpacked_length`.
/// Null where the stream is damaged or unpacks to more than the bound.
///
/// # Safety
/// As the library calls it: `packed` holds `packed_length` bytes, `unpacked_length` can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn rd_gz_decompress(
    packed: *const c_void,
    packed_length: c_int,
    unpacked_length: *mut u64,
) -> *mut c_void {
    let Ok(length) = usize::try_from(packed_length) else { return null_mut() };
    if packed.is_null() || unpacked_length.is_null() {
        return null_mut();
    }
    // SAFETY: the caller's promise; it is only read, and not after this function.
    let packed = unsafe { std::slice::from_raw_parts(packed.cast::<u8>(), length) };
    let Some((buffer, unpacked)) = unpack(packed, largest_batch()) else { return null_mut() };
    // SAFETY: the caller's promise.
    unsafe { *unpacked_length = unpacked as u64 };
    buffer.into_raw()
}

/// The unpacked bytes and how many there are, followed by a zero byte; `None` where there are more than `largest`.
fn unpack(packed: &[u8], largest: usize) -> Option<(CBuffer, usize)> {
    match packed {
        [0x1f, 0x8b, ..] => read_all(GzDecoder::new(packed), hint(packed), largest),
        _ => read_all(ZlibDecoder::new(packed), 0, largest),
    }
}

/// The length that a gzip stream says it has at its end; it may be wrong.
fn hint(packed: &[u8]) -> usize {
    let length = packed.last_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::bufread::{GzEncoder, ZlibEncoder};
    use std::io::Read;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap();
        packed
    }

    fn unpacked(packed: &[u8], largest: usize) -> Option<Vec<u8>> {
        let (mut buffer, length) = unpack(packed, largest)?;
        assert_eq!(buffer.bytes()[length], 0);
        Some(buffer.bytes()[..length].to_vec())
    }

    #[test]
    fn a_stream_within_the_bound_comes_out_whole() {
        for length in [0, 1, 4094, 4095, 4096, 4097, 100_000, 1 << 20] {
            let bytes: Vec<u8> = (0..length).map(|place: usize| (place * 31 % 251) as u8).collect();
            assert_eq!(unpacked(&gzip(&bytes), 1 << 20).as_deref(), Some(&bytes[..]), "{length}");
            let mut zlib = Vec::new();
            ZlibEncoder::new(&bytes[..], Compression::fast()).read_to_end(&mut zlib).unwrap();
            assert_eq!(unpacked(&zlib, 1 << 20).as_deref(), Some(&bytes[..]), "{length}");
        }
    }

    #[test]
    fn a_stream_beyond_the_bound_is_refused_whatever_length_it_claims() {
        let mut packed = gzip(&vec![0; (1 << 20) + 1]);
        assert_eq!(unpacked(&packed, 1 << 20), None);
        for claim in [0_u32, 1, u32::MAX] {
            let end = packed.len() - 4;
            packed[end..].copy_from_slice(&claim.to_le_bytes());
            assert_eq!(unpacked(&packed, 1 << 20), None);
        }
    }

    #[test]
    fn a_damaged_or_short_stream_is_refused() {
        let whole = gzip(b"a record, and another record");
        for end in 0..whole.len() {
            assert_eq!(unpacked(&whole[..end], 1 << 20), None, "{end}");
        }
        for place in 10..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            assert_eq!(unpacked(&damaged, 1 << 20), None, "{place}");
        }
    }
}
