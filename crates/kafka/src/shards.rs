//! Who runs which shard: a consumer group on the shadow cluster, used for nothing but its assignment.
//!
//! Being assigned partition i of the checkpoints topic means running shard i. The group fetches nothing
//! and commits nothing: partitions are paused as they are assigned. Correctness doesn't rest on it: a shard
//! that two instances run at a time is fenced for all but the last.

use crate::config::ShadowSettings;
use crate::context::{PlainContext, log};
use crate::failure::failed_at;
use crate::lookup;
use crate::members::has_member_id;
use crate::oauth;
use bystander_pipeline::{Backoff, Failure, sleep_unless};
use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What the group decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupEvent {
    /// Run these shards, too; none where the group met and this member got no more.
    Assigned(Vec<i32>),
    /// Stop these shards; others get them once the handler returns, or the group's patience ends.
    Revoked(Vec<i32>),
    /// Stop these shards at once: they may have other owners already.
    Lost(Vec<i32>),
    /// The number of shards changed: running ones must start anew, since partitions change hands.
    Resized {
        /// The new number.
        shards: i32,
    },
    /// The group refuses this instance until a person does something; it joins again after `wait`.
    Refused {
        /// What and how to mend it.
        failure: Failure,
        /// Time until the next attempt.
        wait: Duration,
    },
}

/// Called on the group's own thread. While it runs no heartbeat is missed, but it must return well within
/// five minutes.
pub type ShardHandler = Box<dyn FnMut(GroupEvent) + Send>;

/// This instance's membership; leaving it gives all shards up.
pub struct ShardGroup {
    leave: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl ShardGroup {
    /// Joins the group on a thread of its own.
    ///
    /// # Errors
    /// When a property can't be used or no thread can be started.
    pub fn join(settings: &ShadowSettings, handler: ShardHandler) -> Result<Self, Failure> {
        let handler = Arc::new(Mutex::new(handler));
        let member = Member::new(settings, &handler)?;
        let leave = Arc::new(AtomicBool::new(false));
        let (asked, settings) = (Arc::clone(&leave), settings.clone());
        let (ending, ended) = channel();
        let run = move || {
            belong(member, &settings, &handler, &asked);
            let _ = ending.send(());
        };
        let _detached =
            std::thread::Builder::new().name("shard-group".to_owned()).spawn(run).map_err(|error| {
                Failure::passing(format!("no thread for the shard group: {error}"), "raise the process limit")
            })?;
        Ok(Self { leave, ended })
    }

    /// Gives all shards up, in order: the handler is told [`GroupEvent::Revoked`] first. Returns whether
    /// that was done within `patience`; if not, it goes on in the background.
    pub fn leave(self, patience: Duration) -> bool {
        self.leave.store(true, Ordering::Relaxed);
        self.ended.recv_timeout(patience).is_ok()
    }
}

impl Drop for ShardGroup {
    fn drop(&mut self) {
        self.leave.store(true, Ordering::Relaxed);
    }
}

/// A member learns by a heartbeat that the group meets again, and until then shards of one that left run nowhere.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Well below the session timeout, which decides when a member counts as dead.
fn heartbeat_interval(settings: &ShadowSettings) -> Duration {
    HEARTBEAT.min(settings.session_timeout / 4).max(Duration::from_millis(1))
}

/// How long the coordinator may take to answer a request to join that was sent before this member was to leave.
const JOINING: Duration = Duration::from_secs(10);

/// Waits before a member that was refused joins again.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), LONGEST_WAIT);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Keeps a member in the group until it is asked to leave; one that was refused is followed by another.
fn belong(first: Member, settings: &ShadowSettings, handler: &Arc<Mutex<ShardHandler>>, leave: &AtomicBool) {
    let mut member = Ok(first);
    let mut backoff = BACKOFF;
    while !leave.load(Ordering::Relaxed) {
        let began = Instant::now();
        let Err(failure) = member.and_then(|member| member.run(leave)) else { return };
        if began.elapsed() > LONGEST_WAIT {
            backoff.reset();
        }
        let wait = backoff.wait();
        (handler.lock())(GroupEvent::Refused { failure, wait });
        sleep_unless(wait, || leave.load(Ordering::Relaxed));
        member = Member::new(settings, handler);
    }
}

struct GroupContext {
    plain: PlainContext,
    handler: Arc<Mutex<ShardHandler>>,
    assigned: Mutex<BTreeSet<i32>>,
    /// This member is leaving: what the group still assigns to it must not run.
    parting: AtomicBool,
}

impl GroupContext {
    fn tell(&self, event: GroupEvent) {
        tracing::info!(?event, "shard group");
        (self.handler.lock())(event);
    }

