//! Replay: a bounded range of history through the same shard pipeline as the live run.
