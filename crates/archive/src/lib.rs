//! Events and comparisons in files.
