//! `[[outcomes]]`: each names a bound stream and a topic that is only read.

use super::values::Resolver;
use bystander_core::config::StreamConfig;
use bystander_core::outcome::{OutcomeBinding, OutcomeConfig};
use bystander_core::privacy::PrivacyKeys;
use bystander_core::problem::Problem;

/// The topics that outcomes are read from.
pub(super) fn topics_of(outcomes: &[OutcomeConfig]) -> impl Iterator<Item = &str> {
    outcomes.iter().filter_map(|one| one.topic.as_deref())
}

impl Resolver<'_> {
    /// Checks every table, all that compiling it finds included.
    pub(super) fn outcomes(
        &mut self,
        outcomes: &[OutcomeConfig],
        streams: &[StreamConfig],
        keys: Option<&PrivacyKeys>,
    ) {
        for (index, one) in outcomes.iter().enumerate() {
            let at = format!("outcomes[{index}]");
            let unread = one.name.is_none() && one.topic.is_none() && one.stream.is_none();
            if unread && self.problems.iter().any(|problem| problem.key.starts_with(&at)) {
                continue;
            }
            self.outcome_topic(&at, one, streams);
            if one.name.is_some() && outcomes[..index].iter().any(|before| before.name == one.name) {
                let what = format!("`{}` names two tables", one.name.as_deref().unwrap_or_default());
                self.wrong(&format!("{at}.name"), what, "give each table its own name");
            }
            self.outcome_binding(&at, one, streams, keys);
        }
    }

    fn outcome_topic(&mut self, at: &str, one: &OutcomeConfig, streams: &[StreamConfig]) {
        if let Some(topic) = &one.topic
            && streams.iter().any(|stream| stream.topic.as_ref() == Some(topic))
        {
            let what = format!("{topic} is the input of a stream");
            let fix = "name the topic that outcomes come on; a report would take orders for outcomes";
            self.wrong(&format!("{at}.topic"), what, fix);
        }
    }

    fn outcome_binding(
        &mut self,
        at: &str,
        one: &OutcomeConfig,
        streams: &[StreamConfig],
        keys: Option<&PrivacyKeys>,
    ) {
        let stream = streams.iter().find(|stream| stream.name.is_some() && stream.name == one.stream);
        // A stream without a name has a mistake of its own, and may be the one that is meant.
        if stream.is_none() && streams.iter().any(|stream| stream.name.is_none()) {
            return;
        }
        if let (Some(name), None) = (&one.stream, stream) {
            let known: Vec<_> = streams.iter().filter_map(|stream| stream.name.as_deref()).collect();
            let fix = format!("write one of {}", known.join(", "));
            self.wrong(&format!("{at}.stream"), format!("`{name}` names no stream"), &fix);
        }
        let unknown = StreamConfig::default();
        let found = OutcomeBinding::compile(one, stream.unwrap_or(&unknown), keys).err().unwrap_or_default();
        // What is wrong with the stream's kind is said of the stream.
        let own = |problem: &Problem| {
            problem.key != "stream"
                || one.stream.is_none()
                || stream.is_some_and(|stream| stream.kind.is_some())
        };
        self.problems.extend(found.into_iter().filter(own).map(|problem| problem.under(at)));
    }
}
