//! `gates.toml`: unknown keys refused, every mistake with its line and fix.

use super::{Baseline, Direction, Gate, GateDeclines, GatePopulation, Gates, Metric, Requirement};
use crate::document::Flag;
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;
use toml::value::Datetime;

const DEFAULT_CONFIDENCE: f64 = 0.95;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {what}; {fix}")]
pub struct GateProblem {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// All mistakes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateProblems(pub Vec<GateProblem>);

impl std::fmt::Display for GateProblems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for GateProblems {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    gates: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    model: String,
    stream: Option<String>,
    metric: Metric,
    flag: Option<FlagWord>,
    population: Option<GatePopulation>,
    declines: Option<GateDeclines>,
    currency: Option<String>,
    direction: Option<Direction>,
    bound: Option<f64>,
    against: Option<Baseline>,
    superiority: Option<f64>,
    non_inferiority: Option<f64>,
    confidence: Option<f64>,
    #[serde(default)]
    min_labels: u64,
    #[serde(default)]
    watched: bool,
    horizon: Option<Datetime>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum FlagWord {
    Reject,
    RejectOrReview,
}

pub(super) fn gates(text: &str) -> Result<Gates, GateProblems> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, span.start));
        let fix = "see the documented keys of [[gates]]".to_owned();
        GateProblems(vec![GateProblem { line, what: error.message().to_owned(), fix }])
    })?;
    let mut problems = Vec::new();
    let mut gates: Vec<Gate> = Vec::new();
    for entry in &file.gates {
        let at = line(text, entry.span().start);
        let mut refuse = |what: String, fix: &str| {
            problems.push(GateProblem { line: at, what, fix: fix.to_owned() });
        };
        let gate = entry.get_ref().gate(&mut refuse);
        if gates.iter().any(|other| other.name == gate.name) {
            refuse(format!("`{}` is the name of two gates", gate.name), "give each gate a name of its own");
        }
        gates.push(gate);
    }
    if problems.is_empty() { Ok(Gates { gates }) } else { Err(GateProblems(problems)) }
}

