//! Whether the shadow cluster answers, how many shards there are, which of them no instance has, and which config the
//! instances agreed on.
//!
//! It has a connection of its own, so that it can tell while every shard waits for the cluster.

use crate::agreement;
use crate::bounded::BoundedReader;
use crate::config::ShadowSettings;
use crate::contact::Contact;
use crate::context::log;
use crate::lookup;
use crate::members::{GroupMembers, is_open, members};
use crate::oauth;
use bystander_core::checkpoint::AgreedConfig;
use bystander_pipeline::{Failure, Stop};
use parking_lot::{Mutex, MutexGuard};
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the cluster is asked at least.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// A view of the group that is older than this says nothing about now.
const KNOWN_FOR: Duration = Duration::from_secs(30);

/// Watches the shadow cluster; its thread ends when it is dropped.
#[derive(Debug)]
pub struct ShadowWatch {
    shared: Arc<Shared>,
}

/// The shards of a job, as one instance can know them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardsView {
    /// How many shards there are, as last seen; `None` before the cluster has answered once.
    pub expected: Option<i32>,
    /// The group's members; `None` while its coordinator does not answer.
    pub members: Option<GroupMembers>,
    /// Time since the coordinator last described the group; `None` when it never has.
    pub described: Option<Duration>,
    /// Shards that no member has, and for how long that has been seen; empty while the members are not known.
    pub unowned: BTreeMap<i32, Duration>,
    /// For how long members have been seen to wait for a rebalance to end; `None` while they don't.
    pub unsettled: Option<Duration>,
}

/// What is known of the config that the job's instances agreed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Agreement {
    /// The first look is still under way.
    #[default]
    Unasked,
    /// The cluster has not told yet.
    Unknown,
    /// It was this one, when last seen; `None` in a job that has none yet.
    Known(Option<AgreedConfig>),
}

#[derive(Debug)]
struct Shared {
    contact: Arc<Contact>,
    view: Mutex<View>,
    ended: AtomicBool,
}

#[derive(Debug, Default)]
struct View {
    expected: Option<i32>,
    members: Option<(GroupMembers, Instant)>,
    unowned: BTreeMap<i32, Instant>,
    unsettled: Option<Instant>,
    agreement: Agreement,
}

impl View {
    fn take(&mut self, members: GroupMembers, now: Instant) {
        let all = 0..self.expected.unwrap_or(0);
        let unowned = all.filter(|shard| !members.shards.contains(shard));
        self.unowned = unowned.map(|shard| (shard, *self.unowned.get(&shard).unwrap_or(&now))).collect();
        let waits = !members.stable && members.instances > 0;
        self.unsettled = waits.then(|| self.unsettled.unwrap_or(now));
        self.members = Some((members, now));
    }

    fn at(&self, now: Instant) -> ShardsView {
        let age = |then: Instant| now.saturating_duration_since(then);
        let described = self.members.as_ref().map(|(_, at)| age(*at));
        let members = self.members.as_ref().filter(|(_, at)| age(*at) <= KNOWN_FOR);
        let unowned = self.unowned.iter().filter(|_| members.is_some());
        ShardsView {
            expected: self.expected,
            described,
            unowned: unowned.map(|(&shard, &since)| (shard, age(since))).collect(),
            unsettled: self.unsettled.filter(|_| members.is_some()).map(age),
            members: members.map(|(members, _)| members.clone()),
        }
    }
}

impl ShadowWatch {
    /// Starts watching the cluster, the checkpoints topic and the job's group.
    ///
    /// # Errors
    /// When a property can't be used or no thread can be started.
    pub fn start(settings: &ShadowSettings) -> Result<Self, Failure> {
        let contact = Arc::new(Contact::new("shadow"));
        let reader = client(settings, &contact)?;
        let shared = Arc::new(Shared { contact, view: Mutex::default(), ended: AtomicBool::new(false) });
        let mut watch = Watch { reader, settings: settings.clone(), shared: shared.clone() };
        let run = move || watch.run();
        std::thread::Builder::new().name("shadow-watch".to_owned()).spawn(run).map_err(|error| {
            Failure::passing(
                format!("no thread to watch the shadow cluster: {error}"),
                "raise the process limit",
            )
        })?;
        Ok(Self { shared })
    }

    /// Whether the shadow cluster answers.
    pub fn contact(&self) -> &Contact {
        &self.shared.contact
    }

    /// The job's shards as they were last seen.
    pub fn shards(&self) -> ShardsView {
        self.shared.view().at(Instant::now())
    }

    /// The config that the job's instances agreed on, as last seen.
    pub fn agreement(&self) -> Agreement {
        self.shared.view().agreement.clone()
    }

    /// Notes what was agreed on just now, before the next look finds it.
    pub fn agreed(&self, config: Option<AgreedConfig>) {
        self.shared.view().agreement = Agreement::Known(config);
    }
}

impl Drop for ShadowWatch {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock()
    }

    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

struct WatchContext {
    contact: Arc<Contact>,
}

impl ClientContext for WatchContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log("shadow", level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.contact.client_error(&error, reason);
    }
}

impl ConsumerContext for WatchContext {}

