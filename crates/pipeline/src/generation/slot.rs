//! How a generation reaches a shard that runs.

use super::{ModelGeneration, OpenGeneration};
use crate::failure::Failure;
use parking_lot::Mutex;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The place where one shard finds a newer generation, opened for it elsewhere. The shard looks between two commits, and
/// leaves the generation that it had, so that models are opened and closed outside of its loop. Clones share the place.
#[derive(Debug, Clone)]
pub struct GenerationSlot {
    place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    /// Whether `held` has one for the shard: all that the shard looks at as long as there is none.
    offered: AtomicBool,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    /// The newest one that was offered, or that the shard began with.
    newest: Arc<ModelGeneration>,
    offered: Option<OpenGeneration>,
    retired: Option<OpenGeneration>,
}

impl GenerationSlot {
    /// An empty slot of a shard that begins with this generation.
    pub fn new(begins_with: &Arc<ModelGeneration>) -> Self {
        let held = Held { newest: Arc::clone(begins_with), offered: None, retired: None };
        Self { place: Arc::new(Place { offered: AtomicBool::new(false), held: Mutex::new(held) }) }
    }

    /// Offers the shard a newer generation. One that it had not adopted yet is replaced and never scores.
    ///
    /// # Errors
    /// When it isn't newer than the last one, or reads other topics, which the shard's source and accounts are not made
    /// for. The shard goes on as it was.
    pub fn offer(&self, newer: OpenGeneration) -> Result<(), Failure> {
        let mut held = self.place.held.lock();
        let (number, newest) = (newer.generation.number, held.newest.number);
        if number <= newest {
            let what = format!("generation {number} of the models is not newer than generation {newest}");
            return Err(Failure::fatal(what, "report this: it is a fault of the program"));
        }
        if !newer.generation.has_inputs_of(&held.newest) {
            let what = format!("generation {number} of the models reads other topics than the one before");
            return Err(Failure::lasting(what, "restart the process to change its streams"));
        }
        held.newest = Arc::clone(&newer.generation);
        let unused = (held.offered.replace(newer), held.retired.take());
        self.place.offered.store(true, Ordering::Relaxed);
        drop(held);
        // Closing models may take long; the shard must not wait for it.
        drop(unused);
        Ok(())
    }

    /// The generation that the shard last replaced, for whoever closes it.
    pub fn take_retired(&self) -> Option<OpenGeneration> {
        self.place.held.lock().retired.take()
    }

    /// Whether one was offered: all that is asked between two commits as long as none is.
    pub(crate) fn is_offered(&self) -> bool {
        // Relaxed is enough: the lock of `exchange` orders everything else, and an offer that is seen late is adopted late.
        self.place.offered.load(Ordering::Relaxed)
    }

    /// Exchanges the shard's generation for the one that was offered; tells whether one was.
    pub(crate) fn exchange(&self, current: &mut OpenGeneration) -> bool {
        let mut held = self.place.held.lock();
        self.place.offered.store(false, Ordering::Relaxed);
        let Some(newer) = held.offered.take() else { return false };
        held.retired = Some(mem::replace(current, newer));
        true
    }
}
