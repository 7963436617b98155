//! What a shard owns.

/// Which partitions of every input a shard owns: those with `partition mod shards == shard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The shard.
    pub shard: i32,
    /// Number of shards.
    pub shards: i32,
}

impl Share {
    /// Whether the shard owns that partition.
    pub fn owns(self, partition: i32) -> bool {
        partition.rem_euclid(self.shards.max(1)) == self.shard
    }

    /// The owned ones among the first `partitions`.
    pub fn of(self, partitions: i32) -> impl Iterator<Item = i32> {
        (0..partitions).filter(move |&partition| self.owns(partition))
    }
}
