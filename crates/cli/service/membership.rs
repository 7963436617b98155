//! Whether this instance takes part in the job's group: only while its config is the one that the job runs with. One that
//! isn't would take shards from those that can run them.

use super::fleet::Fleet;
use super::shard::ShardContext;
use crate::exit::Failure;
use bystander_core::checkpoint::AgreedConfig;
use bystander_kafka::{Agreement, ShardGroup, accept_config, differs};
use bystander_pipeline::Stop;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// How long leaving the group may take.
const LEAVE: Duration = Duration::from_secs(20);
/// How often the first look at the job's config is waited for, and how often it is looked at afterwards.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LOOK: Duration = Duration::from_millis(500);

/// This instance's part in the group.
pub(super) struct Membership {
    context: Arc<ShardContext>,
    fleet: Arc<Mutex<Fleet>>,
    group: Option<ShardGroup>,
    /// Whether this config is to become the job's, if it isn't: at the start only, or two instances that are told to
    /// would never come to rest.
    accept: bool,
}

impl Membership {
    /// Takes no part yet.
    pub(super) fn new(context: &Arc<ShardContext>, fleet: &Arc<Mutex<Fleet>>, accept: bool) -> Self {
        Self { context: Arc::clone(context), fleet: Arc::clone(fleet), group: None, accept }
    }

    /// Whether this instance is in the group.
    pub(super) fn takes_part(&self) -> bool {
        self.group.is_some()
    }

    /// How soon to [`tend`](Self::tend) to it again.
    pub(super) fn due(&self) -> Duration {
        match self.context.shadow.agreement() {
            Agreement::Unasked => FIRST_LOOK,
            _ => LOOK,
        }
    }

    /// Joins the group or leaves it, by the config that the job runs with as last seen. Where the shadow cluster
    /// doesn't say, it joins: no shard starts with another config than the job's.
    ///
    /// # Errors
    /// When the group can't be joined; and with another config than the job's in a run that has an end.
    pub(super) fn tend(&mut self) -> Result<(), Failure> {
        let job = &self.context.job;
        match self.context.shadow.agreement() {
            Agreement::Unasked => Ok(()),
            Agreement::Unknown => self.join(),
            Agreement::Known(Some(agreed)) if job.config().is_some_and(|own| !agreed.is(own)) => {
                if self.accept { self.bring_in() } else { self.stand_aside(&agreed) }
            }
            Agreement::Known(_) => {
                self.accept = false;
                self.context.health.config_differs(None);
                self.join()
            }
        }
    }

    fn join(&mut self) -> Result<(), Failure> {
        if self.group.is_none() {
            let fleet = Arc::clone(&self.fleet);
            let handler = Box::new(move |event| fleet.lock().handle(event));
            let group = ShardGroup::join(self.context.job.shadow(), handler).map_err(Failure::other)?;
            self.group = Some(group);
        }
        Ok(())
    }

    /// Makes this config the job's; tried again while the shadow cluster doesn't answer.
    fn bring_in(&mut self) -> Result<(), Failure> {
        match accept_config(&self.context.job, &Stop::default()) {
            Ok(agreed) => {
                let hash = agreed.as_ref().map_or("", AgreedConfig::shown);
                tracing::warn!(config = hash, "the job runs with this instance's config from now on");
                self.context.shadow.agreed(agreed);
                self.accept = false;
                self.join()
            }
            Err(failure) if self.context.ends_with(&failure) => Err(Failure::other(failure)),
            Err(failure) => {
                tracing::warn!(error = %failure, "this config can't be made the job's yet; it is tried again");
                Ok(())
            }
        }
    }

    fn stand_aside(&mut self, agreed: &AgreedConfig) -> Result<(), Failure> {
        let context = &self.context;
        let Some(own) = context.job.config_read() else { return Ok(()) };
        let failure = differs(context.job.shadow(), own, agreed);
        if context.ends_with(&failure) {
            return Err(Failure::other(failure));
        }
        if context.health.config_differs(Some(failure.what.clone())) {
            tracing::error!(error = %failure, "this instance takes no shards");
        }
        self.leave();
        Ok(())
    }

    /// Gives all shards up, if it has any.
    pub(super) fn leave(&mut self) {
        let Some(group) = self.group.take() else { return };
        if !group.leave(LEAVE) {
            tracing::warn!("leaving the group takes too long; it will notice by itself");
        }
        self.context.health.left();
    }
}
