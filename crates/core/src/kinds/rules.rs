//! What a kind is to the rest of the core, and how its binding, its facts and its decisions are kept together.

use super::{ContractSection, EventFacts, foreign_sections};
use crate::config::StreamConfig;
use crate::contract::Contract;
use crate::decision::{Decides, Decision};
use crate::extract::{FieldNames, FieldTreeBuilder, Fields};
use crate::kind::Kind;
use crate::money::AmountReading;
use crate::problem::Problem;
use crate::rejection::{Code, Rejection};
use std::fmt::Debug;
use std::sync::Arc;

/// A kind: where a stream's events hold what it needs, and how a score becomes a decision.
pub(crate) trait KindRules: Debug + Sized + Send + Sync + 'static {
    /// Its name among all kinds.
    const KIND: Kind;
    /// What an event says.
    type Facts: EventFacts + Copy + Debug + Send + Sync;
    /// How one model's score becomes a decision.
    type Decider: Debug + Send + Sync;

    /// What its streams decide.
    const DECIDES: Decides;

    /// The sections of a contract that the kind has and others may not.
    const SECTIONS: &'static [ContractSection];

    /// What is wrong with a contract of the kind, sections of other kinds aside.
    fn contract_problems(contract: &Contract) -> Vec<Problem>;

    /// Compiles the kind's keys of a stream's config.
    fn compile(
        config: &StreamConfig,
        tree: &mut FieldTreeBuilder,
        problems: &mut Vec<Problem>,
    ) -> Option<Self>;

    /// Compiles how a model of the kind decides here; `None` for a contract that lacks what the kind needs, which
    /// [`contract_problems`](Self::contract_problems) tells.
    fn decider(
        &mut self,
        contract: &Contract,
        names: &FieldNames,
        tree: &mut FieldTreeBuilder,
    ) -> Result<Option<Self::Decider>, Problem>;

    /// How its events write the amounts that models read.
    fn amounts(&self) -> AmountReading;

    /// Reads what an event that occurred at `occurred_at_ms` says; amounts that ratios multiply are appended to `bases`.
    ///
    /// # Errors
    /// At the schema stage, naming the field.
    fn read<'a>(
        &self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
        bases: &mut Vec<i64>,
    ) -> Result<Self::Facts, Rejection<'a>>;

    /// Turns a finite score into a decision.
    ///
    /// # Errors
    /// [`Code::PriceOutOfRange`] when no amount can hold the price.
    fn decide(
        &self,
        decider: &Self::Decider,
        facts: &Self::Facts,
        bases: &[i64],
        score: f64,
    ) -> Result<Decision, Code>;
}

/// A stream's binding and its models' deciders, all of one kind.
#[derive(Debug)]
struct Bound<K: KindRules> {
    rules: K,
    deciders: Vec<K::Decider>,
}

/// A stream as far as its kind goes, while it is compiled.
pub(crate) trait KindBuilder {
    /// Adds the next model.
    ///
    /// # Errors
    /// When a contract doesn't fit the stream.
    fn add_model(
        &mut self,
        contract: &Contract,
        names: &FieldNames,
        tree: &mut FieldTreeBuilder,
    ) -> Result<(), Problem>;

    /// How its events write the amounts that models read.
    fn amounts(&self) -> AmountReading;

    /// The compiled form.
    fn build(self: Box<Self>) -> Arc<dyn KindStream>;
}

/// A compiled stream as far as its kind goes.
pub(crate) trait KindStream: Debug + Send + Sync {
    /// What is read of the events of one batch: none yet.
    fn new_facts(self: Arc<Self>) -> Box<dyn KindFacts>;
}

/// What the events of one batch say, with what reads them and decides on them. One value holds all three, so that facts of
/// one kind never meet another's rules.
pub(crate) trait KindFacts: Debug + Send {
    /// Reads an event and adds what it says.
    ///
    /// # Errors
    /// At the schema stage, naming the field; nothing is added then.
    fn read<'a>(
        &mut self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
        bases: &mut Vec<i64>,
    ) -> Result<(), Rejection<'a>>;

    /// What event number `row` says.
    fn of(&self, row: usize) -> &dyn EventFacts;

    /// What model number `model` would have decided on a row, given its finite score.
    ///
    /// # Errors
    /// As [`KindRules::decide`].
    fn decide(&self, row: usize, model: usize, bases: &[i64], score: f64) -> Result<Decision, Code>;

    /// Forgets events from number `rows` on.
    fn truncate(&mut self, rows: usize);
}

/// A stream under compilation, without models yet.
pub(super) fn builder<K: KindRules>(rules: K) -> Box<dyn KindBuilder> {
    Box::new(Bound { rules, deciders: Vec::new() })
}

impl<K: KindRules> KindBuilder for Bound<K> {
    fn add_model(
        &mut self,
        contract: &Contract,
        names: &FieldNames,
        tree: &mut FieldTreeBuilder,
    ) -> Result<(), Problem> {
        let fits = contract.kind == K::KIND && foreign_sections(contract).is_empty();
        let decider = if fits { self.rules.decider(contract, names, tree)? } else { None };
        let decider = decider.ok_or_else(|| {
            let what = format!("a model for {} can't score {}", contract.kind.name(), K::KIND.name());
            Problem::new("", what, "bind it to a stream of its own kind")
        })?;
        self.deciders.push(decider);
        Ok(())
    }

    fn amounts(&self) -> AmountReading {
        self.rules.amounts()
    }

    fn build(self: Box<Self>) -> Arc<dyn KindStream> {
        Arc::new(*self)
    }
}

impl<K: KindRules> KindStream for Bound<K> {
    fn new_facts(self: Arc<Self>) -> Box<dyn KindFacts> {
        Box::new(Facts { bound: self, events: Vec::new() })
    }
}

#[derive(Debug)]
struct Facts<K: KindRules> {
    bound: Arc<Bound<K>>,
    events: Vec<K::Facts>,
}

impl<K: KindRules> KindFacts for Facts<K> {
    fn read<'a>(
        &mut self,
        fields: &Fields<'a>,
        occurred_at_ms: i64,
        bases: &mut Vec<i64>,
    ) -> Result<(), Rejection<'a>> {
        self.events.push(self.bound.rules.read(fields, occurred_at_ms, bases)?);
        Ok(())
    }

    fn of(&self, row: usize) -> &dyn EventFacts {
        &self.events[row]
    }

    fn decide(&self, row: usize, model: usize, bases: &[i64], score: f64) -> Result<Decision, Code> {
        let Bound { rules, deciders } = &*self.bound;
        rules.decide(&deciders[model], &self.events[row], bases, score)
    }

    fn truncate(&mut self, rows: usize) {
        self.events.truncate(rows);
    }
}
