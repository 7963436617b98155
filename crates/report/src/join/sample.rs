//! A uniform sample of fixed size that doesn't depend on the order of rows: the smallest hashes.

use std::collections::BinaryHeap;

/// The `most` items with the smallest priorities.
#[derive(Debug)]
pub(crate) struct Smallest<T> {
    most: usize,
    heap: BinaryHeap<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    priority: u64,
    item: T,
}

impl<T> Smallest<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// Takes the item if it belongs to the sample so far; `make` runs only then.
    pub(crate) fn offer(&mut self, priority: u64, make: impl FnOnce() -> T) {
        if self.heap.len() < self.most {
            self.heap.push(Entry { priority, item: make() });
        } else if let Some(mut largest) = self.heap.peek_mut()
            && priority < largest.priority
        {
            *largest = Entry { priority, item: make() };
        }
    }

    /// Items with their priorities, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
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
