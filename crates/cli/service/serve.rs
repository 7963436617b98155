//! The service from start to end: build everything, join the group, wait, leave in order.

use super::active_models::ActiveModels;
use super::decision_watch::DecisionWatch;
use super::ends::EndsWatch;
use super::fleet::Fleet;
use super::isolation::{self, IsolationWatch};
use super::membership::Membership;
use super::model_watch::ModelWatch;
use super::shard::{ServiceEvent, ShardContext};
use super::status::ServiceStatus;
use super::web::{SignalHandlers, Web};
use crate::assembly::Assembly;
use crate::config::{Config, HttpSettings};
use crate::config_hash::config_hash;
use crate::exit::Failure;
use bystander_core::run::{Mode, RunLabels};
use bystander_kafka::{Job, ShadowWatch};
use bystander_metrics::health::HealthLimits;
use bystander_metrics::{BuildInfo, Catalogue, Endpoints, SharedHealth, StreamLabels};
use bystander_models::RefusalKind;
use bystander_pipeline::{ModelGeneration, StreamModels};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How to serve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServeOptions {
    /// End once everything that is there at the start is done.
    pub(crate) until_caught_up: bool,
    /// Where to answer; `None` doesn't.
    pub(crate) listen: Option<HttpSettings>,
    /// Make this config the job's, if its instances agreed on another one.
    pub(crate) accept_config: bool,
}

/// The job of a config, as Kafka code wants it.
///
/// # Errors
/// When the inputs can't be one job's.
pub(crate) fn job(config: &Config, inputs: Vec<String>) -> Result<Job, Failure> {
    Job::new(config.live.clone(), config.shadow.clone(), inputs).map_err(Failure::other)
}

/// Runs the service until it is told to end, or caught up.
///
/// # Errors
/// When something fails that starting anew can't mend.
pub(crate) fn serve(config: &Config, assembly: &Assembly, options: ServeOptions) -> Result<(), Failure> {
    for warning in [config.live.warnings(), config.shadow.warnings()].concat() {
        tracing::warn!("{warning}");
    }
    if options.until_caught_up {
        let_in(config)?;
    }
    let job = job(config, assembly.inputs())?.with_config(config_hash(config, assembly));
    isolation::admit(config, job.status())?;
    let _isolation = IsolationWatch::start(config, job.status())?;
    let ends =
        if options.until_caught_up { Some(EndsWatch::snapshot(&job).map_err(Failure::other)?) } else { None };
    let generation = assembly.generation(1);
    let catalogue = Arc::new(catalogue(&generation, config.drift_window)?);
    catalogue.set_config(job.config().map_or("", |hash| &hash.rules));
    let health = Arc::new(SharedHealth::new(HealthLimits::default(), Arc::clone(&catalogue)));
    let (events, happened) = channel();
    let shadow = ShadowWatch::start(&config.shadow).map_err(Failure::other)?;
    let context = Arc::new(ShardContext {
        job,
        shadow,
        models: ActiveModels::new(generation),
        labels: RunLabels { mode: Mode::Live, run_id: config.job.clone(), cluster: config.cluster.clone() },
        settings: config.shard,
        until: ends.as_ref().map(EndsWatch::ends),
        catalogue: Arc::clone(&catalogue),
        health: Arc::clone(&health),
        events: events.clone(),
    });
    let fleet = Arc::new(Mutex::new(Fleet::new(Arc::clone(&context))));
    let decisions = DecisionWatch::start(&context, &fleet).map_err(Failure::other)?;
    let models = Arc::new(ModelWatch::start(&context, assembly, config.scoring()).map_err(Failure::other)?);
    let status = Arc::new(ServiceStatus::new(Arc::clone(&context), decisions, Arc::clone(&models)));
    let endpoints =
        Endpoints { catalogue, health: Arc::clone(&health) as _, status: Arc::clone(&status) as _ };
    let refresh = move || status.refresh();
    // Nobody listens any more once the service has ended by itself.
    let signalled = move || drop(events.send(ServiceEvent::Signal));
    let handlers = SignalHandlers {
        end: Box::new(signalled),
        reload: Some(Box::new({
            let models = Arc::clone(&models);
            move || models.look_now()
        })),
    };
    let web =
        options.listen.map(|listen| Web::start(listen, endpoints.into(), refresh, handlers)).transpose()?;
    let mut membership = Membership::new(&context, &fleet, options.accept_config);
    let ended = wait(&happened, ends.as_ref(), &fleet, &mut membership);
    health.draining();
    models.end();
    membership.leave();
    if let Some(web) = web {
        web.stop();
    }
    models.wait();
    ended
}

/// Refuses to begin where the brokers of a cluster refuse this client. Those that are away are waited for elsewhere.
///
/// # Errors
/// When a person has to do something first.
fn let_in(config: &Config) -> Result<(), Failure> {
    let refused = [config.live.reach(), config.shadow.reach()].into_iter().filter_map(Result::err);
    refused.filter(|failure| !failure.is_retriable()).map(Failure::other).next().map_or(Ok(()), Err)
}

/// Takes part in the group, and waits for the end.
fn wait(
    happened: &Receiver<ServiceEvent>,
    ends: Option<&EndsWatch>,
    fleet: &Mutex<Fleet>,
    membership: &mut Membership,
) -> Result<(), Failure> {
    loop {
        membership.tend()?;
        match happened.recv_timeout(membership.due()) {
            Ok(ServiceEvent::Signal) => {
                tracing::info!("told to end");
                return Ok(());
            }
            Ok(ServiceEvent::Failed(failure)) => return Err(Failure::other(failure)),
            Ok(ServiceEvent::CaughtUp) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::other("the service lost its own channel"));
            }
        }
        // Before it takes part, nothing runs here that could be behind.
        if let Some(ends) = ends.filter(|_| membership.takes_part()) {
            let idle = fleet.try_lock().is_some_and(|fleet| fleet.all_caught_up());
            if idle && ends.reached().map_err(Failure::other)? {
                return Ok(());
            }
        }
    }
}

/// Which build this is.
pub(super) fn build() -> BuildInfo<'static> {
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        revision: option_env!("BYSTANDER_REVISION").unwrap_or("unknown"),
    }
}

fn catalogue(generation: &ModelGeneration, drift_window: Duration) -> Result<Catalogue, Failure> {
    let streams: Vec<_> = generation.streams().iter().map(StreamLabels::of).collect();
    let catalogue = Catalogue::new(&streams, build(), drift_window).map_err(Failure::other)?;
    // The gate itself has passed or nothing starts; a shard can still fail to make its session.
    for (identity, _) in generation.streams().iter().flat_map(StreamModels::models) {
        catalogue.expect_load_failure(&identity.to_string(), RefusalKind::Session.name());
    }
    Ok(catalogue)
}
