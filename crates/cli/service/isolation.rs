//! Whether the live principal may do no more than read: asked of the brokers at the start and every few minutes.

use crate::config::{Config, IsolationMode};
use crate::exit::Failure;
use bystander_kafka::ShadowTopics;
use bystander_kafka::live::{LiveClient, LiveStatus, Rights, is_one_principal};
use bystander_pipeline as pipeline;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Wait after brokers didn't answer.
const AGAIN: Duration = Duration::from_secs(10);
/// How soon the end of the process is noticed.
const SLICE: Duration = Duration::from_millis(100);

/// What to do about rights beyond reading.
pub(crate) const FIX: &str = "take them from the live principal (`bystander init` prints the ACLs that it needs), or set \
                              live.isolation = \"warn\" to go on with them";

/// What the live principal may do, as brokers say now.
///
/// # Errors
/// When a cluster doesn't answer in time.
pub(crate) fn rights(config: &Config, status: &Arc<LiveStatus>) -> Result<Rights, pipeline::Failure> {
    let client = LiveClient::new(&config.live, status)?;
    let shared = is_one_principal(&config.live, &config.shadow)
        && ShadowTopics::new(&config.shadow)?.cluster_id()? == client.cluster_id()?;
    client.rights(config.read.names(), !shared)
}

/// Refuses to begin with rights beyond reading, or says that there are some. Brokers that don't answer are left to
/// whoever needs them next.
///
/// # Errors
/// When there are such rights and isolation is enforced.
pub(crate) fn admit(config: &Config, status: &Arc<LiveStatus>) -> Result<(), Failure> {
    match rights(config, status) {
        Ok(rights) => judge(config, &rights).map_or(Ok(()), |excess| Err(refusal(&excess))),
        Err(failure) => {
            tracing::warn!(%failure, "what the live principal may do is not known yet");
            Ok(())
        }
    }
}

fn refusal(excess: &str) -> Failure {
    Failure::Other(format!("the live principal may do more than read: {excess}; {FIX}"))
}

/// Says what is found; gives the rights that must not be where isolation is enforced.
fn judge(config: &Config, rights: &Rights) -> Option<String> {
    if rights.incomplete() {
        tracing::info!("the live brokers don't say what this principal may do, so nobody checks it");
    }
    let excess = rights.excess()?;
    match config.isolation {
        IsolationMode::Enforce => Some(excess),
        IsolationMode::Warn => {
            tracing::warn!(excess, "the live principal may do more than read (live.isolation = warn)");
            None
        }
    }
}

/// Asks again and again; ends when it is dropped.
pub(crate) struct IsolationWatch(Arc<AtomicBool>);

impl IsolationWatch {
    /// Starts the watch. What is found goes into the status, from which `bystander_isolation_ok` is taken.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(config: &Config, status: &Arc<LiveStatus>) -> Result<Self, Failure> {
        let ended = Arc::new(AtomicBool::new(false));
        let (config, status, told) = (config.clone(), Arc::clone(status), Arc::clone(&ended));
        let watch = move || {
            let mut wait = config.isolation_interval;
            loop {
                let due = Instant::now() + wait;
                while Instant::now() < due {
                    if told.load(Ordering::Relaxed) {
                        return;
                    }
                    std::thread::sleep(SLICE.min(due.saturating_duration_since(Instant::now())));
                }
                wait = look(&config, &status);
            }
        };
        let named = std::thread::Builder::new().name("isolation-watch".into());
        named.spawn(watch).map_err(Failure::other)?;
        Ok(Self(ended))
    }
}

/// Looks once; gives the time until the next look.
fn look(config: &Config, status: &Arc<LiveStatus>) -> Duration {
    match rights(config, status) {
        Ok(rights) => {
            let excess = judge(config, &rights);
            if let Some(excess) = &excess {
                tracing::error!(excess, "the live principal may do more than read; {FIX}");
            }
            status.set_excess(excess);
            config.isolation_interval
        }
        Err(failure) => {
            tracing::debug!(%failure, "what the live principal may do can't be asked");
            AGAIN.min(config.isolation_interval)
        }
    }
}

impl Drop for IsolationWatch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