    /// Those of `shards` that the handler was told to run; it isn't from now on.
    fn take(&self, shards: &[i32]) -> Vec<i32> {
        let mut assigned = self.assigned.lock();
        shards.iter().copied().filter(|shard| assigned.remove(shard)).collect()
    }

    fn apply(
        &self,
        consumer: &BaseConsumer<Self>,
        assign: bool,
        list: &TopicPartitionList,
    ) -> KafkaResult<()> {
        let cooperative = matches!(consumer.rebalance_protocol(), RebalanceProtocol::Cooperative);
        match (assign, cooperative) {
            (true, true) => consumer.incremental_assign(list)?,
            (true, false) => consumer.assign(list)?,
            (false, true) => consumer.incremental_unassign(list)?,
            (false, false) => consumer.unassign()?,
        }
        if assign { consumer.pause(list) } else { Ok(()) }
    }
}

impl ClientContext for GroupContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        oauth::renewed(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log("shadow", level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.plain.error(error, reason);
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, cause: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let shards: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        let assign = cause == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if !assign {
            let lost = consumer.assignment_lost();
            let given_up = self.take(&shards);
            if !given_up.is_empty() {
                self.tell(if lost { GroupEvent::Lost(given_up) } else { GroupEvent::Revoked(given_up) });
            }
        }
        if let Err(error) = self.apply(consumer, assign, list) {
            // The group then counts this member as not owning them; nothing may run.
            tracing::error!(%error, ?shards, "the group's assignment can't be taken");
            return;
        }
        if assign && !self.parting.load(Ordering::Relaxed) {
            self.assigned.lock().extend(&shards);
            self.tell(GroupEvent::Assigned(shards));
        }
    }
}

struct Member {
    consumer: BaseConsumer<GroupContext>,
    settings: ShadowSettings,
}

impl Member {
    fn new(settings: &ShadowSettings, handler: &Arc<Mutex<ShardHandler>>) -> Result<Self, Failure> {
        let refresh = settings.metadata_interval.as_millis().max(1000).to_string();
        let mut config = settings.consumer();
        config
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", settings.session_timeout.as_millis().to_string())
            .set("heartbeat.interval.ms", heartbeat_interval(settings).as_millis().to_string())
            .set("topic.metadata.refresh.interval.ms", refresh)
            .set("queued.max.messages.kbytes", "64")
            .set("fetch.max.bytes", "65536")
            .set("message.max.bytes", "65536");
        // Where the group starts reading doesn't matter, but it must not be an error: it reads nothing.
        config.set("auto.offset.reset", "latest");
        let context = GroupContext {
            plain: PlainContext::new("shadow"),
            handler: Arc::clone(handler),
            assigned: Mutex::default(),
            parting: AtomicBool::new(false),
        };
        let failed = |error: KafkaError| {
            Failure::lasting(format!("no group member can be made: {error}"), "check [shadow.properties]")
        };
        let consumer: BaseConsumer<_> = oauth::connect(&config, context).map_err(failed)?;
        consumer.subscribe(&[settings.checkpoints.name()]).map_err(failed)?;
        Ok(Self { consumer, settings: settings.clone() })
    }

