//! Telling a shard to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A shared request to stop; a stronger one replaces a weaker one, never the other way round.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicU8>);

/// How to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopMode {
    /// Finish the batch, commit, leave.
    Drain,
    /// Throw the open transaction away and leave at once: someone else owns the shard.
    Abort,
}

impl Stop {
    /// Asks for a stop.
    pub fn request(&self, mode: StopMode) {
        self.0.fetch_max(mode as u8 + 1, Ordering::Relaxed);
    }

    /// What was asked for.
    pub fn requested(&self) -> Option<StopMode> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(StopMode::Drain),
            _ => Some(StopMode::Abort),
        }
    }
}
