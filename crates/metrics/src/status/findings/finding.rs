//! What a finding consists of, in the order in which a reader needs it.

/// What nearly every finding means for the checkout.
pub(super) const UNAFFECTED: &str = "The checkout is not affected.";

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Evidence is not made, or a promise is broken.
    Alarm,
    /// Something is wrong, and some of the work goes on.
    Warning,
    /// It will pass by itself.
    Passing,
}

/// A sentence that says what to do, and the complete command for it, where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The sentence.
    pub text: String,
    /// The command, for a shell.
    pub command: Option<String>,
}

impl Step {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), command: None }
    }

    pub(super) fn run(text: impl Into<String>, command: impl Into<String>) -> Self {
        Self { text: text.into(), command: Some(command.into()) }
    }
}

/// Something to look at. Cause and first step together are short enough to be read in ten seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The cause, and how long it has lasted; no sentence, since the worst one is the page's headline.
    pub cause: String,
    /// What to do first.
    pub step: Step,
    /// What it means for the checkout: a sentence.
    pub impact: String,
    /// What to do after the first step.
    pub then: Vec<Step>,
    /// What else is known, in sentences; may be empty.
    pub detail: String,
    /// The entry of the runbook that says more, named by its alert.
    pub runbook: Option<&'static str>,
}

impl Finding {
    pub(super) fn new(level: Level, cause: impl Into<String>, step: Step) -> Self {
        let (cause, impact, detail) = (cause.into(), UNAFFECTED.to_owned(), String::new());
        Self { level, cause, step, impact, then: Vec::new(), detail, runbook: None }
    }

    /// What passes by itself.
    pub(super) fn passing(cause: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Level::Passing, cause, Step::new("Nothing: this passes by itself.")).detail(detail)
    }

    #[must_use]
    pub(super) fn impact(mut self, impact: impl Into<String>) -> Self {
        self.impact = impact.into();
        self
    }

    #[must_use]
    pub(super) fn then(mut self, step: Step) -> Self {
        self.then.push(step);
        self
    }

    #[must_use]
    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub(super) fn runbook(mut self, alert: &'static str) -> Self {
        self.runbook = Some(alert);
        self
    }
}