/// A client of the shadow cluster that tells `contact` what it hears.
fn client(settings: &ShadowSettings, contact: &Arc<Contact>) -> Result<BoundedReader<WatchContext>, Failure> {
    let context = WatchContext { contact: Arc::clone(contact) };
    let reader = BoundedReader::with_context(settings, &settings.checkpoints, context)?;
    Ok(reader.with_patience(PATIENCE))
}

struct Watch {
    reader: BoundedReader<WatchContext>,
    settings: ShadowSettings,
    shared: Arc<Shared>,
}

impl Watch {
    fn run(&mut self) {
        while !self.shared.ended() {
            self.look();
            self.shared.contact.remind(&self.settings.brokers);
            let due = Instant::now() + self.settings.metadata_interval.min(INTERVAL);
            while !self.shared.ended() && Instant::now() < due {
                // Serves the errors of connections; there is nothing to read.
                let _ = self.reader.consumer().poll(Duration::from_millis(100));
            }
        }
    }

    fn look(&mut self) {
        self.look_at_shards();
        // From here on whoever waits for the first look goes on without it.
        let mut view = self.shared.view();
        if view.agreement == Agreement::Unasked {
            view.agreement = Agreement::Unknown;
        }
    }

    fn look_at_shards(&mut self) {
        let place = self.settings.place(&self.settings.checkpoints);
        let timeout = self.settings.request_timeout.min(PATIENCE);
        let client = self.reader.consumer().client();
        let asked = Instant::now();
        match lookup::metadata_partitions(client, &place, timeout) {
            Ok(shards) => {
                self.shared.contact.answered(asked);
                self.shared.view().expected = Some(shards);
                self.look_at_config();
            }
            // A topic that is missing or forbidden is an answer; whoever needs it says so.
            Err(error) if lookup::is_answer(&error) => self.shared.contact.answered(asked),
            Err(error) => {
                tracing::debug!(%error, "shadow watch");
                return self.shared.contact.request_failed(timeout);
            }
        }
        let names = (self.settings.group.as_str(), self.settings.checkpoints.name());
        match members(client, names, timeout) {
            Ok(members) => self.shared.view().take(members, Instant::now()),
            Err(error) => {
                tracing::debug!(%error, "the shard group can't be described");
                if is_open(&error) {
                    self.start_over();
                }
            }
        }
    }

    /// Goes on with another client, so that what the former one still waits for ends with it.
    fn start_over(&mut self) {
        match client(&self.settings, &self.shared.contact) {
            Ok(reader) => self.reader = reader,
            Err(failure) => tracing::warn!(%failure, "the shadow watch keeps its client"),
        }
    }

    fn look_at_config(&self) {
        match agreement::latest(&self.reader, &self.settings.job, &Stop::default()) {
            // A tail without a checkpoint says nothing against one that was seen before.
            Ok(None) if matches!(self.shared.view().agreement, Agreement::Known(Some(_))) => {}
            Ok(found) => self.shared.view().agreement = Agreement::Known(found),
            Err(failure) => tracing::debug!(%failure, "the config that the job runs with"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(shards: &[i32]) -> GroupMembers {
        GroupMembers { stable: true, instances: 2, shards: shards.iter().copied().collect() }
    }

    #[test]
    fn a_shard_without_an_owner_is_named_with_how_long_it_has_had_none() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut view = View { expected: Some(4), ..View::default() };
        view.take(members(&[0, 1, 2, 3]), begin);
        assert_eq!(view.at(begin).unowned, BTreeMap::new());
        view.take(members(&[0, 1]), at(5));
        view.take(members(&[0, 1, 2]), at(10));
        assert_eq!(view.at(at(12)).unowned, BTreeMap::from([(3, Duration::from_secs(7))]));
    }

    #[test]
    fn a_rebalance_that_does_not_end_is_known_by_its_duration_whoever_has_the_shards() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let waiting = || GroupMembers { stable: false, ..members(&[0, 1, 2, 3]) };
        let mut view = View { expected: Some(4), ..View::default() };
        view.take(members(&[0, 1, 2, 3]), begin);
        assert_eq!(view.at(begin).unsettled, None);
        view.take(waiting(), at(5));
        view.take(waiting(), at(10));
        let waits = view.at(at(12));
        // Newer brokers go on to tell the assignments from before.
        assert_eq!((waits.unsettled, waits.unowned.len()), (Some(Duration::from_secs(7)), 0));
        view.take(members(&[0, 1, 2, 3]), at(15));
        assert_eq!(view.at(at(15)).unsettled, None);
        view.take(GroupMembers::default(), at(20));
        assert_eq!(view.at(at(21)).unsettled, None, "a group without members waits for nobody");
    }

    #[test]
    fn what_the_group_does_is_not_known_when_its_coordinator_has_been_silent_for_half_a_minute() {
        let begin = Instant::now();
        let mut view = View { expected: Some(4), ..View::default() };
        view.take(members(&[0]), begin);
        let later = view.at(begin + Duration::from_secs(31));
        assert_eq!((later.expected, later.members, later.unowned.len()), (Some(4), None, 0));
        assert_eq!(later.described, Some(Duration::from_secs(31)), "and for how long is known");
    }
}