    /// Takes part until asked to leave.
    fn run(self, leave: &AtomicBool) -> Result<(), Failure> {
        let served = self.serve(leave);
        if served.is_err() {
            let shards: Vec<i32> =
                std::mem::take(&mut *self.consumer.context().assigned.lock()).into_iter().collect();
            if !shards.is_empty() {
                self.consumer.context().tell(GroupEvent::Lost(shards));
            }
        }
        if served.is_ok() {
            self.await_answer_to_join();
        }
        // Closing can take as long as the coordinator is away; whoever waits has patience of their own.
        self.part();
        served
    }

    fn serve(&self, leave: &AtomicBool) -> Result<(), Failure> {
        let mut shards = None;
        let mut due = Instant::now();
        while !leave.load(Ordering::Relaxed) {
            if let Some(Err(error)) = self.consumer.poll(Duration::from_millis(100)) {
                self.weigh(&error)?;
            }
            if Instant::now() >= due {
                due = Instant::now() + self.settings.metadata_interval;
                self.look_at_size(&mut shards);
            }
        }
        Ok(())
    }

    /// Whether a group error is one that a person has to do something about.
    fn weigh(&self, error: &KafkaError) -> Result<(), Failure> {
        let code = error.rdkafka_error_code();
        // A topic that isn't there yet may come; everything else of the kind stays.
        let missing =
            matches!(code, Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic));
        let failure = failed_at(error, "sharing shards", &self.settings.place(&self.settings.checkpoints));
        if failure.is_retriable() || missing {
            tracing::debug!(%failure, "shard group");
            return Ok(());
        }
        Err(failure)
    }

    fn look_at_size(&self, known: &mut Option<i32>) {
        let place = self.settings.place(&self.settings.checkpoints);
        let timeout = self.settings.request_timeout.min(Duration::from_secs(2));
        let Ok(shards) = lookup::partitions(&self.consumer, &place, timeout) else { return };
        self.consumer.context().plain.reached();
        if known.replace(shards).is_some_and(|before| before != shards) {
            self.consumer.context().tell(GroupEvent::Resized { shards });
        }
    }

    /// A new member joins in two steps (KIP-394): the first request is answered with a member id, which the coordinator
    /// then expects to join. A member that unsubscribes in between never learns its id, so it can't take it back, and
    /// until the session timeout the group can't meet without it. So the answer is waited for where one can come.
    fn await_answer_to_join(&self) {
        self.consumer.context().parting.store(true, Ordering::Relaxed);
        let deadline = Instant::now() + JOINING;
        let place = self.settings.place(&self.settings.checkpoints);
        let timeout = self.settings.request_timeout.min(Duration::from_secs(2));
        while !has_member_id(self.consumer.client()) && Instant::now() < deadline {
            if let Some(Err(error)) = self.consumer.poll(Duration::from_millis(50))
                && self.weigh(&error).is_err()
            {
                return;
            }
            // Without the cluster or the topic no request to join was sent.
            if lookup::metadata_partitions(self.consumer.client(), &place, timeout).is_err() {
                return;
            }
        }
    }

    /// Leaves in order: the handler hears of the revocation, then the group does.
    ///
    /// In librdkafka 2.12 a consumer that is closed says that it leaves the group only if its shards are given up after
    /// the close began. One that is closed while the last ones are being given up (`rd_kafka_cgrp_incr_unassign_done`
    /// with `F_TERMINATE`), or has none, is gone without a word, and the group keeps its shards for it until the session
    /// timeout. Unsubscribing says it in each case: at once, or after a rebalance that is under way. The member id is
    /// dropped with that request, so once there is none the consumer may be closed, which waits for the answer.
    fn part(&self) {
        let context = self.consumer.context();
        context.parting.store(true, Ordering::Relaxed);
        self.consumer.unsubscribe();
        let deadline = Instant::now() + self.settings.session_timeout;
        let belongs = || has_member_id(self.consumer.client()) || !context.assigned.lock().is_empty();
        while belongs() && Instant::now() < deadline {
            let _ = self.consumer.poll(Duration::from_millis(20));
        }
    }
}
