//! One shape for everything that can go wrong around a shard: what happened and where, what to do, and whether trying again
//! can help.

use crate::accounting::AccountingError;
use crate::sink::SinkError;
use std::error::Error;
use std::sync::Arc;

/// Why something couldn't be done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct Failure {
    /// What happened, and where.
    pub what: String,
    /// What to do.
    pub fix: String,
    /// Whether trying the same again can help.
    pub retriable: Retriable,
    /// The error that it was made of, where one was kept. `what` says it in words.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Whether trying the same again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retriable {
    /// It may succeed by itself.
    Yes,
    /// It succeeds once a person has mended something outside of this process, which needn't be started again for it.
    OnceMended,
    /// Not in this process.
    Never,
}

impl Failure {
    fn new(what: impl Into<String>, fix: impl Into<String>, retriable: Retriable) -> Self {
        Self { what: what.into(), fix: fix.into(), retriable, source: None }
    }

    /// A failure that a later attempt may not meet.
    pub fn passing(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(what, fix, Retriable::Yes)
    }

    /// A failure that stays until a person does something.
    pub fn lasting(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(what, fix, Retriable::OnceMended)
    }

    /// A failure that this process can't get over.
    pub fn fatal(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(what, fix, Retriable::Never)
    }

    /// The work was given up because its owner wants to stop.
    pub fn stopped(doing: &str) -> Self {
        Self::passing(format!("{doing} was interrupted by a stop"), "nothing to do")
    }

    /// The same, with the error that it was made of.
    #[must_use]
    pub fn because(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// Whether it may pass by itself.
    pub fn is_retriable(&self) -> bool {
        self.retriable == Retriable::Yes
    }

    /// Whether a program ends with it. One that runs on and on outlasts everything that can be mended meanwhile; one with an
    /// end in sight ends with what only a person can mend, because somebody waits for its answer.
    pub fn ends(&self, has_end: bool) -> bool {
        match self.retriable {
            Retriable::Yes => false,
            Retriable::OnceMended => has_end,
            Retriable::Never => true,
        }
    }
}

/// By what a person reads; what it was made of can't be compared.
impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        (&self.what, &self.fix, self.retriable) == (&other.what, &other.fix, other.retriable)
    }
}

impl Eq for Failure {}

impl From<AccountingError> for Failure {
    fn from(error: AccountingError) -> Self {
        let fix = "report this with the version: it is a fault of the program, and nothing beyond the last commit is visible";
        Self::fatal(error.to_string(), fix).because(error)
    }
}

impl From<SinkError> for Failure {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Failed(failure) => failure,
            SinkError::Reopen(why) => Self::passing(why, "nothing to do: it is opened again"),
            SinkError::Fenced(_) => {
                Self::passing(error.to_string(), "nothing is to be done: it starts again if it is still ours")
            }
            SinkError::TooLarge { .. } => Self::lasting(
                error.to_string(),
                "raise max.message.bytes of the shadow topics to at least 200000",
            ),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use bystander_core::record::StreamId;

    #[test]
    fn what_no_retry_can_mend_ends_every_run_and_what_a_person_can_mend_only_one_with_an_end() {
        let failures = [Failure::passing("a", "b"), Failure::lasting("a", "b"), Failure::fatal("a", "b")];
        assert_eq!(failures.clone().map(|failure| failure.ends(false)), [false, false, true]);
        assert_eq!(failures.map(|failure| failure.ends(true)), [false, true, true]);
        let accounts = AccountingError::SecondAccount { stream: StreamId(0), partition: 3 };
        assert!(Failure::from(accounts).ends(false));
    }

    #[test]
    fn the_error_that_it_was_made_of_is_kept_and_is_not_said_twice() {
        let failure = Failure::passing("the disk is full", "free space").because(std::io::Error::other("28"));
        assert_eq!(failure.source().unwrap().to_string(), "28");
        assert_eq!(failure.to_string(), "the disk is full; free space");
        assert!(Failure::passing("a", "b").source().is_none());
    }
}
