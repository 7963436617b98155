//! Memory that the client library frees.

use std::ffi::c_void;
use std::io::Read;

/// The smallest buffer to begin with.
const SMALLEST: usize = 4 << 10;

/// All that `stream` gives, and how many bytes that are, followed by a zero byte; `None` where it fails or gives more
/// than `largest`. `hint` is the length to expect, or 0.
pub(super) fn read_all(mut stream: impl Read, hint: usize, largest: usize) -> Option<(CBuffer, usize)> {
    // One byte for the zero, and one that shows that the stream goes on beyond the bound.
    let most = largest.saturating_add(2);
    let mut buffer = CBuffer::new((hint + 2).clamp(SMALLEST.min(most), most))?;
    let mut unpacked = 0;
    loop {
        let room = buffer.bytes().get_mut(unpacked..)?;
        let read = stream.read(room).ok()?;
        unpacked += read;
        if unpacked > largest {
            return None;
        }
        if read == 0 {
            // A hint that was too large gives the rest back; there is a byte left for the zero.
            buffer.resize(unpacked + 1)?;
            *buffer.bytes().get_mut(unpacked)? = 0;
            return Some((buffer, unpacked));
        }
        if unpacked + 1 >= buffer.length {
            buffer.resize(buffer.length.saturating_mul(2).min(most))?;
        }
    }
}

/// Zeroed bytes from `malloc`.
pub(super) struct CBuffer {
    start: *mut u8,
    length: usize,
}

impl CBuffer {
    /// `None` where there is no memory.
    pub(super) fn new(length: usize) -> Option<Self> {
        // SAFETY: any sizes may be asked for.
        let start = unsafe { libc::calloc(length.max(1), 1) }.cast::<u8>();
        (!start.is_null()).then_some(Self { start, length })
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: `start` holds `length` initialised bytes, and this is the only way to them.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }

    fn resize(&mut self, length: usize) -> Option<()> {
        // SAFETY: `start` came from `calloc` or `realloc` and wasn't freed; on failure it is as it was.
        let start = unsafe { libc::realloc(self.start.cast(), length.max(1)) }.cast::<u8>();
        if start.is_null() {
            return None;
        }
        let before = std::mem::replace(self, Self { start, length }).forget();
        if length > before {
            // SAFETY: the bytes behind `before` are ours and not yet initialised.
            unsafe { self.start.add(before).write_bytes(0, length - before) };
        }
        Some(())
    }

    /// Gives up a buffer that `realloc` took; tells its length.
    fn forget(self) -> usize {
        let length = self.length;
        std::mem::forget(self);
        length
    }

    /// The caller frees it.
    pub(super) fn into_raw(self) -> *mut c_void {
        let start = self.start.cast();
        std::mem::forget(self);
        start
    }
}

impl Drop for CBuffer {
    fn drop(&mut self) {
        // SAFETY: `start` came from `calloc` or `realloc`, and nobody else has it.
        unsafe { libc::free(self.start.cast()) };
    }
}
