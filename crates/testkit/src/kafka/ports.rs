//! Ports below the range that the kernel gives to outgoing connections, so that a broker that was
//! killed finds its ports free when it comes back.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::StartError;

const FIRST: u32 = 12_000;
const COUNT: u32 = 18_000;

/// A port on loopback that nothing listens on; no other call in this process gives the same soon.
pub(super) fn free_port() -> Result<u16, StartError> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes start far apart in the range, so that tests side by side rarely try the same port.
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + start.wrapping_add(step) % COUNT;
        if let Ok(port) = u16::try_from(port)
            && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        {
            return Ok(port);
        }
    }
    Err(StartError::Failed(format!("no free port between {FIRST} and {}", FIRST + COUNT)))
}
