//! Kinds of stream. What is particular to a kind is in its own file; this is the only dispatch of this crate.

mod facts;
mod rules;
mod words;

pub use facts::EventFacts;
pub use prices::PriceGuardrails;
pub(crate) use rules::{KindBuilder, KindFacts, KindStream};
pub(crate) use words::{Meanings, Words};

use crate::config::StreamConfig;
use crate::contract::Contract;
use crate::decision::{Action, Decides};
use crate::extract::{FieldTreeBuilder, Fields, SlotId, schema};
use crate::kind::{Kind, for_each_kind};
use crate::money::{Currency, MoneyReading};
use crate::privacy::is_card_number;
use crate::problem::Problem;
use crate::rejection::{Code, Rejection};
use rules::{KindRules, builder};
use std::collections::BTreeMap;

/// A section of a contract that belongs to some kinds only, and whether it is there.
type ContractSection = (&'static str, fn(&Contract) -> bool);

type Compile = fn(&StreamConfig, &mut FieldTreeBuilder, &mut Vec<Problem>) -> Option<Box<dyn KindBuilder>>;

/// What one kind does, as values.
struct KindTable {
    decides: Decides,
    sections: &'static [ContractSection],
    contract_problems: fn(&Contract) -> Vec<Problem>,
    compile: Compile,
}

const fn table<K: KindRules>() -> KindTable {
    KindTable {
        decides: K::DECIDES,
        sections: K::SECTIONS,
        contract_problems: K::contract_problems,
        compile: |config, tree, problems| K::compile(config, tree, problems).map(builder),
    }
}

/// Declares the kinds' modules, and finds their rules by the kind.
macro_rules! rules_by_kind {
    ($($kind:ident in $module:ident { $($own:tt)* })+) => {
        $(mod $module;)+

        fn rules(kind: Kind) -> KindTable {
            match kind {
                $(Kind::$kind => table::<$module::$kind>(),)+
            }
        }
    };
}

for_each_kind!(rules_by_kind);

impl Kind {
    /// What its streams decide.
    pub fn decides(self) -> Decides {
        rules(self).decides
    }
}

/// The sections of a contract that belong to other kinds alone.
fn foreign_sections(contract: &Contract) -> Vec<Problem> {
    let own = |name: &str| rules(contract.kind).sections.iter().any(|(section, _)| *section == name);
    let all = Kind::ALL.into_iter().flat_map(|kind| rules(kind).sections);
    let foreign = all.filter(|(section, is_there)| is_there(contract) && !own(section));
    let problem = |(section, _): &ContractSection| {
        Problem::new(*section, format!("{} have no [{section}]", contract.kind.name()), "remove it")
    };
    foreign.map(problem).collect()
}

/// What a contract's kind finds wrong with it.
pub(crate) fn contract_problems(contract: &Contract) -> Vec<Problem> {
    let mut problems = (rules(contract.kind).contract_problems)(contract);
    problems.extend(foreign_sections(contract));
    problems
}

/// Compiles the keys of `config` that belong to its kind.
pub(crate) fn compile(
    config: &StreamConfig,
    tree: &mut FieldTreeBuilder,
    problems: &mut Vec<Problem>,
) -> Option<(Kind, Box<dyn KindBuilder>)> {
    let kind = config.kind?;
    problems.extend(config.foreign_keys(kind));
    Some((kind, (rules(kind).compile)(config, tree, problems)?))
}

/// The words for actions: Bystander's, and the shop's beside them.
pub(crate) fn action_words(mapped: &BTreeMap<String, String>, problems: &mut Vec<Problem>) -> Words<Action> {
    let actions = Meanings { key: "actions", noun: "action", all: &Action::ALL, name: Action::name };
    Words::compile(&actions, mapped, problems)
}

/// A bound price or cost: there and positive, unless it is `None` because missing.
fn positive<'a>(
    fields: &Fields<'a>,
    slot: SlotId,
    money: &MoneyReading,
    currency: Currency,
) -> Result<Option<i64>, Rejection<'a>> {
    match money.amount(fields, slot, currency) {
        Ok(Some(amount)) if amount <= 0 => Err(schema(fields, slot, Code::NotPositive)),
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}

/// A bound probability: above 0 and up to 1, unless it is `None` because missing.
pub(crate) fn propensity<'a>(fields: &Fields<'a>, slot: SlotId) -> Result<Option<f64>, Rejection<'a>> {
    match fields.number(slot) {
        Ok(Some(chance)) if !(chance > 0.0 && chance <= 1.0) => {
            Err(schema(fields, slot, Code::NotAProbability))
        }
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}

/// A bound number of items: above zero, unless it is `None` because missing.
pub(crate) fn quantity<'a>(fields: &Fields<'a>, slot: SlotId) -> Result<Option<f64>, Rejection<'a>> {
    match fields.number(slot) {
        Ok(Some(quantity)) if quantity <= 0.0 => Err(schema(fields, slot, Code::NotPositive)),
        Ok(Some(quantity)) if is_card_number(quantity) => Err(schema(fields, slot, Code::CardNumber)),
        other => other.map_err(|code| schema(fields, slot, code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_write_their_numbers_into_one_field() {
        let numbers = Kind::ALL.map(Kind::decides).into_iter().filter(|decides| *decides != Decides::Action);
        let fields: Vec<_> = numbers.map(Decides::field).collect();
        let different: std::collections::BTreeSet<_> = fields.iter().collect();
        assert_eq!(different.len(), fields.len(), "{fields:?}");
        assert!(!fields.contains(&Decides::Action.field()));
    }
}
