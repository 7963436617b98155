//! The generation of models that this process scores with, and where each of its shards finds the next one.

use bystander_pipeline::{Failure, GenerationSlot, ModelGeneration, OpenError};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Shared by the shards, which take their models here, and by what watches for newer ones.
pub(crate) struct ActiveModels {
    held: Mutex<Held>,
}

struct Held {
    current: Arc<ModelGeneration>,
    /// Of the shards that run, by a number of each run: a shard may be opened again before its last run has ended.
    slots: BTreeMap<u64, GenerationSlot>,
    next_run: u64,
}

/// A run of a shard, for as long as it may be offered newer models.
pub(crate) struct ModelsOfShard<'a> {
    models: &'a ActiveModels,
    run: u64,
    /// What it begins with.
    pub(crate) generation: Arc<ModelGeneration>,
    /// Where it finds newer ones.
    pub(crate) slot: GenerationSlot,
}

/// Why shards don't change to a newer generation.
#[derive(Debug)]
pub(crate) enum NotExchanged {
    /// A model can't be opened once more.
    Open(OpenError),
    /// A shard can't take it.
    Offer(Failure),
}

impl ActiveModels {
    /// Begins with this generation; no shard runs yet.
    pub(crate) fn new(first: Arc<ModelGeneration>) -> Self {
        Self { held: Mutex::new(Held { current: first, slots: BTreeMap::new(), next_run: 0 }) }
    }

    /// What shards that start now begin with.
    pub(crate) fn current(&self) -> Arc<ModelGeneration> {
        Arc::clone(&self.held.lock().current)
    }

    /// Registers a run of a shard.
    pub(crate) fn of_shard(&self) -> ModelsOfShard<'_> {
        let mut held = self.held.lock();
        let (run, generation) = (held.next_run, Arc::clone(&held.current));
        let slot = GenerationSlot::new(&generation);
        held.next_run += 1;
        held.slots.insert(run, slot.clone());
        ModelsOfShard { models: self, run, generation, slot }
    }

    /// Opens a newer generation for every shard that runs, and offers it to all of them. Opening takes long, and is done on
    /// the caller's thread. Nothing is offered unless all could be opened.
    ///
    /// # Errors
    /// When a model can't be opened, or a shard can't take the generation: the shards go on with what they have.
    pub(crate) fn exchange(&self, newer: &Arc<ModelGeneration>) -> Result<(), NotExchanged> {
        let mut opened = BTreeMap::new();
        let slots = loop {
            let missing: Vec<u64> = {
                let mut held = self.held.lock();
                let missing: Vec<u64> =
                    held.slots.keys().filter(|run| !opened.contains_key(*run)).copied().collect();
                if missing.is_empty() {
                    held.current = Arc::clone(newer);
                    break held.slots.clone();
                }
                missing
            };
            // A shard that starts meanwhile begins with the former generation and needs its own, too.
            for run in missing {
                opened.insert(run, newer.open().map_err(NotExchanged::Open)?);
            }
        };
        for (run, slot) in slots {
            if let Some(generation) = opened.remove(&run) {
                slot.offer(generation).map_err(NotExchanged::Offer)?;
            }
        }
        Ok(())
    }

    /// Closes what shards have replaced, so that a version leaves memory as soon as nothing scores with it.
    pub(crate) fn close_retired(&self) {
        let slots: Vec<_> = self.held.lock().slots.values().cloned().collect();
        // Outside of the lock: closing may take long.
        slots.iter().for_each(|slot| drop(slot.take_retired()));
    }
}

impl Drop for ModelsOfShard<'_> {
    fn drop(&mut self) {
        let slot = self.models.held.lock().slots.remove(&self.run);
        drop(slot);
    }
}
