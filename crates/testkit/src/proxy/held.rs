//! A request that was kept from the broker.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::link::Delayed;

/// How long the broker may take to answer a request that is delivered late.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request that has not reached the broker, with the connection on which it still can. Dropped, it never does.
#[derive(Debug)]
pub struct HeldRequest {
    pub(super) bytes: Vec<u8>,
    /// The way to the broker; the connection ends with it.
    pub(super) upstream: Sender<Delayed>,
    /// Bytes that came back on this connection.
    pub(super) answered: Arc<AtomicU64>,
}

impl HeldRequest {
    /// Delivers the request now, and returns when the broker has answered it.
    ///
    /// # Errors
    /// When the broker has closed the connection, or doesn't answer within 20 seconds.
    pub fn release(self) -> io::Result<()> {
        let before = self.answered.load(Ordering::Acquire);
        self.upstream.send((Instant::now(), self.bytes)).map_err(io::Error::other)?;
        let deadline = Instant::now() + PATIENCE;
        while self.answered.load(Ordering::Acquire) == before {
            if Instant::now() > deadline {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the broker doesn't answer a late request",
                ));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}
