//! Outcomes compiled: where each value stands, and what the shop's words mean.

use super::{Label, OutcomeConfig, OutcomeType};
use crate::config::{CardNumbers, CardRule, StreamConfig, wrong_key};
use crate::decision::Action;
use crate::extract::{FieldPath, FieldTree, FieldTreeBuilder, SlotId};
use crate::kind::Kind;
use crate::kinds::{Meanings, Words, action_words};
use crate::money::{CurrencyBinding, MoneyReading};
use crate::privacy::{
    KeyProblem, LONGEST_IDENTIFIER, Outgoing, OutgoingField, OutgoingPolicy, PrivacyKeys, Pseudonymiser,
};
use crate::problem::Problem;
use crate::stream::{Filter, LARGEST_EVENT, LONGEST_SEGMENT, no_time};
use crate::time::TimeReading;

/// One `[[outcomes]]` table compiled against the stream whose subjects its outcomes are of.
#[derive(Debug)]
pub struct OutcomeBinding {
    pub(super) tree: FieldTree,
    pub(super) filters: Vec<Filter>,
    pub(super) largest_event: usize,
    pub(super) outgoing: Outgoing,
    /// Makes the subject's pseudonym of before a rotation of keys.
    pub(super) former: Option<Outgoing>,
    pub(super) stream_kind: Kind,
    pub(super) subject: OutgoingField,
    pub(super) outcome_id: OutgoingField,
    pub(super) reason: OutgoingField,
    pub(super) source: OutgoingField,
    pub(super) kind: TypeBinding,
    pub(super) label: SlotId,
    pub(super) labels: Words<Label>,
    pub(super) occurred_at: TimeBinding,
    pub(super) reported_at: TimeBinding,
    pub(super) amount: SlotId,
    pub(super) currency: CurrencyBinding,
    pub(super) money: MoneyReading,
    pub(super) quantity: SlotId,
    pub(super) action: SlotId,
    pub(super) actions: Words<Action>,
}

/// Where a type comes from.
#[derive(Debug)]
pub(super) enum TypeBinding {
    Fixed(OutcomeType),
    Field(SlotId, Words<OutcomeType>),
}

/// A time; one that the config itself names must be in the event.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeBinding {
    pub(super) slot: SlotId,
    pub(super) required: bool,
}

impl OutcomeBinding {
    /// Compiles `config`, which names `stream`. Subjects are pseudonymised with `keys` where the stream's are.
    ///
    /// # Errors
    /// Everything that is wrong, at once; keys are relative to the table.
    pub fn compile(
        config: &OutcomeConfig,
        stream: &StreamConfig,
        keys: Option<&PrivacyKeys>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = config.wrong_keys();
        let (pseudonymiser, former) = pseudonymisers(stream, keys, &mut problems);
        if stream.kind.is_none() && config.stream.is_some() {
            problems.push(Problem::new("stream", "its kind is missing", "write the stream's kind"));
        }
        let times = TimeReading::compile(&config.times(), &mut problems);
        let mut bind = Builder { tree: FieldTreeBuilder::new(times), problems };
        let kind = bind.kind(config, stream.kind);
        let currency = config.currency.as_deref().unwrap_or("/currency");
        let currency =
            CurrencyBinding::compile(Some(currency), &config.currencies, &mut bind.tree, &mut bind.problems);
        let money = MoneyReading::compile(config.money, &config.exponents, &mut bind.problems);
        let labels = Meanings { key: "labels", noun: "label", all: &Label::ALL, name: Label::name };
        let labels = Words::compile(&labels, &config.labels, &mut bind.problems);
        let actions = action_words(&config.actions, &mut bind.problems);
        let filters = Filter::compile(&config.filter, &mut bind.tree, &mut bind.problems);
        let (long, short) = (LONGEST_IDENTIFIER, LONGEST_SEGMENT);
        let own = |field| own_policy(config, stream, field);
        let subject =
            bind.outgoing("subject", &config.subject, "/subject_id", (long, stream.policy("subject")));
        let outcome_id =
            bind.outgoing("outcome_id", &config.outcome_id, "/outcome_id", (long, own("outcome_id")));
        let reason = bind.outgoing("reason", &config.reason, "/reason", (short, own("reason")));
        let source = bind.outgoing("source", &config.source, "/source", (short, own("source")));
        let label = bind.slot("label", &config.label, "/label");
        let occurred_at = bind.time("occurred_at", &config.occurred_at, "/occurred_at");
        let reported_at = bind.time("reported_at", &config.reported_at, "/reported_at");
        let amount = bind.slot("amount", &config.amount, "/amount");
        let quantity = bind.slot("quantity", &config.quantity, "/quantity");
        let action = bind.slot("action", &config.action, "/action");
        let Builder { tree, mut problems } = bind;
        problems.extend(tree.unused_units().iter().map(|path| no_time(path)));
        let all = (kind, currency, stream.kind, problems.is_empty());
        let (Some(kind), Some(currency), Some(stream_kind), true) = all else { return Err(problems) };
        Ok(Self {
            tree: tree.build(),
            filters,
            largest_event: config.max_event_bytes.unwrap_or(LARGEST_EVENT),
            outgoing: Outgoing { pseudonymiser },
            former: former.map(|former| Outgoing { pseudonymiser: Some(former) }),
            stream_kind,
            subject,
            outcome_id,
            reason,
            source,
            kind,
            label,
            labels,
            occurred_at,
            reported_at,
            amount,
            currency,
            money,
            quantity,
            action,
            actions,
        })
    }
}

