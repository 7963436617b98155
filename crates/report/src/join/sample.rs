//! A uniform sample of fixed size that doesn't depend on the order of rows: the smallest hashes.

use std::collections::BinaryHeap;

/// Decides what is in a sample: a number that depends on the subject alone, then the row's place.
pub(crate) type Priority = (u64, u64);

/// The `most` items with the smallest priorities.
#[derive(Debug)]
pub(crate) struct Smallest<T> {
    most: usize,
    heap: BinaryHeap<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    priority: Priority,
    item: T,
}

impl<T> Smallest<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// Takes the item if it belongs to the sample so far; `make` runs only then.
    pub(crate) fn offer(&mut self, priority: Priority, make: impl FnOnce() -> T) {
        if self.heap.len() < self.most {
            self.heap.push(Entry { priority, item: make() });
        } else if let Some(mut largest) = self.heap.peek_mut()
            && priority < largest.priority
        {
            *largest = Entry { priority, item: make() };
        }
    }

    /// Changes every item; its priority stays.
    pub(crate) fn change(&mut self, mut change: impl FnMut(&mut T)) {
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.iter_mut().for_each(|entry| change(&mut entry.item));
        self.heap = entries.into();
    }

    /// Items with their priorities, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Priority, &T)> {
        self.heap.iter().map(|entry| (entry.priority, &entry.item))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.priority.cmp(&other.priority)
    }
}
