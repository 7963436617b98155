//! The run that a record belongs to.

/// What all comparisons of one run share.
#[derive(Debug, Clone)]
pub struct RunLabels {
    /// Whether it follows the live events or goes through history.
    pub mode: Mode,
    /// The job for `live`, the run's own id for `replay`.
    pub run_id: String,
    /// Name of the live cluster.
    pub cluster: String,
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Follows the live events.
    Live,
    /// Goes through a range of history. Its comparisons are a function of the events and the models alone,
    /// so they don't say when they were scored.
    Replay,
}

impl Mode {
    /// The word used in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
        }
    }
}
