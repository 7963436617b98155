//! Unpacking batches within a bound, in place of the client library's own functions.
//!
//! librdkafka unpacks whatever a gzip, LZ4 or snappy batch holds: 1 MB of gzip may be 1 GB, and every consumer of the topic
//! would die of it in turn. (Snappy grows to 21 times its size at most, but a topic may take large batches. zstd is bounded
//! by the library, by `receive.message.max.bytes`.) Its functions for these codecs, `rd_gz_decompress`,
//! `rd_kafka_lz4_decompress`, `rd_kafka_lz4_compress` and those of `snappy.c`, have object files to themselves, so the linker
//! takes the ones of this module instead of them: exported functions of a crate come before the archive that the crate
//! depends on. They unpack at most [`largest_batch`] bytes and otherwise report failure, which the library makes
//! `_BAD_COMPRESSION`.
//!
//! Memory from the library comes in, memory for the library,
//! which frees it with `free`, goes out. What unpacks in between is safe Rust.
#![allow(unsafe_code, reason = "the contract is that of C functions, see above")]

mod buffer;
mod gzip;
mod lz4;
mod snappy;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that one batch may unpack to, unless `receive.message.max.bytes` says otherwise.
pub(crate) const LARGEST_BATCH: usize = 64 << 20;

/// One bound for all clients of the process: the library's functions aren't told whose batch it is.
static LARGEST: AtomicUsize = AtomicUsize::new(LARGEST_BATCH);

/// Sets the bound for all clients of the process.
pub(crate) fn set_largest_batch(bytes: usize) {
    LARGEST.store(bytes, Ordering::Relaxed);
}

fn largest_batch() -> usize {
    LARGEST.load(Ordering::Relaxed)
}

// The signatures belong to this version of the library: compare rdgz.h, rdkafka_lz4.h and snappy.h before raising it.
const _: () =
    assert!(rdkafka::bindings::RD_KAFKA_VERSION == 0x020c_01ff, "check the signatures in `packing`");
