//! Outcomes compiled: where each value stands, and what the shop's words mean.

use super::{Label, OutcomeConfig, OutcomeType};
use crate::decision::Action;
use crate::extract::{FieldPath, FieldTree, FieldTreeBuilder, SlotId};
use crate::kinds::{CurrencyBinding, Kind, Meanings, Words, action_words, bind};
use crate::money::MoneyFormat;
use crate::privacy::{Pseudonymiser, SHORTEST_KEY};
use crate::problem::Problem;
use crate::stream::{
    Filter, LARGEST_EVENT, LONGEST_IDENTIFIER, LONGEST_SEGMENT, Leaving, Outgoing, PrivacyKey, StreamConfig,
};
use crate::time::TimeUnit;

/// One `[[outcomes]]` table compiled against the stream whose subjects its outcomes are of.
#[derive(Debug)]
pub struct OutcomeBinding {
    pub(super) tree: FieldTree,
    pub(super) time_unit: TimeUnit,
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
    pub(super) money: MoneyFormat,
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
        if stream.kind.is_none() {
            problems.push(Problem::new("stream", "its kind is missing", "write the stream's kind"));
        }
        let stream_kind = stream.kind.unwrap_or(Kind::Orders);
        let mut builder = Builder { tree: FieldTreeBuilder::default(), problems };
        let subject = builder.text("subject", config.subject.as_deref(), "/subject_id", LONGEST_IDENTIFIER);
        let outcome_id =
            builder.text("outcome_id", config.outcome_id.as_deref(), "/outcome_id", LONGEST_IDENTIFIER);
        let reason = builder.text("reason", config.reason.as_deref(), "/reason", LONGEST_SEGMENT);
        let source = builder.text("source", config.source.as_deref(), "/source", LONGEST_SEGMENT);
        let kind = builder.kind(config, stream_kind);
        let label = builder.slot("label", config.label.as_deref(), "/label");
        let occurred_at = builder.time("occurred_at", config.occurred_at.as_deref(), "/occurred_at");
        let reported_at = builder.time("reported_at", config.reported_at.as_deref(), "/reported_at");
        let amount = builder.slot("amount", config.amount.as_deref(), "/amount");
        let quantity = builder.slot("quantity", config.quantity.as_deref(), "/quantity");
        let action = builder.slot("action", config.action.as_deref(), "/action");
        let Builder { mut tree, mut problems } = builder;
        let currency = config.currency.as_deref().unwrap_or("/currency");
        let currency = CurrencyBinding::compile(Some(currency), &mut tree, &mut problems);
        let labels = Meanings { key: "labels", noun: "label", all: &Label::ALL, name: Label::name };
        let labels = Words::compile(&labels, &config.labels, &mut problems);
        let actions = action_words(&config.actions, &mut problems);
        let filters = Filter::compile(&config.filter, &mut tree, &mut problems);
        let bound = || {
            Some(Self {
                tree: tree.build(),
                time_unit: config.time_unit.unwrap_or_default(),
                filters,
                largest_event: config.max_event_bytes.unwrap_or(LARGEST_EVENT),
                outgoing: Outgoing { pseudonymiser, card_numbers: stream.card_numbers.unwrap_or_default() },
                stream_kind,
                subject: Leaving { hidden, ..subject? },
                outcome_id: outcome_id?,
                reason: reason?,
                source: source?,
                kind: kind?,
                label: label?,
                labels,
                occurred_at: occurred_at?,
                reported_at: reported_at?,
                amount: amount?,
                currency: currency?,
                money: config.money.unwrap_or_default(),
                quantity: quantity?,
                action: action?,
                actions,
            })
        };
        if problems.is_empty() { bound().ok_or(problems) } else { Err(problems) }
    }
}

/// Binds keys to their pointers or to the canonical ones.
struct Builder {
    tree: FieldTreeBuilder,
    problems: Vec<Problem>,
}

impl Builder {
    fn slot(&mut self, key: &str, written: Option<&str>, canonical: &str) -> Option<SlotId> {
        bind(key, Some(written.unwrap_or(canonical)), &mut self.tree, &mut self.problems)
    }

    fn text(&mut self, key: &str, written: Option<&str>, canonical: &str, longest: usize) -> Option<Leaving> {
        self.slot(key, written, canonical).map(|slot| Leaving { slot, longest, hidden: false })
    }

    fn time(&mut self, key: &str, written: Option<&str>, canonical: &str) -> Option<TimeBinding> {
        match FieldPath::parse(written.unwrap_or(canonical)) {
            Ok(path) => Some(TimeBinding { slot: self.tree.time(&path), required: written.is_some() }),
            Err(what) => {
                self.problems.push(Problem::new(key, what, "a pointer starts at the event's root"));
                None
            }
        }
    }

    fn kind(&mut self, config: &OutcomeConfig, stream: Kind) -> Option<TypeBinding> {
        let own: Vec<_> = OutcomeType::ALL.into_iter().filter(|one| one.kind() == stream).collect();
        let noun = format!("outcome of {}", stream.name());
        let types = Meanings { key: "types", noun: &noun, all: &own, name: OutcomeType::name };
        let mut words = Words::compile(&types, &config.types, &mut self.problems);
        let written = config.kind.as_deref().unwrap_or("/type");
        if written.starts_with('/') || written.starts_with("ce:") {
            // Outcomes of the other kind may share the topic: they are known, and skipped.
            words.add(OutcomeType::ALL.into_iter().map(|one| (one.name(), one)));
            return self.slot("type", Some(written), written).map(|slot| TypeBinding::Field(slot, words));
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
