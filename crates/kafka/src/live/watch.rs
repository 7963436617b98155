//! How many partitions the inputs have, looked up beside the readers.
//!
//! A broker answers a connection's requests in order, so a reader's own look-up would wait behind its fetch
//! (half a second where nothing comes in). One watch serves all shards of a process over its own connection.

use super::client::LiveClient;
use super::status::LiveStatus;
use crate::config::LiveSettings;
use crate::failure::Failure;
use bystander_core::record::StreamId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// Keeps the inputs' partition counts; its thread ends when it is dropped.
#[derive(Debug)]
pub struct InputWatch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    counts: Vec<AtomicI32>,
    ended: AtomicBool,
}

impl InputWatch {
    /// Starts watching the topics of `inputs` (by [`StreamId`]).
    ///
    /// # Errors
    /// When a property can't be used or no thread can be started.
    pub fn start(
        settings: &LiveSettings,
        inputs: &[String],
        status: &Arc<LiveStatus>,
    ) -> Result<Self, Failure> {
        let client = LiveClient::new(settings, status)?;
        let counts = inputs.iter().map(|_| AtomicI32::new(0)).collect();
        let shared = Arc::new(Shared { counts, ended: AtomicBool::new(false) });
        let (inputs, watched) = (inputs.to_vec(), Arc::clone(&shared));
        let watch = move || watch(&client, &inputs, &watched);
        std::thread::Builder::new().name("input-watch".to_owned()).spawn(watch).map_err(|error| {
            Failure::passing(format!("no thread to watch the inputs: {error}"), "raise the process limit")
        })?;
        Ok(Self { shared })
    }

    /// Partitions that the stream's topic had when last seen; 0 before that.
    pub(super) fn partitions(&self, stream: StreamId) -> i32 {
        self.shared.counts.get(stream.0).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

impl Drop for InputWatch {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

fn watch(client: &LiveClient, inputs: &[String], shared: &Shared) {
    let ended = || shared.ended.load(Ordering::Relaxed);
    while !ended() {
        for (topic, count) in inputs.iter().zip(&shared.counts) {
            match client.partitions(topic) {
                Ok(partitions) => count.store(partitions, Ordering::Relaxed),
                // The readers meet whatever is wrong themselves.
                Err(failure) => tracing::debug!(%failure, "input watch"),
            }
        }
        let due = Instant::now() + client.settings.metadata_interval;
        while !ended() && Instant::now() < due {
            // Serves the statistics that the isolation check is made from; there is nothing to read.
            let _ = client.consumer.poll(Duration::from_millis(100));
        }
    }
}
