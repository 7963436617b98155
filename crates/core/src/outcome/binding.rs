//! Outcomes compiled: where each value stands, and what the shop's words mean.

use super::{Label, OutcomeConfig, OutcomeType};
use crate::decision::Action;
use crate::extract::{FieldPath, FieldTree, FieldTreeBuilder, SlotId};
use crate::kinds::{CurrencyBinding, Kind, Meanings, Words, action_words};
use crate::money::MoneyReading;
use crate::privacy::{Pseudonymiser, SHORTEST_KEY};
use crate::problem::Problem;
use crate::stream::{
    Filter, LARGEST_EVENT, LONGEST_IDENTIFIER, LONGEST_SEGMENT, Leaving, Outgoing, PrivacyKey, StreamConfig,
    no_time,
};
use crate::time::TimeReading;

/// One `[[outcomes]]` table compiled against the stream whose subjects its outcomes are of.
#[derive(Debug)]
pub struct OutcomeBinding {
    pub(super) tree: FieldTree,
    pub(super) filters: Vec<Filter>,
    pub(super) largest_event: usize,
    pub(super) outgoing: Outgoing,
    pub(super) stream_kind: Kind,
    pub(super) subject: Leaving,
    pub(super) outcome_id: Leaving,
    pub(super) reason: Leaving,
    pub(super) source: Leaving,
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
    /// Compiles `config`, which names `stream`. Subjects are pseudonymised with `key` where the stream's are.
    ///
    /// # Errors
    /// Everything that is wrong, at once; keys are relative to the table.
    pub fn compile(
        config: &OutcomeConfig,
        stream: &StreamConfig,
        key: Option<&PrivacyKey>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = config.wrong_keys();
        let hidden = stream.hides("subject");
        let pseudonymiser = key.and_then(|key| Pseudonymiser::new(&key.0)).filter(|_| hidden);
        if hidden && pseudonymiser.is_none() {
            let what =
                format!("its subjects are pseudonyms, which need a key of at least {SHORTEST_KEY} bytes");
            problems.push(Problem::new("stream", what, "set privacy.key_file to a file that holds one"));
        }
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
        let identifier = |slot, hidden| Leaving { slot, longest: LONGEST_IDENTIFIER, hidden };
        let word = |slot| Leaving { slot, longest: LONGEST_SEGMENT, hidden: false };
        let subject = identifier(bind.slot("subject", &config.subject, "/subject_id"), hidden);
        let outcome_id = identifier(bind.slot("outcome_id", &config.outcome_id, "/outcome_id"), false);
        let reason = word(bind.slot("reason", &config.reason, "/reason"));
        let source = word(bind.slot("source", &config.source, "/source"));
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
            outgoing: Outgoing { pseudonymiser, card_numbers: stream.card_numbers.unwrap_or_default() },
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