fn line(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

impl Entry {
    fn gate(&self, refuse: &mut impl FnMut(String, &str)) -> Gate {
        let metric = self.metric;
        let name = metric.name();
        let direction = self.direction.or(metric.better()).unwrap_or_else(|| {
            refuse(
                format!("`{name}` has no better direction of its own"),
                "set `direction` to higher or lower",
            );
            Direction::Lower
        });
        let confidence = self.confidence.unwrap_or(DEFAULT_CONFIDENCE);
        if !(confidence > 0.0 && confidence < 1.0) {
            refuse(format!("`confidence` is {confidence}"), "it lies between 0 and 1, for example 0.95");
        }
        let requirement = self.requirement(refuse);
        self.check_looks(requirement.against().is_some(), refuse);
        if self.flag.is_some() && !takes_flag(metric) {
            refuse(format!("`{name}` takes no `flag`"), "leave `flag` out");
        }
        self.check_declines(refuse);
        if self.currency.is_some() && !metric.of_money() {
            refuse(format!("`{name}` takes no `currency`"), "leave `currency` out");
        }
        let horizon_ms = self.horizon.as_ref().and_then(|horizon| {
            let found = epoch_ms(horizon);
            if found.is_none() {
                let fix = "write a time with its offset, such as 2026-12-01T00:00:00Z";
                refuse(format!("`horizon` is {horizon}, no instant"), fix);
            }
            found
        });
        Gate {
            name: self.name.clone(),
            model: self.model.clone(),
            stream: self.stream.clone(),
            metric,
            flag: match self.flag {
                Some(FlagWord::RejectOrReview) => Flag::RejectOrReview,
                _ => Flag::Reject,
            },
            population: self.population.unwrap_or_default(),
            declines: self.declines.unwrap_or_default(),
            currency: self.currency.clone(),
            direction,
            requirement,
            confidence,
            min_labels: self.min_labels,
            watched: self.watched,
            horizon_ms,
        }
    }

    fn requirement(&self, refuse: &mut impl FnMut(String, &str)) -> Requirement {
        let against = |refuse: &mut dyn FnMut(String, &str)| match self.against {
            Some(against) if self.metric.comparable() => against,
            Some(against) => {
                let what = format!("`{}` can't be compared with {}", self.metric.name(), against.words());
                refuse(what, "set `bound` instead");
                against
            }
            None => {
                refuse("a margin needs a baseline".to_owned(), "set `against` to live or champion");
                Baseline::Live
            }
        };
        let fix =
            "set `bound`, or `against` with `superiority` or `non_inferiority`: exactly one of the three";
        match (self.bound, self.superiority, self.non_inferiority) {
            (Some(bound), None, None) => {
                if self.against.is_some() {
                    refuse("`bound` and `against` don't go together".to_owned(), fix);
                }
                if !bound.is_finite() {
                    refuse(format!("`bound` is {bound}"), "give a finite number");
                }
                Requirement::Bound(bound)
            }
            (None, Some(margin), None) => {
                if !(margin.is_finite() && margin >= 0.0) {
                    refuse(format!("`superiority` is {margin}"), "a margin is 0 or more");
                }
                Requirement::Superiority { against: against(refuse), margin }
            }
            (None, None, Some(margin)) => {
                if !(margin.is_finite() && margin > 0.0) {
                    refuse(format!("`non_inferiority` is {margin}"), "its margin is more than 0");
                }
                Requirement::NonInferiority { against: against(refuse), margin }
            }
            _ => {
                refuse("it isn't clear what must be reached".to_owned(), fix);
                Requirement::Bound(0.0)
            }
        }
    }

    /// Population and assumption: only where labels matter, and never both.
    fn check_declines(&self, refuse: &mut impl FnMut(String, &str)) {
        let name = self.metric.name();
        if self.population.is_some() && !self.metric.of_labels() {
            refuse(format!("`{name}` doesn't depend on labels"), "leave `population` out");
        }
        if self.declines != Some(GateDeclines::Assumed) {
            return;
        }
        if !self.metric.assumable() {
            refuse(
                format!("`{name}` can't be computed under an assumption about declined orders"),
                "leave `declines` out",
            );
        } else if self.population == Some(GatePopulation::LiveAccepted) {
            refuse(
                "no order that live accepted is a declined one".to_owned(),
                "leave one of `population` and `declines` out",
            );
        } else if self.against == Some(Baseline::Champion) {
            refuse(
                "two models are compared on orders that live did not decline".to_owned(),
                "leave `declines` out",
            );
        } else if self.watched {
            refuse(
                "a confidence sequence counts whole labels, and an assumption gives shares".to_owned(),
                "set a `horizon` and leave `watched` out, or leave `declines` out",
            );
        }
    }

    /// Watched or with a horizon: one of the two, and only where it makes sense.
    fn check_looks(&self, against_baseline: bool, refuse: &mut impl FnMut(String, &str)) {
        let (metric, name) = (self.metric, self.metric.name());
        match (metric.plain(), self.watched, self.horizon.is_some()) {
            (true, false, false) | (false, false, true) => {}
            (true, ..) => refuse(
                format!("`{name}` is a plain number without an interval"),
                "leave `watched` and `horizon` out",
            ),
            (false, true, true) => refuse(
                "a gate is either watched or has a horizon".to_owned(),
                "leave one of `watched` and `horizon` out",
            ),
            (false, true, false) if !metric.watchable(against_baseline) => refuse(
                format!(
                    "there is no confidence sequence for `{name}`{}",
                    if against_baseline { " against a baseline" } else { "" }
                ),
                "set a `horizon` and leave `watched` out",
            ),
            (false, true, false) => {}
            (false, false, false) => refuse(
                "looking again and again at a fixed interval raises false alarms".to_owned(),
                "set `watched = true`, or a `horizon` at which it is evaluated once",
            ),
        }
    }
}

fn takes_flag(metric: Metric) -> bool {
    matches!(metric, Metric::Recall | Metric::Precision | Metric::InsultRate | Metric::AlertRate)
}

/// Epoch milliseconds of a TOML instant; a bare date is its first instant in UTC.
fn epoch_ms(horizon: &Datetime) -> Option<i64> {
    let text = match (horizon.date, horizon.time, horizon.offset) {
        (Some(_), Some(_), Some(_)) => horizon.to_string(),
        (Some(date), None, None) => format!("{date}T00:00:00Z"),
        _ => return None,
    };
    text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_millisecond())
}