impl OutcomeBinding {
    /// Whether it reads anything in the top-level member or the column `name`.
    pub fn reads(&self, name: &str) -> bool {
        self.tree.reads(name)
    }
}

/// The makers of the subjects' pseudonyms, with the current key and with the one before; none where the stream has none.
fn pseudonymisers(
    stream: &StreamConfig,
    keys: Option<&PrivacyKeys>,
    problems: &mut Vec<Problem>,
) -> (Option<Pseudonymiser>, Option<Pseudonymiser>) {
    if !stream.hides("subject") {
        return (None, None);
    }
    let mut make = |key| {
        let made = Pseudonymiser::new(key);
        made.map_err(|problem| problems.push(wrong_key("stream", SUBJECTS_NEED, problem))).ok()
    };
    let Some(keys) = keys else {
        problems.push(wrong_key("stream", SUBJECTS_NEED, KeyProblem::Short));
        return (None, None);
    };
    (make(&keys.current), keys.previous.as_ref().and_then(make))
}

const SUBJECTS_NEED: &str = "its subjects are pseudonyms, which need";

/// What is done to a text of the outcome's own, which is never a pseudonym.
fn own_policy(config: &OutcomeConfig, stream: &StreamConfig, field: &str) -> OutgoingPolicy {
    let rule = match (&config.card_numbers, &stream.card_numbers) {
        (Some(rules), _) => rules.of(field),
        (None, Some(CardNumbers::All(rule))) => *rule,
        (None, _) => CardRule::default(),
    };
    OutgoingPolicy { guarded: rule == CardRule::Reject, ..OutgoingPolicy::default() }
}

/// Binds keys to their pointers or to the canonical ones.
struct Builder {
    tree: FieldTreeBuilder,
    problems: Vec<Problem>,
}

impl Builder {
    fn slot(&mut self, key: &str, written: &Option<String>, canonical: &str) -> SlotId {
        let path = self.path(key, written.as_deref().unwrap_or(canonical));
        self.tree.slot(&path)
    }

    /// A text of at most so many bytes that leaves under a policy.
    fn outgoing(
        &mut self,
        key: &str,
        written: &Option<String>,
        canonical: &str,
        (longest, policy): (usize, OutgoingPolicy),
    ) -> OutgoingField {
        let slot = self.slot(key, written, canonical);
        self.tree.identifier(slot);
        OutgoingField { slot, longest, policy }
    }

    fn time(&mut self, key: &str, written: &Option<String>, canonical: &str) -> TimeBinding {
        let path = self.path(key, written.as_deref().unwrap_or(canonical));
        TimeBinding { slot: self.tree.time(&path), required: written.is_some() }
    }

    /// The path, or any at all where there is a mistake: nothing is read with it then.
    fn path(&mut self, key: &str, pointer: &str) -> FieldPath {
        FieldPath::parse(pointer).unwrap_or_else(|what| {
            self.problems.push(Problem::new(key, what, "a pointer starts at the event's root"));
            FieldPath::Pointer(Vec::new())
        })
    }

    fn kind(&mut self, config: &OutcomeConfig, stream: Option<Kind>) -> Option<TypeBinding> {
        let own = |one: &OutcomeType| stream.is_none_or(|stream| one.kind() == stream);
        let own: Vec<_> = OutcomeType::ALL.into_iter().filter(own).collect();
        let noun = format!("outcome of {}", stream.map_or("a stream", Kind::name));
        let types = Meanings { key: "types", noun: &noun, all: &own, name: OutcomeType::name };
        let mut words = Words::compile(&types, &config.types, &mut self.problems);
        let written = config.kind.as_deref().unwrap_or("/type");
        if written.starts_with('/') || written.starts_with("ce:") {
            // Outcomes of the other kind may share the topic: they are known, and skipped.
            words.add(OutcomeType::ALL.into_iter().map(|one| (one.name(), one)));
            return Some(TypeBinding::Field(self.slot("type", &config.kind, "/type"), words));
        }
        let fixed = words.meaning(written);
        if fixed.is_none() {
            let what = format!("`{written}` is neither a pointer nor an {noun}");
            let fix = format!("write a pointer such as \"/type\", or one of {}", types.listed());
            self.problems.push(Problem::new("type", what, fix));
        }
        fixed.map(TypeBinding::Fixed)
    }
}
